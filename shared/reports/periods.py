"""Periods as figures are asked for: days of the company's time zone, each of them whole, and what they are compared with. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

LAST_DAYS: Final = 30
_SHORTEST: Final = timedelta(microseconds=1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins there. Where clocks are put forward at midnight and the moment is not there, it is the first that is."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def last_days(until: datetime, zone: ZoneInfo) -> datetime:
    """When the last 30 days up to ``until`` begin, the day that ``until`` lies in (or ends) among them."""
    last = (until - _SHORTEST).astimezone(zone).date()
    return midnight(last - timedelta(days=LAST_DAYS - 1), zone)


def previous(since: datetime, until: datetime, zone: ZoneInfo) -> datetime:
    """When the period before begins: of whole months as many months before, of whole days as many days, else as long before as the
    period is. Raises OverflowError for what would lie before all calendars."""
    first, last = since.astimezone(zone), until.astimezone(zone)
    if all(each.day == 1 and each.time() == time() for each in (first, last)):
        months = (last.year - first.year) * 12 + last.month - first.month
        year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
        if year < 1:
            raise OverflowError("no such month")
        return midnight(date(year, month + 1, 1), zone)
    if first.time() == last.time() == time():
        return midnight(first.date() - (last.date() - first.date()), zone)
    return since - (until - since)
