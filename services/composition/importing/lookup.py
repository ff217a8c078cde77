"""Asking the store what it has already: questions asked at the same time become one. Waits while the store is away."""

import asyncio
from collections.abc import Callable, Sequence

from shared.bus import rpc, subjects
from shared.bus.connection import BusConnection
from shared.bus.errors import BusUnavailable, RemoteError
from shared.messages.importing import StoredAnswer, StoredQuery

MOST = 500
"""Source ids in one question."""
_ANSWER = 10.0
_PAUSE = 0.5
_LONGEST_PAUSE = 5.0


class Lookup:
    """``say`` is told why nothing goes on, and "" when it does. ``patience``: seconds until a store that is away is given up."""

    def __init__(self, bus: BusConnection, say: Callable[[str], None], patience: float) -> None:
        self._bus = bus
        self._say = say
        self._patience = patience
        self._waiting: dict[str, asyncio.Future[bool]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def is_there(self, source_id: str) -> bool:
        """Whether a message is stored or held back. Raises `BusUnavailable` and `RemoteError`."""
        found = self._waiting.get(source_id)
        if found is None:
            found = self._waiting[source_id] = asyncio.get_running_loop().create_future()
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_all(), name="import-lookup")
        return await asyncio.shield(found)

    async def ask(self, source_ids: list[str], tickets: Sequence[int] = ()) -> StoredAnswer:
        """What is there of these, at most `MOST` of each. Raises `BusUnavailable` and `RemoteError`."""
        query = StoredQuery(source_ids=source_ids, tickets=list(tickets)).encode()
        loop = asyncio.get_running_loop()
        until, pause = loop.time() + self._patience, _PAUSE
        while True:
            try:
                answer = StoredAnswer.decode(await rpc.request(self._bus, subjects.query("stored"), query, _ANSWER))
            except (BusUnavailable, RemoteError) as error:
                away = isinstance(error, BusUnavailable) or error.kind == "unavailable"
                if not away or loop.time() > until:
                    raise
            else:
                if pause > _PAUSE:
                    self._say("")
                return answer
            self._say("the store does not answer; waiting for it")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _ask_all(self) -> None:
        while self._waiting:
            some = dict(list(self._waiting.items())[:MOST])
            for source_id in some:
                del self._waiting[source_id]
            try:
                answer = await self.ask(list(some))
            except BaseException as error:
                for future in some.values():
                    if not future.done():
                        future.set_exception(error if isinstance(error, Exception) else asyncio.CancelledError())
                        future.exception()  # whoever waited may have gone
                if not isinstance(error, Exception):
                    raise
                continue
            there = {*answer.stored, *answer.held}
            for source_id, future in some.items():
                if not future.done():
                    future.set_result(source_id in there)
