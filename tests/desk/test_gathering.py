"""Several tickets at once over HTTP, with the real store and router behind: merging and back, splitting, problems, bulk, blocking."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.router.deciding.life import unfinished
from services.router.store import StoreAway
from shared.bus import subjects
from shared.clock import now
from shared.messages.inbound import Inbound
from tests.desk.house import House, until
from tests.desk.test_wrong_ticket import message_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def opened(house: House, contact: str, text: str = "It leaks.", **more: Any) -> str:
    """The number of a new ticket."""
    body = {"subject": "Pump", "text": text, "contact": contact, "channel": "email", **more}
    answer = await house.api.post("/api/v1/tickets", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


async def call(house: House, path: str, key: str = "", **body: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await house.api.post(f"/api/v1/tickets/{path}", json=body, headers=headers)


async def ok(house: House, path: str, key: str = "", **body: Any) -> dict[str, Any]:
    answer = await call(house, path, key, **body)
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


async def shown(house: House, number: str) -> dict[str, Any]:
    ticket: dict[str, Any] = (await house.api.get(f"/api/v1/tickets/{number}")).json()
    return ticket


async def publish(house: House, name: str, sender: str, answers: str = "", **more: Any) -> None:
    """A mail comes in."""
    values: dict[str, Any] = {
        "source_id": f"mail-{name}", "channel": "email", "inbox": "support", "inboxes": ["support"], "received_at": now(),
        "correlation_id": name, "message_id": f"{name}@mua", "from": {"address": sender}, "subject": f"About {name}",
        "to": [{"address": "support@localhost"}], "text": f"A text on {name}.", "reply_text": f"A text on {name}.",
        "references": [answers] if answers else [],
    }  # fmt: skip
    inbound = Inbound.model_validate(values | more)
    subject = subjects.intake("email", "support")
    publisher = house.contexts["intake"].publisher
    await publisher.publish(subjects.INTAKE, subject, inbound.encode(), message_id=inbound.bus_id)


async def mail(house: House, name: str, sender: str, answers: str = "", **more: Any) -> dict[str, Any]:
    """A mail comes in; gives the ticket of its sender that it went to."""
    await publish(house, name, sender, answers, **more)
    found: dict[str, Any] = {}

    async def there() -> bool:
        page = (await house.api.get("/api/v1/tickets", params={"q": sender})).json()
        for item in page["items"]:
            ticket = await shown(house, item["number"])
            if any(message["source_id"] == f"mail-{name}" for message in ticket["messages"]):
                found.update(ticket)
        return bool(found)

    await until(there)
    return found


def customer() -> str:
    return f"{uuid4().hex[:12]}@customer.example"


def texts(ticket: dict[str, Any]) -> list[str]:
    return [message["text"] for message in ticket["messages"]]


async def test_two_tickets_become_one_and_two_again(house: House) -> None:
    who, name = customer(), uuid4().hex[:8]
    one = (await mail(house, f"{name}-a", who))["number"]
    two = (await mail(house, f"{name}-b", who))["number"]
    await call(house, f"{two}/promises", what="A technician comes", due=(now() + timedelta(days=3)).isoformat())
    await call(house, f"{two}/replies", text="We will look.")
    whole = await ok(house, f"{two}/merge", "merge-1", into=one)
    assert (whole["number"], whole["merged"], whole["linked"]) == (one, True, None)
    assert texts(whole) == [f"A text on {name}-a.", f"A text on {name}-b.", "We will look."]
    assert [each["what"] for each in whole["promises"]] == ["A technician comes"]
    assert {each["kind"] for each in whole["deliveries"]} >= {"acknowledgement", "reply"}
    assert whole["related"] == [{"number": two, "kind": "merged-here", "reason": ""}]
    gone = await shown(house, two)
    assert (gone["status"], gone["merged_into"], gone["messages"], gone["promises"]) == ("merged", one, [], [])
    again = await call(house, f"{two}/merge", "merge-1", into=one)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    later = await mail(house, f"{name}-c", who, answers=f"{name}-b@mua", subject=f"[{two}] and?")
    assert later["number"] == one
    assert (await call(house, f"{two}/replies", text="Hello")).status_code == 409
    back = await ok(house, f"{two}/unmerge")
    assert (back["number"], back["status"], back["merged_into"]) == (two, "open", None)
    assert texts(back) == [f"A text on {name}-b.", "We will look.", f"A text on {name}-c."]
    assert [each["what"] for each in back["promises"]] == ["A technician comes"]
    assert texts(await shown(house, one)) == [f"A text on {name}-a."]
    last = await mail(house, f"{name}-d", who, answers=f"{name}-c@mua")
    assert last["number"] == two


async def test_tickets_of_different_customers_are_linked_instead_and_the_answer_says_so(house: House) -> None:
    one, two = await opened(house, customer()), await opened(house, customer())
    refused = await call(house, f"{two}/merge", into=one)
    assert (refused.status_code, "different customers" in refused.json()["detail"]) == (409, True)
    linked = await ok(house, f"{two}/merge", into=one, force=True)
    assert (linked["number"], linked["merged"], linked["linked"]) == (one, False, "problem")
    assert [each["kind"] for each in linked["related"]] == ["case"]
    assert len(linked["messages"]) == 1


async def test_many_are_merged_at_once_and_each_says_how_it_ended(house: House) -> None:
    who = customer()
    one, two, three = [await opened(house, who, text) for text in ("one", "two", "three")]
    strange = await opened(house, customer())
    done = await ok(house, "merge", numbers=[two, three, strange, "T-999999", one], into=one)
    assert [each["ok"] for each in done["results"]] == [True, True, False, False, False]
    assert [each["error"] for each in done["results"]] == [None, None, "conflict", "not-found", "invalid"]
    assert (done["done"], done["refused"]) == (2, 3)
    assert texts(await shown(house, one)) == ["one", "two", "three"]


async def test_messages_become_a_ticket_of_their_own(house: House) -> None:
    who, name = customer(), uuid4().hex[:8]
    first = await mail(house, f"{name}-a", who)
    await mail(house, f"{name}-b", who, answers=f"{name}-a@mua")
    ticket = await mail(house, f"{name}-c", who, answers=f"{name}-b@mua")
    new = await ok(house, f"{ticket['number']}/split", messages=[message_of(ticket, f"{name}-b")["id"]])
    assert new["number"] != first["number"]
    assert texts(new) == [f"A text on {name}-b.", f"A text on {name}-c."]
    assert new["related"] == [{"number": first["number"], "kind": "split", "reason": ""}]
    whole = await call(house, f"{first['number']}/split", messages=[message_of(first, f"{name}-a")["id"]])
    assert whole.status_code == 409


async def test_links_are_made_and_taken_away(house: House) -> None:
    one, two = await opened(house, customer()), await opened(house, customer())
    assert (await ok(house, f"{one}/links", to=two, kind="duplicate"))["related"] == [
        {"number": two, "kind": "duplicate", "reason": ""}
    ]
    await ok(house, f"{one}/links", to=two)
    path = f"/api/v1/tickets/{two}/links"
    left = await house.api.delete(path, params={"to": one, "kind": "duplicate"})
    assert [each["kind"] for each in left.json()["related"]] == ["related"]
    assert (await house.api.delete(path, params={"to": one})).json()["related"] == []
    assert (await house.api.delete(path, params={"to": one})).status_code == 404
    for body, status in (({"to": one}, 422), ({"to": "T-999999"}, 404), ({"to": two, "kind": "request"}, 422)):
        assert (await call(house, f"{one}/links", **body)).status_code == status


async def test_all_customers_with_one_problem_are_answered_and_their_tickets_solved(house: House) -> None:
    problem = await opened(house, "", internal=True)
    cases = [await opened(house, customer(), name=f"Customer {place}") for place in range(5)]
    spam = cases[4]
    linked = await ok(house, f"{problem}/problem", numbers=[*cases, problem, "T-999999"])
    assert [each["ok"] for each in linked["results"]] == [True] * 5 + [False, False]
    await ok(house, f"{spam}/spam")
    said = {"text": "Dear {{customer}}, we work on it ({{number}})."}
    done = await ok(house, f"{problem}/problem/replies", "all", **said)
    assert [(each["number"], each["ok"]) for each in done["results"]] == [(case, case != spam) for case in cases]
    assert "spam" in done["results"][4]["detail"]
    repeated = await call(house, f"{problem}/problem/replies", "all", **said)
    assert repeated.headers["Idempotent-Replayed"] == "true"
    assert repeated.json() == done
    for place, case in enumerate(cases[:4]):
        ticket = await shown(house, case)
        assert texts(ticket)[1:] == [f"Dear Customer {place}, we work on it ({case})."]
        assert [each["kind"] for each in ticket["deliveries"]].count("reply") == 1
    solved = await ok(house, f"{problem}/problem/solve", summary="A new supplier", root_cause="Bad hoses")
    assert [each["ok"] for each in solved["results"]] == [True] * 4 + [False, True]
    for number in (*cases[:4], problem):
        ticket = await shown(house, number)
        assert (ticket["status"], ticket["root_cause"]) == ("solved", "Bad hoses")
    for body in ({"text": "Dear {{nobody}}"}, {"text": "  "}):
        assert (await call(house, f"{problem}/problem/replies", **body)).status_code == 422
    assert (await call(house, f"{cases[0]}/problem/replies", text="Hello")).status_code == 409


@pytest.mark.parametrize("how", ["repeated", "by itself"])
async def test_what_was_interrupted_goes_on_and_nobody_is_answered_twice(
    house: House, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store goes away in the middle: some of the cases were answered by the same request before."""
    if how == "by itself":
        monkeypatch.setattr(unfinished, "GOES_ON_AFTER", timedelta(seconds=1))
    problem = await opened(house, "", internal=True)
    cases = [await opened(house, customer()) for _ in range(3)]
    await ok(house, f"{problem}/problem", numbers=cases[:2])
    do, done = house.router._do, 0

    async def dying(command: Any) -> Any:
        nonlocal done
        if command.action.do == "answer_case":
            done += 1
            if done > 1:
                raise StoreAway("gone")
        return await do(command)

    key = f"again {how}"
    house.router._do = dying  # type: ignore[method-assign]
    try:
        first = await call(house, f"{problem}/problem/replies", key, text="We know.")
    finally:
        house.router._do = do  # type: ignore[method-assign]
    assert (first.status_code, "Retry-After" in first.headers) == (503, True)
    if how == "by itself":

        async def all_answered() -> bool:
            return "cases_answered" in [each["what"] for each in (await shown(house, problem))["events"]]

        await until(all_answered)
    answered = await ok(house, f"{problem}/problem/replies", key, text="We know.")
    assert [each["ok"] for each in answered["results"]] == [True, True]
    for case in cases[:2]:
        assert texts(await shown(house, case)).count("We know.") == 1


BULK: list[tuple[dict[str, Any], str, Any]] = [
    ({"action": "priority", "priority": "urgent"}, "priority", "urgent"),
    ({"action": "category", "category": "billing"}, "category", "billing"),
    ({"action": "tags", "add": ["a", "b"]}, "tags", ["a", "b"]),
    ({"action": "tags", "remove": ["a"]}, "tags", ["b"]),
    ({"action": "status", "status": "pending"}, "status", "pending"),
    ({"action": "snooze", "until": "2199-01-01T00:00:00Z"}, "status", "pending"),
    ({"action": "spam", "block": True}, "status", "spam"),
    ({"action": "not_spam"}, "status", "pending"),
]


async def test_the_same_is_done_with_many_tickets(house: House) -> None:
    numbers = [await opened(house, customer()) for _ in range(3)]
    for do, field, value in BULK:
        done = await ok(house, "bulk", numbers=[*numbers, "T-999999"], do=do)
        far = do["action"] == "snooze"  # further off than anything may be put
        assert [each["ok"] for each in done["results"]] == [not far] * 3 + [False], do
        for number in numbers:
            assert (await shown(house, number))[field] == value, do
    for body in (
        {"numbers": numbers, "do": {"action": "status"}},
        {"numbers": numbers, "do": {"action": "erase"}},
        {"numbers": [], "do": {"action": "spam"}},
        {"numbers": list(range(1, 202)), "do": {"action": "spam"}},
        {"numbers": numbers, "do": {"action": "merge"}},
    ):
        assert (await call(house, "bulk", **body)).status_code == 422, body


async def test_tags_that_are_set_at_the_same_time_are_all_there(house: House) -> None:
    number = await opened(house, customer())
    await asyncio.gather(*(ok(house, f"{number}/tags", add=[f"tag {place}"]) for place in range(8)))
    assert sorted((await shown(house, number))["tags"]) == [f"tag {place}" for place in range(8)]
    left = await ok(house, f"{number}/tags", add=["new"], remove=["tag 0", "nothing"])
    assert ("tag 0" in left["tags"], "new" in left["tags"]) == (False, True)


async def test_what_was_spam_by_mistake_is_what_it_was_and_nobody_is_blocked(house: House) -> None:
    who = customer()
    number = await opened(house, who)
    await ok(house, f"{number}/tags", add=["vip"])
    await house.api.patch(f"/api/v1/tickets/{number}", json={"status": "pending", "assignee": "anna@acme.example"})
    await ok(house, f"{number}/spam", block=True)
    assert {"kind": "email", "value": who} in await blocked_points(house)
    back = await ok(house, f"{number}/not-spam")
    assert (back["status"], back["assignee"], back["tags"]) == ("pending", "anna@acme.example", ["vip"])
    assert {"kind": "email", "value": who} not in await blocked_points(house)


async def blocked_points(house: House) -> list[dict[str, Any]]:
    answer = await house.api.get("/api/v1/blocked", params={"per_page": 200})
    assert answer.status_code == 200, answer.text
    return [{"kind": each["kind"], "value": each["value"]} for each in answer.json()["items"]]


async def test_a_point_is_blocked_and_unblocked_by_hand(house: House) -> None:
    point = {"kind": "email", "value": f"{uuid4().hex}@EVIL.example"}
    stored = {**point, "value": point["value"].lower()}
    assert (await house.api.post("/api/v1/blocked", json=point)).json() == stored
    assert stored in await blocked_points(house)
    assert (await house.api.delete("/api/v1/blocked", params=point)).status_code == 200
    assert stored not in await blocked_points(house)
    assert (await house.api.post("/api/v1/blocked", json={"kind": "fax", "value": "1"})).status_code == 422
    odd = {"kind": "chat", "value": "\x1c\x07W"}
    assert (await house.api.delete("/api/v1/blocked", params=odd)).status_code == 422


async def test_of_two_opposite_mergings_at_the_same_time_one_is_refused(house: House) -> None:
    who = customer()
    for _ in range(3):
        one, two = await opened(house, who), await opened(house, who)
        answers = await asyncio.gather(call(house, f"{one}/merge", into=two), call(house, f"{two}/merge", into=one))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        statuses = [(await shown(house, number))["status"] for number in (one, two)]
        assert statuses.count("merged") == 1


async def test_mail_that_comes_while_its_ticket_is_merged_is_never_in_the_ghost(house: House) -> None:
    who, name = customer(), uuid4().hex[:8]
    one = (await mail(house, f"{name}-a", who))["number"]
    two = (await mail(house, f"{name}-b", who))["number"]
    answer, *_ = await asyncio.gather(
        call(house, f"{two}/merge", into=one),
        *(publish(house, f"{name}-{place}", who, f"{name}-b@mua") for place in range(6)),
    )
    assert answer.status_code == 200

    async def all_there() -> bool:
        return sum([len((await shown(house, number))["messages"]) for number in (one, two)]) == 8

    await until(all_there)
    assert (await shown(house, two))["messages"] == []
