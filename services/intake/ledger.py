"""What was turned away at the door (or taken twice), told to the store each second so that the ledger adds up.

Counts are lost only with the process: both sides of the ledger ("received" and "refused") then lack the same mails.
"""

import asyncio
from collections import Counter
from typing import Literal
from uuid import uuid4

import structlog
from nats.aio.client import Client

from shared.bus import rpc, subjects
from shared.bus.errors import BusError
from shared.ending import end
from shared.messages.ticket import LedgerNote

log = structlog.get_logger(__name__)

INTERVAL = 1.0
"""Seconds between notes."""
ANSWER = 5.0
"""Seconds the store has to answer one."""
LAST_ANSWER = 2.0
"""Seconds it has while we stop."""

Outcome = Literal["refused", "duplicate"]


class LedgerNotes:
    """Counts, and the task that hands them to the store.

    A note that was not answered may have been written all the same, so it is repeated as it is, under its own id, until the store
    answers. What is counted meanwhile waits in one table, whose size is the number of inboxes times reasons and thus bounded.
    """

    def __init__(self, bus: Client, channel: str = "email", *, interval: float = INTERVAL) -> None:
        self._bus = bus
        self._channel = channel
        self._interval = interval
        self._counts: Counter[str] = Counter()
        self._open: LedgerNote | None = None
        self._task: asyncio.Task[None] | None = None
        self._away = False

    def count(self, outcome: Outcome, inbox: str, reason: str, *, channel: str = "") -> None:
        """One more message for this inbox (empty where none was known) of this channel (else our own) ended so."""
        self._counts[f"{channel or self._channel}/{inbox}/{outcome}/{reason}"] += 1

    @property
    def waiting(self) -> dict[str, int]:
        """What the store has not confirmed yet."""
        return dict(self._counts + Counter(self._open.counts if self._open else {}))

    def start(self) -> None:
        """Begin to hand counts over."""
        self._task = asyncio.create_task(self._run(), name="intake-ledger")

    async def stop(self) -> None:
        """Hand over what is left, once, and end; what the store does not take is logged."""
        if self._task is not None:
            await end([self._task])
        # Twice: a note that was open, and what was counted since.
        if not (await self.flush(LAST_ANSWER) and await self.flush(LAST_ANSWER)):
            log.warning("the store did not take the last ledger counts", counts=self.waiting)

    async def flush(self, timeout: float = ANSWER) -> bool:
        """Hand over one note, if there is anything to tell; whether nothing is left open."""
        if self._open is None and self._counts:
            self._open = LedgerNote(note_id=uuid4().hex, counts=dict(self._counts))
            self._counts.clear()
        if self._open is None:
            return True
        try:
            await rpc.request(self._bus, subjects.STORE_LEDGER, self._open.encode(), timeout)
        except BusError as error:
            if not self._away:
                log.warning("ledger counts wait for the store", error=str(error))
            self._away = True
            return False
        self._open, self._away = None, False
        return True

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            await self.flush()
