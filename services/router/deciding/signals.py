"""What comes in and is no message to read: a button that was pressed, a bare word that answers what we asked, a wish to be written to or
not, a point that can be reached or not, a change of what was said before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.router.deciding import calls, proof, questions
from services.router.deciding.draft import Draft
from services.router.deciding.evidence import Evidence
from services.router.deciding.recording import event, message_id
from services.router.deciding.threading import takes_part
from shared.identity import derive
from shared.messages.changeset import (
    AddEvent,
    EditMessage,
    MarkPoint,
    OptPoint,
    PutContact,
)
from shared.messages.facts import Facts, TicketFact, point_key, ticket_key
from shared.messages.inbound import Inbound
from shared.messages.parts import Reason


@dataclass(frozen=True)
class Taken:
    """What was done about it, and with which ticket it has to do. With a ``reason`` its words are kept there; ``more``: they are a message
    to be read as well."""

    ticket_id: str | None
    reason: Reason | None = None
    more: bool = False


def take(message: Inbound, evidence: Evidence, facts: Facts, now: datetime, draft: Draft) -> Taken | None:
    """Do what a signal asks for; null for what is a message to be read."""
    if message.imported:
        return None
    if message.channel == "email":
        return _answered(message, evidence, facts, now, draft)
    if message.edits:
        return _edited(message, evidence, facts, now, draft)
    if message.pressed is not None:
        return _press(message, evidence, facts, now, draft)
    if message.fields.get("opt") in ("out", "in"):
        return _opted(message, evidence, facts, now, draft)
    if message.fields.get("reachable") in ("yes", "no") and not (message.text or message.attachments):
        return _reachable(message, evidence, facts, now, draft)
    if ended := calls.only_ended(message, evidence.conversation, facts):
        draft.operations.append(_signal("call_ended", message, facts.tickets.get(ended), now, {}))
        return Taken(ended)
    return _answered(message, evidence, facts, now, draft)


def _answered(message: Inbound, evidence: Evidence, facts: Facts, now: datetime, draft: Draft) -> Taken | None:
    """A word or a digit that answers what we asked. Mail that its domain disowns answers nothing."""
    if proof.failure(message.authentication):
        return None
    answered = questions.answer(message, evidence, facts, now, draft)
    if answered is None:
        return None
    reason = Reason(rule="answers a question", evidence=f"T-{answered.ticket.number}: {answered.what}")
    return Taken(answered.ticket.ticket_id, reason, answered.more)


# -- changes of what was said -------------------------------------------------------------------------------------------


def _edited(message: Inbound, evidence: Evidence, facts: Facts, now: datetime, draft: Draft) -> Taken | None:
    """The message that is changed has to be one of the sender's own ticket; a change of one that is not here is a message itself."""
    edits = message.edits or ""
    tickets = [facts.tickets.get(entry.ticket_id) for entry in facts.references.get(edits, ()) if entry.owned]
    ticket = next((each for each in tickets if each is not None and takes_part(evidence, each, facts)), None)
    if ticket is None:
        if message.deleted and not message.text:
            draft.operations.append(_signal("message_deleted", message, None, now, {"known": False}))
            return Taken(None)
        return None
    draft.change(facts, ticket_key(ticket.ticket_id))
    draft.operations.append(
        EditMessage(
            edit_id=message_id(message),
            ticket_id=ticket.ticket_id,
            header_id=edits,
            text=message.text,
            reply_text=message.reply_text or message.text,
            attachments=message.attachments,
            deleted=message.deleted,
            at=message.date or message.received_at,
        )
    )
    what = "message_deleted" if message.deleted else "message_edited"
    draft.operations.append(_signal(what, message, ticket, now, {"header_id": edits}))
    return Taken(ticket.ticket_id)


# -- buttons ------------------------------------------------------------------------------------------------------------


def _press(message: Inbound, evidence: Evidence, facts: Facts, now: datetime, draft: Draft) -> Taken | None:
    press = evidence.press
    ticket = facts.tickets.get(facts.numbers.get(press.number, "")) if press else None
    if press is None and message.text.strip():
        return None  # somebody else's button: what it says is a message
    if press is None or ticket is None or ticket.status == "merged" or not takes_part(evidence, ticket, facts):
        data = {"data": (message.pressed or "")[:64]}
        draft.operations.append(_signal("press_ignored", message, None, now, data))
        return Taken(None)
    said = questions.Said("customer", message.channel, now)
    if press.answer == "yes":
        new = questions.confirm(ticket, said, facts, draft)
    elif press.answer == "no":
        new = questions.reject(ticket, said, facts, draft)
    else:
        new = questions.rate(ticket, int(press.answer), "", said, facts, draft)
    if not new:
        # Of what is open again nobody agrees to anything, and who presses twice says nothing new.
        draft.operations.append(_signal("press_ignored", message, ticket, now, {"status": ticket.status}))
    return Taken(ticket.ticket_id, Reason(rule="pressed a button", evidence=(message.pressed or "")[:64]))


# -- whether somebody may be written to ---------------------------------------------------------------------------------


def _opted(message: Inbound, evidence: Evidence, facts: Facts, now: datetime, draft: Draft) -> Taken | None:
    """STOP and START count for the channel they came by: who wants no SMS may still chat. The word is kept where the talk is."""
    if not evidence.points:
        return None
    out = message.fields["opt"] == "out"
    point = evidence.points[0]
    contact = _known(evidence, facts)
    contact_id = contact or derive("contact", point.kind, point.value)
    draft.operations.append(PutContact(contact_id=contact_id, points=evidence.points))
    for each in evidence.points:
        draft.change(facts, point_key(each.kind, each.value))
        if each.kind == point.kind:
            draft.operations.append(OptPoint(point=each, out=out))
    ticket = next(iter(_in_conversation(evidence, facts)), None)
    what = "opted_out" if out else "opted_in"
    draft.operations.append(_signal(what, message, ticket, now, {"contact": contact_id, "kind": point.kind}))
    return Taken(ticket.ticket_id if ticket else None, Reason(rule="opted out" if out else "opted in"))


def _reachable(message: Inbound, evidence: Evidence, facts: Facts, now: datetime, draft: Draft) -> Taken:
    """The channel says that a point can no longer be written to (a bot was blocked), or can be again."""
    gone = message.fields["reachable"] == "no"
    for point in evidence.points[:1]:
        draft.change(facts, point_key(point.kind, point.value))
        reason = "the channel says that it cannot be reached" if gone else ""
        draft.operations.append(MarkPoint(point=point, undeliverable=gone, reason=reason))
    ticket = next(iter(_in_conversation(evidence, facts)), None)
    what = "unreachable" if gone else "reachable_again"
    draft.operations.append(_signal(what, message, ticket, now, {}))
    return Taken(ticket.ticket_id if ticket else None)


def _known(evidence: Evidence, facts: Facts) -> str | None:
    found = (facts.contacts.get(point_key(each.kind, each.value)) for each in evidence.points)
    return next((each.contact_id for each in found if each is not None), None)


def _in_conversation(evidence: Evidence, facts: Facts) -> list[TicketFact]:
    """The open tickets of the conversation, the newest first."""
    entries = facts.references.get(evidence.conversation or "", ())
    tickets = [facts.tickets[entry.ticket_id] for entry in entries if entry.ticket_id in facts.tickets]
    going_on = [each for each in tickets if each.status not in ("closed", "spam", "merged")]
    return sorted(going_on, key=lambda each: each.created_at, reverse=True)


def _signal(
    what: str, message: Inbound, ticket: TicketFact | None, now: datetime, data: Mapping[str, object]
) -> AddEvent:
    return event(what, message, ticket.ticket_id if ticket else None, None, now, data)
