"""Two who answer the same ticket do not cross: over HTTP, with a real router and store behind; and what helps whoever answers."""

from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from shared.messages.customers import CustomerReply
from shared.messages.parts import Point
from tests.desk.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

API = "/api/v1/tickets"


async def opened(house: House, **more: Any) -> tuple[str, str]:
    """The path of a new ticket, and its customer's address."""
    email = f"{uuid4().hex}@customer.example"
    answer = await house.api.post(API, json={"subject": "Pump", "text": "It leaks.", "contact": email} | more)
    assert answer.status_code == 201, answer.text
    return f"{API}/{answer.json()['number']}", email


async def colleague(house: House, name: str) -> AsyncClient:
    token = uuid4().hex
    await house.create_token(name, token)
    return house.client(token)


async def seen(house: House, path: str) -> str:
    at: str = (await house.api.get(path)).json()["last_message_at"]
    return at


async def test_a_second_answer_is_held_and_shown_until_whoever_gives_it_has_seen_the_first(house: House) -> None:
    path, _ = await opened(house)
    at = await seen(house, path)
    async with await colleague(house, "bob-of-the-gaskets") as bob:  # six digits in a name would be taken for a number
        first = await bob.post(f"{path}/replies", json={"text": "Replace the gasket.", "seen_at": at})
        assert first.status_code == 201, first.text
        key = {"Idempotency-Key": uuid4().hex}
        second = await house.api.post(f"{path}/replies", json={"text": "Send it in.", "seen_at": at}, headers=key)
        problem = second.json()
        assert (second.status_code, problem["code"]) == (409, "moved-on")
        (missed,) = problem["since"]
        assert (missed["by"], missed["channel"], missed["text"]) == ("agent", "email", "Replace the gasket.")
        assert missed["who"].startswith("bob-")
        assert missed["message_id"] == first.json()["id"]
        assert "Replace the gasket." in problem["detail"]
        at = await seen(house, path)
        assert (await house.api.post(f"{path}/replies", json={"text": "Agreed.", "seen_at": at})).status_code == 201
        assert (await bob.post(f"{path}/replies", json={"text": "…", "seen_at": at})).status_code == 409
        own = await house.api.post(f"{path}/replies", json={"text": "And one thing more.", "seen_at": at})
        assert own.status_code == 201  # what they wrote themselves they know
    outgoing = [each for each in (await house.api.get(path)).json()["messages"] if each["direction"] == "out"]
    assert [each["text"] for each in outgoing] == ["Replace the gasket.", "Agreed.", "And one thing more."]


async def test_an_answer_is_held_when_the_customer_has_written_meanwhile(house: House) -> None:
    path, email = await opened(house)
    at = await seen(house, path)
    number = int(path.rpartition("-")[2])
    done = await house.command(CustomerReply(number=number, point=Point(kind="email", value=email), text="Cancel it."))
    assert done.error is None, done
    for what, body in (("replies", {}), ("messages", {"subject": "Your pump"})):
        held = await house.api.post(f"{path}/{what}", json={"text": "On its way.", "seen_at": at} | body)
        assert (held.status_code, held.json()["since"][0]["by"]) == (409, "customer")
    assert email not in held.text
    assert (await house.api.post(f"{path}/replies", json={"text": "On its way."})).status_code == 201


@pytest.mark.parametrize("seen_at", ["yesterday", "2026-03-02T10:00:00", "9999-12-31T23:59:59-12:00"])
async def test_a_time_that_is_none_is_refused(house: House, seen_at: str) -> None:
    path, _ = await opened(house)
    answer = await house.api.post(f"{path}/replies", json={"text": "x", "seen_at": seen_at})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "/seen_at")


async def test_colleagues_see_who_looks_and_who_writes(house: House) -> None:
    path, _ = await opened(house)
    name = f"bob-{uuid4().hex[:6]}"
    assert (await house.api.get(f"{path}/presence")).json() == []
    assert (await house.api.put(f"{path}/presence", json={"state": "looking"})).status_code == 200
    async with await colleague(house, name) as bob:
        await bob.put(f"{path}/presence", json={"state": "looking"})
        answer = await bob.put(f"{path}/presence", json={"state": "writing"})
    there = (await house.api.get(f"{path}/presence")).json()
    assert there == answer.json()
    assert [(each["who"], each["state"], each["channel"]) for each in there] == [
        ("tests", "looking", "api"),
        (name, "writing", "api"),
    ]
    assert all(each["since"] < each["until"] for each in there)
    await house.api.put(f"{path}/presence", json={"state": "gone"})
    assert [each["who"] for each in (await house.api.get(f"{path}/presence")).json()] == [name]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"{API}/T-99999/presence", None, 404),
        ("PUT", f"{API}/T-99999/presence", {"state": "looking"}, 404),
        ("PUT", f"{API}/T-1/presence", {"state": "sleeping"}, 422),
        ("PUT", f"{API}/T-1/presence", {"state": "looking", "who": "somebody else"}, 422),
        ("GET", f"{API}/T-99999/similar", None, 404),
        ("GET", f"{API}/T-1001/similar?language=e%20n", None, 422),
    ],
)
async def test_what_is_not_there_or_not_understood_is_said(
    house: House, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    answer = await house.api.request(method, path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_past_tickets_like_it_are_shown_with_how_they_were_solved(house: House) -> None:
    words = "The zirconium gasket of the quetzal pump"
    past, email = await opened(house, text=f"{words} leaks since Monday.")
    solved = await house.api.post(f"{past}/solve", json={"summary": f"Replaced it, told {email}."})
    assert solved.status_code == 200, solved.text
    path, _ = await opened(house, text=f"Hello, {words.lower()} is broken.")
    found = (await house.api.get(f"{path}/similar")).json()["items"][0]
    assert (found["number"], found["solution"]) == (past.rpartition("/")[2], "Replaced it, told …")
    assert {"zirconium", "quetzal"} <= set(found["why"])
    assert 0 < found["score"] <= 1
