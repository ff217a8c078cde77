"""What the address of ``/console/reports`` asks for: a period, and which tickets count. Pure; whatever stands in an address, it means
something."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from services.desk.reporting import Narrowed, Span
from shared.reports.periods import LAST_DAYS, midnight, previous

PERIODS: Final = (
    "last_30",
    "this_week",
    "last_week",
    "this_month",
    "last_month",
    "this_quarter",
    "last_quarter",
    "free",
)
FILTERS: Final = ("team", "agent", "channel", "category")
NONE: Final = "none"
"""In an address: those that have none; an empty value asks nothing, as forms send it."""
_FIRST, _LAST = date(1990, 1, 2), date(2199, 12, 30)


@dataclass(frozen=True)
class Asked:
    """Days from ``since`` to ``until``, both whole and both of it; ``filters`` by their names, where one is set."""

    period: str
    since: date
    until: date
    filters: Mapping[str, str]

    def span(self, zone: ZoneInfo) -> Span:
        """As reports are asked for. A period that is not over goes to its end, so that it is compared with a whole one."""
        begin = midnight(self.since, zone)
        end = midnight(self.until + timedelta(days=1), zone)
        return Span(begin, end, previous(begin, end, zone))

    def narrowed(self) -> Narrowed:
        """Which tickets count."""
        return Narrowed(**{name: "" if value == NONE else value for name, value in self.filters.items()})

    def unfinished(self, today: date) -> bool:
        """Whether some of it is still to come."""
        return self.until > today

    def api(self, report: str, format: str, table: str = "") -> str:
        """Where the API gives this report, or one table of it, as a file."""
        chosen = {name: "" if value == NONE else value for name, value in self.filters.items()}
        query = {"since": self.since.isoformat(), "until": self.until.isoformat(), **chosen}
        query |= {"table": table} if table else {}
        return f"/api/v1/reports/{report}?{urlencode({**query, 'format': format})}"


def asked(query: Mapping[str, str], today: date) -> Asked:
    """What an address asks for, seen from ``today`` in the company's time. What cannot be is the nearest that can."""
    period = query.get("period", "")
    if period not in PERIODS:
        period = "free" if query.get("since") else PERIODS[0]
    since, until = _days(period, query, today)
    filters = {name: query[name].strip()[:320] for name in FILTERS if query.get(name, "").strip()}
    return Asked(period, since, until, filters)


def _days(period: str, query: Mapping[str, str], today: date) -> tuple[date, date]:
    if period == "free":
        until = _day(query.get("until", "")) or today
        since = _day(query.get("since", "")) or until - timedelta(days=LAST_DAYS - 1)
        # Neither turned round, nor one that has not begun.
        since, until = min(since, until), max(since, until)
        return min(max(since, _FIRST), today), until
    if period.endswith("_week"):
        monday = today - timedelta(days=today.weekday())
        since = monday if period == "this_week" else monday - timedelta(days=7)
        return since, since + timedelta(days=6)
    if period.endswith(("_month", "_quarter")):
        months = 1 if period.endswith("_month") else 3
        first = today.year * 12 + (today.month - 1) // months * months
        first -= months if period.startswith("last") else 0
        return _first_of(first), _first_of(first + months) - timedelta(days=1)
    return today - timedelta(days=LAST_DAYS - 1), today


def _first_of(months: int) -> date:
    year, month = divmod(months, 12)
    return date(year, month + 1, 1)


def _day(written: str) -> date | None:
    try:
        return min(max(date.fromisoformat(written.strip()[:10]), _FIRST), _LAST)
    except ValueError:
        return None
