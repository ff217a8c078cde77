"""Tasks with a clock: one wakes what is due, sleeping until the next time it knows of; one looks for outbox rows left over; one tidies."""

import asyncio
from datetime import datetime, timedelta

import structlog

from services.store.due import LIMIT
from services.store.errors import StoreError
from services.store.group import SweepUnit, TidyUnit, WakeUnit
from services.store.relay import Relay
from services.store.writer import Writer
from shared.clock import now

log = structlog.get_logger(__name__)

# Another store may have died that knew of something due; beyond this nobody sleeps.
LONGEST = timedelta(seconds=30)
STEP_SECONDS = 1.0
SWEEP_SECONDS = 5.0
SWEEP_ROWS = 1_000
TIDY_SECONDS = 3600.0
_TROUBLE_SECONDS = 1.0


class Waker:
    """Puts timers and deliveries on the bus when their time has come."""

    def __init__(self) -> None:
        self._earlier = asyncio.Event()
        self._planned: datetime | None = None

    def tell(self, at: datetime) -> None:
        """Something will be due at ``at``; wakes up if that is earlier than what was planned."""
        if self._planned is None or at < self._planned:
            self._earlier.set()

    async def run(self, writer: Writer) -> None:
        """For ever."""
        while True:
            unit = WakeUnit()
            self._planned = None
            self._earlier.clear()
            try:
                await writer.submit([unit])
            except StoreError as error:
                log.warning("nothing can be woken", error=str(error))
                await asyncio.sleep(_TROUBLE_SECONDS)
                continue
            if unit.found < LIMIT:
                await self._sleep(unit.next_at)

    async def _sleep(self, next_at: datetime | None) -> None:
        at = now()
        self._planned = min(next_at or at + LONGEST, at + LONGEST)
        while True:
            # A hair late: what is due at a time must be due when we look. In steps: the loop's clock stands still while the machine
            # sleeps, and the wall clock may be set.
            step = min(max(0.0, (self._planned - at).total_seconds()), STEP_SECONDS) + 0.001
            try:
                async with asyncio.timeout(step):
                    await self._earlier.wait()
                return
            except TimeoutError:
                at = now()
            if at >= self._planned:
                return


async def sweep(writer: Writer, relay: Relay) -> None:
    """At once and every few seconds: take over outbox rows whose process has died or had no room for them."""
    while True:
        limit = min(relay.room, SWEEP_ROWS)
        found = 0
        if limit:
            unit = SweepUnit(limit)
            try:
                await writer.submit([unit])
            except StoreError as error:
                log.warning("the outbox cannot be swept", error=str(error))
            found = unit.found
        if found == 0 or found < limit:
            await asyncio.sleep(SWEEP_SECONDS)


async def tidy(writer: Writer) -> None:
    """Every hour: forget what no longer counts."""
    while True:
        await asyncio.sleep(TIDY_SECONDS)
        try:
            await writer.submit([TidyUnit()])
        except StoreError as error:
            log.warning("the database cannot be tidied", error=str(error))
