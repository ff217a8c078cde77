"""Ends tasks for certain: a cancellation gets lost in a wait whose answer comes at the same moment (`asyncio.wait_for` before Python 3.12,
CPython issue 86296; nats-py's requests are such waits). Whoever then awaits the task waits for ever."""

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN = 1.0
"""Seconds before a task that goes on is cancelled again."""
WITHIN = 10.0
"""Seconds after which a task that will not end is left alone: the process goes on ending."""


async def end(tasks: Iterable["asyncio.Task[Any]"], within: float = WITHIN, again: float = AGAIN) -> None:
    """Cancel these tasks until they have ended, for at most so many seconds. ``again``: seconds until the next
    try, longer for a task that ends others this way. What they raised is theirs to have told.
    """
    loop = asyncio.get_running_loop()
    every = list(tasks)
    pending, until = {task for task in every if not task.done()}, loop.time() + within
    while pending and loop.time() < until:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=again)
    for task in every:
        if task.done() and not task.cancelled():
            task.exception()  # looked at, so that the loop does not complain
