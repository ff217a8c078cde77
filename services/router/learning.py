"""Following the learnt model that is in use, so that a new one counts within seconds and without a restart."""

import asyncio
from collections.abc import Callable

import structlog

from shared.bus import rpc, subjects
from shared.bus.connection import BusConnection
from shared.bus.errors import BusError
from shared.learning.errors import BadModel
from shared.learning.modelfile import Learnt, load
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.learning import LearntInUse, LearntQuery

log = structlog.get_logger()

LOOK = 5.0
_PATIENCE = 5.0


class Learning:
    """Asks the store which model is in use, reads it in a thread, and hands it to ``use`` (null: none is in use any more)."""

    def __init__(self, bus: BusConnection, use: Callable[[Learnt | None], None]) -> None:
        self._bus, self._use = bus, use
        self._have = ""

    async def follow(self) -> None:
        """Look every few seconds, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK)

    async def look(self) -> None:
        """Look once. What cannot be had or read now changes nothing: the former model stays, and is complained of in the log once."""
        try:
            query = LearntQuery(have=self._have).encode()
            answer = LearntInUse.decode(await rpc.request(self._bus, subjects.query("learnt"), query, _PATIENCE))
        except (BusError, TimeoutError, NewerVersion, Undecodable) as error:
            log.debug("the store does not tell which model is in use", error=str(error)[:300])
            return
        if answer.model == self._have:
            return
        self._have = answer.model
        if answer.body is None:
            self._use(None)
            log.info("no learnt model is in use any more")
            return
        try:
            learnt = await asyncio.to_thread(load, answer.body)
        except BadModel as error:
            log.error("a learnt model cannot be used; the former stays", model=answer.model, error=str(error))
            return
        self._use(learnt)
        log.info("learnt model in use", model=learnt.version)
