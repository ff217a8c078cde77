"""What is reckoned of a ticket's time: the clocks of its SLA, and how long it was in which status, with whom. As the API shows it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.messages.base import Record

Clock = Literal["first_response", "next_response", "resolution"]
"""What is waited for: our first answer, our answer to a later message, the solution."""


class SlaCycle(Record):
    """One run of a clock, from what starts it to what it waits for. ``cycle`` counts a clock's runs in this ticket, from 1.

    ``policy`` is the SLA that counts (empty: none does) and ``target_seconds`` what it allows; null: as long as it takes. Working time
    is counted up to ``counted_to``: ``elapsed_seconds`` by then. ``counted_to`` is null while it is paused (since ``paused_at``) and when
    it is over. ``due`` is by when it must happen, if nothing pauses it; null while it is paused. ``warn_at``: when somebody is warned next.
    ``paused_seconds`` are those of the clock on the wall. ``met_at``: it happened, after ``breached_at`` too late. What is over
    (``ended_at``) without having happened is waited for no more: the ticket became spam or another ticket's part.
    """

    clock: Clock
    cycle: int = 1
    policy: str = ""
    target_seconds: float | None = None
    started_at: datetime
    due: datetime | None = None
    warn_at: datetime | None = None
    elapsed_seconds: float = 0.0
    counted_to: datetime | None = None
    paused_at: datetime | None = None
    paused_seconds: float = 0.0
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    met_at: datetime | None = None
    ended_at: datetime | None = None


AT_WORK = ("new", "open")
"""The statuses in which a ticket is somebody's to work on: nobody else is waited for."""


class TimeSpent(Record):
    """How long a ticket was in a status while it was a team's and an agent's: by the clock on the wall, and in working time."""

    status: str
    team: str | None = None
    agent: str | None = None
    seconds: float = 0.0
    working_seconds: float = 0.0

    def same_place(self, other: "TimeSpent") -> bool:
        """Whether it is of the same status, team and agent."""
        return (self.status, self.team, self.agent) == (other.status, other.team, other.agent)


class HandlingTime(Record):
    """Where a ticket's time went, up to ``counted_to``; from then on it is as ``now_in`` says. ``parts`` has every combination there was,
    in the order in which it first was. ``by_status`` sums them up over the ticket's whole life, ``by_team`` and ``by_agent`` over the time
    in which the ticket was theirs to work on (new and open): with working time in seconds, by the ``hours`` of that name (empty: around
    the clock)."""

    counted_to: datetime
    now_in: TimeSpent
    hours: str = ""
    parts: list[TimeSpent] = Field(default_factory=list)
    by_status: dict[str, float] = Field(default_factory=dict)
    by_team: dict[str, float] = Field(default_factory=dict)
    by_agent: dict[str, float] = Field(default_factory=dict)
