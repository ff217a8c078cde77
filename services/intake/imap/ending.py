"""Ends tasks for certain: a cancellation gets lost in a wait whose answer comes at the same moment (`asyncio.wait_for` before 3.12)."""

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN = 1.0
"""Seconds before a task that goes on is cancelled again."""


async def end(tasks: Iterable["asyncio.Task[Any]"], within: float) -> None:
    """Cancel these tasks until they have ended, for at most so many seconds."""
    loop = asyncio.get_running_loop()
    pending, until = {task for task in tasks if not task.done()}, loop.time() + within
    while pending and loop.time() < until:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN)
