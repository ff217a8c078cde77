"""What a message leaves in its ticket, wherever it was placed: itself, the ids it is found by, links, and entries of the audit trail."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.router.deciding import conversations, marks, proof, repeating
from services.router.deciding.draft import Draft
from services.router.deciding.evidence import Evidence
from services.router.deciding.threading import Placement
from shared.identity import derive
from shared.messages.changeset import AddEvent, AddMessage, AddReferences, LinkTickets
from shared.messages.facts import Facts, reference_key
from shared.messages.inbound import Inbound
from shared.messages.parts import Address


def message_id(message: Inbound) -> str:
    """The id of a message that is stored."""
    return derive("message", message.source_id)


def add_message(message: Inbound, evidence: Evidence, ticket_id: str, placement: Placement, facts: Facts) -> AddMessage:
    """The message as it is stored."""
    seen = facts.contents.get(evidence.content_key, ()) if evidence.content_key else ()
    looping = evidence.comes_back or (placement.repeated and message.automatic is None)
    return AddMessage(
        message_id=message_id(message),
        ticket_id=ticket_id,
        direction="in",
        channel=message.channel,
        inbox=message.inbox,
        author=message.from_ or Address(address=""),
        source_id=message.source_id,
        header_id=message.message_id,
        inboxes=message.inboxes,
        audience=evidence.audience,
        recipients=[*message.to, *message.cc][:100],
        subject=message.subject,
        text=message.text,
        reply_text=message.reply_text,
        html=message.html,
        language=message.language,
        automatic="loop" if looping else message.automatic,
        bounce=message.bounce,
        attachments=message.attachments,
        original=message.original,
        defects=[*message.defects, *proof.marks(message.authentication)],
        authentication=message.authentication,
        date=message.date,
        created_at=message.received_at,
        routed_by=placement.reason,
        correlation_id=message.correlation_id,
        answers=[*evidence.trail, *map(marks.through, placement.through)],
        content_key=evidence.content_key if repeating.remembered(seen, message.received_at) else None,
        forwarded_from=message.forwarded_from,
        conversation=message.conversation,
    )


def reference(
    message: Inbound, evidence: Evidence, ticket_id: str, facts: Facts, draft: Draft, more: Sequence[str] = ()
) -> None:
    """Index the message's own id and every foreign one it mentions, seen or not; own ids of ours need no index."""
    known = facts.references
    mentioned = [
        message_id
        for message_id in (*evidence.foreign, *more)
        if all(entry.ticket_id != ticket_id for entry in known.get(message_id, ()))
    ]
    if evidence.conversation and (remembered := conversations.remember(evidence, ticket_id, facts)):
        draft.operations.append(remembered)
        draft.change(facts, reference_key(evidence.conversation))
    own = message.message_id if message.message_id and not evidence.comes_back else None
    if own or mentioned:
        draft.operations.append(
            AddReferences(ticket_id=ticket_id, own=own, audience=evidence.audience, mentioned=mentioned)
        )
        draft.change(facts, *(reference_key(i) for i in (*mentioned, *([own] if own else []))))


def link(message: Inbound, placement: Placement, ticket_id: str, draft: Draft) -> None:
    """The tickets that have to do with the one it went to."""
    if placement.follows is not None:
        draft.operations.append(
            LinkTickets(ticket_id=ticket_id, other_id=placement.follows.ticket_id, kind="follow-up")
        )
    for other, reason in placement.related[:5]:
        draft.operations.append(
            LinkTickets(ticket_id=ticket_id, other_id=other.ticket_id, kind="possibly-related", reason=reason)
        )


def event(
    what: str,
    message: Inbound,
    ticket_id: str | None,
    message_id: str | None,
    now: datetime,
    data: Mapping[str, object],
) -> AddEvent:
    """An entry of the audit trail about a message that came in."""
    actor = "system" if message.automatic else "customer"
    return AddEvent(
        what=what,
        ticket_id=ticket_id,
        message_id=message_id,
        actor=actor,
        channel=message.channel,
        data=dict(data),
        at=now,
    )
