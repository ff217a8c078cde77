"""Repeating a call with its Idempotency-Key does nothing twice."""

import asyncio
from uuid import uuid4

import pytest

from tests.desk.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

TICKETS = "/api/v1/tickets"
NEW = {"subject": "Once", "text": "Only once, please.", "contact": "ana@customer.example"}


def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}


async def test_a_repeated_opening_answers_with_the_first_ticket(house: House) -> None:
    headers = key()
    first = await house.api.post(TICKETS, json=NEW, headers=headers)
    again = await house.api.post(TICKETS, json=NEW, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_repetitions_at_the_same_time_make_one_ticket(house: House) -> None:
    headers = key()
    answers = await asyncio.gather(*(house.api.post(TICKETS, json=NEW, headers=headers) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == 1


async def test_a_repeated_reply_is_sent_once(house: House) -> None:
    number = (await house.api.post(TICKETS, json=NEW)).json()["number"]
    headers = key()
    replies = [
        await house.api.post(f"{TICKETS}/{number}/replies", json={"text": "Yes."}, headers=headers) for _ in range(3)
    ]
    assert len({reply.json()["id"] for reply in replies}) == 1
    shown = (await house.api.get(f"{TICKETS}/{number}")).json()
    assert [message["text"] for message in shown["messages"]].count("Yes.") == 1
    assert len(shown["deliveries"]) == 1


async def test_a_key_used_for_something_else_is_refused(house: House) -> None:
    headers = key()
    await house.api.post(TICKETS, json=NEW, headers=headers)
    answer = await house.api.post(TICKETS, json=NEW | {"text": "Another."}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["code"] == "reused-key"


async def test_a_repeated_change_is_answered_alike(house: House) -> None:
    number = (await house.api.post(TICKETS, json=NEW)).json()["number"]
    headers = key()
    first = await house.api.patch(f"{TICKETS}/{number}", json={"priority": "high"}, headers=headers)
    again = await house.api.patch(f"{TICKETS}/{number}", json={"priority": "high"}, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["Idempotent-Replayed"] == "true"
    events = [event["what"] for event in again.json()["events"]]
    assert events.count("ticket_changed") == 1


async def test_two_tokens_may_use_the_same_key(house: House) -> None:
    await house.create_token("other", "another-token")
    headers = key()
    async with house.client("another-token") as other:
        mine = await house.api.post(TICKETS, json=NEW, headers=headers)
        theirs = await other.post(TICKETS, json=NEW, headers=headers)
    assert mine.json()["number"] != theirs.json()["number"]


async def test_without_a_key_the_server_makes_one_and_tells_it(house: House) -> None:
    first = await house.api.post(TICKETS, json=NEW)
    again = await house.api.post(TICKETS, json=NEW, headers={"Idempotency-Key": first.headers["Idempotency-Key"]})
    assert again.json()["number"] == first.json()["number"]


@pytest.mark.parametrize("bad", ["x" * 256, ""])
async def test_a_key_that_is_none_is_refused(house: House, bad: str) -> None:
    answer = await house.api.post(TICKETS, json=NEW, headers={"Idempotency-Key": bad})
    assert answer.status_code == 422
    assert [error["field"].lower() for error in answer.json()["errors"]] == ["idempotency-key"]
