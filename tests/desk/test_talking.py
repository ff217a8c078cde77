"""Whom a ticket is talked over with, and who has it, over HTTP with a real router and store behind."""

import base64
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.bus import subjects
from shared.clock import now
from shared.messages.command import CreateAgent
from shared.messages.inbound import Inbound
from shared.messages.outbound import side_part
from shared.secrets import Keyring, TicketToken, reply_address
from tests.desk.house import House, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

API = "/api/v1/tickets"
KEYRING = Keyring("a", {"a": b"k" * 32})


async def opened(house: House, **more: Any) -> str:
    """The path of a new ticket."""
    body = {"subject": "Pump", "text": "It leaks.", "contact": f"{uuid4().hex}@customer.example"} | more
    answer = await house.api.post(API, json=body)
    assert answer.status_code == 201, answer.text
    return f"{API}/{answer.json()['number']}"


async def agent(house: House, name: str = "Anna") -> str:
    """The address of a new agent."""
    email = f"{name.lower()}.{uuid4().hex[:8]}@acme.example"
    done = await house.command(CreateAgent(email=email, name=name))
    assert done.error is None, done
    return email


async def done(house: House, path: str, what: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    answer = await house.api.post(f"{path}/{what}", json=body)
    assert answer.status_code == status, answer.text
    result: dict[str, Any] = answer.json()
    return result


async def shown(house: House, path: str) -> dict[str, Any]:
    ticket: dict[str, Any] = (await house.api.get(path)).json()
    return ticket


def whats(ticket: dict[str, Any]) -> list[str]:
    return [event["what"] for event in ticket["events"]]


async def test_a_side_conversation_is_begun_answered_and_shown_apart(house: House) -> None:
    path = await opened(house)
    file = {"filename": "label.txt", "content": base64.b64encode(b"label").decode()}
    body = {"channel": "email", "to": "Dispatch@Courier.example", "text": "Where is it?", "attachments": [file]}
    side = await done(house, path, "side-conversations", body | {"subject": "Parcel 12", "name": "Dispatch"})
    assert (side["channel"], side["to"], side["subject"]) == ("email", "dispatch@courier.example", "Parcel 12")
    (message,) = side["messages"]
    assert (message["direction"], message["side"], message["text"]) == ("internal", side["id"], "Where is it?")
    assert message["attachments"][0]["filename"] == "label.txt"
    number = int(path.rpartition("-")[2])
    token = TicketToken(number, "side", "internal", now().date(), side_part(side["id"]))
    await arrives(house, reply_address(KEYRING, token, "localhost"), "On Monday.")
    ticket = await shown(house, path)
    assert [each["id"] for each in ticket["side_conversations"]] == [side["id"]]
    answer = ticket["messages"][-1]
    assert (answer["direction"], answer["side"], answer["text"]) == ("internal", side["id"], "On Monday.")
    assert answer["author"] == "dispatch@courier.example"
    assert [each["value"] for each in ticket["contact"]["points"]] != ["dispatch@courier.example"]
    written = await done(house, path, f"side-conversations/{side['id']}/messages", {"text": "Thank you."})
    assert written["side"] == side["id"]
    whole = (await house.api.get(f"{path}/side-conversations/{side['id']}")).json()
    assert [each["text"] for each in whole["messages"]] == ["Where is it?", "On Monday.", "Thank you."]
    sent = [each for each in (await shown(house, path))["deliveries"] if each["to"] == "dispatch@courier.example"]
    assert len(sent) == 2
    assert (await house.api.get(f"{path}/side-conversations/none")).status_code == 404


async def arrives(house: House, to: str, text: str) -> None:
    """The courier writes to an address of ours; waits until that is kept."""
    name = uuid4().hex
    message = Inbound.model_validate(
        {"source_id": name, "channel": "email", "inbox": "support", "inboxes": ["support"], "received_at": now(),
         "correlation_id": name, "message_id": f"{name}@courier.example", "from": {"address": "dispatch@courier.example"},
         "recipients": [to], "to": [{"address": to}], "subject": "Re: Parcel 12", "text": text, "reply_text": text,
         "silent": False, "authentication": {"dmarc": "none"}}
    )  # fmt: skip
    publisher = house.contexts["intake"].publisher
    subject = subjects.intake("email", "support")
    await publisher.publish(subjects.INTAKE, subject, message.encode(), message_id=message.bus_id)

    async def kept() -> bool:
        items = (await house.api.get(API, params={"q": text})).json()["items"]
        return bool(items)

    await until(kept)


async def test_the_same_key_begins_one_side_conversation(house: House) -> None:
    path, headers = await opened(house), {"Idempotency-Key": uuid4().hex}
    body = {"channel": "email", "to": "a@courier.example", "text": "Where?"}
    for _ in range(2):
        answer = await house.api.post(f"{path}/side-conversations", json=body, headers=headers)
        assert answer.status_code == 201
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert len((await shown(house, path))["side_conversations"]) == 1


async def test_a_message_beside_the_thread_is_sent(house: House) -> None:
    path = await opened(house)
    message = await done(house, path, "messages", {"text": "We moved.", "subject": "New address"})
    assert (message["direction"], message["subject"], message["text"]) == ("out", "New address", "We moved.")
    assert [each["kind"] for each in (await shown(house, path))["deliveries"]] == ["message"]


async def test_a_note_tells_whom_it_mentions_and_warns_of_the_others(house: House) -> None:
    path, email = await opened(house), await agent(house)
    note = await done(house, path, "notes", {"text": f"@{email} @nobody look", "mentions": [email]})
    assert (note["direction"], note["mentions"]) == ("internal", [email])
    assert note["warnings"] == ["@nobody: there is no such agent or team"]
    told = [each for each in (await shown(house, path))["deliveries"] if each["kind"] == "alert"]
    assert [each["to"] for each in told] == [email]


async def test_a_ticket_is_given_and_handed_over_and_watched(house: House) -> None:
    path, anna, piotr = await opened(house), await agent(house), await agent(house, "Piotr")
    ticket = await done(house, path, "assign", {"agent": anna.upper()}, 200)
    assert ticket["assignee"] == anna
    assert (await house.api.post(f"{path}/assign", json={"agent": "nobody@acme.example"})).status_code == 422
    handed = await done(house, path, "transfer", {"to": [piotr, anna], "reason": "He knows it."}, 200)
    assert (handed["assignee"], handed["collaborators"]) == (piotr, [anna])
    event = next(each for each in handed["events"] if each["what"] == "handed_over")
    assert (event["data"], event["reason"]) == ({"from": [anna], "to": [piotr, anna]}, "He knows it.")
    assert handed["messages"][-1]["text"] == "He knows it."
    refused = await house.api.post(f"{path}/transfer", json={"to": [anna]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "/reason")
    assert (await done(house, path, "watch", {"agent": anna}, 200))["watchers"] == [anna]
    gone = await house.api.request("DELETE", f"{path}/watch", json={"agent": anna})
    assert (gone.status_code, gone.json()) == (200, {"watchers": []})
    assert (await house.api.delete(f"{path}/watch", params={"agent": anna})).status_code == 200
    assert (await house.api.post(f"{path}/watch")).status_code == 422


async def test_a_request_is_a_ticket_of_its_own_whose_answers_come_back(house: House) -> None:
    path, anna, piotr = await opened(house), await agent(house), await agent(house, "Piotr")
    await done(house, path, "assign", {"agent": anna}, 200)
    due = (now() + timedelta(days=1)).replace(microsecond=0)
    request = await done(house, path, "requests", {"to": piotr, "what": "Look at the pump.", "due": due.isoformat()})
    assert (request["internal"], request["assignee"], request["contact"]["points"]) == (True, piotr, [])
    of = path.rpartition("/")[2]
    assert (request["request"]["of"], request["request"]["to"]) == (of, piotr)
    assert [each["kind"] for each in request["related"]] == ["request"]
    mine = f"{API}/{request['number']}"
    assert (await shown(house, mine))["resolution_due"].startswith(due.isoformat()[:19])
    await done(house, mine, "notes", {"text": "The seal is worn."})
    await done(house, mine, "solve", {"summary": "New seal."}, 200)
    ticket = await shown(house, path)
    texts = [each["text"] for each in ticket["messages"][1:]]
    assert texts == [f"{request['number']} ({piotr}): The seal is worn.", f"{request['number']} ({piotr}): New seal."]
    assert ticket["assignee"] == anna
    assert ticket["actions"][0]["done_at"] is not None
    assert {"request_made", "request_noted", "request_answered"} <= set(whats(ticket))
    assert {each["to"] for each in ticket["deliveries"]} == {anna}
    for what, body in (("replies", {"text": "Hi"}), ("messages", {"text": "Hi"})):
        assert (await house.api.post(f"{mine}/{what}", json=body)).status_code == 409


async def test_an_internal_ticket_goes_from_one_to_another_and_has_no_customer(house: House) -> None:
    anna, piotr = await agent(house), await agent(house, "Piotr")
    body = {"subject": "Order 7", "text": "Ten pumps.", "internal": True, "from": anna, "to": piotr}
    answer = await house.api.post(API, json=body)
    assert answer.status_code == 201, answer.text
    ticket = answer.json()
    assert (ticket["assignee"], ticket["request"]["from"]) == (piotr, anna)
    assert [each["direction"] for each in ticket["messages"]] == ["internal"]
    for wrong in ({"contact": "ana@customer.example"}, {"to": "nobody"}, {"internal": False}):
        assert (await house.api.post(API, json=body | wrong)).status_code == 422


@pytest.mark.parametrize(
    ("what", "body", "field"),
    [
        ("side-conversations", {"to": "a@b.example", "text": "x"}, "/channel"),
        ("side-conversations", {"channel": "email", "text": "x"}, "/to"),
        ("side-conversations", {"channel": "email", "to": "a@b.example", "text": " "}, "/text"),
        ("side-conversations", {"channel": "pigeon", "to": "a@b.example", "text": "x"}, "/channel"),
        ("messages", {"text": ""}, "/text"),
        ("messages", {"text": "x", "cc": ["a@b.example"]}, "/cc"),
        ("transfer", {"reason": "x"}, "/to"),
        ("transfer", {"to": [], "reason": "x"}, "/to"),
        ("requests", {"to": "technical"}, "/what"),
        ("requests", {"to": "technical", "what": "x", "due": "soon"}, "/due"),
        ("watch", {"who": "me"}, "/who"),
    ],
)
async def test_what_cannot_be_is_refused_by_the_name_of_its_field(
    house: House, what: str, body: dict[str, Any], field: str
) -> None:
    answer = await house.api.post(f"{await opened(house)}/{what}", json=body)
    assert answer.status_code == 422, answer.text
    assert any(each["field"].startswith(field) for each in answer.json()["errors"])


async def test_what_is_not_there_is_not_found(house: House) -> None:
    side = {"channel": "email", "to": "a@b.example", "text": "x"}
    for what, body in (("side-conversations", side), ("messages", {"text": "x"}), ("watch", {"agent": "x"})):
        assert (await house.api.post(f"{API}/T-999999/{what}", json=body)).status_code == 404
    path = await opened(house)
    assert (await house.api.post(f"{path}/side-conversations/none/messages", json={"text": "x"})).status_code == 404
