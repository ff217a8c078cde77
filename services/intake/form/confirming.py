"""The number of what was just sent: asked of the store until it is decided, for a bounded time."""

import asyncio
from dataclasses import dataclass
from typing import Final

from nats.aio.client import Client

from shared.bus import rpc, subjects
from shared.bus.errors import BusError
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.importing import StoredAnswer, StoredQuery

PATIENCE: Final = 3.0
"""Seconds that a customer waits for the number (interface: it follows by mail otherwise)."""
WAITS: Final = (0.05, 0.1, 0.15, 0.2)


@dataclass(frozen=True, slots=True)
class Numbered:
    """The ticket that a message is in. ``opened``: by it; else it joined a ticket that was there."""

    number: int
    opened: bool


async def number_of(bus: Client, source_id: str, patience: float = PATIENCE) -> Numbered | None:
    """The ticket's number; None when it is not decided in time, held back, or the store does not answer. Never raises: the message is
    on the bus already."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    waits = iter(WAITS)
    while (left := until - loop.time()) > 0:
        try:
            query = StoredQuery(source_ids=[source_id]).encode()
            answer = StoredAnswer.decode(await rpc.request(bus, subjects.query("stored"), query, timeout=left))
        except (BusError, Undecodable, NewerVersion):
            return None
        if source_id in answer.held:
            return None
        if (number := answer.numbers.get(source_id)) is not None:
            return Numbered(number, source_id in answer.opened)
        await asyncio.sleep(min(next(waits, WAITS[-1]), max(until - loop.time(), 0)))
    return None
