"""The one task that writes. What is asked while a transaction runs gathers and goes together into the next: one fsync for all.

A unit that cannot be written takes nobody down: its group is halved until it stands alone. Conflicts between transactions are tried
again; while the database is away the group waits a bounded time, then is told so, and the task goes on with the next.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy import Connection

from services.store import metrics
from services.store.engine import Database
from services.store.errors import (
    DatabaseUnavailable,
    Expired,
    Stopping,
    data_errors,
    database_errors,
    explain,
    is_away,
    is_conflict,
)
from services.store.group import CommitUnit, Unit, Written, write_group
from services.store.poison import invalid, without_nul
from shared.clock import now

log = structlog.get_logger(__name__)

MAX_UNITS = 400
# How long a group waits for a database that is away before its askers are told.
PATIENCE = 8.0
_BACKOFF = (0.05, 0.1, 0.25, 0.5, 1.0)
_CONFLICTS = 20


class AfterCommit(Protocol):
    """Who publishes what was written, and tells which outbox rows are no longer needed."""

    def take(self, rows: Sequence[dict[str, object]]) -> None:
        """Publish these rows; they are on disk."""

    def published(self) -> list[str]:
        """The ids of rows that were published and are to be removed; each is told once."""

    def restore(self, ids: list[str]) -> None:
        """These could not be removed: tell them again."""


@dataclass(eq=False)
class _Job:
    units: Sequence[Unit]
    deadline: float | None
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Writer:
    """Writes groups of units. ``on_wake`` is called with the time of the earliest thing that a commit made due."""

    def __init__(self, database: Database, after: AfterCommit, on_wake: Callable[[datetime], None]) -> None:
        self._database, self._after, self._on_wake = database, after, on_wake
        self._jobs: deque[_Job] = deque()
        self._wanted = asyncio.Event()
        self._poked = False
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self.available = True

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="store-writer")

    async def stop(self) -> None:
        """Write what was asked before, then end."""
        self._stopping = True
        self._wanted.set()
        if self._task is not None:
            await self._task

    @property
    def alive(self) -> bool:
        """The task runs and the database answered it last time."""
        return self._task is not None and not self._task.done() and self.available

    async def submit(self, units: Sequence[Unit], deadline: float | None = None) -> None:
        """Write ``units``, which hold their answers when this returns. ``deadline``: seconds since the epoch; later than that nothing is
        begun any more.

        Raises `Expired`, `Stopping`, `DatabaseUnavailable` (then some units may have been written: ask again, a cause is written once), and
        what was wrong with a unit that has no answer of its own for it.
        """
        if self._stopping:
            raise Stopping("the store is shutting down")
        job = _Job(units, deadline)
        self._jobs.append(job)
        metrics.QUEUE.inc(len(units))
        self._wanted.set()
        await job.done

    def poke(self) -> None:
        """Write although nobody asks: published rows are to be removed."""
        self._poked = True
        self._wanted.set()

    async def _run(self) -> None:
        while True:
            await self._wanted.wait()
            jobs = self._gather()
            if jobs or self._poked:
                self._poked = False
                await self._write_jobs(jobs)
            if not self._jobs:
                self._wanted.clear()
                if self._stopping:
                    return

    def _gather(self) -> list[_Job]:
        jobs: list[_Job] = []
        size, at = 0, time.time()
        while self._jobs and (not jobs or size + len(self._jobs[0].units) <= MAX_UNITS):
            job = self._jobs.popleft()
            metrics.QUEUE.dec(len(job.units))
            if job.done.done():  # the asker has gone
                continue
            if job.deadline is not None and at > job.deadline:
                metrics.EXPIRED.inc()
                job.done.set_exception(Expired("the deadline passed before the request was begun"))
                continue
            size += len(job.units)
            jobs.append(job)
        return jobs

    async def _write_jobs(self, jobs: list[_Job]) -> None:
        units = [unit for job in jobs for unit in job.units]
        try:
            await self._write(units)
        except DatabaseUnavailable as error:
            self.available = False
            log.error("the database is not available", error=str(error), units=len(units))
            for job in jobs:
                if not job.done.done():
                    job.done.set_exception(error)
            return
        except BaseException as error:
            # Only a bug (or the loop's end) gets here. Askers must hear of it, and the task must go on.
            for job in jobs:
                if not job.done.done():
                    job.done.set_exception(Stopping(f"the group was given up: {type(error).__name__}"))
            if not isinstance(error, Exception):
                raise
            log.exception("a group could not be written", units=len(units))
            return
        self.available = True
        for job in jobs:
            _answer(job)

    async def _write(self, units: Sequence[Unit]) -> None:
        """Write ``units`` together; halve the group when something in it cannot be written."""
        try:
            await self._transaction(units)
        except DatabaseUnavailable:
            raise
        except data_errors() as error:
            metrics.RETRIES.labels("data").inc()
            if len(units) > 1:
                middle = len(units) // 2
                await self._write(units[:middle])
                await self._write(units[middle:])
                return
            await self._poisoned(units, error)

    async def _poisoned(self, units: Sequence[Unit], error: Exception) -> None:
        if not units:
            raise error
        unit = units[0]
        if isinstance(unit, CommitUnit):
            cleaned = without_nul(unit.changeset)
            if cleaned is not None:
                unit.changeset = cleaned
                await self._write(units)
                return
            unit.answer = invalid(unit.changeset, error)
            unit.broken.update(unit.changeset.bumps)
            metrics.outcomes(("invalid",))
        else:
            unit.error = error
        log.error("a unit cannot be written", kind=type(unit).__name__, error=f"{type(error).__name__}: {error}"[:500])

    async def _transaction(self, units: Sequence[Unit]) -> None:
        """One transaction, begun again as long as only circumstances were against it.

        Raises `DatabaseUnavailable` when the database stays away, and whatever is wrong with the units.
        """
        patience = time.monotonic() + PATIENCE
        attempt = 0
        while True:
            published = self._after.published()
            began = time.monotonic()
            try:
                written = await self._once(units, published)
            except database_errors() as error:
                self._after.restore(published)
                await self._circumstances(error, attempt, patience)
                attempt += 1
            except BaseException:
                self._after.restore(published)
                raise
            else:
                metrics.TRANSACTION_SECONDS.observe(time.monotonic() - began)
                metrics.GROUP_UNITS.observe(len(units))
                self._committed(units, written)
                return

    async def _once(self, units: Sequence[Unit], published: list[str]) -> Written:
        def write(connection: Connection) -> Written:
            return write_group(connection, units, published, now())

        return await self._database.write(write)

    async def _circumstances(self, error: Exception, attempt: int, patience: float) -> None:
        """Wait before the next attempt if there is to be one; else raise."""
        if is_conflict(error) and attempt < _CONFLICTS:
            metrics.RETRIES.labels("conflict").inc()
        elif is_away(error):
            metrics.RETRIES.labels("away").inc()
            self.available = False
            if time.monotonic() > patience:
                raise DatabaseUnavailable(explain(self._database.url, error)) from error
        else:
            raise error
        await asyncio.sleep(_BACKOFF[min(attempt, len(_BACKOFF) - 1)])

    def _committed(self, units: Sequence[Unit], written: Written) -> None:
        metrics.outcomes(unit.answer.outcome for unit in units if isinstance(unit, CommitUnit) and unit.answer)
        self._after.take(written.outbox)
        if written.wake_at is not None:
            self._on_wake(written.wake_at)


def _answer(job: _Job) -> None:
    if job.done.done():
        return
    error = next((unit.error for unit in job.units if unit.error is not None), None)
    if error is None:
        job.done.set_result(None)
    else:
        job.done.set_exception(error)
