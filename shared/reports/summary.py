"""The figures that a manager looks at first, each taken from the figure that it belongs to."""

from collections.abc import Mapping
from typing import Final

from shared.messages.reports import Cell, ReportColumn, ReportTable, Unit
from shared.reports.figure import Figure
from shared.reports.rows import Scope

NOTHING: Final[Mapping[str, Figure]] = {}

# What it is called, from which figure's first table, which column, and what it is.
_TAKEN: Final[tuple[tuple[str, str, str, Unit], ...]] = (
    ("opened", "volume", "opened", "count"),
    ("solutions", "reopened", "solutions", "count"),
    ("open", "backlog", "open", "count"),
    ("first_response_median", "first_response", "median", "seconds"),
    ("next_response_median", "next_response", "median", "seconds"),
    ("resolution_median", "resolution", "median", "seconds"),
    ("resolution_worked_median", "resolution", "worked_median", "seconds"),
    ("attainment", "sla", "attainment", "share"),
    ("reopen_rate", "reopened", "rate", "share"),
    ("satisfaction", "satisfaction", "mean", "score"),
    ("satisfied_share", "satisfaction", "satisfied_share", "share"),
)


PARTS: Final = tuple(dict.fromkeys(figure for _, figure, _, _ in _TAKEN))
"""The figures that it takes its values from."""


class Summary(Figure):
    """One row for each. It looks at nothing itself: ``figures`` are its parts by their names, which others look at, too."""

    name = "summary"

    def __init__(self, scope: Scope, figures: Mapping[str, Figure] = NOTHING) -> None:
        super().__init__(scope)
        self._figures = figures

    def tables(self) -> list[ReportTable]:
        """Names, units and values."""
        whole = {name: self._figures[name].tables()[0].told()[0] for name in PARTS}
        rows: list[list[Cell]] = [[name, unit, whole[figure][column]] for name, figure, column, unit in _TAKEN]
        columns = [
            ReportColumn(name="figure", unit=""),
            ReportColumn(name="unit", unit=""),
            ReportColumn(name="value", unit="score"),
        ]
        return [ReportTable(report=self.name, columns=columns, rows=rows)]
