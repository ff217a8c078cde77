"""Deciding about links between tickets that somebody makes or takes away by hand."""

from typing import Any

from services.router.deciding.commands.doing import Doing, Refused
from shared.messages.changeset import LinkTickets
from shared.messages.facts import FactsRequest, TicketFact
from shared.messages.gathering import Link, Unlink
from shared.messages.life import LinkFact, UnlinkTickets

MOST = 1_000
"""Links of one ticket."""
BY_HAND = ("related", "duplicate", "follow-up", "problem", "possibly-related")
"""What may be taken away by hand; the others are what the tickets' own history says."""


def needs(want: Link | Unlink) -> FactsRequest:
    """What must be known about both."""
    return FactsRequest(numbers=[want.number, want.to])


def link(do: Doing, want: Link) -> dict[str, Any]:
    """Link two tickets; what is linked in this way already stays as it is. Raises `Refused`."""
    ticket, other = _both(do, want)
    links = _links(do, ticket, other)
    if want.kind == "problem" and any(each.kind == "problem" and not each.outward for each in links):
        raise Refused("conflict", f"to: T-{want.to} has T-{want.number} as its problem")
    if not any(each.kind == want.kind for each in links):
        if len(do.facts.links.get(ticket.ticket_id, ())) >= MOST:
            raise Refused("conflict", f"T-{want.number} has {MOST} links already")
        made = LinkTickets(ticket_id=ticket.ticket_id, other_id=other.ticket_id, kind=want.kind)
        do.draft.operations.append(made)
        _tell("tickets_linked", do, ticket, other, want.kind)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def unlink(do: Doing, want: Unlink) -> dict[str, Any]:
    """Take links away. Raises `Refused` where there is none that can be."""
    ticket, other = _both(do, want)
    kinds = dict.fromkeys(each.kind for each in _links(do, ticket, other) if want.kind in (None, each.kind))
    gone = [kind for kind in kinds if kind in BY_HAND]
    if not gone:
        how = f" as {want.kind}" if want.kind else ""
        raise Refused("not-found", f"there is no link{how} between T-{want.number} and T-{want.to} that somebody made")
    for kind in gone:
        ends = {"ticket_id": ticket.ticket_id, "other_id": other.ticket_id}
        do.draft.operations.append(UnlinkTickets(**ends, kind=kind))
        _tell("tickets_unlinked", do, ticket, other, kind)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def _both(do: Doing, want: Link | Unlink) -> tuple[TicketFact, TicketFact]:
    if want.number == want.to:
        raise Refused("invalid", f"to: T-{want.number} is the ticket itself")
    return do.ticket(want.number), do.ticket(want.to)


def _links(do: Doing, ticket: TicketFact, other: TicketFact) -> list[LinkFact]:
    return [each for each in do.facts.links.get(ticket.ticket_id, ()) if each.other_id == other.ticket_id]


def _tell(what: str, do: Doing, ticket: TicketFact, other: TicketFact, kind: str) -> None:
    do.event(what, ticket.ticket_id, to=other.ticket_id, kind=kind)
    do.event(what, other.ticket_id, to=ticket.ticket_id, kind=kind)
