"""Folding a changeset into the facts, so that the next message of a batch is decided as if this one were committed already.

Only what decisions look at is folded. A ticket that was just opened has no number yet (0): nobody can have written it either.
"""

from datetime import datetime

from services.router.deciding.folding_agents import fold_agents
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
    LinkTickets,
    MarkPoint,
    MergeContacts,
    MoveMessages,
    OpenTicket,
    OptPoint,
    PutContact,
    Quarantine,
    QueueDelivery,
)
from shared.messages.facts import (
    AutomaticSent,
    ContactFact,
    DeliveryFact,
    Facts,
    HeldFact,
    ReferenceFact,
    SeenContent,
    SourceFact,
    TicketFact,
    point_key,
    ticket_key,
)
from shared.messages.gathering import MoveRecord
from shared.messages.life import EntryFact, LinkFact, PutEntry, UnlinkTickets
from shared.messages.outbound import Outbound


def fold(facts: Facts, changeset: Changeset) -> None:
    """Change ``facts`` as committing ``changeset`` would."""
    for operation in changeset.operations:
        match operation:
            case OpenTicket():
                opened = facts.tickets[operation.ticket_id] = opened_ticket(operation)
                _held(facts, None, opened)
                facts.versions.setdefault(ticket_key(operation.ticket_id), 0)
            case ChangeTicket():
                if operation.ticket_id in facts.tickets:
                    ticket = facts.tickets[operation.ticket_id]
                    before = _holder(ticket)
                    fold_ticket(ticket, operation)
                    _held(facts, before, ticket)
            case AddMessage():
                _message(facts, operation)
            case AddRoute():
                _route(facts, operation)
            case AddReferences():
                _references(facts, operation)
            case MoveMessages():
                _move(facts, operation)
            case MoveRecord():
                _move_record(facts, operation)
            case BounceDelivery() if operation.delivery_id in facts.deliveries:
                facts.deliveries[operation.delivery_id].state = "bounced"
            case MarkPoint():
                marked = facts.contacts.get(point_key(operation.point.kind, operation.point.value))
                if marked is not None:
                    marked.undeliverable = operation.undeliverable
                    marked.marked_at = operation.at if operation.undeliverable else None
                    marked.mark_reason = operation.reason
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
            case QueueDelivery() if operation.outbound.instead_of is not None:
                _instead(facts, operation.outbound)
            case CountAutomatic():
                key = point_key(operation.point.kind, operation.point.value)
                sent = AutomaticSent(at=operation.at, ticket_id=operation.ticket_id)
                facts.automatic.setdefault(key, []).append(sent)
            case PutEntry():
                _entry(facts, operation)
            case LinkTickets():
                _link(facts, operation)
            case UnlinkTickets():
                _unlink(facts, operation)
            case _:
                fold_agents(facts, operation)  # the rest is nothing that a decision looks at
    for key in changeset.bumps:
        facts.versions[key] = facts.versions.get(key, 0) + 1


_OPENED = set(TicketFact.model_fields) & set(OpenTicket.model_fields)
_TIMES = ("_at", "_due", "_since", "_until")


def opened_ticket(opened: OpenTicket) -> TicketFact:
    """A ticket as it is just opened."""
    fields = {name: getattr(opened, name) for name in _OPENED}
    record = {
        name: getattr(opened, name)
        for name in ("product", "impact", "received_by", "received_at", "received_via", "problem")
    }
    return TicketFact(number=0, fields=record, status_since=opened.created_at, **fields)


def is_time(name: str) -> bool:
    """Whether a column of tickets is a time."""
    return name.endswith(_TIMES)


def fold_ticket(ticket: TicketFact, change: ChangeTicket) -> None:
    """Change ``ticket`` as writing ``change`` would."""
    for name, value in change.fields.items():
        if isinstance(value, str) and is_time(name):
            value = datetime.fromisoformat(value)
        if name in TicketFact.model_fields:
            setattr(ticket, name, value)
        else:
            ticket.fields[name] = value
    merged = ticket.state | change.state
    ticket.state = {name: value for name, value in merged.items() if value is not None}
    ticket.participants = list(dict.fromkeys((*ticket.participants, *change.add_participants)))
    ticket.unconfirmed = list(dict.fromkeys((*ticket.unconfirmed, *change.add_unconfirmed)))


_OPEN = ("new", "open", "pending", "on_hold")


def _holder(ticket: TicketFact) -> str | None:
    """Who has a ticket that is not over."""
    return ticket.assignee.lower() if ticket.assignee and ticket.status in _OPEN else None


def _held(facts: Facts, before: str | None, ticket: TicketFact) -> None:
    """How many tickets agents have, and who had a contact's last one."""
    after = _holder(ticket)
    if ticket.assignee and ticket.contact_id:
        facts.last_agents[ticket.contact_id] = ticket.assignee
    if before == after:
        return
    for name, more in ((before, -1), (after, 1)) if facts.staff else ():
        agent = facts.staff.get(name or "") or next(
            (a for a in facts.staff.values() if a.agent_id.lower() == name), None
        )
        if agent is not None:
            agent.open += more


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


def _move_record(facts: Facts, move: MoveRecord) -> None:
    messages, deliveries, entries = set(move.message_ids), set(move.delivery_ids), set(move.entry_ids)
    both = [facts.tickets[each] for each in (move.from_id, move.ticket_id) if each in facts.tickets]
    for ticket in both:
        ticket.updated_at = max(each.updated_at or each.created_at for each in both)
    for stored in facts.sources.values():
        if stored.message_id in messages:
            stored.ticket_id = move.ticket_id
    for delivery_id in deliveries & facts.deliveries.keys():
        facts.deliveries[delivery_id].ticket_id = move.ticket_id
    theirs = facts.entries.pop(move.from_id, [])
    if gone := [each.model_copy(update={"ticket_id": move.ticket_id}) for each in theirs if each.entry_id in entries]:
        facts.entries.setdefault(move.ticket_id, []).extend(gone)
    if kept := [each for each in theirs if each.entry_id not in entries]:
        facts.entries[move.from_id] = kept
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


def _instead(facts: Facts, outbound: Outbound) -> None:
    """A delivery that failed is made on another channel once, also when two reports of it come in one batch."""
    facts.deliveries[outbound.delivery_id] = DeliveryFact(
        delivery_id=outbound.delivery_id,
        ticket_id=outbound.ticket_id,
        channel=outbound.channel,
        inbox=outbound.inbox,
        to=outbound.to[0].address,
        state="queued",
        attempt=0,
        kind=outbound.kind,
        message_id=outbound.message_id,
    )


def _entry(facts: Facts, put: PutEntry) -> None:
    entries = facts.entries.setdefault(put.ticket_id, [])
    fact = EntryFact(**{name: getattr(put, name) for name in EntryFact.model_fields})
    place = next((n for n, each in enumerate(entries) if each.entry_id == put.entry_id), None)
    if place is None:
        entries.append(fact)
    else:
        entries[place] = fact


def _link(facts: Facts, link: LinkTickets) -> None:
    for mine, other, outward in ((link.ticket_id, link.other_id, True), (link.other_id, link.ticket_id, False)):
        fact = LinkFact(other_id=other, kind=link.kind, outward=outward, reason=link.reason)
        facts.links.setdefault(mine, []).append(fact)


def _unlink(facts: Facts, gone: UnlinkTickets) -> None:
    for mine, other in ((gone.ticket_id, gone.other_id), (gone.other_id, gone.ticket_id)):
        links = facts.links.get(mine, [])
        facts.links[mine] = [each for each in links if (each.other_id, each.kind) != (other, gone.kind)]


def _change_contact(facts: Facts, change: ChangeContact) -> None:
    for known in facts.contacts.values():
        if known.contact_id == change.contact_id:
            known.name = known.name if change.name is None else change.name
            known.language = known.language if change.language is None else change.language
            known.timezone = known.timezone if change.timezone is None else change.timezone
    person = facts.people.get(change.contact_id)
    if person is not None and change.notify_by is not None:
        person.notify_by = change.notify_by


def _merge(facts: Facts, merge: MergeContacts) -> None:
    for contact in facts.contacts.values():
        if contact.contact_id == merge.other_id:
            contact.contact_id = merge.contact_id
    for ticket in facts.tickets.values():
        if ticket.contact_id == merge.other_id:
            ticket.contact_id = merge.contact_id
