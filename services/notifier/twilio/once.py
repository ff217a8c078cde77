"""What keeps anybody from being written to or rung twice: one thing under way to a recipient at a time, and what Twilio took lately.

In memory only: what was before a restart Twilio and the store are asked for.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

REMEMBERED: Final = 10_000


@dataclass
class _Lock:
    """The right to reach one recipient, and how many want it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Turns:
    """One after the other to each recipient, side by side to different ones. Nothing stays of a recipient whom nobody waits for."""

    def __init__(self) -> None:
        self._locks: dict[str, _Lock] = {}

    def __len__(self) -> int:
        return len(self._locks)

    @asynccontextmanager
    async def alone(self, to: str) -> AsyncIterator[None]:
        """Wait for the turn, and have it."""
        one = self._locks.setdefault(to, _Lock())
        one.users += 1
        try:
            async with one.lock:
                yield
        finally:
            one.users -= 1
            if not one.users:
                del self._locks[to]


class Taken:
    """What Twilio took from us, by its name for it, and of which delivery: the report may not be in the store yet when it is asked."""

    def __init__(self) -> None:
        self._deliveries: OrderedDict[str, str] = OrderedDict()

    def remember(self, sid: str, delivery_id: str) -> None:
        """This one is that delivery's. Of very many the oldest are forgotten."""
        self._deliveries[sid] = delivery_id
        if len(self._deliveries) > REMEMBERED:
            self._deliveries.popitem(last=False)

    def others(self, delivery_id: str) -> set[str]:
        """Those of other deliveries."""
        return {sid for sid, delivery in self._deliveries.items() if delivery != delivery_id}
