"""Agents' "spam" and "not spam" over HTTP: after enough of both the router judges by words, and a word taken back is forgotten."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from shared.bus import subjects
from shared.clock import now
from shared.messages.inbound import Inbound
from tests.desk.house import House, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRIZE = (
    "Congratulations! You have won a guaranteed cash prize, claim your lottery winnings now, free bonus voucher urgent"
)
QUESTION = "Hello, the heater that I bought from you in March does not start any more, could you please send somebody"


async def receive(house: House, text: str, sender: str = "") -> dict[str, Any]:
    """A mail comes in; gives its ticket."""
    name = uuid4().hex
    message = Inbound.model_validate(
        {"source_id": name, "channel": "email", "inbox": "support", "inboxes": ["support"], "received_at": now(),
         "correlation_id": name, "message_id": f"{name}@mua", "from": {"address": sender or f"{name}@customer.example"},
         "subject": name, "text": text, "reply_text": text}
    )  # fmt: skip
    publisher = house.contexts["intake"].publisher
    subject = subjects.intake("email", "support")
    await publisher.publish(subjects.INTAKE, subject, message.encode(), message_id=message.bus_id)
    found: list[dict[str, Any]] = []

    async def there() -> bool:
        found[:] = (await house.api.get("/api/v1/tickets", params={"q": name})).json()["items"]
        return bool(found)

    await until(there)
    ticket: dict[str, Any] = (await house.api.get(f"/api/v1/tickets/{found[0]['number']}")).json()
    return ticket


async def post(house: House, ticket: dict[str, Any], what: str, **body: Any) -> dict[str, Any]:
    answer = await house.api.post(f"/api/v1/tickets/{ticket['number']}/{what}", json=body)
    assert answer.status_code in (200, 201), answer.text
    done: dict[str, Any] = answer.json()
    return done


async def test_what_agents_call_spam_teaches_and_what_they_answer_is_the_other_example(house: House) -> None:
    spams = await asyncio.gather(*(receive(house, PRIZE) for _ in range(20)))
    marked = await asyncio.gather(*(post(house, ticket, "spam") for ticket in spams))
    assert {ticket["status"] for ticket in marked} == {"spam"}
    questions = await asyncio.gather(*(receive(house, QUESTION) for _ in range(20)))
    await asyncio.gather(*(post(house, ticket, "replies", text="We will.") for ticket in questions))
    await receive(house, QUESTION)  # with its facts the router learns that there are enough examples
    judged = await receive(house, PRIZE)
    assert judged["tags"] == ["spam?"]
    assert judged["reasons"]["spam"]["rule"] == "learnt from agents"
    assert "lottery" in judged["reasons"]["spam"]["evidence"]
    assert (await receive(house, QUESTION))["tags"] == []
    assert (await post(house, judged, "not-spam"))["tags"] == []
    assert (await post(house, spams[0], "reopen"))["status"] == "open"
    assert (await receive(house, PRIZE))["tags"] == []  # 19 examples are too few


async def test_calling_a_ticket_spam_twice_or_none_that_is_none_is_no_error(house: House) -> None:
    ticket = await receive(house, "Is it spam?")
    assert [(await post(house, ticket, "spam"))["status"] for _ in range(2)] == ["spam", "spam"]
    assert [(await post(house, ticket, "not-spam"))["status"] for _ in range(2)] == ["new", "new"]


@pytest.mark.parametrize("what", ["spam", "not-spam"])
async def test_a_ticket_that_is_not_there_is_said_so(house: House, what: str) -> None:
    assert (await house.api.post(f"/api/v1/tickets/T-999999/{what}")).status_code == 404


async def test_an_unknown_held_message_is_said_so(house: House) -> None:
    assert (await house.api.get("/api/v1/quarantine/nothing")).status_code == 404
    assert (await house.api.post("/api/v1/quarantine/nothing/release")).status_code == 404
    assert (await house.api.get("/api/v1/quarantine")).json() == {"items": [], "total": 0}
    assert (await house.client(None).get("/api/v1/quarantine")).status_code == 401
