"""A notification that did not reach its agent goes to their next channel, in the end by mail to their address; each once.

What was tried stands in the message itself. When nothing is left, the operators are told that something did not arrive, and none of its
words (`services.router.deciding.undelivered`). What nobody knows the end of (``unknown``) is not told again: it may have been read.
"""

from datetime import datetime
from typing import Final

from services.router.deciding import sending
from services.router.deciding.draft import Draft
from services.router.deciding.life import choosing, digesting
from services.router.deciding.life.notifying import BY_SMS, CODED
from services.router.deciding.policy import Policy
from services.router.deciding.senders import Way
from shared.identity import derive
from shared.messages.agents import AddNews
from shared.messages.changeset import AddEvent, QueueDelivery
from shared.messages.facts import DeliveryFact, Facts, TicketFact
from shared.messages.outbound import Outbound, instead_id
from shared.messages.parts import Address
from shared.secrets.shortcode import short_code

EVENT: Final = "told_instead"
_ARRIVED: Final = ("delivered", "read")


def send(
    delivery: DeliveryFact, attempt: int, error: str, facts: Facts, policy: Policy, now: datetime, draft: Draft
) -> bool:
    """Tell the agent on their next channel what failed in its ``attempt`` with this ``error``. False where nobody is told: it was no such
    notification, it arrived after all, or no channel is left."""
    failed = facts.sent.get(delivery.delivery_id)
    if failed is None or failed.kind != "alert" or not (failed.agent_id and failed.event):
        return False
    if instead_id(delivery.delivery_id) in facts.deliveries:
        return True  # it failed twice: a server took it, and it came back
    if attempt < delivery.attempt or delivery.state in _ARRIVED:
        return False
    ticket = facts.tickets.get(delivery.ticket_id or "")
    if _wait(failed, ticket, facts, policy, now, draft):
        return True
    way = _next(failed, ticket, facts, policy)
    if way is None:
        return False
    outbound = _elsewhere(failed, way, policy, now)
    draft.operations.append(QueueDelivery(outbound=outbound))
    if ticket is not None:
        data = {"delivery": delivery.delivery_id, "instead": outbound.delivery_id}
        data |= {"from": delivery.channel, "to": way.channel, "agent": failed.agent_id}
        told = AddEvent(
            what=EVENT,
            ticket_id=ticket.ticket_id,
            actor="system",
            channel=way.channel,
            reason=error[:500],
            data=data,
            at=now,
        )
        draft.operations.append(told)
    return True


def _next(failed: Outbound, ticket: TicketFact | None, facts: Facts, policy: Policy) -> Way | None:
    """The first way that was not tried; null where there is none, or no such agent any more."""
    person = choosing.by_id(failed.agent_id, facts)
    if person is None:
        return None
    wanted = choosing.channels(person.choice, failed.event, ticket.priority if ticket else None)
    mail_inbox = sending.email_inbox(ticket, policy) if ticket else next(iter(policy.email_inboxes), "")
    tried = {*failed.tried, _mark(failed)}
    # Even who wants no such news any more was told of this: it was to be read.
    for way in choosing.ways(person, wanted or ("email",), mail_inbox, policy):
        if f"{way.channel}:{way.point.value}" not in tried:
            return way
    return None


def _wait(
    failed: Outbound, ticket: TicketFact | None, facts: Facts, policy: Policy, now: datetime, draft: Draft
) -> bool:
    """Whether it is told together with other news, because meanwhile their quiet hours have begun."""
    person = choosing.by_id(failed.agent_id, facts)
    if person is None or ticket is None or failed.template is None or failed.template == digesting.TEMPLATE:
        return False
    later = choosing.later(person.choice, failed.event, ticket.priority, now, policy.record.timezone)
    if later is None or later.why != "quiet":
        return False
    internal = {"internal": True} if failed.internal else {}
    news = AddNews(
        news_id=derive("news", failed.delivery_id),
        agent_id=failed.agent_id,
        ticket_id=ticket.ticket_id,
        event=failed.event,
        template=failed.template,
        variables={**failed.variables, **internal},
        at=now,
    )
    digesting.keep(draft, news, later)
    return True


def _elsewhere(failed: Outbound, way: Way, policy: Policy, now: datetime) -> Outbound:
    delivery_id = instead_id(failed.delivery_id)
    answerable = failed.ticket_id is not None and way.channel in CODED
    files = failed.attachments[:BY_SMS] if way.channel == "sms" else failed.attachments
    more = int(failed.variables.get("more_files", 0)) + len(failed.attachments) - len(files)
    changes = {
        "delivery_id": delivery_id,
        "channel": way.channel,
        "inbox": way.inbox,
        "to": [Address(address=way.point.value)],
        "code": short_code(policy.keyring, delivery_id) if answerable else "",
        "attachments": files,
        "variables": {**failed.variables, "more_files": more} if more else failed.variables,
        "created_at": now,
        "seen_at": failed.seen_at or failed.created_at,
        "instead_of": failed.delivery_id,
        "tried": [*failed.tried, _mark(failed)],
    }
    return failed.model_copy(update=changes)


def _mark(outbound: Outbound) -> str:
    return f"{outbound.channel}:{outbound.to[0].address if outbound.to else ''}"
