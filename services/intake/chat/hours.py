"""Whether somebody is there, by the ``[[hours]]`` of a chat, and when next. Pure.

Days off count where the configuration lists them as dates; a country's are not known here.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shared.settings.targets import Day, Hours

_DAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AHEAD: Final = 30
"""Days that are looked ahead for the next time."""


def opens(hours: Hours | None, now: datetime) -> datetime | None:
    """When somebody is there: ``now`` if it is so now (or always), else the next time; null when there is none within a month."""
    if hours is None:
        return now
    zone = ZoneInfo(hours.timezone)
    today = now.astimezone(zone).date()
    for ahead in range(_AHEAD + 1):
        for start, end in _spans(hours, zone, today + timedelta(days=ahead)):
            if now < end:
                return max(start, now)
    return None


def _spans(hours: Hours, zone: ZoneInfo, day: date) -> Iterator[tuple[datetime, datetime]]:
    if isinstance(hours.holidays, tuple) and day in hours.holidays:
        return
    for span in hours.week.get(_DAYS[day.weekday()], ()):
        yield _at(day, span.start, zone), _at(day, span.end, zone)


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    # By the clock on the wall: on the day of a change of the clocks 08:00 is still 08:00.
    next_day, minutes = divmod(minutes, 1440)
    local = datetime.combine(day + timedelta(days=next_day), time(minutes // 60, minutes % 60), zone)
    return local.astimezone(UTC)
