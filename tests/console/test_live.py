"""How open pages hear of what happens: each what it listens for, in few tellings, and none because of another's trouble."""

import asyncio
from datetime import UTC, datetime

import pytest

from services.desk.console import live
from services.desk.console.live import Listener, News
from shared.messages.outbound import Event
from shared.messages.presence import Presence


def event(number: int | None, what: str = "message_added") -> Event:
    return Event(event_id="e", what=what, at=datetime(2026, 3, 1, tzinfo=UTC), ticket_number=number)


async def heard(listener: Listener, told: "asyncio.Queue[News]") -> News:
    async with asyncio.timeout(60):
        return await told.get()


async def test_what_happens_at_once_is_told_at_once_and_together() -> None:
    told: asyncio.Queue[News] = asyncio.Queue()
    listener = Listener(told.put, None)
    for number in (1, 1, 2, None):
        listener.hear(event(number))
    listener.hear_presence(Presence(number=3, present=[]))
    news = await heard(listener, told)
    assert {number: len(some) for number, some in news.tickets.items()} == {1: 2, 2: 1}
    assert (len(news.others), list(news.present)) == (1, [3])
    listener.task.cancel()


async def test_a_page_of_one_ticket_hears_of_that_one_alone() -> None:
    told: asyncio.Queue[News] = asyncio.Queue()
    listener = Listener(told.put, {7})
    for number in (1, None, 7):
        listener.hear(event(number))
    listener.hear_presence(Presence(number=1, present=[]))
    news = await heard(listener, told)
    assert (list(news.tickets), news.others, news.present) == ([7], [], {})
    listener.task.cancel()


async def test_too_much_is_told_as_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_MOST", 10)
    told: asyncio.Queue[News] = asyncio.Queue()
    listener = Listener(told.put, None)
    for number in range(12):
        listener.hear(event(number))
    assert (await heard(listener, told)).everything
    listener.task.cancel()


async def test_a_page_s_trouble_does_not_silence_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PAUSE", 0.0)
    told: asyncio.Queue[News] = asyncio.Queue()
    failing = True

    async def tell(news: News) -> None:
        nonlocal failing
        if failing:
            failing = False
            listener.hear(event(2))
            raise RuntimeError("the page is gone")
        await told.put(news)

    listener = Listener(tell, None)
    listener.hear(event(1))
    assert list((await heard(listener, told)).tickets) == [2]
    listener.task.cancel()
