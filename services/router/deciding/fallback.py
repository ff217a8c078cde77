"""A message that could not be delivered where the conversation is: sent on another channel of the same customer instead, once.

Only to a point that is known for certain to be theirs, that works and that wants messages; the channels are tried in the configured
order. What fails there as well is told to whoever has the ticket: one message does not wander from channel to channel.
"""

from collections.abc import Iterator
from datetime import datetime
from html import escape
from typing import Any, Final

from services.router.deciding import answering, marks
from services.router.deciding.draft import Draft
from services.router.deciding.policy import Policy
from services.router.deciding.senders import Way, conversation_of
from shared.messages.changeset import AddEvent, AddReferences, ChangeTicket, CountAutomatic, QueueDelivery
from shared.messages.facts import DeliveryFact, Facts, PointFact, TicketFact, point_key, ticket_key
from shared.messages.outbound import Outbound, instead_id
from shared.messages.parts import POINT_OF_CHANNEL, Address, Point
from shared.messages.reasons import OPTED_OUT, reason_of
from shared.texts import text
from shared.texts.short import plain

FROM: Final = ("whatsapp", "messenger", "telegram", "sms", "chat")
"""What is sent on these channels may go on another one; then all of it must be known (`FactsRequest.sent`)."""
_KINDS: Final = ("reply", "message", "acknowledgement", "notice")
# A chat's message goes by mail where there is an address, before it fails.
_TRIED: Final = {"chat": ("email",)}
_ARRIVED: Final = ("delivered", "read")
_NAMES: Final = {"whatsapp": "WhatsApp", "messenger": "Messenger", "telegram": "Telegram", "sms": "SMS", "chat": "chat"}


def send(
    delivery: DeliveryFact, attempt: int, error: str, facts: Facts, policy: Policy, now: datetime, draft: Draft
) -> bool:
    """Send what failed in its ``attempt`` (with this ``error``) on another channel; False when it is not to be, or can't be."""
    failed = facts.sent.get(delivery.delivery_id)
    ticket = facts.tickets.get(delivery.ticket_id or "")
    if failed is None or ticket is None or failed.side or not _is_open(delivery, attempt, failed, facts):
        return False
    person = facts.people.get(ticket.contact_id or "")
    points = person.points if person else []
    if delivery.to != ticket.customer and all(point.value != delivery.to for point in points):
        return False  # to somebody else: an agent, a courier
    if failed.automatic and reason_of(error) == OPTED_OUT:
        return False  # whoever wants nothing there is not written to by ourselves elsewhere
    for way in _ways(delivery, ticket, points, policy):
        if failed.automatic and _refusal(way, ticket, facts, policy, now):
            continue
        _queue(failed, way, delivery, ticket, error, facts, policy, now, draft)
        return True
    return False


def _is_open(delivery: DeliveryFact, attempt: int, failed: Outbound, facts: Facts) -> bool:
    """Whether this failure is the last word about the message, and nothing was sent instead of it yet."""
    return (
        failed.channel in FROM
        and failed.kind in _KINDS
        and failed.instead_of is None
        and instead_id(delivery.delivery_id) not in facts.deliveries
        and attempt >= delivery.attempt
        and delivery.state not in _ARRIVED
    )


def _ways(delivery: DeliveryFact, ticket: TicketFact, points: list[PointFact], policy: Policy) -> Iterator[Way]:
    """Where the customer can be written to, the best first: points by which they take part in the ticket already."""
    known = sorted(points, key=lambda point: point.value not in ticket.participants)
    for channel in policy.fallback:
        inbox = policy.inbox_of(channel, ticket.inbox)
        if inbox is None or channel == delivery.channel or channel in _TRIED.get(delivery.channel, ()):
            continue
        for point in known:
            usable = point.verified and not (point.undeliverable or point.opted_out)
            if usable and point.kind == POINT_OF_CHANNEL[channel] and not _is_own(point.value, policy):
                yield Way(channel, inbox, Point(kind=point.kind, value=point.value))


def _is_own(value: str, policy: Policy) -> bool:
    return policy.is_own(value) or value in policy.own_numbers


def _refusal(way: Way, ticket: TicketFact, facts: Facts, policy: Policy, now: datetime) -> str | None:
    """Why nothing is written there by ourselves."""
    key, point = point_key(way.point.kind, way.point.value), way.point
    sent, contact = facts.automatic.get(key, ()), facts.contacts.get(key)
    return answering.refusal(point.value, None, contact, sent, ticket.ticket_id, policy, now, kind=point.kind)


def _queue(
    failed: Outbound,
    way: Way,
    delivery: DeliveryFact,
    ticket: TicketFact,
    error: str,
    facts: Facts,
    policy: Policy,
    now: datetime,
    draft: Draft,
) -> None:
    outbound = _elsewhere(failed, way, policy, now)
    key = point_key(way.point.kind, way.point.value)
    draft.operations.append(QueueDelivery(outbound=outbound))
    if failed.automatic:
        draft.operations.append(CountAutomatic(point=way.point, ticket_id=ticket.ticket_id, at=now))
    # What they answer there belongs here.
    if way.point.value not in ticket.participants:
        draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, add_participants=[way.point.value]))
    if outbound.conversation is not None:
        # No version changes: nothing that was decided without this becomes wrong.
        mark = marks.conversation(outbound.conversation)
        draft.operations.append(AddReferences(ticket_id=ticket.ticket_id, mentioned=[mark]))
    data = {
        "delivery": delivery.delivery_id,
        "instead": outbound.delivery_id,
        "from": delivery.channel,
        "to": way.channel,
    }
    draft.operations.append(
        AddEvent(
            what="sent_instead",
            ticket_id=ticket.ticket_id,
            message_id=delivery.message_id,
            actor="system",
            channel=way.channel,
            reason=error[:500],
            data=data,
            at=now,
        )
    )
    draft.change(facts, ticket_key(ticket.ticket_id), *([key] if failed.automatic else []))


def _elsewhere(failed: Outbound, way: Way, policy: Policy, now: datetime) -> Outbound:
    """The same message for another channel; what a person wrote begins with why it comes here."""
    language, default = failed.language, policy.languages[0] if policy.languages else "en"
    changes: dict[str, Any] = {
        "delivery_id": instead_id(failed.delivery_id),
        "channel": way.channel,
        "inbox": way.inbox,
        "to": [Address(name=failed.to[0].name if failed.to else "", address=way.point.value)],
        "conversation": conversation_of(way.channel, way.inbox, way.point.value),
        "in_reply_to": None,
        "references": [],
        "buttons": [] if way.channel == "email" else failed.buttons,
        "created_at": now,
        "instead_of": failed.delivery_id,
    }
    if way.channel == "email" and not failed.subject:
        changes["subject"] = text("instead.subject", language, default=default, company=policy.company)
    if failed.template is None:
        intro = text("instead", language, default=default, name=_NAMES[failed.channel])
        intro = plain(intro) if way.channel == "sms" else intro
        changes["text"] = f"{intro}\n\n{failed.text}".rstrip()
        changes["html"] = f"<p>{escape(intro)}</p>{failed.html}" if failed.html else None
    return failed.model_copy(update=changes)
