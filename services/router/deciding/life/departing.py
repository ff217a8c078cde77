"""Whoever works here no longer leaves tickets behind: they go back to their teams, some at a time, by a timer of the agent's.

The timer is set in the changeset that blocks the agent, so nothing stays behind when somebody's browser, a desk or a router dies in
between. What each ticket then needs is `services.router.deciding.life.assigning`'s matter, which looks at every ticket that is touched:
one that was solved and is opened again months later goes the same way.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.router.deciding.draft import Draft
from services.router.deciding.life.assigning import LEFT
from shared.messages.changeset import AddEvent, SetTimer
from shared.messages.facts import Facts, ticket_key
from shared.messages.outbound import TimerDue

TIMER: Final = "departing"
"""The kind of the timers; their ids are ``departing:<agent_id>``."""


def timer_id(agent_id: str) -> str:
    """The timer of an agent who leaves."""
    return f"{TIMER}:{agent_id}"


def agents(timers: Sequence[TimerDue]) -> list[str]:
    """The ids of the agents whose timers are among these."""
    return [timer.timer_id.partition(":")[2] for timer in timers if timer.kind == TIMER]


def due(timer: TimerDue, facts: Facts, now: datetime, draft: Draft) -> None:
    """Touch the first tickets that an agent left behind; when there were any, look again. Nothing for whoever is back meanwhile."""
    (agent_id,) = agents([timer])
    tickets = facts.held_by.get(agent_id, [])
    if not tickets or not facts.is_blocked(agent_id):
        return
    for ticket_id in tickets:
        draft.change(facts, ticket_key(ticket_id))
        draft.operations.append(
            AddEvent(what=LEFT, ticket_id=ticket_id, actor="system", data={"agent": agent_id}, at=now)
        )
    draft.operations.append(SetTimer(timer_id=timer.timer_id, kind=TIMER, due_at=now))
