"""How much there was to do: what came when and from where, what is still open and how old, and how long departments worked on it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from shared.messages.reports import ReportColumn, ReportTable
from shared.reports.figure import TICKETS, Counts, Figure, groups_of
from shared.reports.rows import OVER, Scope, TicketRow, at_work
from shared.reports.spread import Spreads, median, rounded

MOST_DAYS: Final = 3_700
_DAY: Final = timedelta(days=1)
AGES: Final = (("under_1_day", 1), ("1_to_3_days", 3), ("3_to_7_days", 7), ("7_to_30_days", 30))
OLDEST: Final = "over_30_days"
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Volume(Figure):
    """Tickets that were opened in the period; imported ones were not opened then."""

    name = "volume"
    looks_at = TICKETS

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.counts = Counts(self.name, "opened")

    def ticket(self, row: TicketRow) -> None:
        """Count it, if it was opened in the period."""
        if row.imported or not self.period.has(row.created_at):
            return
        local = row.created_at.astimezone(self.scope.zone)
        when = [
            ("hour", f"{local.hour:02}"),
            ("weekday", _WEEKDAYS[local.weekday()]),
            ("day", local.date().isoformat()),
        ]
        self.counts.add([*groups_of(row), *when], 1)

    def tables(self) -> list[ReportTable]:
        """In all, by channel, category, team, by hour and weekday, and day by day; times are the company's."""
        table = self.counts.table
        return [
            table(),
            *(table(by) for by in ("channel", "category", "team")),
            table("hour", [f"{hour:02}" for hour in range(24)]),
            table("weekday", _WEEKDAYS),
            table("day", self._days()),
        ]

    def _days(self) -> Sequence[str]:
        """Every day of the period, also one on which nothing came."""
        zone = self.scope.zone
        first = self.period.since.astimezone(zone).date()
        last = (self.period.until - timedelta(microseconds=1)).astimezone(zone).date()
        count = min((last - first).days + 1, MOST_DAYS)
        return [(last - _DAY * back).isoformat() for back in reversed(range(count))]


class Backlog(Figure):
    """What was open at the end of the period, and how long ago it had been opened. Team and agent are those of today."""

    name = "backlog"
    looks_at = TICKETS

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.counts = Counts(self.name, "open")
        self._ages: list[float] = []

    def ticket(self, row: TicketRow) -> None:
        """Count it, if it was open then."""
        until = self.period.until
        if row.open_at(until):
            age = until - row.created_at
            self._ages.append(age.total_seconds())
            self.counts.add([*groups_of(row), ("agent", row.agent), ("age", _age(age))], 1)

    def tables(self) -> list[ReportTable]:
        """In all, by age, team, agent, channel and category."""
        ages = sorted(self._ages)
        whole = ReportTable(
            report=self.name,
            columns=[
                ReportColumn(name="open"),
                ReportColumn(name="age_median", unit="seconds"),
                ReportColumn(name="age_oldest", unit="seconds"),
            ],
            rows=[[len(ages), rounded(median(ages)), rounded(ages[-1] if ages else None)]],
        )
        names = [*(name for name, _ in AGES), OLDEST]
        divided = (self.counts.table(by) for by in ("team", "agent", "channel", "category"))
        return [whole, self.counts.table("age", names), *divided]


def _age(age: timedelta) -> str:
    return next((name for name, days in AGES if age < timedelta(days=days)), OLDEST)


class Handling(Figure):
    """Tickets that are over, and became so in the period: how long each department had them to work on (new and open), over their whole
    life; and how long they were in which status. In working time, and on the clock."""

    name = "handling"
    looks_at = TICKETS

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.whole = Spreads(self.name, ("worked", ""), (), total=True)
        self.teams = Spreads(self.name, ("worked", ""), ("team",), total=True)
        self.statuses = Spreads(self.name, ("worked", ""), ("status",), total=True)

    def ticket(self, row: TicketRow) -> None:
        """Its time, if it is over since the period."""
        if row.status not in OVER or not self.period.has(row.over_at) or not row.spent:
            return
        teams: dict[str, tuple[float, float]] = {}
        statuses: dict[str, tuple[float, float]] = {}
        for spent in row.spent:
            if spent.status in OVER:
                continue
            _more(statuses, spent.status, spent.worked, spent.seconds)
            if at_work(spent):
                _more(teams, spent.team, spent.worked, spent.seconds)
        self.whole.add((), *map(sum, zip(*teams.values(), strict=True)) if teams else (0.0, 0.0))
        for team, values in teams.items():
            self.teams.add((team,), *values)
        for status, values in statuses.items():
            self.statuses.add((status,), *values)

    def tables(self) -> list[ReportTable]:
        """In all, by department and by status."""
        return [*self.whole.tables(), self.teams.tables()[1], self.statuses.tables()[1]]


def _more(sums: dict[str, tuple[float, float]], name: str, worked: float, seconds: float) -> None:
    before = sums.get(name, (0.0, 0.0))
    sums[name] = (before[0] + worked, before[1] + seconds)
