"""Events out: what happened is queued for each webhook that wants it, as a delivery like any other, when all parts of a ticket's life have
had their say."""

from datetime import datetime
from typing import Any

from services.router.deciding.draft import Draft
from services.router.deciding.life.living import Cause, live
from services.router.deciding.policy import Policy
from shared.identity import derive
from shared.messages.changeset import AddEvent, QueueDelivery
from shared.messages.facts import DeliveryFact, Facts, TicketFact
from shared.messages.outbound import DeliveryReport, Outbound
from shared.messages.parts import Address
from shared.settings.hooks import Webhook
from shared.settings.made import hook_name

FAILED = "webhook_failed"
TEST = "webhook_test"
"""What a webhook is told when it is tried. Nothing else is ever told of it."""
_OWN = "webhook_"
"""What begins so is about webhooks themselves: telling them of it would go round for ever."""
_SHOWN = (
    *("status", "priority", "category", "kind", "team", "assignee", "tags", "channel", "inbox", "language"),
    *("created_at", "solved_at", "closed_at", "first_response_due", "next_response_due", "resolution_due", "internal"),
)
"""What of a ticket may be told: none of it is somebody's words."""


def tell(cause: Cause, draft: Draft, facts: Facts, policy: Policy, now: datetime) -> None:
    """Queue what each webhook wants to hear of all that this cause makes happen."""
    hooks = [each for each in policy.automation.hooks if each.active]
    if not hooks:
        return
    events = [operation for operation in draft.operations if isinstance(operation, AddEvent)]
    tickets: dict[str, TicketFact | None] = {}
    for place, event in enumerate(events):
        for hook in hooks:
            if not _wants(hook, event):
                continue
            if hook.include and event.ticket_id is not None and event.ticket_id not in tickets:
                living = live(cause, event.ticket_id, draft, facts, policy, now)
                tickets[event.ticket_id] = living.ticket if living is not None else None
            ticket = tickets.get(event.ticket_id or "") if hook.include else None
            draft.operations.append(QueueDelivery(outbound=_outbound(hook, event, place, ticket, cause, policy)))


def _wants(hook: Webhook, event: AddEvent) -> bool:
    if event.what.startswith(_OWN):
        return False
    return hook.wants(event.what) or event.data.get("webhook") == hook.name


def _outbound(
    hook: Webhook, event: AddEvent, place: int, ticket: TicketFact | None, cause: Cause, policy: Policy
) -> Outbound:
    # The store calls the cause's events by their place, and publishes them under that name: it is the same event on the bus.
    event_id = derive("event", cause.id, str(place))
    told: dict[str, Any] = {
        "id": event_id,
        "event": event.what,
        "at": event.at.isoformat(),
        "message_id": event.message_id,
        "actor": event.actor,
        "channel": event.channel,
        "data": event.data,
    }
    shown = {name: value for name, value in ticket.model_dump(mode="json").items() if name in _SHOWN} if ticket else {}
    return Outbound(
        delivery_id=derive("delivery", "webhook", hook.inbox, event_id),
        ticket_id=event.ticket_id,
        channel=hook.channel,
        inbox=hook.inbox,
        kind="alert",
        to=[Address(address=hook.name)],
        language=policy.languages[0] if policy.languages else "en",
        subject=event.what,
        variables={"event": told, "ticket": shown},
        automatic=True,
        created_at=event.at,
        correlation_id=cause.correlation_id,
    )


def test(hook: Webhook, cause: Cause, actor: str, policy: Policy, now: datetime) -> Outbound:
    """Something to tell a webhook that is to be tried: an event that did not happen, `TEST`, about no ticket."""
    event = AddEvent(what=TEST, actor=actor, channel="desk", at=now)
    return _outbound(hook, event, 0, None, cause, policy)


def failed(report: DeliveryReport, delivery: DeliveryFact, now: datetime, draft: Draft) -> None:
    """A webhook could not be told for good: that is noted, and told to nobody else. It can be replayed."""
    draft.operations.append(
        AddEvent(
            what=FAILED,
            ticket_id=delivery.ticket_id,
            actor="system",
            channel=report.channel,
            reason=report.error[:500],
            data={"delivery": report.delivery_id, "webhook": hook_name(delivery.inbox), "attempt": report.attempt},
            at=now,
        )
    )
