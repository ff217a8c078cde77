"""A ticket's record over HTTP, with a real router and store behind: written, changed, shown, and refused with a reason."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.desk.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime.now(UTC).replace(microsecond=0)
EARLIER, LATER = NOW - timedelta(days=2), NOW + timedelta(days=2)


async def opened(house: House, **more: Any) -> str:
    body = {"subject": "Pump", "text": "It leaks.", "contact": "ana@customer.example", "name": "Ana"} | more
    answer = await house.api.post("/api/v1/tickets", json=body)
    assert answer.status_code == 201, answer.text
    return f"/api/v1/tickets/{answer.json()['number']}"


async def added(house: House, path: str, where: str, /, **body: Any) -> dict[str, Any]:
    answer = await house.api.post(f"{path}/{where}", json=body)
    assert answer.status_code == 201, answer.text
    entry: dict[str, Any] = answer.json()
    return entry


async def changed(house: House, path: str, entry: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = await house.api.patch(f"{path}/entries/{entry['id']}", json=body)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


async def shown(house: House, path: str) -> dict[str, Any]:
    ticket: dict[str, Any] = (await house.api.get(path)).json()
    return ticket


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_an_action_with_files_as_evidence_is_written_done_and_shown(house: House) -> None:
    path = await opened(house)
    photo = {"filename": "leak.jpg", "media_type": "image/jpeg", "content": base64.b64encode(b"\xff\xd8leak").decode()}
    asked = {"what": "Dispatch a technician", "department": "technical", "requested_at": EARLIER.isoformat()}
    entry = await added(house, path, "actions", **asked, evidence=[{"note": "a photo", "files": [photo]}])
    assert (entry["kind"], entry["department"], entry["done_at"], entry["by"]) == ("action", "technical", None, "tests")
    assert at(entry["requested_at"]) == EARLIER
    (piece,) = entry["evidence"]
    assert (piece["note"], piece["by"], piece["files"][0]["filename"]) == ("a photo", "tests", "leak.jpg")
    assert await house.contexts["desk"].blobs.get(piece["files"][0]["blob"]) == b"\xff\xd8leak"
    message = (await shown(house, path))["messages"][0]["id"]
    done = await changed(house, path, entry, done_at=NOW.isoformat(), evidence={"of": message})
    assert at(done["done_at"]) == NOW
    assert [each["of"] for each in done["evidence"]] == [None, message]
    ticket = await shown(house, path)
    assert ticket["actions"] == [done]
    assert [each["id"] for each in ticket["entries"]] == [entry["id"]]
    assert {"entry_added", "entry_changed", "entry_done"} <= {event["what"] for event in ticket["events"]}


async def test_a_promise_is_made_put_off_with_a_reason_and_kept(house: House) -> None:
    path = await opened(house)
    promise = await added(house, path, "promises", what="A new pump", due=LATER.isoformat())
    assert (promise["kept"], at(promise["due"])) == (None, LATER)
    later = LATER + timedelta(days=1)
    refused = await house.api.patch(f"{path}/entries/{promise['id']}", json={"due": later.isoformat()})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "/reason")
    moved = await changed(house, path, promise, due=later.isoformat(), reason="the part is late")
    assert [(at(each["to"]), each["reason"]) for each in moved["moved"]] == [(later, "the part is late")]
    kept = await changed(house, path, promise, kept=True)
    assert kept["kept"] is True
    assert kept["done_at"] is not None
    assert (await shown(house, path))["promises"] == [kept]


async def test_calls_contacts_and_tasks_are_logged(house: House) -> None:
    path = await opened(house)
    when = EARLIER.isoformat()
    call = await added(house, path, "calls", direction="out", who="Ana", what="She agreed.", at=when, seconds=61)
    assert (call["direction"], call["who"], call["seconds"], at(call["at"])) == ("out", "Ana", 61, EARLIER)
    contact = await added(house, path, "contacts", way="letter", what="We asked how it runs.", at=when)
    assert (contact["way"], contact["direction"]) == ("letter", "out")
    task = await added(house, path, "tasks", what="Order a seal", due=LATER.isoformat(), owner="ewa@acme.example")
    assert (task["owner"], task["done_at"]) == ("ewa@acme.example", None)
    assert "kept" not in task
    assert (await changed(house, path, task, done_at=NOW.isoformat()))["done_at"] is not None
    assert [each["kind"] for each in (await shown(house, path))["entries"]] == ["call", "contact", "task"]


async def test_evidence_for_the_ticket_itself(house: House) -> None:
    path = await opened(house)
    answer = await house.api.post(f"{path}/evidence", json={"note": "The cellar was wet."})
    assert answer.status_code == 201, answer.text
    (piece,) = answer.json()["evidence"]
    assert (piece["note"], piece["by"]) == ("The cellar was wet.", "tests")
    assert (await house.api.post(f"{path}/evidence", json={"of": "no-such-message"})).status_code == 422
    broken = {"files": [{"filename": "a", "content": "no base64!"}]}
    refused = await house.api.post(f"{path}/evidence", json=broken)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "/evidence/files/0/content")


async def test_every_field_of_the_record_is_written_and_shown(house: House) -> None:
    path = await opened(house)
    texts = {name: f"the {name}" for name in (
        "product", "details", "impact", "solution", "solved_by", "tested", "tested_by", "root_cause",
        "preventive_action", "preventive_owner", "preventive_verified_by", "received_by", "received_via", "problem",
    )}  # fmt: skip
    times = {"preventive_due": LATER, "preventive_verified_at": EARLIER, "received_at": EARLIER}
    body = {**texts, **{name: value.isoformat() for name, value in times.items()}, "kind": "complaint"}
    answer = await house.api.patch(path, json=body)
    assert answer.status_code == 200, answer.text
    ticket = await shown(house, path)
    assert {name: ticket[name] for name in texts} == texts
    assert {name: at(ticket[name]) for name in times} == times
    event = [each for each in ticket["events"] if each["what"] == "ticket_changed"][-1]
    assert event["data"]["changes"]["product"] == [None, "the product"]
    assert set(event["data"]["fields"]) == set(body)
    assert (event["actor"], event["channel"]) == ("token:tests", "api")
    cleared = await house.api.patch(path, json=dict.fromkeys(("product", "preventive_due", "tested_by")))
    assert [cleared.json()[name] for name in ("product", "preventive_due", "tested_by")] == [None, None, None]


async def test_a_ticket_by_hand_says_when_and_how_and_by_whom_it_was_received(house: House) -> None:
    path = await opened(house, received_by="Ewa", received_at=EARLIER.isoformat(), received_via="letter")
    ticket = await shown(house, path)
    assert (ticket["received_by"], ticket["received_via"], at(ticket["received_at"])) == ("Ewa", "letter", EARLIER)
    plain = await shown(house, await opened(house))
    assert plain["received_at"] == plain["created_at"]


async def test_prevention_is_verified_by_somebody(house: House) -> None:
    path = await opened(house)
    assert (await house.api.post(f"{path}/prevention/verify")).status_code == 409
    await house.api.patch(path, json={"preventive_action": "Better seals"})
    answer = await house.api.post(f"{path}/prevention/verify", json={"note": "No leak in a month."})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["preventive_verified_by"], answer.json()["evidence"][0]["note"]) == (
        "tests",
        "No leak in a month.",
    )


async def test_the_same_key_writes_one_entry(house: House) -> None:
    path = await opened(house)
    headers = {"Idempotency-Key": uuid4().hex}
    body = {"what": "Once", "due": LATER.isoformat()}
    first = await house.api.post(f"{path}/promises", json=body, headers=headers)
    again = await house.api.post(f"{path}/promises", json=body, headers=headers)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len((await shown(house, path))["promises"]) == 1


@pytest.mark.parametrize(
    ("what", "body", "field"),
    [
        ("actions", {"what": "a", "department": "b"}, "/requested_at"),
        ("actions", {"what": "a", "department": "b", "requested_at": "2026-03-02T10:00:00"}, "/requested_at"),
        ("actions", {"what": "a", "department": "b", "requested_at": LATER.isoformat()}, "/requested_at"),
        ("promises", {"what": " ", "due": LATER.isoformat()}, "/what"),
        ("promises", {"what": "a", "due": "soon"}, "/due"),
        ("tasks", {"what": "x" * 5_001}, "/what"),
        ("calls", {"direction": "up", "who": "a", "what": "b", "at": EARLIER.isoformat()}, "/direction"),
        ("calls", {"direction": "in", "who": "a", "what": "b", "at": EARLIER.isoformat(), "seconds": -1}, "/seconds"),
        ("contacts", {"way": "", "what": "b", "at": EARLIER.isoformat()}, "/way"),
        ("evidence", {}, ""),
        ("evidence", {"note": "a", "by": "me"}, "/by"),
    ],
)
async def test_what_cannot_be_written_is_refused_by_the_name_of_its_field(
    house: House, what: str, body: dict[str, Any], field: str
) -> None:
    answer = await house.api.post(f"{await opened(house)}/{what}", json=body)
    assert answer.status_code == 422, answer.text
    assert field in {each["field"] for each in answer.json()["errors"]}


async def test_what_is_not_there_is_not_found(house: House) -> None:
    path = await opened(house)
    assert (await house.api.patch(f"{path}/entries/none", json={"what": "a"})).status_code == 404
    body = {"what": "a", "due": LATER.isoformat()}
    assert (await house.api.post("/api/v1/tickets/T-999999/promises", json=body)).status_code == 404


async def test_evidence_is_taken_back(house: House) -> None:
    path = await opened(house)
    kept = (await house.api.post(f"{path}/evidence", json={"note": "The cellar was wet."})).json()["evidence"]
    wrong = f"{path}/evidence/{kept[0]['id']}"
    answer = await house.api.delete(wrong, params={"reason": "another cellar"})
    assert (answer.status_code, answer.json()["evidence"]) == (200, [])
    event = (await shown(house, path))["events"][-1]
    assert (event["what"], event["actor"], event["reason"]) == ("evidence_removed", "token:tests", "another cellar")
    assert (await house.api.delete(wrong)).status_code == 404
