"""What is done to become better: preventive actions, quality reviews, improvement actions."""

from collections import Counter
from typing import Final

from shared.messages.reports import Cell, ReportColumn, ReportTable
from shared.reports.figure import Counts, Figure
from shared.reports.rows import Improving, Judged, Prevention, Scope
from shared.reports.spread import mean, rounded

MOST: Final = 50
STATUSES: Final = ("proposed", "accepted", "in_progress", "done", "dropped")
KINDS: Final = ("training", "tool", "article", "process")


class PreventiveActions(Figure):
    """Preventive actions of tickets that there were by the end of the period: open (nobody had verified by then that they work), how
    many of these were overdue, and those that were verified in the period."""

    name = "prevention"
    looks_at = frozenset({"prevention"})

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.counts = Counts(self.name, "open", "overdue", "verified")
        self._open: list[Prevention] = []

    def prevention(self, row: Prevention) -> None:
        """Count it."""
        until = self.period.until
        is_open = row.verified_at is None or row.verified_at >= until
        overdue = is_open and row.due is not None and row.due < until
        if is_open:
            self._open.append(row)
        verified = self.period.has(row.verified_at)
        self.counts.add([("team", row.team)], int(is_open), int(overdue), int(verified))

    def tables(self) -> list[ReportTable]:
        """In all, by team, and the open ones, those that are due first."""
        first = sorted(self._open, key=lambda row: (row.due is None, row.due.timestamp() if row.due else 0, row.number))
        rows: list[list[Cell]] = [
            [row.number, row.what[:500], row.owner, row.due.isoformat() if row.due else None] for row in first[:MOST]
        ]
        columns = [
            ReportColumn(name="ticket", unit="ticket"),
            ReportColumn(name="what", unit="text"),
            ReportColumn(name="owner", unit=""),
            ReportColumn(name="due", unit="time"),
        ]
        listed = ReportTable(report=self.name, by="open", columns=columns, rows=rows, more=len(first) > MOST)
        return [self.counts.table(), self.counts.table("team"), listed]


class Quality(Figure):
    """Quality reviews that were finished in the period, with their scores from 0 to 1; and how many tickets had been drawn by its end whose
    review was not finished by then: who draws until it pleases leaves those behind."""

    name = "quality"
    looks_at = frozenset({"judged"})

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self._scores: dict[str, dict[str, list[float]]] = {by: {} for by in ("", "agent", "team", "criterion")}
        self._left: Counter[tuple[str, str]] = Counter()

    def judged(self, row: Judged) -> None:
        """Count it."""
        until = self.period.until
        if row.drawn_at is not None and row.drawn_at < until and (row.done_at is None or row.done_at >= until):
            self._left.update([("", ""), ("agent", row.agent), ("team", row.team)])
        if row.score is None or not self.period.has(row.done_at):
            return
        values = [("", "", row.score), ("agent", row.agent, row.score), ("team", row.team, row.score)]
        values += [("criterion", name, score) for name, score in row.criteria.items()]
        for by, name, score in values:
            self._scores[by].setdefault(name, []).append(score)

    def tables(self) -> list[ReportTable]:
        """In all, by agent, team and criterion; the lowest first, which is where to look."""
        measures = [ReportColumn(name="reviews"), *(ReportColumn(name=n, unit="share") for n in ("mean", "lowest"))]
        left = ReportColumn(name="left")
        whole = [*_scored(self._scores[""].get("", [])), self._left["", ""]]
        tables = [ReportTable(report=self.name, columns=[*measures, left], rows=[whole])]
        for by in ("agent", "team", "criterion"):
            counts = [left] if by != "criterion" else []
            rows: list[list[Cell]] = [
                [name, *_scored(scores), *(self._left[by, name] for _ in counts)] for name, scores in self._groups(by)
            ]
            columns = [ReportColumn(name=by, unit=""), *measures, *counts]
            tables.append(ReportTable(report=self.name, by=by, columns=columns, rows=rows))
        return tables

    def _groups(self, by: str) -> list[tuple[str, list[float]]]:
        """The lowest first; those of whom nothing is finished at the end."""
        names = {*self._scores[by], *(name for kind, name in self._left if kind == by)}
        groups = [(name, self._scores[by].get(name, [])) for name in names]
        return sorted(groups, key=lambda group: (not group[1], mean(group[1]) or 0.0, group[0]))


def _scored(scores: list[float]) -> list[Cell]:
    return [len(scores), rounded(mean(scores), 4), rounded(min(scores, default=None), 4)]


class Improvements(Figure):
    """Improvement actions by their status today: all that were proposed by the end of the period; how many are overdue by then, and how
    many were done in it."""

    name = "improvements"
    looks_at = frozenset({"improving"})

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self._statuses: Counter[str] = Counter()
        self._kinds: dict[str, Counter[str]] = {}
        self._overdue = self._done = 0

    def improving(self, row: Improving) -> None:
        """Count it."""
        until = self.period.until
        if row.made_at >= until:
            return
        self._statuses[row.status] += 1
        self._kinds.setdefault(row.kind, Counter())[row.status] += 1
        working = row.status in ("accepted", "in_progress")
        self._overdue += int(working and row.due is not None and row.due < until)
        self._done += int(self.period.has(row.done_at))

    def tables(self) -> list[ReportTable]:
        """In all, by status, and by kind."""
        whole: list[Cell] = [self._statuses.total(), self._overdue, self._done]
        columns = [ReportColumn(name=name) for name in ("actions", "overdue", "finished")]
        status: list[list[Cell]] = [[name, self._statuses[name]] for name in STATUSES]
        kinds: list[list[Cell]] = [
            [kind, *(self._kinds.get(kind, Counter())[status] for status in STATUSES)] for kind in KINDS
        ]
        return [
            ReportTable(report=self.name, columns=columns, rows=[whole]),
            ReportTable(
                report=self.name,
                by="status",
                columns=[ReportColumn(name="status", unit=""), ReportColumn(name="actions")],
                rows=status,
            ),
            ReportTable(
                report=self.name,
                by="kind",
                columns=[ReportColumn(name="kind", unit=""), *(ReportColumn(name=name) for name in STATUSES)],
                rows=kinds,
            ),
        ]
