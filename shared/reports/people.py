"""What customers thought of it, what each agent did, and how often the classifier was right."""

from collections import Counter
from typing import Final

from shared.messages.reports import Cell, ReportColumn, ReportTable
from shared.reports.figure import DEEDS, TICKETS, Counts, Figure, groups_of
from shared.reports.rows import Deed, Scope, TicketRow
from shared.reports.spread import mean, rounded, share

SATISFIED: Final = 4
"""From this score on, of five, a customer counts as satisfied."""
SCORES: Final = range(1, 6)
MOST_WORDS: Final = 50
_LONGEST: Final = 500


class CustomerSatisfaction(Figure):
    """What customers answered in the period to how satisfied they were. Of one solution the last answer counts; after a reopening there
    is another one, and the first stays."""

    name = "satisfaction"
    looks_at = DEEDS
    deeds = frozenset({"rated", "reopened"})

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self._cycle: Counter[int] = Counter()
        self._last: dict[tuple[int, int], Deed] = {}
        self._words: dict[tuple[int, str], Deed] = {}

    def deed(self, row: Deed) -> None:
        """An answer; they come in the order of time."""
        if row.what == "reopened":
            self._cycle[row.number] += 1
        elif row.what == "rated":
            if row.score is not None:
                self._last[row.number, self._cycle[row.number]] = row
            if row.words:
                self._words[row.number, row.words] = row

    def tables(self) -> list[ReportTable]:
        """In all, by score, team, channel and category; and the newest words."""
        given = list(self._last.values())
        tables = [ReportTable(report=self.name, columns=_SCORED, rows=[_scored(given)]), self._distribution(given)]
        for place, by in enumerate(("team", "channel", "category")):
            groups: dict[str, list[Deed]] = {}
            for each in given:
                groups.setdefault(groups_of(each)[place][1], []).append(each)
            rows = [[name, *_scored(some)] for name, some in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0]))]
            tables.append(
                ReportTable(report=self.name, by=by, columns=[ReportColumn(name=by, unit=""), *_SCORED], rows=rows)
            )
        return [*tables, self._said()]

    def _distribution(self, given: list[Deed]) -> ReportTable:
        counted = Counter(each.score for each in given)
        columns = [ReportColumn(name="score", unit=""), ReportColumn(name="answers"), ReportColumn(name="share", unit="share")]  # fmt: skip
        rows: list[list[Cell]] = [[str(score), counted[score], share(counted[score], len(given))] for score in SCORES]
        return ReportTable(report=self.name, by="score", columns=columns, rows=rows)

    def _said(self) -> ReportTable:
        newest = sorted(self._words.values(), key=lambda each: each.at, reverse=True)
        rows: list[list[Cell]] = [
            [each.number, each.at.isoformat(), each.score, each.words[:_LONGEST]] for each in newest[:MOST_WORDS]
        ]
        columns = [
            ReportColumn(name="ticket", unit="ticket"),
            ReportColumn(name="at", unit="time"),
            ReportColumn(name="score", unit="score"),
            ReportColumn(name="words", unit="text"),
        ]
        return ReportTable(report=self.name, by="words", columns=columns, rows=rows, more=len(newest) > MOST_WORDS)


_SCORED: Final = [
    ReportColumn(name="answers"),
    ReportColumn(name="mean", unit="score"),
    ReportColumn(name="satisfied"),
    ReportColumn(name="satisfied_share", unit="share"),
]


def _scored(given: list[Deed]) -> list[Cell]:
    scores = [each.score for each in given if each.score is not None]
    satisfied = sum(score >= SATISFIED for score in scores)
    return [len(scores), rounded(mean(scores), 2), satisfied, share(satisfied, len(scores))]


class Workload(Figure):
    """What each agent did in the period: answers they sent, tickets they said are solved, and at its end how many open ones they had."""

    name = "workload"
    looks_at = TICKETS | DEEDS
    deeds = frozenset({"answered", "solved"})

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.counts = Counts(self.name, "answers", "solved", "held")

    def ticket(self, row: TicketRow) -> None:
        """Who had it when the period ended."""
        if row.agent and row.open_at(self.period.until):
            self.counts.add([("agent", row.agent)], 0, 0, 1)

    def deed(self, row: Deed) -> None:
        """What somebody did."""
        if row.who and row.what in ("answered", "solved"):
            answered = row.what == "answered"
            self.counts.add([("agent", row.who)], int(answered), int(not answered), 0)

    def tables(self) -> list[ReportTable]:
        """In all, and by agent."""
        return [self.counts.table(), self.counts.table("agent")]


class Classifier(Figure):
    """Suggestions for tickets that were opened in the period and that somebody has dealt with: how many of them the ticket has by now; and
    the same of those that decided by themselves."""

    name = "classifier"
    looks_at = TICKETS

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self._counted: dict[tuple[str, str], Counter[str]] = {}

    def ticket(self, row: TicketRow) -> None:
        """Its suggestions."""
        if not row.touched or row.imported or not self.period.has(row.created_at):
            return
        for one in row.suggested:
            counter = self._counted.setdefault((one.target, one.model), Counter())
            counter.update(suggested=1, right=int(one.right), decided=int(one.decided))
            counter["decided_right"] += int(one.decided and one.right)

    def tables(self) -> list[ReportTable]:
        """By what was suggested, all models together; and by model."""
        targets: dict[str, Counter[str]] = {}
        for (name, _), counted in self._counted.items():
            targets.setdefault(name, Counter()).update(counted)
        target = ReportColumn(name="target", unit="")
        model = ReportColumn(name="model", unit="")
        whole: list[list[Cell]] = [[name, *_accuracy(counted)] for name, counted in sorted(targets.items())]
        rows: list[list[Cell]] = [
            [name, version, *_accuracy(counted)] for (name, version), counted in sorted(self._counted.items())
        ]
        return [
            ReportTable(report=self.name, columns=[target, *_ACCURACY], rows=whole),
            ReportTable(report=self.name, by="model", columns=[target, model, *_ACCURACY], rows=rows),
        ]


_ACCURACY: Final = [
    *(ReportColumn(name=name) for name in ("suggested", "right")),
    ReportColumn(name="accuracy", unit="share"),
    *(ReportColumn(name=name) for name in ("decided", "decided_right")),
    ReportColumn(name="decided_accuracy", unit="share"),
]


def _accuracy(counted: Counter[str]) -> list[Cell]:
    suggested, right, decided, sure = (counted[n] for n in ("suggested", "right", "decided", "decided_right"))
    return [suggested, right, share(right, suggested), decided, sure, share(sure, decided)]
