"""Contacts over HTTP, with a real router and store behind: merged and undone, changed, and a talk by SMS from its first word to STATUS."""

from typing import Any
from uuid import uuid4

import pytest

from shared.bus import subjects
from shared.clock import now
from shared.messages.inbound import Inbound
from tests.desk.house import House, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def receive(house: House, channel: str, sender: str, words: str, **more: Any) -> str:
    """Something comes in; gives the id of its message."""
    name = uuid4().hex
    kind = {"email": "email", "sms": "phone", "telegram": "telegram"}[channel]
    talk = None if channel == "email" else f"{channel}:{channel}:{sender}"
    fields: dict[str, Any] = {
        "source_id": name, "channel": channel, "inbox": channel, "inboxes": [channel], "received_at": now(),
        "correlation_id": name, "message_id": f"{channel}:{channel}:{name}", "from": {"address": sender},
        "points": [{"kind": kind, "value": sender}], "conversation": talk, "text": words, "reply_text": words,
    }  # fmt: skip
    message = Inbound.model_validate(fields | more)
    publisher = house.contexts["intake"].publisher
    subject = subjects.intake(channel, channel)
    await publisher.publish(subjects.INTAKE, subject, message.encode(), message_id=message.bus_id)
    return str(message.message_id)


async def ticket_with(house: House, word: str) -> dict[str, Any]:
    """The ticket in which a word was said, once it is there."""
    found: list[dict[str, Any]] = []

    async def there() -> bool:
        found[:] = (await house.api.get("/api/v1/tickets", params={"q": word})).json()["items"]
        return bool(found)

    await until(there)
    return await shown(house, found[0]["number"])


async def shown(house: House, number: str) -> dict[str, Any]:
    ticket: dict[str, Any] = (await house.api.get(f"/api/v1/tickets/{number}")).json()
    return ticket


def number_of(digits: str) -> str:
    return f"+4860{int(digits, 16) % 10**7:07d}"


async def test_two_contacts_are_merged_and_the_undoing_gives_everything_back(house: House) -> None:
    by_mail, by_sms = uuid4().hex, uuid4().hex
    address, phone = f"{by_mail}@customer.example", number_of(by_sms)
    await receive(house, "email", address, f"Word {by_mail}")
    await receive(house, "sms", phone, f"Word {by_sms}")
    one, other = await ticket_with(house, by_mail), await ticket_with(house, by_sms)
    kept, taken = one["contact"]["id"], other["contact"]["id"]
    assert kept != taken
    before = (await house.api.get(f"/api/v1/contacts/{taken}")).json()
    assert before["timezone"] == "Europe/Warsaw"

    merged = await house.api.post(f"/api/v1/contacts/{kept}/merge", json={"other": taken})
    assert merged.status_code == 200
    assert {point["value"] for point in merged.json()["points"]} == {address, phone}
    assert set(merged.json()["tickets"]) == {one["number"], other["number"]}
    assert (await shown(house, other["number"]))["contact"]["id"] == kept
    assert (await house.api.post(f"/api/v1/contacts/{kept}/merge", json={"other": taken})).status_code == 409

    undone = await house.api.post(f"/api/v1/contacts/{kept}/unmerge", json={"other": taken})
    assert [point["value"] for point in undone.json()["points"]] == [address]
    assert (await house.api.get(f"/api/v1/contacts/{taken}")).json() == before
    assert (await shown(house, other["number"]))["contact"]["id"] == taken


async def test_contacts_are_searched_shown_and_changed(house: House) -> None:
    name = uuid4().hex
    await receive(house, "email", f"{name}@customer.example", f"Word {name}")
    contact = (await ticket_with(house, name))["contact"]["id"]
    found = (await house.api.get("/api/v1/contacts", params={"q": name[:20]})).json()
    assert [each["id"] for each in found["items"]] == [contact]
    changed = await house.api.patch(f"/api/v1/contacts/{contact}", json={"name": "Ana", "timezone": "Europe/Zagreb"})
    assert (changed.json()["name"], changed.json()["timezone"]) == ("Ana", "Europe/Zagreb")
    assert (await house.api.patch(f"/api/v1/contacts/{contact}", json={"timezone": "Mars/Base"})).status_code == 422
    assert (await house.api.get("/api/v1/contacts/nobody")).status_code == 404


async def test_a_talk_by_sms_is_one_ticket_that_is_asked_for_and_edited(house: House) -> None:
    name = uuid4().hex
    phone = number_of(name)
    first = await receive(house, "sms", phone, f"Word {name}")
    number = (await ticket_with(house, name))["number"]
    await receive(house, "sms", phone, "And another thing")
    await receive(house, "sms", phone, f"STATUS {number}")
    await receive(house, "sms", phone, f"Better {name}", edits=first)
    view: dict[str, Any] = {}

    async def done() -> bool:
        view.update(await shown(house, number))
        return any(event["what"] == "message_edited" for event in view["events"])

    await until(done)
    assert [each["text"] for each in view["messages"]] == [f"Better {name}", "And another thing", f"STATUS {number}"]
    assert [each["text"] for each in view["messages"][0]["earlier"]] == [f"Word {name}"]
    kinds = [(each["kind"], each["channel"], each["to"]) for each in view["deliveries"]]
    assert kinds == [("acknowledgement", "sms", phone), ("notice", "sms", phone)]
    assert "status_asked" in [event["what"] for event in view["events"]]


async def test_a_dismissed_suggestion_does_not_come_back(house: House) -> None:
    name = uuid4().hex
    bot_chat, phone = str(int(name[:10], 16)), number_of(name)
    both = [{"kind": "telegram", "value": bot_chat}, {"kind": "phone", "value": phone}]
    await receive(house, "sms", phone, f"Word {name}sms")
    await receive(house, "telegram", bot_chat, f"Word {name}one")
    other = (await ticket_with(house, f"{name}sms"))["contact"]["id"]
    one = (await ticket_with(house, f"{name}one"))["contact"]["id"]

    async def suggested() -> list[str]:
        view = (await house.api.get(f"/api/v1/contacts/{one}")).json()
        return [each["contact_id"] for each in view["contact_suggestions"]]

    await receive(house, "telegram", bot_chat, f"Word {name}two", points=both, conversation=f"telegram:two:{name}")
    await ticket_with(house, f"{name}two")
    assert await suggested() == [other]
    path = f"/api/v1/contacts/{one}/suggestions/{other}/dismiss"
    assert (await house.api.post(path)).json()["contact_suggestions"] == []
    await receive(house, "telegram", bot_chat, f"Word {name}three", points=both, conversation=f"telegram:three:{name}")
    assert (await ticket_with(house, f"{name}three"))["contact"]["id"] == one
    assert await suggested() == []
    assert (await house.api.post(f"/api/v1/contacts/{one}/suggestions/nobody/dismiss")).status_code == 404
