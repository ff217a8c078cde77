"""The right to send, and what became of it: claims and reports change a delivery's state here and nowhere else.

States only move forward by their rank, with one exception: an attempt that failed for now goes back to ``queued`` with the time of the
next. A claim is a compare-and-set from ``queued`` to ``sending``; whoever gets it has a lease.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, select

from services.store import metrics
from services.store.batch import DELIVERY, POINT, Batch
from services.store.statements import Lookup, look_up
from shared.bus import subjects
from shared.identity import derive
from shared.messages.facts import point_key, reference_key
from shared.messages.outbound import RANK, REACHED, Claim, DeliveryReport, Event, Grant
from shared.messages.parts import DeliveryState, delivered_to

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=20)
# A sender that was not heard of for this long has died: the delivery is put on the bus again.
STUCK = timedelta(minutes=10)
# Two hosts' clocks may differ by this much before a claim seems to come before its time.
SKEW = timedelta(seconds=2)

# An earlier attempt cannot fail a later one, but what it brought to the recipient has arrived.
ARRIVED = ("accepted", "delivered", "read")
_TOLD = ("failed", "bounced", "unknown")
_ERROR_LENGTH = 2000
# Mail bears the same Message-ID again, so that the recipient's system can tell the second from the first, and a chat's browser knows what
# it has by the delivery's id, as a webhook's receiver does; of the others the provider can be asked what it has, before anything is sent
# again.
_ASKED = ("email", "sms", "whatsapp", "messenger", "voice", "chat", "api")
# A long text goes out in several messages of the provider's.
_PARTS = 20


@dataclass(slots=True)
class Current:
    """A delivery as it is at this point of the group."""

    id: str
    ticket_id: str | None
    message_id: str | None
    channel: str
    inbox: str
    to: str
    kind: str
    state: DeliveryState
    rank: int
    attempt: int
    owner: str | None
    lease_until: datetime | None
    next_attempt_at: datetime | None


_CURRENT = Lookup(
    DELIVERY.c.id, lambda some: select(*(DELIVERY.c[name] for name in Current.__dataclass_fields__)).where(some)
)


_MARKED = Lookup(POINT.c.key, lambda some: select(POINT.c.key).where(some, POINT.c.undeliverable))


def load(connection: Connection, ids: set[str]) -> dict[str, Current]:
    """The deliveries with these ids."""
    return {row[0]: Current(*row) for row in look_up(connection, (_CURRENT, ids))[0]}


def _change(current: Current, batch: Batch, **values: Any) -> None:
    for name, value in values.items():
        if name in Current.__dataclass_fields__:
            setattr(current, name, value)
    batch.delivery_changes.setdefault(current.id, {}).update(values, updated_at=batch.now)


def grant(claim: Claim, owner: str, deliveries: dict[str, Current], batch: Batch) -> Grant:
    """Decide about one claim; a second claim of the same delivery, in the same group or later, finds it taken."""
    current = deliveries.get(claim.delivery_id)
    if current is None:
        return Grant.model_construct(delivery_id=claim.delivery_id, granted=False)
    if current.state == "queued":
        if current.next_attempt_at is not None and current.next_attempt_at > batch.now + SKEW:
            return _refused(current)
        return _granted(current, owner, batch, ambiguous=False)
    if current.state == "sending":
        return _contested(claim, owner, current, batch)
    return _refused(current)


def _contested(claim: Claim, owner: str, current: Current, batch: Batch) -> Grant:
    lease = current.lease_until or batch.now
    # A copy that the store itself put on the bus, because it had heard nothing for long, is not marked as redelivered.
    died = lease <= batch.now and (claim.redelivered or lease + STUCK - LEASE <= batch.now)
    if not died:
        return _refused(current, held=True)
    if current.channel in _ASKED:
        return _granted(current, owner, batch, ambiguous=True)
    _change(current, batch, state="unknown", rank=RANK["unknown"], wake_at=None, lease_until=None)
    metrics.entered("unknown")
    _tell(current, batch)
    return _refused(current)


def _granted(current: Current, owner: str, batch: Batch, *, ambiguous: bool) -> Grant:
    _change(
        current,
        batch,
        state="sending",
        rank=RANK["sending"],
        attempt=current.attempt + 1,
        owner=owner,
        lease_until=batch.now + LEASE,
        next_attempt_at=None,
        wake_at=batch.now + STUCK,
    )
    metrics.entered("sending")
    return Grant(delivery_id=current.id, granted=True, attempt=current.attempt, ambiguous=ambiguous, state="sending")


def _refused(current: Current, *, held: bool = False) -> Grant:
    return Grant.model_construct(
        delivery_id=current.id, granted=False, attempt=current.attempt, held=held, state=current.state
    )


def record(report: DeliveryReport, deliveries: dict[str, Current], batch: Batch) -> bool:
    """Write down what a report says, if it says anything new. True when it did."""
    current = deliveries.get(report.delivery_id)
    if current is None:
        log.warning("a report of no delivery", delivery_id=report.delivery_id, correlation_id=report.correlation_id)
        return False
    if report.state == "queued":
        return _again(report, current, batch)
    if report.attempt < current.attempt and report.state not in ARRIVED:
        return False
    if RANK[report.state] <= current.rank:
        return False
    _change(
        current,
        batch,
        state=report.state,
        rank=RANK[report.state],
        attempt=max(report.attempt, current.attempt),
        error=report.error[:_ERROR_LENGTH],
        next_attempt_at=None,
        lease_until=None,
        wake_at=None,
        # A provider's later word does not repeat what the sender knew.
        **{name: value for name, value in (("provider_id", report.provider_id), ("via", report.via)) if value},
    )
    metrics.entered(report.state)
    if report.provider_id and current.ticket_id and current.channel != "email":
        _refer(current, report.provider_id, batch)
    if report.state in _TOLD:
        _tell(current, batch)
    return True


def wake_reached(connection: Connection, reached: set[str], deliveries: dict[str, Current], batch: Batch) -> None:
    """Wake the router for those of these deliveries that arrived at a point which is marked undeliverable: it decides what that means."""
    points = {each: delivered_to(deliveries[each].channel, deliveries[each].to) for each in reached}
    keys = {each: point_key(point.kind, point.value) for each, point in points.items() if point is not None}
    (rows,) = look_up(connection, (_MARKED, set(keys.values())))
    marked = {row[0] for row in rows}
    for delivery_id in sorted(each for each, key in keys.items() if key in marked):
        timer_id = f"{REACHED}:{delivery_id}"
        batch.timers[timer_id] = {
            "id": timer_id,
            "kind": REACHED,
            "ticket_id": deliveries[delivery_id].ticket_id,
            "generation": int(batch.now.timestamp() * 1000),
            "due_at": batch.now,
            "wake_at": batch.now,
        }
        batch.wake(batch.now)


def _refer(current: Current, provider_id: str, batch: Batch) -> None:
    """What replies to the message finds its ticket: by the provider's name of it, as intake writes such names (mail bears ids of our
    own). Nothing that was decided without this becomes wrong, so no version changes."""
    for part in provider_id.split(",")[:_PARTS]:
        key = reference_key(f"{current.channel}:{current.inbox}:{part.strip()}")
        row = {"key": key, "ticket_id": current.ticket_id, "owned": True, "audience": None, "moved": False}
        batch.references.setdefault((key, str(current.ticket_id)), row)


def bounce(delivery_id: str, error: str, deliveries: dict[str, Current], batch: Batch) -> None:
    """What was accepted came back as a mail. Says nothing of one that is not there or is over in a way that counts more."""
    current = deliveries.get(delivery_id)
    if current is None or RANK["bounced"] <= current.rank:
        return
    _change(
        current,
        batch,
        state="bounced",
        rank=RANK["bounced"],
        error=error[:_ERROR_LENGTH],
        next_attempt_at=None,
        lease_until=None,
        wake_at=None,
    )
    metrics.entered("bounced")
    _tell(current, batch)


def requeue(delivery_id: str, deliveries: dict[str, Current], batch: Batch) -> None:
    """Somebody wants what failed to be tried again: it is due now. Says nothing of what is not there, or under way, or has arrived."""
    current = deliveries.get(delivery_id)
    if current is None or current.state not in _TOLD:
        return
    _change(
        current,
        batch,
        state="queued",
        rank=RANK["queued"],
        next_attempt_at=batch.now,
        lease_until=None,
        wake_at=batch.now,
    )
    batch.wake(batch.now)
    metrics.entered("queued")


def _again(report: DeliveryReport, current: Current, batch: Batch) -> bool:
    if current.state != "sending" or report.attempt != current.attempt:
        return False
    at = report.retry_at or batch.now
    _change(
        current,
        batch,
        state="queued",
        rank=RANK["queued"],
        error=report.error[:_ERROR_LENGTH],
        via=report.via,
        next_attempt_at=at,
        lease_until=None,
        wake_at=at,
    )
    batch.wake(at)
    metrics.entered("queued")
    return True


def _tell(current: Current, batch: Batch) -> None:
    event = Event.model_construct(
        event_id=derive("event", f"delivery:{current.id}:{current.attempt}:{current.state}"),
        what="delivery",
        at=batch.now,
        ticket_id=current.ticket_id,
        message_id=current.message_id,
        actor="system",
        channel=current.channel,
        data={
            "delivery_id": current.id,
            "state": current.state,
            "attempt": current.attempt,
            "kind": current.kind,
            "inbox": current.inbox,
        },
    )
    batch.publish(subjects.EVENT, subjects.event("delivery"), event.event_id, event.encode())
