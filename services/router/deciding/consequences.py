"""Deciding about what happens by itself: timers that are over, and deliveries that failed for good."""

from datetime import datetime

from services.router.deciding import calls, fallback, life, undelivered
from services.router.deciding.draft import Draft
from services.router.deciding.evidence import listeners
from services.router.deciding.life import departing, digesting, hooks, retelling
from services.router.deciding.policy import Policy
from services.router.deciding.speaking import expiring
from shared.identity import derive
from shared.messages.changeset import AddEvent, CancelTimer, Changeset, MarkPoint, OptPoint
from shared.messages.facts import Facts, FactsRequest, point_key, ticket_key
from shared.messages.outbound import REACHED, DeliveryReport, TimerDue, instead_id
from shared.messages.parts import POINT_OF_CHANNEL, Point
from shared.messages.reasons import BLOCKED, OPTED_OUT, reason_of

# How `services.notifier.sending.OptedOut` ends where the provider gave no reason of `shared.messages.reasons`.
_OPTED_OUT = "opted out"


def timer_needs(timers: list[TimerDue], policy: Policy) -> FactsRequest:
    """What must be known to decide about timers."""
    request = FactsRequest(
        timers=[timer.timer_id for timer in timers],
        tickets=[t.ticket_id for t in timers if t.ticket_id is not None],
        assignees=True,
        customers=True,
        entries=True,
        links=True,
        deliveries=(reached := undelivered.reached_needs(timers)),
        recipients=bool(reached),
        staff=any(timer.kind in life.ASKS_STAFF or timer.kind == expiring.TIMER for timer in timers),
        spoken=expiring.needs(timers),
        news_of=digesting.agents(timers),
        held_by=departing.agents(timers),
    )
    return life.needs(request, policy)


def decide_timer(timer: TimerDue, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """A timer is over. One that was set anew or cancelled meanwhile changes nothing."""
    draft = Draft()
    current = facts.timers.get(timer.timer_id)
    if timer.kind == digesting.TIMER:
        digesting.due(timer, facts, policy, now, draft)
    elif current is not None and current.generation == timer.generation:
        draft.operations.append(CancelTimer(timer_id=timer.timer_id))
        if timer.kind == REACHED:
            undelivered.reached(timer, facts, now, draft)
        if timer.kind == expiring.TIMER:
            expiring.expire(timer, facts, policy, now, draft)
        if timer.kind == departing.TIMER:
            departing.due(timer, facts, now, draft)
        cause = life.Cause(id=timer.cause, actor="system")
        handle = life.TIMERS.get(timer.kind)
        living = life.live(cause, timer.ticket_id or "", draft, facts, policy, now)
        if handle is not None and living is not None:
            draft.rely(facts, ticket_key(living.ticket_id))
            handle(living, timer)
        if timer.kind == departing.TIMER or (handle is not None and living is not None):
            life.follow(cause, draft, facts, policy, now)
    return draft.changeset(timer.cause, policy=policy.version)


def delivery_needs(reports: list[DeliveryReport], policy: Policy) -> FactsRequest:
    """What must be known to decide about failed deliveries."""
    points = [Point(kind="email", value=address) for address in listeners(policy)]
    ids = [report.delivery_id for report in reports]
    request = FactsRequest(
        deliveries=[*ids, *map(instead_id, ids)],
        points=points,
        assignees=True,
        recipients=True,
        customers=True,
        sent=[report.delivery_id for report in reports if report.channel in (*fallback.FROM, "email")],
        choices=True,
    )
    # Whatever waits to be made up for in these tickets looks at the same as when their customers write.
    return life.inbound_needs(request, policy)


def decide_delivery(report: DeliveryReport, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """A delivery failed or bounced: the ticket says so, somebody is told, and an address that does not exist is no longer written to by
    ourselves. Or a call that we made is over."""
    draft = Draft()
    delivery = facts.deliveries.get(report.delivery_id)
    if delivery is not None and report.channel == "voice":
        calls.made(report, delivery, facts, policy, now, draft)
    elif delivery is not None and report.channel == "api":
        hooks.failed(report, delivery, now, draft)
    elif delivery is not None:
        address = delivery.to.lower()
        if report.channel == "email" and (report.state == "bounced" or report.error.startswith("5.1.")):
            point = Point(kind="email", value=address)
            draft.change(facts, point_key(point.kind, point.value))
            draft.operations.append(MarkPoint(point=point, undeliverable=True, reason=report.error, at=now))
        elif report.channel in POINT_OF_CHANNEL and _has_opted_out(report.error):
            point = Point(kind=POINT_OF_CHANNEL[report.channel], value=delivery.to)
            draft.operations.append(OptPoint(point=point, out=True))
        elif report.channel == "telegram" and reason_of(report.error) == BLOCKED:
            point = Point(kind="telegram", value=delivery.to)
            draft.operations.append(MarkPoint(point=point, undeliverable=True, reason=report.error[:300], at=now))
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
        about = (delivery, report.attempt, report.error, facts, policy, now, draft)
        if not (retelling.send(*about) or fallback.send(*about)):
            undelivered.tell(failure, facts, policy, now, draft)
        delivering = life.Cause(f"delivery:{report.delivery_id}:{report.state}", "system", report.channel)
        life.follow(delivering, draft, facts, policy, now)
    return draft.changeset(f"delivery:{report.delivery_id}:{report.state}", policy=policy.version)


def _has_opted_out(error: str) -> bool:
    return reason_of(error) == OPTED_OUT or _OPTED_OUT in error.lower()
