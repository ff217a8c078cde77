"""Deciding about what happens by itself: timers that are over, and deliveries that failed for good."""

from datetime import datetime

from services.router.deciding.inbound import Draft
from services.router.deciding.policy import Policy
from shared.messages.changeset import AddEvent, CancelTimer, Changeset, ChangeTicket, MarkPoint
from shared.messages.facts import Facts, FactsRequest, point_key, ticket_key
from shared.messages.outbound import DeliveryReport, TimerDue
from shared.messages.parts import Point


def timer_needs(timers: list[TimerDue]) -> FactsRequest:
    """What must be known to decide about timers."""
    return FactsRequest(
        timers=[timer.timer_id for timer in timers], tickets=[t.ticket_id for t in timers if t.ticket_id is not None]
    )


def decide_timer(timer: TimerDue, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """A timer is over. One that was set anew or cancelled meanwhile changes nothing."""
    draft = Draft()
    current = facts.timers.get(timer.timer_id)
    if current is not None and current.generation == timer.generation:
        draft.operations.append(CancelTimer(timer_id=timer.timer_id))
        if timer.kind == "close" and timer.ticket_id:
            _close(timer.ticket_id, facts, now, draft)
    return Changeset(
        cause=timer.cause,
        relies=draft.relies,
        bumps=list(draft.bumps),
        operations=draft.operations,
        policy=policy.version,
    )


def _close(ticket_id: str, facts: Facts, now: datetime, draft: Draft) -> None:
    ticket = facts.tickets.get(ticket_id)
    draft.rely(facts, ticket_key(ticket_id))
    if ticket is None or ticket.status != "solved":
        return
    draft.change(facts, ticket_key(ticket_id))
    draft.operations += [
        ChangeTicket(ticket_id=ticket_id, fields={"status": "closed", "closed_at": now.isoformat()}),
        AddEvent(
            what="status_changed",
            ticket_id=ticket_id,
            actor="system",
            reason="solved and unanswered for long enough",
            data={"from": "solved", "to": "closed"},
            at=now,
        ),
    ]


def delivery_needs(reports: list[DeliveryReport]) -> FactsRequest:
    """What must be known to decide about failed deliveries."""
    return FactsRequest(deliveries=[report.delivery_id for report in reports])


def decide_delivery(report: DeliveryReport, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """A delivery failed or bounced: the ticket says so, and the address is no longer written to by ourselves."""
    draft = Draft()
    delivery = facts.deliveries.get(report.delivery_id)
    if delivery is not None:
        address = delivery.to.lower()
        if report.state == "bounced" or report.error.startswith("5.1."):
            point = Point(kind="email", value=address)
            draft.change(facts, point_key(point.kind, point.value))
            draft.operations.append(MarkPoint(point=point, undeliverable=True, reason=report.error))
        draft.operations.append(
            AddEvent(
                what="delivery_failed",
                ticket_id=delivery.ticket_id,
                actor="system",
                channel=report.channel,
                reason=report.error[:500],
                data={"delivery": report.delivery_id, "state": report.state},
                at=now,
            )
        )
    return Changeset(
        cause=f"delivery:{report.delivery_id}:{report.state}",
        relies=draft.relies,
        bumps=list(draft.bumps),
        operations=draft.operations,
        policy=policy.version,
    )
