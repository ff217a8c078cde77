"""Mail out of an archive: it becomes the tickets that it would have been, and nothing else happens.

It is decided like any mail, and then everything is taken out that would be noticed outside, by what may stay and not by what must go: an
operation that is added to deciding some day is silent here by itself.
"""

from collections.abc import Iterator

from services.router.deciding.policy import Policy
from shared.messages.changeset import (
    AddEvent,
    AddHeldRoute,
    AddMessage,
    AddReferences,
    AddRoute,
    ChangeTicket,
    LinkTickets,
    OpenTicket,
    Operation,
    PutContact,
    Quarantine,
)
from shared.messages.facts import Facts
from shared.messages.inbound import Inbound

TAG = "imported"
# An event of its own name: nobody who waits for new tickets is to take these for new.
_EVENTS = {
    "ticket_opened": "ticket_imported",
    "message_received": "message_imported",
    "route_added": "route_added",
    "message_quarantined": "message_quarantined",
}
_STAYS = (AddMessage, AddReferences, AddRoute, AddHeldRoute, LinkTickets, Quarantine)
_LIVE_FIELDS = (
    *("status", "status_since", "solved_at", "closed_at"),
    *("customer_confirmed_at", "reopened", "snoozed_until"),
)


def is_ours(message: Inbound) -> bool:
    """Whether we wrote it: the archive's reader says so, and nobody else may."""
    return message.imported and message.direction == "out"


def counterpart(message: Inbound, policy: Policy) -> str:
    """Who a mail that we wrote is about, lower-cased: the first recipient who is not one of us; empty where there is none."""
    author = message.from_.address.lower() if message.from_ else ""
    every = (address.address.lower() for address in (*message.to, *message.cc))
    return next((each for each in every if each and each != author and not policy.is_own(each)), "")


def stays_in(message: Inbound, status: str) -> bool:
    """Whether a message goes into a ticket that is over all the same: it was written while the ticket was not."""
    return message.imported and status == "closed"


def silenced(message: Inbound, operations: list[Operation], facts: Facts) -> list[Operation]:
    """The operations of an imported message without what would be noticed: no delivery, no budget, no timer, no target, no status that
    changes. ``operations`` are those of the same message as if it came now; its new ticket is closed, or open where it is unfinished."""
    return [quiet for operation in operations for quiet in _quiet(message, operation, facts)]


def _quiet(message: Inbound, operation: Operation, facts: Facts) -> Iterator[Operation]:
    match operation:
        case OpenTicket():
            yield _opened(message, operation)
        case ChangeTicket():
            change = _changed(message, operation, facts)
            if change is not None:
                yield change
        case AddMessage() if is_ours(message) and operation.side is None:
            yield operation.model_copy(update={"direction": "out", "author_kind": "agent"})
            yield from _answered(message, operation, facts)
        case AddMessage():
            yield operation
            yield from _later(message, operation, facts)
        case PutContact() if is_ours(message):
            yield operation.model_copy(update={"name": _name_of(message, operation)})
        case PutContact():
            yield operation
        case AddEvent() if operation.what in _EVENTS:
            yield operation.model_copy(update={"what": _EVENTS[operation.what], "actor": "operator"})
        case _ if isinstance(operation, _STAYS):
            yield operation


def _opened(message: Inbound, opened: OpenTicket) -> OpenTicket:
    over = not message.unfinished
    return opened.model_copy(
        update={
            "status": "closed" if over else "open",
            "closed_at": message.received_at if over else None,
            "first_response_due": None,
            "next_response_due": None,
            "resolution_due": None,
            "tags": [*opened.tags, TAG],
            "participants": _others(message, opened.participants),
            "reasons": {choice: reason for choice, reason in opened.reasons.items() if choice != "sla"},
        }
    )


def _changed(message: Inbound, change: ChangeTicket, facts: Facts) -> ChangeTicket | None:
    """Who takes part, and nothing that tells of today. Whom we wrote to ourselves takes part for certain."""
    fields = {name: value for name, value in change.fields.items() if name not in _LIVE_FIELDS}
    ticket = facts.tickets.get(change.ticket_id)
    known = ticket.participants if ticket else []
    joining = [each for each in _others(message, change.add_participants) if each not in known]
    unconfirmed = [] if is_ours(message) else change.add_unconfirmed
    if not fields and not joining:
        return None
    return change.model_copy(update={"fields": fields, "add_participants": joining, "add_unconfirmed": unconfirmed})


def _others(message: Inbound, participants: list[str]) -> list[str]:
    """Without whoever of us wrote it."""
    author = message.from_.address.lower() if message.from_ and is_ours(message) else ""
    return [each for each in participants if each != author]


def _later(message: Inbound, added: AddMessage, facts: Facts) -> Iterator[ChangeTicket]:
    """A ticket out of the archive is over when its last message was written."""
    ticket = facts.tickets.get(added.ticket_id)
    if ticket is None or TAG not in ticket.tags or ticket.status != "closed" or message.unfinished:
        return
    if ticket.closed_at is None or ticket.closed_at < message.received_at:
        yield ChangeTicket(ticket_id=ticket.ticket_id, fields={"closed_at": message.received_at.isoformat()})


def _answered(message: Inbound, added: AddMessage, facts: Facts) -> Iterator[ChangeTicket]:
    """Our first answer in a ticket out of the archive: from then on its customer is somebody we know."""
    ticket = facts.tickets.get(added.ticket_id)
    if ticket is not None and TAG in ticket.tags and ticket.first_responded_at is None:
        fields = {"first_responded_at": message.received_at.isoformat()}
        yield ChangeTicket(ticket_id=ticket.ticket_id, fields=fields)
    yield from _later(message, added, facts)


def _name_of(message: Inbound, contact: PutContact) -> str:
    """The name by which we called them."""
    values = {point.value for point in contact.points}
    return next((each.name for each in (*message.to, *message.cc) if each.address.lower() in values), "")
