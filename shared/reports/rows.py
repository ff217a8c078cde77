"""What figures are made of, as plain rows, and the period they are made for. No database, no clock.

`runs_of` and the rest read what a ticket remembers (its ``state``); see `services.router.deciding.life.sla` and ``…timekeeping`` for who
writes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from shared.messages.sla import AT_WORK

OVER = ("solved", "closed")
IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Period:
    """From ``since`` up to ``until``, which is no longer part of it."""

    since: datetime
    until: datetime

    def has(self, at: datetime | None) -> bool:
        """Whether it happened then."""
        return at is not None and self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Scope:
    """What a figure is made for: the period and the one before it, and the company's time zone."""

    period: Period
    before: Period
    zone: ZoneInfo


class Run(NamedTuple):
    """A run of an SLA's clock (`shared.messages.sla.SlaCycle`): ``worked`` is working time in seconds without pauses, ``target`` null where
    none is set."""

    clock: str
    started_at: datetime
    met_at: datetime | None = None
    ended_at: datetime | None = None
    breached_at: datetime | None = None
    worked: float = 0.0
    target: float | None = None
    policy: str = ""


class Spent(NamedTuple):
    """How long a ticket was in a status with a team: on the clock and in working time, in seconds."""

    status: str
    team: str
    seconds: float
    worked: float


class Suggested(NamedTuple):
    """What a model made of a ticket: the value for ``target``, whether it decided, and whether the ticket has that value by now."""

    model: str
    target: str
    decided: bool
    right: bool


@dataclass(slots=True)
class TicketRow:
    """A ticket as it is now. ``touched``: somebody answered, solved or corrected it. ``words`` is what it was opened with."""

    number: int
    status: str
    created_at: datetime
    channel: str = ""
    category: str = ""
    team: str = ""
    agent: str = ""
    imported: bool = False
    touched: bool = False
    first_responded_at: datetime | None = None
    over_at: datetime | None = None
    runs: Sequence[Run] = ()
    spent: Sequence[Spent] = ()
    suggested: Sequence[Suggested] = ()
    words: str = ""

    def resolutions(self) -> list[Run]:
        """The runs from its beginning, or a reopening, to a solution; in their order."""
        return [run for run in self.runs if run.clock == "resolution"]

    def open_at(self, at: datetime) -> bool:
        """Whether it was there and not over at that moment. What has no clocks is known by when it was over, if it is."""
        runs = self.resolutions()
        if runs:
            return any(run.started_at <= at and (run.ended_at is None or run.ended_at > at) for run in runs)
        if self.imported or self.created_at > at:
            return False
        return self.status not in OVER or (self.over_at is not None and self.over_at > at)


class Deed(NamedTuple):
    """Something that happened to a ticket: ``answered`` (an agent wrote to the customer), ``solved`` (somebody said it is: it was open and
    is over) or ``rated`` (the customer gave a ``score``, or ``words``). ``who`` is the agent's mail address, a token as ``token:name``,
    else empty."""

    what: str
    at: datetime
    number: int
    who: str = ""
    channel: str = ""
    category: str = ""
    team: str = ""
    score: int | None = None
    words: str = ""


class Prevention(NamedTuple):
    """A ticket's preventive action."""

    number: int
    what: str
    owner: str = ""
    due: datetime | None = None
    verified_at: datetime | None = None
    team: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A quality review. ``done_at`` and ``score`` (a share from 0 to 1) are null until it is done; ``criteria`` have their scores, those
    that did not apply are not there. ``drawn_at`` is when its ticket was drawn."""

    number: int
    agent: str
    team: str
    done_at: datetime | None
    score: float | None
    criteria: Mapping[str, float] = field(default_factory=dict)
    drawn_at: datetime | None = None


class Improving(NamedTuple):
    """An improvement action."""

    kind: str
    status: str
    made_at: datetime
    due: datetime | None = None
    done_at: datetime | None = None


def runs_of(state: Mapping[str, Any]) -> list[Run]:
    """The runs of a ticket's clocks in the order in which they began. Raises ValueError, KeyError for what nobody wrote so."""
    held = state.get("sla")
    if not held:
        return []
    found = [_run(each) for each in (*held.get("past", ()), *held.get("open", ()))]
    found.sort(key=lambda run: run.started_at)
    return found


_time = datetime.fromisoformat


def _run(held: Mapping[str, Any]) -> Run:
    met, ended, breached = held.get("met_at"), held.get("ended_at"), held.get("breached_at")
    return Run(
        held["clock"],
        _time(held["started_at"]),
        _time(met) if met else None,
        _time(ended) if ended else None,
        _time(breached) if breached else None,
        held.get("elapsed_seconds", 0.0),
        held.get("target_seconds"),
        held.get("policy", ""),
    )


def spent_of(state: Mapping[str, Any]) -> list[Spent]:
    """Where a ticket's time went, by status and team."""
    held = state.get("time") or {}
    return [Spent(status, team or "", seconds, worked) for status, team, _, seconds, worked in held.get("parts", ())]


def suggested_of(state: Mapping[str, Any], now_has: Mapping[str, str | None]) -> list[Suggested]:
    """What models made of a ticket that has these values by now. What somebody has dismissed was wrong, whatever the ticket has."""

    def right(target: str, one: Mapping[str, Any]) -> bool:
        return now_has[target] == one.get("value") and not one.get("dismissed_by")

    return [
        Suggested(str(one.get("model", "")), target, bool(one.get("decided")), right(target, one))
        for target, one in (state.get("suggested") or {}).items()
        if target in now_has
    ]


def at_work(spent: Spent) -> bool:
    """Whether it was the team's to work on, rather than waiting for somebody else."""
    return spent.status in AT_WORK
