"""Deciding about tickets that are opened by hand."""

from typing import Any

from services.router.deciding import marks, sending
from services.router.deciding.classify import classify
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.fields import happened
from services.router.deciding.commands.requesting import open_internal
from services.router.deciding.senders import conversation_of
from shared.identity import derive
from shared.messages import command as c
from shared.messages.changeset import AddMessage, AddReferences, OpenTicket, PutContact
from shared.messages.facts import point_key
from shared.messages.parts import BY_HAND, POINT_OF_CHANNEL, Address, Point, Reason


def point_of(want: c.OpenByHand) -> Point:
    """By which point the customer is known: what somebody wrote down, as the channel calls it. Until they write from there nobody knows
    that it is theirs."""
    kind = POINT_OF_CHANNEL.get(want.channel, "email")
    if kind in ("telegram", "messenger", "chat"):
        return Point(kind=kind, value=want.contact.strip())
    looks = sending.kind_of(want.contact)
    return Point(
        kind="whatsapp" if (kind, looks) == ("whatsapp", "phone") else looks, value=sending.normalised(want.contact)
    )


def open_by_hand(do: Doing, want: c.OpenByHand) -> dict[str, Any]:
    if not want.subject.strip():
        raise Refused("invalid", "subject: must not be empty")
    if want.internal:
        return open_internal(do, want)
    if want.from_department or want.to_department:
        raise Refused("invalid", "to: only an internal ticket goes from one department to another")
    if want.inbox and not any(want.inbox in names for names in do.policy.inboxes.values()):
        raise Refused("invalid", f"inbox: there is no inbox {want.inbox!r}")
    received_at = happened("received_at", want.received_at, do.now) if want.received_at else None
    ticket_id, message_id = do.derive("ticket"), do.derive("message")
    inbox = want.inbox or do.policy.inbox_of(want.channel) or next(iter(do.policy.email_inboxes), "support")
    talk = None
    classified = classify(want.subject, want.text, want.contact.lower(), inbox, want.channel, do.policy, do.now)
    contact_id, language, customer = None, do.policy.languages[0], ""
    if want.contact:
        point = point_of(want)
        talk = conversation_of(want.channel, inbox, point.value)
        key = point_key(point.kind, point.value)
        known = do.facts.contacts.get(key)
        customer = point.value
        contact_id = known.contact_id if known else derive("contact", point.kind, point.value)
        language = (known.language if known and known.language else language) or language
        do.draft.change(do.facts, key)
        do.draft.operations.append(PutContact(contact_id=contact_id, name=want.name, points=[point], verified=False))
    by_hand = Reason(rule=BY_HAND, evidence=do.command.actor)
    do.draft.operations += [
        OpenTicket(
            ticket_id=ticket_id,
            subject=want.subject,
            channel=want.channel,
            inbox=inbox,
            language=language,
            contact_id=contact_id,
            customer=customer,
            participants=[customer] if customer else [],
            conversation=talk,
            kind=classified.kind,
            category=classified.category,
            priority=classified.priority,
            team=classified.team,
            received_by=want.received_by or do.command.actor_name or do.command.actor,
            problem=want.text[:10_000],
            received_at=received_at,
            received_via=want.received_via or None,
            created_at=do.now,
            first_response_due=classified.first_response_due,
            resolution_due=classified.resolution_due,
            reasons={**classified.reasons, "thread": by_hand},
            state=classified.state,
        ),
        AddMessage(
            message_id=message_id,
            ticket_id=ticket_id,
            direction="in",
            channel=want.channel,
            inbox=inbox,
            author=Address(name=want.name, address=customer),
            subject=want.subject,
            text=want.text,
            reply_text=want.text,
            created_at=do.now,
            routed_by=by_hand,
            conversation=talk,
            correlation_id=do.command.correlation_id,
        ),
    ]
    if talk is not None:
        do.draft.operations.append(AddReferences(ticket_id=ticket_id, mentioned=[marks.conversation(talk)]))
    do.event("ticket_opened", ticket_id, message_id, category=classified.category, priority=classified.priority)
    return {"ticket_id": ticket_id, "message_id": message_id}
