"""Folding a changeset into the facts, so that the next message of a batch is decided as if this one were committed already.

Only what decisions look at is folded. A ticket that was just opened has no number yet (0): nobody can have written it either.
"""

from datetime import datetime

from shared.messages.changeset import (
    AddMessage,
    AddReferences,
    AddRoute,
    Changeset,
    ChangeTicket,
    CountAutomatic,
    OpenTicket,
    PutContact,
)
from shared.messages.facts import (
    AutomaticSent,
    ContactFact,
    Facts,
    ReferenceFact,
    SourceFact,
    TicketFact,
    point_key,
    ticket_key,
)


def fold(facts: Facts, changeset: Changeset) -> None:
    """Change ``facts`` as committing ``changeset`` would."""
    for operation in changeset.operations:
        match operation:
            case OpenTicket():
                facts.tickets[operation.ticket_id] = _ticket(operation)
                facts.versions.setdefault(ticket_key(operation.ticket_id), 0)
            case ChangeTicket():
                _change(facts, operation)
            case AddMessage():
                _message(facts, operation)
            case AddRoute():
                _route(facts, operation)
            case AddReferences():
                _references(facts, operation)
            case PutContact():
                _contact(facts, operation)
            case CountAutomatic():
                key = point_key(operation.point.kind, operation.point.value)
                sent = AutomaticSent(at=operation.at, ticket_id=operation.ticket_id)
                facts.automatic.setdefault(key, []).append(sent)
            case _:
                pass  # nothing that a decision looks at
    for key in changeset.bumps:
        facts.versions[key] = facts.versions.get(key, 0) + 1


def _ticket(opened: OpenTicket) -> TicketFact:
    fields = opened.model_dump(include=set(TicketFact.model_fields))
    return TicketFact(number=0, **fields)


def _change(facts: Facts, change: ChangeTicket) -> None:
    ticket = facts.tickets.get(change.ticket_id)
    if ticket is None:
        return
    for name, value in change.fields.items():
        if name in TicketFact.model_fields:
            isotime = isinstance(value, str) and name.endswith(("_at", "_due"))
            setattr(ticket, name, datetime.fromisoformat(value) if isotime else value)
    ticket.participants = list(dict.fromkeys((*ticket.participants, *change.add_participants)))
    ticket.unconfirmed = list(dict.fromkeys((*ticket.unconfirmed, *change.add_unconfirmed)))


def _message(facts: Facts, message: AddMessage) -> None:
    if message.source_id is not None:
        facts.sources[message.source_id] = SourceFact(
            message_id=message.message_id, ticket_id=message.ticket_id, inboxes=list(message.inboxes)
        )
    ticket = facts.tickets.get(message.ticket_id)
    if ticket is not None and message.header_id:
        ticket.latest_message_ids = [*ticket.latest_message_ids, message.header_id][-10:]


def _route(facts: Facts, route: AddRoute) -> None:
    for stored in facts.sources.values():
        if stored.message_id == route.message_id:
            stored.inboxes = list(dict.fromkeys((*stored.inboxes, *route.inboxes)))


def _references(facts: Facts, references: AddReferences) -> None:
    if references.own:
        entry = ReferenceFact(ticket_id=references.ticket_id, owned=True, audience=references.audience)
        facts.references.setdefault(references.own, []).append(entry)
    for message_id in references.mentioned:
        entry = ReferenceFact(ticket_id=references.ticket_id, owned=False)
        facts.references.setdefault(message_id, []).append(entry)


def _contact(facts: Facts, put: PutContact) -> None:
    for point in put.points:
        key = point_key(point.kind, point.value)
        known = facts.contacts.get(key)
        if known is None:
            facts.contacts[key] = ContactFact(contact_id=put.contact_id, name=put.name, language=put.language)
        else:
            known.name = known.name or put.name
            known.language = known.language or put.language
