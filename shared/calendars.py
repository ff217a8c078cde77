"""Working time: whether somebody is there, when next, and how much of a span counts. Pure, for chats and for the clocks of SLAs.

What counts is what the clock on the wall shows: a moment is working time when its local date is no day off and its local time lies
in a window of that day of the week. So on the day the clocks go back, a window that holds the repeated hour is an hour longer, and on
the day they go forward one that holds the missing hour is an hour shorter. Results are in UTC.
"""

import itertools
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from shared.daysoff import days_off
from shared.settings.targets import Day, Hours, Span

_DAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = timedelta(days=1)
_STEP: Final = timedelta(hours=6)
"""No zone has ever changed its clocks twice within this."""
_HORIZON: Final = timedelta(days=20 * 366)
_LATEST: Final = datetime.max.replace(tzinfo=UTC) - 3 * _DAY

Stretch = tuple[datetime, datetime]
"""From one moment up to another that is no longer part of it, in UTC."""


class NoWorkingTime(ValueError):
    """The calendar has not so much working time within twenty years."""


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Windows of working time by day of the week, in the time zone of that name; ``holidays`` are days off: a country, or dates."""

    timezone: str
    week: Mapping[Day, tuple[Span, ...]]
    holidays: str | frozenset[date] = field(default_factory=frozenset)

    def is_open(self, at: datetime) -> bool:
        """Whether ``at`` is working time."""
        local = at.astimezone(ZoneInfo(self.timezone))
        minute = local.hour * 60 + local.minute
        return any(span.start <= minute < span.end for span in self._windows(local.date()))

    def next_open(self, at: datetime) -> datetime | None:
        """``at`` when it is working time, else the next moment that is; null when there is none within twenty years."""
        found = next(self._from(at), None)
        return None if found is None else found[0]

    def add(self, at: datetime, working: timedelta) -> datetime:
        """The first moment from ``at`` on by which ``working`` has passed in working time; ``at`` itself for none at all.

        Raises `NoWorkingTime`, and `ValueError` for less than nothing.
        """
        if working < timedelta(0):
            raise ValueError("working time passes in one direction only")
        if not working:
            return at.astimezone(UTC)
        left = working
        for start, end in self._from(at):
            if end - start >= left:
                return start + left
            left -= end - start
        raise NoWorkingTime(f"there are not {working} of working time in the twenty years from {at}")

    def between(self, a: datetime, b: datetime) -> timedelta:
        """How much of the time from ``a`` to ``b`` is working time; negative when ``b`` comes first.

        Its cost grows with the days between them: about a millisecond a year.
        """
        if b < a:
            return -self.between(b, a)
        return sum((end - start for start, end in self._stretches(a, b)), timedelta(0))

    def _from(self, at: datetime) -> Iterator[Stretch]:
        return self._stretches(at, min(at, _LATEST - _HORIZON) + _HORIZON)

    def _stretches(self, a: datetime, b: datetime) -> Iterator[Stretch]:
        """The working time from ``a`` to ``b``, oldest first, never empty ones. Local days can't lead the way: where the clocks go back
        over midnight, some of yesterday comes after some of today."""
        a, b = a.astimezone(UTC), b.astimezone(UTC)
        day = a.date() if any(self.week.values()) else date.max
        while day <= b.date():
            for since, until, offset in _offsets(self.timezone, day):
                for start, end in self._within(since, until, offset):
                    if (start := max(start, a)) < (end := min(end, b)):
                        yield start, end
            day += _DAY

    def _within(self, since: datetime, until: datetime, offset: timedelta) -> Iterator[Stretch]:
        """The working time of at most a day in which the clock on the wall is ``offset`` ahead of UTC."""
        day, last = (since + offset).date(), (until + offset).date()
        while day <= last:
            midnight = datetime.combine(day, time(), UTC) - offset
            for window in self._windows(day):
                start = max(midnight + timedelta(minutes=window.start), since)
                end = min(midnight + timedelta(minutes=window.end), until)
                if start < end:
                    yield start, end
            day += _DAY

    def _windows(self, day: date) -> tuple[Span, ...]:
        windows = self.week.get(_DAYS[day.weekday()], ())
        return () if windows and self._is_off(day) else windows

    def _is_off(self, day: date) -> bool:
        if isinstance(self.holidays, str):
            return bool(self.holidays) and day in days_off(self.holidays, day.year)
        return day in self.holidays


_ALL_DAY: Final = (Span(0, 1440),)
AROUND_THE_CLOCK: Final = WorkingCalendar("UTC", dict.fromkeys(_DAYS, _ALL_DAY))
"""All time counts."""


def calendar_of(hours: Hours | None) -> WorkingCalendar:
    """The calendar of an ``[[hours]]``; of none at all: around the clock."""
    if hours is None:
        return AROUND_THE_CLOCK
    off = hours.holidays if isinstance(hours.holidays, str) else frozenset(hours.holidays)
    return WorkingCalendar(hours.timezone, hours.week, off)


@lru_cache(maxsize=8192)
def _offsets(timezone: str, day: date) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """A day in UTC in stretches of one offset of local time each: from, up to, how far local time is ahead."""
    zone, found = ZoneInfo(timezone), []
    since = datetime.combine(day, time(), UTC)
    for a, b in itertools.pairwise(since + step * _STEP for step in range(_DAY // _STEP + 1)):
        before = _offset(zone, a)
        if before != _offset(zone, b):
            change = _change(zone, a, before)
            found.append((since, change, before))
            since = change
    end = datetime.combine(day, time(), UTC) + _DAY
    return (*found, (since, end, _offset(zone, since)))


def _change(zone: ZoneInfo, a: datetime, before: timedelta) -> datetime:
    """The first moment within a step after ``a`` with another offset than ``before``; clocks are changed at whole seconds."""
    seconds = range(_STEP // timedelta(seconds=1) + 1)
    return a + timedelta(
        seconds=bisect_left(seconds, True, key=lambda second: _offset(zone, a + timedelta(seconds=second)) != before)
    )


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)
