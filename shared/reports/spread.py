"""How values are spread: how many, their median, their 90th percentile and their mean. All of them by group, and in all."""

import math
from collections.abc import Iterable, Sequence

from shared.messages.reports import Cell, ReportColumn, ReportTable, Unit

GROUPS = ("team", "channel", "category")
_AT_ONCE = 20_000


def median(values: Sequence[float]) -> float | None:
    """The middle one of sorted values, or the mean of the middle two; null for none."""
    if not values:
        return None
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def percentile(values: Sequence[float], share: float) -> float | None:
    """The least of the sorted values that so great a share of them does not exceed (nearest rank: nothing is made up between two
    values); null for none."""
    return values[max(0, math.ceil(share * len(values)) - 1)] if values else None


def in_order(values: Sequence[float]) -> list[float]:
    """The values sorted. Very many at once would keep every other thread waiting for tens of milliseconds: piece by piece these come
    between, and sorting what is made of sorted pieces is quick."""
    found: list[float] = []
    for start in range(0, len(values), _AT_ONCE):
        found += sorted(values[start : start + _AT_ONCE])
    if len(values) > _AT_ONCE:
        found.sort()
    return found


def mean(values: Sequence[float]) -> float | None:
    """The mean; null for no values."""
    return math.fsum(values) / len(values) if values else None


def rounded(value: float | None, digits: int = 3) -> float | None:
    """As it is told."""
    return None if value is None else round(value, digits)


def share(part: float, whole: float) -> float | None:
    """A share, to four digits; null of nothing."""
    return round(part / whole, 4) if whole else None


class Spreads:
    """Values of one or more kinds by group. ``kinds`` have a prefix each: ``""`` gives the columns median, p90 and mean, ``worked`` the
    columns worked_median and so on; with ``total`` their sum, too."""

    def __init__(
        self,
        report: str,
        kinds: Sequence[str],
        groups: Sequence[str] = GROUPS,
        unit: Unit = "seconds",
        *,
        total: bool = False,
    ) -> None:
        self.report, self.kinds, self.groups, self.unit = report, kinds, groups, unit
        self.total = total
        self._values: dict[tuple[str, str], list[list[float]]] = {}

    def add(self, group: Iterable[str], *values: float) -> None:
        """One more: its groups' names in the order of ``groups``, and a value of each kind."""
        for key in (("", ""), *zip(self.groups, group, strict=True)):
            lists = self._values.get(key)
            if lists is None:
                lists = self._values[key] = [[] for _ in self.kinds]
            for values_of_kind, value in zip(lists, values, strict=True):
                values_of_kind.append(value)

    def tables(self) -> list[ReportTable]:
        """All of them as one row, then by each of the groups, the most frequent first."""
        measures = [
            ReportColumn(name=f"{kind}_{name}" if kind else name, unit=self.unit)
            for kind in self.kinds
            for name in ("median", "p90", "mean", *(("total",) if self.total else ()))
        ]
        count = ReportColumn(name="count")
        whole = ReportTable(report=self.report, columns=[count, *measures], rows=[self._row(("", ""))])
        tables = [whole]
        for group in self.groups:
            keys = [key for key in self._values if key[0] == group]
            keys.sort(key=lambda key: (-len(self._values[key][0]), key[1]))
            columns = [ReportColumn(name=group, unit=""), count, *measures]
            rows: list[list[Cell]] = [[key[1], *self._row(key)] for key in keys]
            tables.append(ReportTable(report=self.report, by=group, columns=columns, rows=rows))
        return tables

    def _row(self, key: tuple[str, str]) -> list[Cell]:
        lists = [in_order(values) for values in self._values.get(key, [[] for _ in self.kinds])]
        row: list[Cell] = [len(lists[0])]
        for values in lists:
            row += [rounded(median(values)), rounded(percentile(values, 0.9)), rounded(mean(values))]
            if self.total:
                row.append(rounded(math.fsum(values)))
        return row
