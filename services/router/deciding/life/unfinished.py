"""What is being done with all cases of a problem: the problem remembers it until it is done, and a timer wakes us if it never is.

Nothing is done here: the router's service asks which commands a firing is about (`commands`) and has them done again, which changes
nothing where they were done already.
"""

from datetime import datetime, timedelta

from services.router.deciding.life.living import Living
from shared.identity import derive
from shared.messages.changeset import CancelTimer, ChangeTicket, Operation, SetTimer
from shared.messages.command import Command
from shared.messages.facts import Facts, TicketFact
from shared.messages.outbound import TimerDue

MEMORY = "under_way"
TIMER = "under_way"
GOES_ON_AFTER = timedelta(minutes=2)
"""So long after it began, or was tried again, it goes on by itself."""
# Of what a ticket may remember in all. What is longer goes on only when it is asked for again.
_MOST_BYTES = 50_000


def may_remember(ticket: TicketFact, command: Command) -> bool:
    """Whether there is room for it: one at a time."""
    return not _held(ticket) and len(command.encode()) <= _MOST_BYTES


def remember(ticket: TicketFact, command: Command, now: datetime) -> list[Operation]:
    """It has begun."""
    state = {MEMORY: {**_held(ticket), command.command_id: command.encode().decode()}}
    return [ChangeTicket(ticket_id=ticket.ticket_id, state=state), _timer(ticket, command.command_id, now)]


def forget(ticket: TicketFact, command: Command) -> list[Operation]:
    """It is done."""
    if command.command_id not in _held(ticket):
        return []
    left = {name: held for name, held in _held(ticket).items() if name != command.command_id}
    return [
        ChangeTicket(ticket_id=ticket.ticket_id, state={MEMORY: left or None}),
        CancelTimer(timer_id=_timer(ticket, command.command_id, ticket.created_at).timer_id),
    ]


def commands(timer: TimerDue, facts: Facts) -> list[Command]:
    """The commands that a firing wakes us for."""
    current, ticket = facts.timers.get(timer.timer_id), facts.tickets.get(timer.ticket_id or "")
    if timer.kind != TIMER or current is None or current.generation != timer.generation or ticket is None:
        return []
    return [Command.decode(held.encode()) for held in _held(ticket).values()]


def wake(living: Living, timer: TimerDue) -> None:
    """Look again later, as long as it is not done."""
    for name in _held(living.ticket):
        again = _timer(living.ticket, name, living.now)
        if again.timer_id == timer.timer_id:
            living.changes()
            living.draft.operations.append(again)


def _held(ticket: TicketFact) -> dict[str, str]:
    held: dict[str, str] = ticket.state.get(MEMORY) or {}
    return held


def _timer(ticket: TicketFact, name: str, now: datetime) -> SetTimer:
    timer_id = derive("timer", TIMER, ticket.ticket_id, name)
    return SetTimer(timer_id=timer_id, kind=TIMER, ticket_id=ticket.ticket_id, due_at=now + GOES_ON_AFTER)
