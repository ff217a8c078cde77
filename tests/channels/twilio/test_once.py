"""One thing is under way to a recipient at a time, and nothing is kept of whoever nobody waits for."""

import asyncio

from services.notifier.twilio import once
from services.notifier.twilio.once import Taken, Turns


async def test_one_after_the_other_to_each_recipient_and_side_by_side_to_different_ones() -> None:
    turns, under_way, most = Turns(), {"a": 0, "b": 0}, {"a": 0, "both": 0}
    both = asyncio.Event()

    async def send(to: str) -> None:
        async with turns.alone(to):
            under_way[to] += 1
            most["a"] = max(most["a"], under_way["a"])
            most["both"] = max(most["both"], sum(under_way.values()))
            if most["both"] == 2:
                both.set()
            await asyncio.wait_for(both.wait(), 60)
            under_way[to] -= 1

    await asyncio.gather(*(send(to) for to in ("a", "a", "b", "a")))
    assert most == {"a": 1, "both": 2}
    assert len(turns) == 0


async def test_who_fails_or_gives_up_waiting_keeps_nobody_waiting() -> None:
    turns = Turns()
    async with turns.alone("a"):
        waiting = asyncio.create_task(turns.alone("a").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    try:
        async with turns.alone("a"):
            raise ValueError
    except ValueError:
        pass
    assert len(turns) == 0
    async with asyncio.timeout(60), turns.alone("a"):
        pass


def test_what_was_taken_is_known_by_its_delivery_and_the_oldest_is_forgotten() -> None:
    taken = Taken()
    for place in range(once.REMEMBERED + 1):
        taken.remember(f"SM{place}", "first" if place < 5 else "later")
    assert taken.others("later") == {"SM1", "SM2", "SM3", "SM4"}
