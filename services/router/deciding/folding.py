"""Folding a changeset into the facts, so that the next message of a batch is decided as if this one were committed already.

Only what decisions look at is folded. A ticket that was just opened has no number yet (0): nobody can have written it either.
"""

from datetime import datetime

from shared.messages.changeset import (
    AddHeldRoute,
    AddMessage,
    AddReferences,
    AddRoute,
    BounceDelivery,
    ChangeContact,
    Changeset,
    ChangeTicket,
    CountAutomatic,
    MarkPoint,
    MergeContacts,
    MoveMessages,
    OpenTicket,
    OptPoint,
    PutContact,
    Quarantine,
)
from shared.messages.facts import (
    AutomaticSent,
    ContactFact,
    Facts,
    HeldFact,
    ReferenceFact,
    SeenContent,
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
            case MoveMessages():
                _move(facts, operation)
            case BounceDelivery() if operation.delivery_id in facts.deliveries:
                facts.deliveries[operation.delivery_id].state = "bounced"
            case MarkPoint():
                marked = facts.contacts.get(point_key(operation.point.kind, operation.point.value))
                if marked is not None:
                    marked.undeliverable = operation.undeliverable
            case PutContact():
                _contact(facts, operation)
            case ChangeContact():
                _change_contact(facts, operation)
            case MergeContacts():
                _merge(facts, operation)
            case OptPoint():
                opted = facts.contacts.get(point_key(operation.point.kind, operation.point.value))
                if opted is not None:
                    opted.opted_out = operation.out
            case Quarantine():
                facts.held[operation.message.source_id] = HeldFact(
                    held_id=operation.held_id,
                    inboxes=list(operation.message.inboxes),
                    received_at=operation.message.received_at,
                )
            case AddHeldRoute():
                for held in facts.held.values():
                    if held.held_id == operation.held_id:
                        held.inboxes = operation.inboxes
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
    if ticket is not None:
        ticket.updated_at = max(filter(None, (ticket.updated_at, message.created_at)))
    if ticket is not None and message.header_id:
        ticket.latest_message_ids = [*ticket.latest_message_ids, message.header_id][-10:]
    if message.content_key is not None:
        seen = SeenContent(at=message.created_at, ticket_id=message.ticket_id)
        facts.contents.setdefault(message.content_key, []).append(seen)


def _route(facts: Facts, route: AddRoute) -> None:
    for stored in facts.sources.values():
        if stored.message_id == route.message_id:
            stored.inboxes = list(dict.fromkeys((*stored.inboxes, *route.inboxes)))


def _references(facts: Facts, references: AddReferences) -> None:
    if references.own:
        entry = ReferenceFact(ticket_id=references.ticket_id, owned=True, audience=references.audience)
        facts.references.setdefault(references.own, []).append(entry)
    for message_id in references.mentioned:
        if references.leaves:
            known = facts.references.get(message_id, ())
            facts.references[message_id] = [each for each in known if each.ticket_id not in references.leaves]
        entry = ReferenceFact(ticket_id=references.ticket_id, owned=False)
        facts.references.setdefault(message_id, []).append(entry)


def _move(facts: Facts, move: MoveMessages) -> None:
    for mark in move.forget:
        facts.references.pop(mark, None)
    for mark in move.follow:
        for entry in facts.references.get(mark, ()):
            entry.ticket_id = move.ticket_id if entry.ticket_id == move.from_id else entry.ticket_id
    both = [facts.tickets[each] for each in (move.from_id, move.ticket_id) if each in facts.tickets]
    for ticket in both:
        ticket.updated_at = max(each.updated_at or each.created_at for each in both)
    for reference in move.references:
        others = [
            entry
            for entry in facts.references.get(reference.id, ())
            if entry.ticket_id not in (move.from_id, move.ticket_id)
        ]
        moved = ReferenceFact(ticket_id=move.ticket_id, owned=reference.owned, audience=reference.audience, moved=True)
        facts.references[reference.id] = [moved, *others]
    for stored in facts.sources.values():
        if stored.message_id in move.message_ids:
            stored.ticket_id = move.ticket_id
    for delivery_id in move.delivery_ids:
        if delivery_id in facts.deliveries:
            facts.deliveries[delivery_id].ticket_id = move.ticket_id
    for ticket_id, latest in ((move.from_id, move.latest_from), (move.ticket_id, move.latest)):
        if ticket_id in facts.tickets:
            facts.tickets[ticket_id].latest_message_ids = latest


def _contact(facts: Facts, put: PutContact) -> None:
    again = False
    for point in put.points:
        key = point_key(point.kind, point.value)
        known = facts.contacts.get(key)
        if known is None:
            facts.contacts[key] = ContactFact(
                contact_id=put.contact_id,
                name=put.name,
                language=put.language,
                timezone=put.timezone,
                verified=put.verified,
            )
        else:
            known.verified = known.verified or put.verified
            again = True
    for known in facts.contacts.values() if again else ():
        if known.contact_id == put.contact_id:
            known.name = known.name or put.name
            known.language = known.language or put.language
            known.timezone = known.timezone or put.timezone


def _change_contact(facts: Facts, change: ChangeContact) -> None:
    for known in facts.contacts.values():
        if known.contact_id == change.contact_id:
            known.name = known.name if change.name is None else change.name
            known.language = known.language if change.language is None else change.language
            known.timezone = known.timezone if change.timezone is None else change.timezone


def _merge(facts: Facts, merge: MergeContacts) -> None:
    for contact in facts.contacts.values():
        if contact.contact_id == merge.other_id:
            contact.contact_id = merge.contact_id
    for ticket in facts.tickets.values():
        if ticket.contact_id == merge.other_id:
            ticket.contact_id = merge.contact_id
