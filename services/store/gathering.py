"""Facts about merged tickets: what one is part of now comes along with it, and all timers of a ticket that is about to be merged."""

from collections.abc import Callable, Collection

from sqlalchemy import Connection, select

from services.store.batch import TIMER
from services.store.statements import Lookup, look_up
from shared.messages.facts import Facts, FactsRequest, TimerFact

_NAMES = ("timer_id", "kind", "ticket_id", "generation", "due_at")
_TIMERS_OF = Lookup(
    TIMER.c.ticket_id,
    lambda some: (
        select(TIMER.c.id, TIMER.c.kind, TIMER.c.ticket_id, TIMER.c.generation, TIMER.c.due_at)
        .where(some)
        .order_by(TIMER.c.due_at, TIMER.c.id)
    ),
)


def add_merged(request: FactsRequest, facts: Facts, add: Callable[[Collection[str]], None]) -> FactsRequest:
    """Let the tickets that others were merged into come along (``add`` adds tickets by their ids). Gives the request with what was
    wanted of the merged tickets wanted of these, too."""
    while missing := {each.merged_into for each in facts.tickets.values() if each.merged_into} - facts.tickets.keys():
        known = len(facts.tickets)
        add(sorted(filter(None, missing)))
        if len(facts.tickets) == known:
            break
    if not (request.messages_of or request.deliveries_of or request.timers_of):
        return request
    wanted = {name: _with_targets(getattr(request, name), facts) for name in _BY_NUMBER}
    return request.model_copy(update=wanted)


_BY_NUMBER = ("messages_of", "deliveries_of", "timers_of")


def _with_targets(numbers: list[int], facts: Facts) -> list[int]:
    found = dict.fromkeys(numbers)
    waiting = list(numbers)
    while waiting:
        ticket = facts.tickets.get(facts.numbers.get(waiting.pop(), ""))
        target = facts.tickets.get(ticket.merged_into) if ticket is not None and ticket.merged_into else None
        if target is not None and target.number not in found:
            facts.numbers.setdefault(target.number, target.ticket_id)
            found[target.number] = None
            waiting.append(target.number)
    return list(found)


def add_timers(connection: Connection, request: FactsRequest, facts: Facts) -> None:
    """All timers of the tickets whose timers are wanted."""
    ids = {facts.numbers[number] for number in request.timers_of if number in facts.numbers}
    if ids:
        (rows,) = look_up(connection, (_TIMERS_OF, ids))
        for row in rows:
            facts.timers[row[0]] = TimerFact.model_construct(**dict(zip(_NAMES, row, strict=True)))
