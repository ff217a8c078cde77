"""The outbox relay: what was committed is published from memory at once; what is left over is found in the table later.

A row is removed by the next writing transaction after the bus has confirmed it. While the bus is away rows wait here up to a bound and
in the table beyond it. A timeout is not a failure, the same message id is tried again and the bus drops the second.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from services.store import metrics
from shared.bus.errors import BusError, BusFull, BusUnavailable
from shared.bus.publish import Publisher

log = structlog.get_logger(__name__)

IN_FLIGHT = 256
# Rows and bytes held in memory; what exceeds them stays in the table for the sweeper.
MAX_ROWS = 5_000
MAX_BYTES = 64 * 1024 * 1024
# How long the removal of published rows waits for a transaction to ride on.
IDLE = 0.05

# Seconds between attempts, by what went wrong; the last is repeated.
_UNAVAILABLE = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
_FULL = (1.0, 2.0, 5.0, 15.0)


class Relay:
    """Publishes outbox rows. ``poke`` is called when published rows wait for a transaction to be removed in."""

    def __init__(self, publisher: Publisher, poke: Callable[[], None]) -> None:
        self._publisher, self._poke = publisher, poke
        self._held: set[str] = set()
        self._bytes = 0
        self._queue: deque[dict[str, Any]] = deque()
        self._workers: set[asyncio.Task[None]] = set()
        self._done: list[str] = []
        self._told = False
        self._trouble = ""
        self._stopping = False

    # -- what the writer wants -------------------------------------------------------------------------------------------

    def take(self, rows: Sequence[dict[str, Any]]) -> None:
        """Publish these rows, which are on disk and claimed for this process."""
        if self._stopping:
            return
        for row in rows:
            if row["id"] in self._held or len(self._held) >= MAX_ROWS or self._bytes >= MAX_BYTES:
                continue
            self._held.add(row["id"])
            self._bytes += len(row["payload"])
            self._queue.append(row)
        metrics.OUTBOX.set(len(self._held))
        loop = asyncio.get_running_loop()
        for _ in range(min(IN_FLIGHT - len(self._workers), len(self._queue))):
            worker = loop.create_task(self._work(), name="store-relay")
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    def published(self) -> list[str]:
        """The ids of published rows, each told once."""
        done, self._done = self._done, []
        return done

    def restore(self, ids: list[str]) -> None:
        """These were not removed after all."""
        self._done.extend(ids)
        self._remind()

    # -- what the sweeper wants ------------------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        """How many rows more can be taken."""
        return max(0, MAX_ROWS - len(self._held)) if self._bytes < MAX_BYTES and not self._trouble else 0

    @property
    def waiting(self) -> int:
        """Rows held and not yet confirmed."""
        return len(self._held)

    async def stop(self, timeout: float) -> None:
        """Publish what is held for at most ``timeout`` seconds, then give up: what is left is in the table."""
        try:
            async with asyncio.timeout(timeout):
                while self._workers and not self._trouble:
                    await asyncio.wait(set(self._workers), return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            log.warning("outbox rows are left for the next start", rows=len(self._held))
        self._stopping = True
        for worker in list(self._workers):
            worker.cancel()

    # -- publishing ------------------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        while self._queue:
            row = self._queue.popleft()
            try:
                published = await self._publish(row)
            finally:
                self._held.discard(row["id"])
                self._bytes -= len(row["payload"])
                metrics.OUTBOX.set(len(self._held))
            if published:
                metrics.published(row["stream"])
                self._done.append(row["id"])
                self._remind()

    async def _publish(self, row: dict[str, Any]) -> bool:
        """Publish a row, however long it takes. False when the bus will never take it."""
        for attempt in itertools.count():
            try:
                await self._publisher.publish(row["stream"], row["subject"], row["payload"], message_id=row["bus_id"])
            except BusFull as error:
                await self._wait("full", error, _FULL, attempt)
            except BusUnavailable as error:
                await self._wait("unavailable", error, _UNAVAILABLE, attempt)
            except BusError as error:
                # It stays in the table, where the sweeper tries it now and then and an operator finds it; it holds up nobody.
                metrics.PUBLISH_FAILURES.labels("rejected").inc()
                log.error(
                    "the bus refuses an outbox row", outbox_id=row["id"], subject=row["subject"], error=str(error)
                )
                return False
            else:
                break
        if self._trouble:
            log.info("the outbox is being published again", rows=len(self._held))
            self._trouble = ""
        return True

    async def _wait(self, why: str, error: BusError, delays: Sequence[float], attempt: int) -> None:
        metrics.PUBLISH_FAILURES.labels(why).inc()
        if self._trouble != why:
            # Once per episode: hundreds of rows wait for the same thing.
            self._trouble = why
            log.error("the outbox cannot be published", error=str(error), rows=len(self._held))
        await asyncio.sleep(delays[min(attempt, len(delays) - 1)])

    def _remind(self) -> None:
        if not self._told and self._done:
            self._told = True
            asyncio.get_running_loop().call_later(IDLE, self._idle)

    def _idle(self) -> None:
        self._told = False
        if self._done and not self._stopping:
            self._poke()
