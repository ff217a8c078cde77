"""What a ticket was before it was merged or called spam, kept so that it can be all of that again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from services.router.deciding import lifecycle
from services.router.deciding.commands.doing import Doing
from services.router.deciding.life import snoozing
from shared.identity import derive
from shared.messages.changeset import ChangeTicket, SetTimer
from shared.messages.facts import TicketFact

_TIMES = ("solved_at", "closed_at", "customer_confirmed_at", "snoozed_until")
_DUE = ("first_response_due", "next_response_due", "resolution_due")
# What goes on counting whatever the ticket is, and what is kept here itself.
_NOT_KEPT = ("time", "merge", "spam")
# Kept beside the state itself, of which there may be 100 kB; what is larger begins anew.
_MOST_BYTES = 40_000


def memory(ticket: TicketFact) -> dict[str, Any]:
    """What is to be kept of a ticket: its status with the times that belong to it. As JSON."""
    return {"status": ticket.status, "reopened": ticket.reopened, "times": _written(ticket, _TIMES)}


def whole_memory(ticket: TicketFact) -> dict[str, Any]:
    """As `memory`, with the clocks that run, and what the parts of its life remember: all that stops when it is merged."""
    state = {name: value for name, value in ticket.state.items() if name not in _NOT_KEPT}
    if len(to_json(state)) > _MOST_BYTES:
        return memory(ticket)
    return memory(ticket) | {"due": _written(ticket, _DUE), "state": state}


def _written(ticket: TicketFact, names: Iterable[str]) -> dict[str, str]:
    times = {name: getattr(ticket, name) for name in names}
    return {name: at.isoformat() for name, at in times.items() if at is not None}


def come_back(do: Doing, ticket: TicketFact, kept: dict[str, Any], by: lifecycle.By, because: str) -> None:
    """Let the ticket be what it was. Where the time is over for which it was put off, it is what it was before that."""
    times, state = kept["times"], dict(kept.get("state", {}))
    status, asleep = kept["status"], times.get("snoozed_until")
    if asleep is not None and datetime.fromisoformat(asleep) <= do.now:
        status, asleep = (state.pop(snoozing.MEMORY, None) or {}).get("from", "open"), None
    step = lifecycle.Step(
        by, do.command.actor, do.now, do.policy.close_after, do.command.channel, data={"because": because}
    )
    move = lifecycle.move(ticket, status, step)
    fields = {name: times.get(name) for name in _TIMES}
    if "due" in kept:
        fields |= {name: kept["due"].get(name) for name in _DUE}
    fields |= {
        "status": status,
        "status_since": do.now.isoformat(),
        "reopened": kept["reopened"],
        "snoozed_until": asleep,
    }
    if "sla" in state:
        # Its timer was cancelled; the clocks are reckoned with anew.
        state["sla"] = {**state["sla"], "timer": None}
    do.draft.operations += [*move.timers, move.event]
    do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields, state=state))
    if asleep is not None:
        do.draft.operations.append(
            SetTimer(
                timer_id=derive("timer", snoozing.TIMER, ticket.ticket_id),
                kind=snoozing.TIMER,
                ticket_id=ticket.ticket_id,
                due_at=datetime.fromisoformat(asleep),
            )
        )
