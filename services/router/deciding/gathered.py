"""Tickets that were merged into others: whatever leads to one leads to the ticket that it is part of now.

What a merged ticket was found by stays its own: ids, its number, its conversation. A decision looks at facts in which all of that leads
on (`view`), so that nothing is ever put into a ticket that is no more, and undoing the merging need not give anything back. Nothing is
merged into a ticket that is merged already, so there are no circles.
"""

from collections.abc import Iterable
from dataclasses import replace

from services.router.deciding.threading import Placement
from shared.messages.facts import Facts, ReferenceFact, TicketFact


def chain(ticket_id: str, facts: Facts) -> list[str]:
    """The ticket, what it was merged into, what that was merged into, and so on."""
    found = [ticket_id]
    ticket = facts.tickets.get(ticket_id)
    while ticket is not None and ticket.merged_into and ticket.merged_into in facts.tickets:
        if ticket.merged_into in found:
            break  # impossible, and must not make us hang if it were not
        found.append(ticket.merged_into)
        ticket = facts.tickets[ticket.merged_into]
    return found


def final(ticket_id: str, facts: Facts) -> TicketFact | None:
    """The ticket that this one is part of now; itself, if it was not merged. Null where there is none."""
    return facts.tickets.get(chain(ticket_id, facts)[-1])


def with_targets(involved: Iterable[str], facts: Facts) -> set[str]:
    """These tickets and all that they were merged into."""
    return {each for ticket_id in involved for each in chain(ticket_id, facts)}


def view(facts: Facts, involved: Iterable[str]) -> Facts:
    """The facts as they look to a decision that has to do with these tickets: what leads to a merged one leads on. The same facts where
    nothing was merged."""
    to = {}
    for ticket_id in involved:
        ticket = facts.tickets.get(ticket_id)
        if ticket is not None and ticket.merged_into:
            to[ticket_id] = chain(ticket_id, facts)[-1]
    if not to:
        return facts
    return facts.model_copy(
        update={
            "numbers": {number: to.get(ticket_id, ticket_id) for number, ticket_id in facts.numbers.items()},
            "references": {key: _led_on(entries, to) for key, entries in facts.references.items()},
            "newest": {key: to.get(ticket_id, ticket_id) for key, ticket_id in facts.newest.items()},
        }
    )


def _led_on(entries: list[ReferenceFact], to: dict[str, str]) -> list[ReferenceFact]:
    if not any(entry.ticket_id in to for entry in entries):
        return entries
    found: dict[str, ReferenceFact] = {}
    for entry in entries:
        ticket_id = to.get(entry.ticket_id, entry.ticket_id)
        known = found.get(ticket_id)
        found[ticket_id] = ReferenceFact(
            ticket_id=ticket_id,
            owned=entry.owned or (known is not None and known.owned),
            audience=entry.audience if known is None or known.audience is None else known.audience,
            moved=entry.moved or (known is not None and known.moved),
        )
    return list(found.values())


def noted(placement: Placement, involved: set[str], facts: Facts) -> Placement:
    """The placement with the merged tickets that alone led to where it is: if one of them is given back its own, this is its own, too."""
    ticket = placement.ticket
    if ticket is None or ticket.ticket_id in involved:
        return placement
    passed = [found[:-1] for each in sorted(involved) if (found := chain(each, facts))[-1] == ticket.ticket_id]
    return replace(placement, through=tuple(dict.fromkeys(each for some in passed for each in some)))
