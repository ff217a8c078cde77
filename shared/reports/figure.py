"""What a figure is: something that looks at rows, one after the other, and tells tables in the end."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from shared.messages.reports import Cell, ReportColumn, ReportTable
from shared.reports.rows import Deed, Improving, Judged, Prevention, Scope, TicketRow
from shared.reports.spread import share


class Figure:
    """The base. ``looks_at`` names the kinds of rows that must be shown to it, ``deeds`` which of what happened. Tickets that are shown
    never are spam, merged or internal: whoever reads them leaves those out."""

    looks_at: ClassVar[frozenset[str]] = frozenset()
    deeds: ClassVar[frozenset[str]] = frozenset()
    name: ClassVar[str] = ""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.period = scope.period

    def ticket(self, row: TicketRow) -> None:
        """Look at a ticket."""

    def deed(self, row: Deed) -> None:
        """Look at something that happened."""

    def prevention(self, row: Prevention) -> None:
        """Look at a preventive action."""

    def judged(self, row: Judged) -> None:
        """Look at a quality review."""

    def improving(self, row: Improving) -> None:
        """Look at an improvement action."""

    def tables(self) -> list[ReportTable]:
        """What was found, when everything was looked at."""
        raise NotImplementedError


TICKETS = frozenset({"ticket"})
DEEDS = frozenset({"deed"})


Key = tuple[str, str]
"""What rows are divided by, and the name of one of them."""
WHOLE: Final[Key] = ("", "")


class Counts:
    """Several counts by group. ``counts`` name them; ``shares`` are columns after these, each of which two counts it is the share of."""

    def __init__(self, report: str, *counts: str, **shares: tuple[str, str]) -> None:
        self.report = report
        self.columns = [ReportColumn(name=name) for name in counts]
        self.columns += [ReportColumn(name=name, unit="share") for name in shares]
        self._shares = [(counts.index(part), counts.index(whole)) for part, whole in shares.values()]
        self._none = [0] * len(counts)
        self._rows: dict[Key, list[int]] = {}

    def add(self, groups: Iterable[Key], *counts: int) -> None:
        """So many more in all, and in each of these groups."""
        rows = self._rows
        for key in (WHOLE, *groups):
            row = rows.get(key)
            if row is None:
                rows[key] = list(counts)
            else:
                for place, count in enumerate(counts):
                    row[place] += count

    def table(self, by: str = "", names: Sequence[str] | None = None) -> ReportTable:
        """One row in all, or a row for each group: of these ``names``, else the most frequent first."""
        if not by:
            return ReportTable(report=self.report, columns=list(self.columns), rows=[self._row(WHOLE)])
        if names is None:
            found = [key for key in self._rows if key[0] == by]
            names = [name for _, name in sorted(found, key=lambda key: (-self._rows[key][0], key[1]))]
        rows: list[list[Cell]] = [[name, *self._row((by, name))] for name in names]
        columns = [ReportColumn(name=by, unit=""), *self.columns]
        return ReportTable(report=self.report, by=by, columns=columns, rows=rows)

    def _row(self, key: Key) -> list[Cell]:
        counts = self._rows.get(key, self._none)
        return [*counts, *(share(counts[part], counts[whole]) for part, whole in self._shares)]


def groups_of(row: TicketRow | Deed) -> list[Key]:
    """What a ticket, or something that happened to one, is counted under."""
    return [("team", row.team), ("channel", row.channel), ("category", row.category)]
