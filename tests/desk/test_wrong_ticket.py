"""Saying that a message is in the wrong ticket, over HTTP, with the real store and router behind."""

from datetime import date
from typing import Any

import pytest

from shared.bus import subjects
from shared.clock import now
from shared.messages.inbound import Inbound
from shared.messages.parts import Address
from shared.secrets import TicketToken, message_id, reply_address
from tests.desk.house import House, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def mail(house: House, name: str, sender: str, **more: Any) -> dict[str, Any]:
    """A mail comes in; gives the ticket it went to, and has waited for it."""
    values: dict[str, Any] = {
        "source_id": f"mail-{name}", "channel": "email", "inbox": "support", "inboxes": ["support"], "received_at": now(),
        "correlation_id": name, "message_id": f"{name}@mua", "from": Address(address=sender), "subject": f"About {name}",
        "to": [Address(address="support@localhost")], "text": f"A text on {name}.", "reply_text": f"A text on {name}.",
    }  # fmt: skip
    inbound = Inbound.model_validate(values | more)
    publisher = house.contexts["intake"].publisher
    subject = subjects.intake("email", "support")
    await publisher.publish(subjects.INTAKE, subject, inbound.encode(), message_id=inbound.bus_id)
    found: dict[str, Any] = {}

    async def there() -> bool:
        page = (await house.api.get("/api/v1/tickets", params={"per_page": 200})).json()
        for item in page["items"]:
            ticket = (await house.api.get(f"/api/v1/tickets/{item['number']}")).json()
            if any(message["source_id"] == f"mail-{name}" for message in ticket["messages"]):
                found.update(ticket)
        return bool(found)

    await until(there)
    return found


def message_of(ticket: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(message for message in ticket["messages"] if message["source_id"] == f"mail-{name}")
    return found


async def glued(house: House, name: str) -> tuple[dict[str, Any], str]:
    """A ticket of Ana's with a mail of Bo's in it that was answered, and the number of that ticket."""
    first = await mail(house, f"{name}-first", f"ana.{name}@customer.example")
    number = int(first["number"].removeprefix("T-"))
    address = reply_address(
        house.contexts["router"].keyring, TicketToken(number, "customer", "public", date.today()), "x"
    )
    await mail(house, f"{name}-stray", f"bo.{name}@else.example", recipients=[address])
    answer = await house.api.post(
        f"/api/v1/tickets/{number}/replies", json={"text": "Hello Bo.", "to": [f"bo.{name}@else.example"]}
    )
    assert answer.status_code == 201, answer.text
    return (await house.api.get(f"/api/v1/tickets/{number}")).json(), address


async def test_a_message_goes_to_a_ticket_of_its_own_with_its_answers_and_comes_back(house: House) -> None:
    ticket, address = await glued(house, "a")
    stray = message_of(ticket, "a-stray")
    path = f"/api/v1/tickets/{ticket['number']}/messages/{stray['id']}/wrong"
    answer = await house.api.post(path, json={"to": None}, headers={"Idempotency-Key": "wrong-a"})
    assert answer.status_code == 200, answer.text
    moved = answer.json()
    assert moved["number"] != ticket["number"]
    assert [m["text"] for m in moved["messages"]] == ["A text on a-stray.", "Hello Bo."]
    assert moved["messages"][0]["routed_by"]["rule"] == "moved by an agent"
    assert [d["kind"] for d in moved["deliveries"]] == ["reply"]
    assert moved["contact"]["points"] == [{"kind": "email", "value": "bo.a@else.example"}]
    assert moved["related"] == [{"number": ticket["number"], "kind": "moved", "reason": ""}]
    left = (await house.api.get(f"/api/v1/tickets/{ticket['number']}")).json()
    assert [m["text"] for m in left["messages"]] == ["A text on a-first."]
    assert [e["what"] for e in left["events"]][-1] == "messages_moved"
    # A reply to our answer still names the old ticket in everything that we signed.
    (delivery,) = moved["deliveries"]
    number = int(ticket["number"].removeprefix("T-"))
    own = message_id(house.contexts["router"].keyring, number, delivery["id"], "localhost")
    later = await mail(house, "a-later", "bo.a@else.example", recipients=[address], references=[own])
    assert later["number"] == moved["number"]
    again = await house.api.post(path, json={"to": None}, headers={"Idempotency-Key": "wrong-a"})
    assert again.json()["number"] == moved["number"]
    back = f"/api/v1/tickets/{moved['number']}/messages/{stray['id']}/wrong"
    answer = await house.api.post(back, json={"to": ticket["number"]})
    assert answer.status_code == 200, answer.text
    assert {m["text"] for m in answer.json()["messages"]} == {
        "A text on a-first.",
        "A text on a-stray.",
        "Hello Bo.",
        "A text on a-later.",
    }
    last = await mail(house, "a-last", "bo.a@else.example", recipients=[address], references=[own])
    assert last["number"] == ticket["number"]


async def test_what_is_wrong_with_the_wish_is_said(house: House) -> None:
    ticket, _ = await glued(house, "b")
    stray = message_of(ticket, "b-stray")["id"]
    path = f"/api/v1/tickets/{ticket['number']}/messages"
    for message, body, status in (
        (stray, {"to": int(ticket["number"].removeprefix("T-"))}, 422),
        (stray, {"to": "T-999999"}, 404),
        (stray, {"to": "nonsense"}, 422),
        (stray, {}, 422),
        ("0" * 32, {"to": None}, 404),
    ):
        answer = await house.api.post(f"{path}/{message}/wrong", json=body)
        assert answer.status_code == status, (body, answer.text)
