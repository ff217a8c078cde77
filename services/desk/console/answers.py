"""Answers that several open pages want at the same moment: asked once, and good for a second.

When something happens, every open list asks what it shows; most of them show the same.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar, cast

Answer = TypeVar("Answer")

GOOD_FOR: Final = 1.0
"""Seconds; a page that asks again later has a new one."""
_MOST: Final = 500
_TOGETHER: Final = 2
"""So many of those who have time ask at once: what somebody waits for goes in between."""


class Answers:
    """What was asked lately, by a key that says everything about the question."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked: dict[str, tuple[float, asyncio.Future[Any]]] = {}
        self._turns = asyncio.Semaphore(_TOGETHER)

    async def get(
        self, key: str, ask: Callable[[], Awaitable[Answer]], since: float = 0.0, *, calmly: bool = False
    ) -> Answer:
        """The answer; whoever comes while it is being asked waits for the same one. One that was asked before ``since`` (on the same
        clock), when something happened that it may not know of, does not count. ``calmly``: nobody sits and waits for it, as where fifty
        open pages want to know what has changed; those ask a few at a time. Raises what ``ask`` raises, and forgets that."""
        at, asking = self._asked.get(key, (0.0, None))
        if asking is None or self._clock() - at > GOOD_FOR or at < since:
            self._forget()
            asking = asyncio.ensure_future(self._in_turn(ask) if calmly else ask())
            self._asked[key] = self._clock(), asking
        try:
            # One page that is closed meanwhile takes the answer from nobody else.
            return cast(Answer, await asyncio.shield(asking))
        except Exception:
            if self._asked.get(key, (0.0, None))[1] is asking:
                del self._asked[key]
            raise

    async def _in_turn(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        async with self._turns:
            return await ask()

    def _forget(self) -> None:
        since = self._clock() - GOOD_FOR
        for key in [key for key, (at, asking) in self._asked.items() if at < since and asking.done()]:
            del self._asked[key]
        while len(self._asked) > _MOST:
            self._asked.pop(next(iter(self._asked)))
