"""Rows for tests of figures: times are minutes after a Monday noon, so that a table of them can be reckoned by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.messages.reports import Cell, ReportTable
from shared.reports import Deed, Period, Report, Run, Scope, TicketRow

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
DAY = 1_440


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def scope(since: float = 0, until: float = 7 * DAY, before: float = -7 * DAY, zone: str = "UTC") -> Scope:
    """A week from noon on, and the week before."""
    return Scope(Period(at(since), at(until)), Period(at(before), at(since)), ZoneInfo(zone))


def run(clock: str, start: float, met: float | None = None, *, ended: float | None = None, **more: Any) -> Run:
    """A run; ``worked`` are seconds, ``late`` is when it ran out."""
    late = more.pop("late", None)
    over = met if ended is None else ended
    return Run(
        clock,
        at(start),
        None if met is None else at(met),
        None if over is None else at(over),
        None if late is None else at(late),
        **more,
    )


def ticket(number: int, created: float = 0, *runs: Run, **fields: Any) -> TicketRow:
    return TicketRow(
        number=number, status=fields.pop("status", "open"), created_at=at(created), runs=list(runs), **fields
    )


def deed(what: str, minutes: float, number: int = 1, **fields: Any) -> Deed:
    return Deed(what, at(minutes), number, **fields)


def tables(
    name: str, rows: Sequence[TicketRow] = (), deeds: Sequence[Deed] = (), of: Scope | None = None
) -> dict[str, ReportTable]:
    """The tables of a figure, by their names."""
    report = Report([name], of or scope())
    report.tickets(rows)
    report.deeds(deeds)
    return {table.name: table for table in report.tables()}


def only(table: ReportTable) -> dict[str, Cell]:
    """The row of a table that has one."""
    (row,) = table.told()
    return row
