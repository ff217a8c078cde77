"""Tasks end although a cancellation got lost."""

import asyncio

from shared import ending
from shared.ending import end


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed > 1:
                    raise

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await end([task])
    assert task.cancelled()
    assert swallowed == 2


async def test_a_task_that_will_not_end_is_left_alone_after_a_while() -> None:
    released = asyncio.Event()

    async def deaf() -> None:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    async with asyncio.timeout(10 * ending.AGAIN):
        await end([task], within=ending.AGAIN / 2)
    assert not task.done()
    released.set()
    await task


async def test_what_a_task_raised_stops_nobody() -> None:
    async def fails() -> None:
        raise ValueError("no")

    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    await end([task, asyncio.create_task(asyncio.sleep(60))])
    assert isinstance(task.exception(), ValueError)
