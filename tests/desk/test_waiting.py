"""Putting a ticket off, showing that somebody writes, and how a customer wants to be told, over HTTP."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.notifier.typing import Typing
from shared.bus import subjects
from shared.bus.connection import settle
from shared.clock import now
from shared.messages.chat import ChatTyping
from shared.messages.inbound import Inbound
from tests.desk.house import House, context_for, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def opened(house: House, **more: Any) -> str:
    """The number of a new ticket."""
    body = {"subject": "Pump", "text": "It leaks.", "contact": "ana@customer.example"} | more
    answer = await house.api.post("/api/v1/tickets", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


async def said(house: House, channel: str, sender: str) -> str:
    """The number of a ticket that somebody opened on a conversation channel."""
    name = uuid4().hex
    message = Inbound.model_validate(
        {"source_id": name, "channel": channel, "inbox": "bot", "inboxes": ["bot"], "received_at": now(),
         "correlation_id": name, "message_id": f"{channel}:bot:{name}", "from": {"address": sender},
         "points": [{"kind": channel, "value": sender}], "conversation": f"{channel}:bot:{sender}",
         "text": name, "reply_text": name}
    )  # fmt: skip
    publisher = house.contexts["intake"].publisher
    subject = subjects.intake(channel, "bot")
    await publisher.publish(subjects.INTAKE, subject, message.encode(), message_id=message.bus_id)
    found: list[str] = []

    async def there() -> bool:
        items = (await house.api.get("/api/v1/tickets", params={"q": name})).json()["items"]
        found[:] = [each["number"] for each in items]
        return bool(found)

    await until(there)
    return found[0]


async def test_a_ticket_that_is_put_off_is_on_hold_until_then(house: House) -> None:
    number = await opened(house)
    until_ = now() + timedelta(days=1)
    answer = await house.api.post(f"/api/v1/tickets/{number}/snooze", json={"until": until_.isoformat()})
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["status"] == "on_hold"
    assert datetime.fromisoformat(shown["snoozed_until"]) == until_
    opened_again = await house.api.post(f"/api/v1/tickets/{number}/reopen", json={})
    assert opened_again.json()["snoozed_until"] is None


async def test_it_comes_back_by_itself(house: House) -> None:
    number = await opened(house)
    for seconds in (0.3, 3, 30):  # a busy machine may be there when the time is over, which is refused
        soon = (now() + timedelta(seconds=seconds)).isoformat()
        put_off = await house.api.post(f"/api/v1/tickets/{number}/snooze", json={"until": soon})
        if put_off.status_code == 200:
            break
    assert put_off.status_code == 200, put_off.text

    async def awake() -> bool:
        shown = (await house.api.get(f"/api/v1/tickets/{number}")).json()
        return shown["status"] == "new" and "woken" in [event["what"] for event in shown["events"]]

    await until(awake)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"until": "2020-01-01T00:00:00Z"}, 422),
        ({"until": "tomorrow"}, 422),
        ({"until": "2999-01-01T00:00:00"}, 422),
        ({}, 422),
    ],
)
async def test_a_time_that_cannot_be_is_a_problem(house: House, body: dict[str, str], status: int) -> None:
    number = await opened(house)
    answer = await house.api.post(f"/api/v1/tickets/{number}/snooze", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_how_the_customer_wants_to_be_told_is_kept_and_shown(house: House) -> None:
    number = await opened(house)
    assert (await house.api.get(f"/api/v1/tickets/{number}")).json()["notify_by"] == "channel"
    for choice in ("sms", "email", "channel"):
        changed = await house.api.patch(f"/api/v1/tickets/{number}", json={"notify_by": choice})
        assert changed.json()["notify_by"] == choice
    for wrong in ("pigeon", None):
        assert (await house.api.patch(f"/api/v1/tickets/{number}", json={"notify_by": wrong})).status_code == 422


async def test_a_contacts_own_choice_is_kept_and_shown(house: House) -> None:
    number = await opened(house, contact="bo@customer.example")
    contact = (await house.api.get(f"/api/v1/tickets/{number}")).json()["contact"]["id"]
    changed = await house.api.patch(f"/api/v1/contacts/{contact}", json={"notify_by": "sms"})
    assert changed.status_code == 200, changed.text
    assert (await house.api.get(f"/api/v1/contacts/{contact}")).json()["notify_by"] == "sms"
    assert (await house.api.patch(f"/api/v1/contacts/{contact}", json={"notify_by": "fax"})).status_code == 422


async def test_an_answer_may_say_what_the_ticket_becomes(house: House) -> None:
    number = await opened(house)
    answer = await house.api.post(
        f"/api/v1/tickets/{number}/replies", json={"text": "Which model?", "status": "pending"}
    )
    assert answer.status_code == 201, answer.text
    shown = (await house.api.get(f"/api/v1/tickets/{number}")).json()
    assert shown["status"] == "pending"
    assert [each["kind"] for each in shown["deliveries"]] == ["reply"], "one message, not two"


async def test_an_agent_who_writes_is_shown_where_the_channel_can(house: House) -> None:
    notifier = await context_for(house.server, "notifier", house.data)
    shown = Shown()
    ear = Typing(notifier.bus, "telegram", "bot", shown)
    await ear.start()
    await settle(notifier.bus)
    heard = await house.contexts["intake"].bus.subscribe(subjects.chat("session-1"))
    await settle(house.contexts["intake"].bus)
    try:
        telegram, chat = await said(house, "telegram", "77"), await said(house, "chat", "session-1")
        for number in (telegram, chat):
            answer = await house.api.post(f"/api/v1/tickets/{number}/typing", json={"name": "Anna"})
            assert answer.json() == {"shown": True}
        assert ChatTyping.decode((await heard.next_msg(60)).data).name == "Anna"

        async def seen() -> bool:
            return shown.to == ["77"]

        await until(seen)
    finally:
        await ear.stop()
        await notifier.bus.close()


class Shown:
    """A sender that notes to whom it shows what."""

    def __init__(self) -> None:
        self.to: list[str] = []

    async def show_typing(self, address: str) -> None:
        self.to.append(address)


async def test_where_nothing_can_be_shown_that_is_said(house: House) -> None:
    number = await opened(house)
    assert (await house.api.post(f"/api/v1/tickets/{number}/typing")).json() == {"shown": False}
    assert (await house.api.post("/api/v1/tickets/T-999999/typing")).status_code == 404
