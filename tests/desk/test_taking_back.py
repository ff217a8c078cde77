"""An answer that waits before it is sent, over the API, with a real bus, router and store: taken back, sent, and through a crash."""

from uuid import uuid4

import httpx
import pytest

from tests.desk.house import House, until
from tests.desk.test_contacts import receive, shown, ticket_with

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ticket(house: House) -> str:
    name = uuid4().hex
    await receive(house, "email", f"{name}@customer.example", f"Word {name}")
    return str((await ticket_with(house, name))["number"])


async def answer(house: House, number: str, words: str, seconds: int, key: str = "") -> httpx.Response:
    body = {"text": words, "undo_seconds": seconds, "status": "pending"}
    headers = {"Idempotency-Key": key} if key else {}
    return await house.api.post(f"/api/v1/tickets/{number}/replies", json=body, headers=headers)


def answers(view: dict[str, object]) -> list[str]:
    messages = view["messages"]
    assert isinstance(messages, list)
    return [each["text"] for each in messages if each["direction"] == "out" and not each["automatic"]]


async def test_what_is_taken_back_is_never_sent_and_its_words_are_had_again(house: House) -> None:
    number = await ticket(house)
    done = await answer(house, number, "Too hasty.", 60, "once")
    assert done.status_code == 202, done.text
    where = done.headers["Location"]
    assert (await answer(house, number, "Too hasty.", 60, "once")).headers["Location"] == where
    view = await shown(house, number)
    assert [each["text"] for each in view["waiting"]] == ["Too hasty."]
    assert (answers(view), view["status"]) == ([], "new")
    back = await house.api.delete(where)
    assert (back.status_code, back.json()["text"]) == (200, "Too hasty.")
    view = await shown(house, number)
    assert (view["waiting"], answers(view)) == ([], [])
    assert [each["what"] for each in view["events"]][-2:] == ["answer_waits", "answer_taken_back"]
    again = await house.api.delete(where)
    assert (again.status_code, "taken back already" in again.json()["detail"]) == (409, True)


async def test_what_is_not_taken_back_is_sent_though_the_router_was_away_when_its_time_came(house: House) -> None:
    number = await ticket(house)
    done = await answer(house, number, "Switch it on.", 1)
    assert done.status_code == 202, done.text
    await house.router.stop()  # and with it everything that it knew

    async def due() -> bool:
        stream = await house.contexts["store"].bus.jetstream().consumer_info("TIMER", "router-timer")
        # On a slow machine the second may have been over before the router was away.
        return bool(stream.num_pending) or answers(await shown(house, number)) != []

    try:
        await until(due)
    finally:
        await house.start_router()

    async def sent() -> bool:
        return answers(await shown(house, number)) == ["Switch it on."]

    await until(sent)
    view = await shown(house, number)
    assert (view["waiting"], view["status"]) == ([], "pending")
    assert [each["kind"] for each in view["deliveries"]].count("reply") == 1
    late = await house.api.delete(done.headers["Location"])
    assert (late.status_code, "has been sent" in late.json()["detail"]) == (409, True)


async def test_for_so_long_nobody_lets_an_answer_wait(house: House) -> None:
    number = await ticket(house)
    assert (await answer(house, number, "Never.", 61)).status_code == 422
    assert (await house.api.delete(f"/api/v1/tickets/{number}/waiting/none")).status_code == 409
    assert (await house.api.delete("/api/v1/tickets/T-999999/waiting/none")).status_code == 404
