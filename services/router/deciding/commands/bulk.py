"""Deciding about many tickets at once: what each of them is told to do, and what is written down in the end.

Each is a command of its own, with an id derived from the whole's: done twice it is done once, and what was interrupted goes on where it
was, when the request is repeated; with all cases of a problem by itself, too: the problem remembers what is under way, and a timer wakes
the router. Doing them is the router's service's (`services.router.gathering`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.router.deciding.commands import doing, problems
from services.router.deciding.commands.doing import Refused
from services.router.deciding.draft import Draft
from services.router.deciding.life import unfinished
from shared.identity import derive
from shared.messages import command as c
from shared.messages import gathering as g
from shared.messages.after import Snooze
from shared.messages.agents import Say
from shared.messages.changeset import AddEvent, Changeset
from shared.messages.facts import Facts, FactsRequest, ticket_key
from shared.messages.talking import Assign

MANY = (g.Bulk, g.AnswerCases, g.SolveCases, Say)
OVER = ("solved", "closed")


@dataclass(frozen=True)
class Work:
    """What is to be done: the commands, in order, each with the number of its ticket. ``in_turn``: one after the other, because each
    changes what the next one needs. ``problem``: the id of the ticket that it is about, if it is about one."""

    commands: list[tuple[int, c.Command]]
    in_turn: bool = False
    problem: str | None = None


def needs(command: c.Command) -> FactsRequest:
    """What must be known to tell what is to be done."""
    number = getattr(command.action, "number", None)
    return FactsRequest(numbers=[number], links=True) if number is not None else FactsRequest()


def plan(command: c.Command, facts: Facts) -> Work:
    """What is to be done. Raises `Refused` for what could be done with no ticket."""
    action = command.action
    if isinstance(action, g.Bulk):
        numbers = list(dict.fromkeys(action.numbers))
        if not numbers or len(numbers) > g.MOST_AT_ONCE:
            raise Refused("invalid", f"numbers: name at least one ticket, and at most {g.MOST_AT_ONCE}")
        make = _EACH[action.each.action]
        return Work([_child(command, number, make(number, action.each)) for number in numbers], _in_turn(action))
    assert isinstance(action, g.AnswerCases | g.SolveCases)
    ticket_id = facts.numbers.get(action.number)
    problem = facts.tickets.get(ticket_id) if ticket_id else None
    if problem is None:
        raise Refused("not-found", f"there is no ticket T-{action.number}")
    if isinstance(action, g.AnswerCases):
        for text in (action.text, *action.texts.values()):
            problems.check(text)
    elif not action.summary.strip():
        raise Refused("invalid", "summary: say how it was solved")
    cases = problems.cases(problem, facts)
    if not cases:
        raise Refused("conflict", f"T-{action.number} is the problem of no ticket")
    numbers = [case.number for case in cases[: g.MOST_CASES]]
    if isinstance(action, g.AnswerCases):
        say = {"problem": action.number, "text": action.text, "attachments": action.attachments, "texts": action.texts}
        made = [_child(command, number, g.AnswerCase(number=number, **say)) for number in numbers]
        return Work(made, problem=problem.ticket_id)
    if problem.status not in (*OVER, "merged", "spam"):
        numbers.append(problem.number)
    solved = action.model_dump(exclude={"do", "number"})
    made = [_child(command, number, c.Solve(number=number, **solved)) for number in numbers]
    return Work(made, problem=problem.ticket_id)


def _child(command: c.Command, number: int, action: c.Action) -> tuple[int, c.Command]:
    child = derive("command", command.command_id, str(number))
    return number, command.model_copy(update={"command_id": child, "action": action})


def _in_turn(action: g.Bulk) -> bool:
    return action.each.action == "merge"


def _given(name: str, value: Any) -> Any:
    if value is None:
        raise Refused("invalid", f"do: {name} is missing")
    return value


def _change(name: str) -> Callable[[int, g.BulkDo], c.Action]:
    return lambda number, each: c.Change(number=number, fields={name: _given(name, getattr(each, name))})


_EACH: dict[str, Callable[[int, g.BulkDo], c.Action]] = {
    "status": _change("status"),
    "priority": _change("priority"),
    "category": _change("category"),
    "assign": lambda number, each: Assign(number=number, to=each.to),
    "tags": lambda number, each: g.Tag(number=number, add=each.add, remove=each.remove),
    "spam": lambda number, each: c.MarkSpam(number=number, block=each.block),
    "not_spam": lambda number, _: c.NotSpam(number=number),
    "snooze": lambda number, each: Snooze(number=number, until=_given("until", each.until)),
    "merge": lambda number, each: g.Merge(number=number, into=_given("into", each.into)),
}

# -- what a problem remembers while it is under way ----------------------------------------------------------------------


def begun(command: c.Command, work: Work, facts: Facts, now: datetime) -> Changeset:
    """Remember that this is being done, so that it is done to the end whatever happens to us."""
    draft = Draft()
    ticket = facts.tickets.get(work.problem or "")
    if ticket is not None and unfinished.may_remember(ticket, command):
        draft.change(facts, ticket_key(ticket.ticket_id))
        draft.operations += unfinished.remember(ticket, command, now)
    return draft.changeset(f"begun:{command.command_id}", fingerprint=doing.fingerprint(command))


def given_up(command: c.Command, facts: Facts) -> Changeset:
    """It can no longer be done with any ticket: forget that it was begun."""
    draft = Draft()
    ticket = facts.tickets.get(facts.numbers.get(getattr(command.action, "number", 0), ""))
    if ticket is not None:
        draft.change(facts, ticket_key(ticket.ticket_id))
        draft.operations += unfinished.forget(ticket, command)
    return draft.changeset(f"given up:{command.command_id}")


_WHAT = {g.AnswerCases: "cases_answered", g.SolveCases: "cases_solved"}


def concluded(
    command: c.Command, work: Work, results: Sequence[dict[str, Any]], facts: Facts, now: datetime
) -> Changeset:
    """All has been done that could be: that is the command's result from now on, and its problem's audit trail says so."""
    draft = Draft()
    if work.problem is not None:
        ticket = facts.tickets[work.problem]
        draft.change(facts, ticket_key(ticket.ticket_id))
        draft.operations += unfinished.forget(ticket, command)
        done = [each["number"] for each in results if each["ok"]]
        refused = [each["number"] for each in results if not each["ok"]]
        draft.operations.append(
            AddEvent(
                what=_WHAT[type(command.action)],
                ticket_id=work.problem,
                actor=command.actor,
                channel=command.channel,
                data={"cases": done, "refused": refused},
                at=now,
            )
        )
    return draft.changeset(
        doing.cause(command),
        fingerprint=doing.fingerprint(command),
        result={"results": list(results)}
        | ({"number": command.action.number} if isinstance(command.action, Say) else {}),
    )
