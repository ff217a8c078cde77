"""What is due: timers, next attempts, and deliveries of which nothing was heard for too long, put into the outbox."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, delete, func, select, text, update
from sqlalchemy import bindparam as bind

from services.store import metrics, models
from services.store.agents import forget_unproven
from services.store.batch import DELIVERY, OUTBOX, TIMER, Batch
from services.store.columns import Instant
from services.store.dialects import claimed
from services.store.models import OPEN_DELIVERIES, table
from services.store.operations.happenings import FORGOTTEN
from services.store.portal import forget_portal
from services.store.quarantine import forget_expired
from services.store.signin import forget_over
from shared.bus import subjects
from shared.messages.outbound import TimerDue

log = structlog.get_logger(__name__)

LIMIT = 500
# A timer that the router has not dealt with in this time is put on the bus again.
TIMER_AGAIN = timedelta(seconds=60)
KEEP_AUTOMATIC = timedelta(days=1)
KEEP_NOTES = timedelta(days=30)

_AUTOMATIC = table(models.AutomaticSent)
_NOTE = table(models.NotedLedger)
_NOW = bind("now", type_=Instant())

_TIMERS = (
    select(TIMER.c.id, TIMER.c.kind, TIMER.c.generation, TIMER.c.due_at, TIMER.c.ticket_id)
    .where(TIMER.c.wake_at <= _NOW)
    .order_by(TIMER.c.wake_at)
    .limit(LIMIT)
)
_DELIVERIES = (
    select(
        DELIVERY.c.id,
        DELIVERY.c.channel,
        DELIVERY.c.inbox,
        DELIVERY.c.state,
        DELIVERY.c.attempt,
        DELIVERY.c.next_attempt_at,
        DELIVERY.c.updated_at,
        DELIVERY.c.outbound,
    )
    .where(text(OPEN_DELIVERIES), DELIVERY.c.wake_at <= _NOW)
    .order_by(DELIVERY.c.wake_at)
    .limit(LIMIT)
)
_NEXT_TIMER = select(func.min(TIMER.c.wake_at, type_=Instant()))
_NEXT_DELIVERY = select(func.min(DELIVERY.c.wake_at, type_=Instant())).where(text(OPEN_DELIVERIES))
_LEFT = (
    select(OUTBOX.c.id, OUTBOX.c.stream, OUTBOX.c.subject, OUTBOX.c.bus_id, OUTBOX.c.payload)
    .where(OUTBOX.c.claimed_until <= _NOW)
    .order_by(OUTBOX.c.id)
)


def wake(connection: Connection, batch: Batch) -> tuple[int, datetime | None]:
    """Put what is due into the outbox. How many that were, and when the next is due (null: nothing is waiting)."""
    dialect = connection.dialect.name
    now = {"now": batch.now}
    timers = connection.execute(claimed(dialect, _TIMERS), now).all()
    deliveries = connection.execute(claimed(dialect, _DELIVERIES), now).all()
    for timer_id, kind, generation, due_at, ticket_id in timers:
        due = TimerDue(timer_id=timer_id, kind=kind, generation=generation, due_at=due_at, ticket_id=ticket_id)
        batch.publish(subjects.TIMER, subjects.timer(kind), f"{timer_id}:{generation}", due.encode())
        batch.timer_changes[timer_id] = {"wake_at": batch.now + TIMER_AGAIN}
        batch.wake(batch.now + TIMER_AGAIN)
    metrics.WOKEN.labels("timer").inc(len(timers))
    for row in deliveries:
        # A claim or a report in the same group knows better.
        batch.delivery_changes.setdefault(row.id, _send_again(row, batch))
    return max(len(timers), len(deliveries)), _next(connection)


def _send_again(row: Any, batch: Batch) -> dict[str, Any]:
    """Publish a delivery again: its next attempt is due, or it was forgotten. New values of its columns."""
    # What was forgotten, or released after a restore, may have been published with the same number of its attempt within the bus's window:
    # the time makes it another message. Forgotten once more, it takes twice as long.
    bus_id = f"{row.id}:{row.attempt}:{int(batch.now.timestamp())}"
    if row.next_attempt_at is None:
        log.warning("a delivery was not heard of for long and is published again", delivery_id=row.id, state=row.state)
    metrics.WOKEN.labels("stuck" if row.next_attempt_at is None else "retry").inc()
    batch.publish(subjects.OUTBOUND, subjects.outbound(row.channel, row.inbox), bus_id, bytes(row.outbound))
    waited = batch.now - row.updated_at if row.next_attempt_at is None else FORGOTTEN
    return {"next_attempt_at": None, "wake_at": batch.now + max(FORGOTTEN, waited)}


def _next(connection: Connection) -> datetime | None:
    times = (connection.execute(_NEXT_TIMER).scalar(), connection.execute(_NEXT_DELIVERY).scalar())
    return min((time for time in times if time is not None), default=None)


def sweep(connection: Connection, batch: Batch, limit: int) -> Sequence[dict[str, Any]]:
    """Claim outbox rows that nobody has published in their time: at most ``limit``, the oldest first."""
    statement = claimed(connection.dialect.name, _LEFT.limit(limit))
    rows = [dict(row) for row in connection.execute(statement, {"now": batch.now}).mappings()]
    for row in rows:
        batch.outbox_changes[row["id"]] = {"claimed_until": batch.claimed_until}
    return rows


def release(connection: Connection, batch: Batch, *, leases: bool) -> None:
    """All outbox rows are anyone's from now on; with ``leases`` whatever was being sent is too."""
    connection.execute(update(OUTBOX).values(claimed_until=batch.now))
    if leases:
        connection.execute(update(DELIVERY).where(DELIVERY.c.state == "sending").values(lease_until=batch.now))


def tidy(connection: Connection, batch: Batch) -> None:
    """Forget automatic answers that no budget looks back to, notes that nobody will repeat any more, held messages whose time is over,
    and agents' points that nobody proved."""
    connection.execute(delete(_AUTOMATIC).where(_AUTOMATIC.c.at < batch.now - KEEP_AUTOMATIC))
    connection.execute(delete(_NOTE).where(_NOTE.c.at < batch.now - KEEP_NOTES))
    forget_expired(connection, batch.now)
    forget_unproven(connection, batch.now)
    forget_over(connection, batch.now)
    forget_portal(connection, batch.now)
