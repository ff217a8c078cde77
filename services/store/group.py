"""One writing transaction: everything that a group of units wants, judged in order, written together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.store import commits, deliveries, due, ledger
from services.store.batch import Batch
from services.store.dialects import lock, needs_locks
from shared.messages.changeset import Changeset, Committed
from shared.messages.outbound import Claim, DeliveryReport, Grant
from shared.messages.ticket import LedgerNote


@dataclass(slots=True, eq=False)
class Unit:
    """Something to be written that stands or falls by itself. ``error`` is why it fell."""

    error: Exception | None = field(default=None, init=False)


@dataclass(slots=True, eq=False)
class CommitUnit(Unit):
    """A changeset and its answer. ``broken`` is one set for all of a request, see `commits.commit`."""

    changeset: Changeset
    answer: Committed | None = None
    broken: set[str] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class ClaimUnit(Unit):
    """A claim and its answer."""

    owner: str
    claim: Claim
    answer: Grant | None = None


@dataclass(slots=True, eq=False)
class ReportUnit(Unit):
    """A delivery report."""

    report: DeliveryReport
    recorded: bool = False


@dataclass(slots=True, eq=False)
class NoteUnit(Unit):
    """A ledger note."""

    note: LedgerNote


@dataclass(slots=True, eq=False)
class ConfigurationUnit(Unit):
    """An effective configuration."""

    version: str
    effective: dict[str, Any]


@dataclass(slots=True, eq=False)
class WakeUnit(Unit):
    """Put what is due into the outbox. ``found``: how many; ``next_at``: when to look again."""

    found: int = 0
    next_at: datetime | None = None


@dataclass(slots=True, eq=False)
class SweepUnit(Unit):
    """Take over at most ``limit`` outbox rows that nobody has published in their time."""

    limit: int
    found: int = 0


@dataclass(slots=True, eq=False)
class ReleaseUnit(Unit):
    """Whoever had claimed outbox rows is gone: anyone may publish them. With ``leases`` whoever was sending is gone, too."""

    leases: bool = False


@dataclass(slots=True, eq=False)
class TidyUnit(Unit):
    """Forget what no longer counts."""


@dataclass(slots=True, eq=False)
class WorkUnit(Unit):
    """Something rare that is done in the transaction as it is; ``result`` is what it gave."""

    work: Callable[[Connection], Any]
    result: Any = None


@dataclass(slots=True)
class Written:
    """What is to be done after the commit: publish ``outbox``; look at what is due no later than ``wake_at``."""

    outbox: list[dict[str, Any]]
    wake_at: datetime | None


def write_group(connection: Connection, units: Sequence[Unit], published: list[str], now: datetime) -> Written:
    """Write ``units`` in the transaction that ``connection`` is in, and forget the outbox rows ``published``.

    Answers are put into the units; they count once the transaction is committed.
    """
    batch = Batch(now)
    wishes = [unit for unit in units if isinstance(unit, CommitUnit)]
    claims = [unit for unit in units if isinstance(unit, ClaimUnit)]
    reports = [unit for unit in units if isinstance(unit, ReportUnit)]
    ids = {unit.claim.delivery_id for unit in claims} | {unit.report.delivery_id for unit in reports}
    if needs_locks(connection):
        keys = {key for wish in wishes for key in commits.locks(wish.changeset)}
        lock(connection, keys.union(f"d:{key}" for key in ids))
    if wishes:
        answers = commits.commit(
            connection, [wish.changeset for wish in wishes], [wish.broken for wish in wishes], batch
        )
        for wish, answer in zip(wishes, answers, strict=True):
            wish.answer = answer
    ids.update(batch.bounces)
    ids.update(batch.requeued)
    if ids:
        _deliver(connection, claims, reports, ids, batch)
    swept = _others(connection, units, batch)
    batch.flush(connection, published)
    return Written([*batch.outbox, *swept], batch.wake_at)


def _deliver(
    connection: Connection, claims: list[ClaimUnit], reports: list[ReportUnit], ids: set[str], batch: Batch
) -> None:
    # Reports first: what has arrived meanwhile is not granted again.
    current = deliveries.load(connection, ids)
    for unit in reports:
        unit.recorded = deliveries.record(unit.report, current, batch)
    arrived = {unit.report.delivery_id for unit in reports if unit.recorded and unit.report.state in deliveries.ARRIVED}
    if arrived:
        deliveries.wake_reached(connection, arrived, current, batch)
    for delivery_id, error in batch.bounces.items():
        deliveries.bounce(delivery_id, error, current, batch)
    for delivery_id in sorted(batch.requeued):
        deliveries.requeue(delivery_id, current, batch)
    for claim in claims:
        claim.answer = deliveries.grant(claim.claim, claim.owner, current, batch)


def _others(connection: Connection, units: Sequence[Unit], batch: Batch) -> list[dict[str, Any]]:
    """Everything rare. The outbox rows that were taken over."""
    swept: list[dict[str, Any]] = []
    notes = [unit.note for unit in units if isinstance(unit, NoteUnit)]
    if notes:
        ledger.write_notes(connection, notes, batch)
    for unit in units:
        if isinstance(unit, WakeUnit):
            unit.found, unit.next_at = due.wake(connection, batch)
        elif isinstance(unit, SweepUnit):
            rows = due.sweep(connection, batch, unit.limit)
            unit.found = len(rows)
            swept.extend(rows)
        elif isinstance(unit, ReleaseUnit):
            due.release(connection, batch, leases=unit.leases)
        elif isinstance(unit, WorkUnit):
            unit.result = unit.work(connection)
        elif isinstance(unit, TidyUnit):
            due.tidy(connection, batch)
        elif isinstance(unit, ConfigurationUnit):
            ledger.write_configuration(connection, unit.version, unit.effective, batch)
    return swept
