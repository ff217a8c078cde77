"""Figures: what each of them is, reckoned from plain rows. `docs/reports.md` says it in words. No database, no clock.

`Report` shows rows to the figures that are wanted, for a period and, where it is compared, for the one before it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from shared.messages.reports import ReportTable
from shared.reports.amounts import Backlog, Handling, Volume
from shared.reports.figure import Figure
from shared.reports.people import Classifier, CustomerSatisfaction, Workload
from shared.reports.quality import Improvements, PreventiveActions, Quality
from shared.reports.recurring import Recurring
from shared.reports.responses import FirstResponse, NextResponse, Reopened, Resolution, Sla
from shared.reports.rows import Deed, Improving, Judged, Period, Prevention, Run, Scope, Spent, Suggested, TicketRow
from shared.reports.summary import PARTS, Summary

FIGURES: Final[dict[str, type[Figure]]] = {
    kind.name: kind
    for kind in (
        Summary,
        FirstResponse,
        NextResponse,
        Resolution,
        Handling,
        Sla,
        Volume,
        Backlog,
        Reopened,
        CustomerSatisfaction,
        Workload,
        Classifier,
        Recurring,
        PreventiveActions,
        Quality,
        Improvements,
    )
}
NAMES: Final = tuple(FIGURES)


class Report:
    """The figures of some names, for a scope, and with ``compare`` for the period before. Raises KeyError for a name that there is not."""

    def __init__(self, names: Sequence[str], scope: Scope, *, compare: bool = False) -> None:
        before = scope.before
        length = before.until - before.since
        earlier = Scope(before, Period(before.since - length, before.since), scope.zone)
        wanted = list(dict.fromkeys(names))
        self._now = _figures(wanted, scope)
        self._before = _figures(wanted, earlier) if compare else {}
        self._wanted = wanted
        every = [*self._now.values(), *self._before.values()]
        self._of = {kind: [each for each in every if kind in each.looks_at] for kind in _KINDS}
        self.kinds = frozenset(kind for each in every for kind in each.deeds)
        self.looks_at = frozenset(kind for kind, figures in self._of.items() if figures)
        # The words of the period before are looked at even where it is not told.
        recurring = Recurring.name in wanted
        self.since = (
            earlier.before.since
            if compare and recurring
            else before.since
            if compare or recurring
            else scope.period.since
        )

    def tickets(self, rows: Sequence[TicketRow]) -> None:
        """Show tickets to those who look at them."""
        for figure in self._of["ticket"]:
            for row in rows:
                figure.ticket(row)

    def deeds(self, rows: Sequence[Deed]) -> None:
        """Show what happened, in the order of time."""
        for figure in self._of["deed"]:
            period = figure.period
            for row in rows:
                if period.has(row.at):
                    figure.deed(row)

    def preventions(self, rows: Sequence[Prevention]) -> None:
        """Show preventive actions."""
        for figure in self._of["prevention"]:
            for row in rows:
                figure.prevention(row)

    def reviews(self, rows: Sequence[Judged]) -> None:
        """Show quality reviews."""
        for figure in self._of["judged"]:
            for row in rows:
                figure.judged(row)

    def improvements(self, rows: Sequence[Improving]) -> None:
        """Show improvement actions."""
        for figure in self._of["improving"]:
            for row in rows:
                figure.improving(row)

    def tables(self) -> list[ReportTable]:
        """Of the period."""
        return _tables(self._now, self._wanted)

    def previous(self) -> list[ReportTable]:
        """Of the period before; none where it is not compared."""
        return _tables(self._before, self._wanted)


def _figures(wanted: Sequence[str], scope: Scope) -> dict[str, Figure]:
    """Each figure once, those that the summary is made of among them."""
    parts = PARTS if Summary.name in wanted else ()
    made = {name: FIGURES[name](scope) for name in (*wanted, *parts) if name != Summary.name}
    return made | ({Summary.name: Summary(scope, made)} if parts else {})


def _tables(figures: Mapping[str, Figure], wanted: Sequence[str]) -> list[ReportTable]:
    return [table for name in wanted if name in figures for table in figures[name].tables()]


_KINDS: Final = ("ticket", "deed", "prevention", "judged", "improving")

__all__ = [
    "FIGURES",
    "NAMES",
    "Deed",
    "Figure",
    "Improving",
    "Judged",
    "Period",
    "Prevention",
    "Report",
    "Run",
    "Scope",
    "Spent",
    "Suggested",
    "TicketRow",
]
