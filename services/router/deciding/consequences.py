"""Deciding about what happens by itself: timers that are over, and deliveries that failed for good."""

from datetime import datetime

from services.router.deciding import undelivered
from services.router.deciding.draft import Draft
from services.router.deciding.evidence import listeners
from services.router.deciding.policy import Policy
from shared.identity import derive
from shared.messages.changeset import AddEvent, CancelTimer, Changeset, ChangeTicket, MarkPoint, OptPoint
from shared.messages.facts import Facts, FactsRequest, point_key, ticket_key
from shared.messages.outbound import DeliveryReport, TimerDue
from shared.messages.parts import POINT_OF_CHANNEL, Point

# How `services.notifier.sending.OptedOut` begins or ends: the provider knows that they do not want to be written to.
_OPTED_OUT = "opted out"


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


def delivery_needs(reports: list[DeliveryReport], policy: Policy) -> FactsRequest:
    """What must be known to decide about failed deliveries."""
    points = [Point(kind="email", value=address) for address in listeners(policy)]
    return FactsRequest(deliveries=[report.delivery_id for report in reports], points=points, assignees=True)


def decide_delivery(report: DeliveryReport, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """A delivery failed or bounced: the ticket says so, somebody is told, and an address that does not exist is no longer written to by
    ourselves."""
    draft = Draft()
    delivery = facts.deliveries.get(report.delivery_id)
    if delivery is not None:
        address = delivery.to.lower()
        if report.channel == "email" and (report.state == "bounced" or report.error.startswith("5.1.")):
            point = Point(kind="email", value=address)
            draft.change(facts, point_key(point.kind, point.value))
            draft.operations.append(MarkPoint(point=point, undeliverable=True, reason=report.error))
        elif report.channel in POINT_OF_CHANNEL and _OPTED_OUT in report.error.lower():
            point = Point(kind=POINT_OF_CHANNEL[report.channel], value=delivery.to)
            draft.operations.append(OptPoint(point=point, out=True))
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
        ticket = facts.tickets.get(delivery.ticket_id) if delivery.ticket_id else None
        if ticket is not None:
            draft.rely(facts, ticket_key(ticket.ticket_id))
        language = policy.languages[0] if policy.languages else "en"
        cause = derive("delivery failed", report.delivery_id)
        failure = undelivered.Failure(ticket, delivery, address, report.error[:300], cause, language)
        undelivered.tell(failure, facts, policy, now, draft)
    return Changeset(
        cause=f"delivery:{report.delivery_id}:{report.state}",
        relies=draft.relies,
        bumps=list(draft.bumps),
        operations=draft.operations,
        policy=policy.version,
    )
