"""One run of an SLA's clock: how it counts working time, is paused, gets another target, warns and runs out. Arithmetic only.

What starts and stops a ticket's clocks is in `services.router.deciding.life.sla`. Working time is counted lazily: as long as nothing
about a clock changes, what it has counted stands still and its due time says it all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.router.deciding.terms import Terms, after, between
from shared.calendars import WorkingCalendar
from shared.messages.sla import Clock

_DIGITS = 6
"""Seconds are kept to the microsecond, so that nothing is lost by adding them up."""


@dataclass(slots=True)
class Cycle:
    """A run as it is reckoned with: what `shared.messages.sla.SlaCycle` says of each."""

    clock: Clock
    cycle: int
    started_at: datetime
    policy: str = ""
    target_seconds: float | None = None
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

    @classmethod
    def read(cls, held: dict[str, Any]) -> "Cycle":
        """What `written` gave."""
        times: dict[str, Any] = {name: datetime.fromisoformat(held[name]) for name in _TIMES if name in held}
        return cls(**held | times)

    def written(self) -> dict[str, Any]:
        """As JSON, without what it has not."""
        held = ((name, getattr(self, name)) for name in _NAMES)
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in held
            if value is not None
        }


_NAMES = tuple(Cycle.__dataclass_fields__)
_TIMES = frozenset(
    ("started_at", "due", "warn_at", "counted_to", "paused_at", "warned_at", "breached_at", "met_at", "ended_at")
)


def begin(clock: Clock, number: int, at: datetime, terms: Terms) -> Cycle:
    """The clock's run of that number, which counts from ``at``."""
    cycle = Cycle(clock, number, at, counted_to=at)
    _take(cycle, terms)
    _aim(cycle, terms)
    return cycle


def agree(cycle: Cycle, terms: Terms, calendar: WorkingCalendar, now: datetime) -> None:
    """From now on these terms count. What has passed by then, in the ``calendar`` that counted so far, stays.

    Under another target somebody is warned again, unless its share has passed already. A target is missed once in a run: another one
    that is missed as well is not told of.
    """
    count(cycle, calendar, now)
    before = cycle.target_seconds
    _take(cycle, terms)
    target = cycle.target_seconds
    if target is not None and target != before and cycle.elapsed_seconds < terms.warn_at * target:
        cycle.warned_at = None
    _aim(cycle, terms)


def counts_by(cycle: Cycle, terms: Terms) -> bool:
    """Whether these are the terms that it counts by already."""
    return cycle.policy == terms.policy and cycle.target_seconds == _seconds(terms.targets.get(cycle.clock))


def count(cycle: Cycle, calendar: WorkingCalendar, now: datetime) -> None:
    """Count the working time up to now."""
    if cycle.counted_to is not None and now > cycle.counted_to:
        passed = between(calendar, cycle.counted_to, now)
        cycle.elapsed_seconds = round(cycle.elapsed_seconds + passed.total_seconds(), _DIGITS)
        cycle.counted_to = now


def pause(cycle: Cycle, calendar: WorkingCalendar, now: datetime) -> None:
    """It stands still."""
    count(cycle, calendar, now)
    cycle.paused_at, cycle.counted_to = now, None
    cycle.due = cycle.warn_at = None


def resume(cycle: Cycle, terms: Terms, now: datetime) -> None:
    """It goes on."""
    _end_pause(cycle, now)
    cycle.counted_to = now
    _aim(cycle, terms)


def finish(cycle: Cycle, calendar: WorkingCalendar, now: datetime, *, met: bool) -> None:
    """What it waited for has happened (``met``), or is not waited for any more."""
    count(cycle, calendar, now)
    _end_pause(cycle, now)
    cycle.counted_to = cycle.warn_at = None
    cycle.ended_at = now
    cycle.met_at = now if met else None


def strike(cycle: Cycle, now: datetime, *, happening: bool = False) -> str | None:
    """What it has to tell: ``sla_breached`` or ``sla_warning``, each once; null: nothing. With ``happening`` the moment at which it runs
    out is still in time, and that of the warning still without one."""
    if cycle.due is None or cycle.breached_at is not None:
        return None
    if _passed(cycle.due, now, happening):
        cycle.breached_at, cycle.warn_at = cycle.due, None
        return "sla_breached"
    if cycle.warn_at is not None and _passed(cycle.warn_at, now, happening):
        cycle.warned_at, cycle.warn_at = now, None
        return "sla_warning"
    return None


def _passed(moment: datetime, now: datetime, happening: bool) -> bool:
    return now > moment or (now == moment and not happening)


def next_at(cycle: Cycle) -> datetime | None:
    """When it has something to tell, if nothing happens before; null: never."""
    return None if cycle.breached_at is not None else cycle.warn_at or cycle.due


def _take(cycle: Cycle, terms: Terms) -> None:
    cycle.policy = terms.policy
    cycle.target_seconds = _seconds(terms.targets.get(cycle.clock))


def _seconds(target: timedelta | None) -> float | None:
    return None if target is None else target.total_seconds()


def _aim(cycle: Cycle, terms: Terms) -> None:
    """Reckon when it warns and when it runs out. Time that is used up already is up at once, or was when it ran out."""
    cycle.due = cycle.warn_at = None
    start, target = cycle.counted_to, cycle.target_seconds
    if start is None or target is None:
        return
    left = target - cycle.elapsed_seconds
    cycle.due = _working(terms, start, left) if left > 0 else cycle.breached_at or start
    if cycle.due is not None and cycle.breached_at is None and cycle.warned_at is None and terms.warn_at < 1:
        ahead = terms.warn_at * target - cycle.elapsed_seconds
        cycle.warn_at = _working(terms, start, ahead) if ahead > 0 else start


def _working(terms: Terms, start: datetime, seconds: float) -> datetime | None:
    return after(terms.calendar, start, timedelta(seconds=seconds))


def _end_pause(cycle: Cycle, now: datetime) -> None:
    if cycle.paused_at is not None:
        passed = (now - cycle.paused_at).total_seconds()
        cycle.paused_seconds = round(cycle.paused_seconds + passed, _DIGITS)
        cycle.paused_at = None
