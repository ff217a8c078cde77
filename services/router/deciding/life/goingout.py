"""Answers that waited, when their time has come: a timer wakes the router, which sends each by a command of its own.

Nothing is sent here: the router's service asks which commands a firing is about (`commands`) and has them done. As long as one still
waits the timer wakes again, so that a router that dies in between loses nothing. What is refused when its time has come stays in the
ticket with the reason, and whoever wrote it is told (`stopped`).
"""

from datetime import datetime, timedelta
from typing import Any, Final

from services.router.deciding.draft import Draft
from services.router.deciding.life.living import Cause, Living, live
from services.router.deciding.life.notifying import tell_agents
from services.router.deciding.life.telling import Notice
from services.router.deciding.masking import customer_points, for_agent
from services.router.deciding.policy import Policy
from shared.identity import derive
from shared.messages.changeset import CancelTimer, Changeset, ChangeTicket, Operation, SetTimer
from shared.messages.command import Command, CommandResult, Reply
from shared.messages.facts import Facts, FactsRequest, TicketFact, ticket_key
from shared.messages.outbound import TimerDue
from shared.messages.waiting import ANSWER_TIMER, WAITING
from shared.texts.whynot import why_not

TIMER: Final = ANSWER_TIMER
AGAIN: Final = timedelta(seconds=15)
"""So long after it was to be sent it is tried again, as long as it waits."""
_DETAIL: Final = 500


def timer(ticket_id: str, waiting_id: str, at: datetime) -> SetTimer:
    """Wake the router for an answer."""
    return SetTimer(timer_id=derive("timer", TIMER, ticket_id, waiting_id), kind=TIMER, ticket_id=ticket_id, due_at=at)


def forget(ticket: TicketFact, waiting_id: str) -> list[Operation]:
    """It waits no more."""
    left = {name: each for name, each in _held(ticket).items() if name != waiting_id}
    return [
        ChangeTicket(ticket_id=ticket.ticket_id, state={WAITING: left or None}),
        CancelTimer(timer_id=timer(ticket.ticket_id, waiting_id, ticket.created_at).timer_id),
    ]


def commands(due: TimerDue, facts: Facts) -> list[Command]:
    """The commands that a firing wakes us for: all whose time has come by then."""
    current, ticket = facts.timers.get(due.timer_id), facts.tickets.get(due.ticket_id or "")
    if due.kind != TIMER or current is None or current.generation != due.generation or ticket is None:
        return []
    return [
        Command.model_validate(each["command"])
        for waiting_id, each in _held(ticket).items()
        if not each.get("stopped") and timer(ticket.ticket_id, waiting_id, due.due_at).timer_id == due.timer_id
    ]


def wake(living: Living, due: TimerDue) -> None:
    """Look again later, as long as it waits."""
    for waiting_id, each in _held(living.ticket).items():
        again = timer(living.ticket_id, waiting_id, living.now + AGAIN)
        if again.timer_id == due.timer_id and not each.get("stopped"):
            living.changes()
            living.draft.operations.append(again)


def needs(command: Command) -> FactsRequest:
    """What must be known to say that it could not be sent."""
    number = getattr(command.action, "number", 0)
    return FactsRequest(numbers=[number], staff=True, choices=True, customers=True, assignees=True)


def stopped(command: Command, done: CommandResult, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """It cannot be sent: it stays in the ticket with the reason until somebody takes it back, and whoever wrote it is told."""
    draft = Draft()
    cause = Cause(f"not sent:{command.command_id}", "system", correlation_id=command.correlation_id)
    assert isinstance(command.action, Reply)
    ticket_id = facts.numbers.get(command.action.number, "")
    living = live(cause, ticket_id, draft, facts, policy, now)
    held = _held(living.ticket) if living is not None else {}
    entry = held.get(command.action.waiting_id)
    if living is not None and entry is not None and not entry.get("stopped"):
        draft.change(facts, ticket_key(ticket_id))
        detail = (done.detail or done.error or "")[:_DETAIL]
        why = done.result.get("why")
        living.remember(WAITING, {**held, command.action.waiting_id: {**entry, "stopped": detail, "why": why}})
        draft.operations.append(CancelTimer(timer_id=timer(ticket_id, command.action.waiting_id, now).timer_id))
        living.event("answer_not_sent", reason=detail, waiting=command.action.waiting_id, by=command.actor)
        points = customer_points(living.ticket, facts)

        def worded(language: str) -> dict[str, str]:
            return {"why": why_not(why, language) or for_agent(detail, points, language)}

        tell_agents(living, _author(command, facts), Notice("agent.not_sent", {}, worded=worded))
    return draft.changeset(cause.id, policy=policy.version)


def _author(command: Command, facts: Facts) -> list[str]:
    kind, _, agent_id = command.actor.partition(":")
    return [each.email for each in facts.staff.values() if kind == "agent" and agent_id in (each.agent_id, each.email)]


def _held(ticket: TicketFact) -> dict[str, Any]:
    held: dict[str, Any] = ticket.state.get(WAITING) or {}
    return held
