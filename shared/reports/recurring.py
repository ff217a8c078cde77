"""What comes again and again: words and categories that grow against the period before, with tickets that have them.

A word counts once in a ticket. Words are compared without marks and by their beginnings, because Polish and Croatian put many endings to
one word. Whether one grows is judged by how far its count lies above what the period before lets expect, in standard deviations of a
count that comes by chance (Poisson: its deviation is the root of what is expected). Memory is bounded: after `MOST_TERMS` different words
those that were seen least are forgotten.
"""

import heapq
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from shared.messages.reports import Cell, ReportColumn, ReportTable
from shared.reports.commonwords import COMMON
from shared.reports.figure import TICKETS, Figure
from shared.reports.rows import Scope, TicketRow
from shared.settings.words import fold

MOST_TERMS: Final = 50_000
MOST_TICKETS: Final = 10_000
"""Of so many tickets of each period the words are looked at: the first that are shown, which are the newest."""
MOST_WORDS: Final = 40
READ: Final = 500
"""Characters of a ticket."""
TOLD: Final = 20
EXAMPLES: Final = 5
LEAST: Final = 3
"""Fewer tickets than these are nothing that grows."""
GROWS: Final = 2.0
"""Standard deviations above what was to be expected."""

_NAMING = re.compile(r"\S{1,64}@\S{1,255}|(?:https?://|www\.)\S{1,500}|(?<!\w)\+?\d(?:[\s()./-]{0,3}\d){4,30}(?!\w)")
_WORD = re.compile(r"[^\W_]{3,30}")
# Of longer words a plural's s and one vowel are no matter, and what comes after so many letters.
_SHORT, _STEM = 4, 6


@lru_cache(20_000)
def stem(word: str) -> str:
    """What a word is compared by; empty for one that tells nothing."""
    folded = fold(word)
    if folded in COMMON or len(folded) < 3 or folded.isdigit():
        return ""
    if len(folded) > _SHORT and folded[-1] == "s":
        folded = folded[:-1]
    if len(folded) > _SHORT and folded[-1] in "aeiouy":
        folded = folded[:-1]
    return folded[:_STEM]


def terms(text: str) -> Iterator[tuple[str, str]]:
    """The different words of a text that tell something: what each is compared by, and as it is written. Addresses, links and long
    numbers, which are somebody's own, are left out."""
    seen: set[str] = set()
    for match in _WORD.finditer(_NAMING.sub(" ", text[:READ])):
        word = match[0].lower()
        key = stem(word)
        if key and key not in seen:
            seen.add(key)
            yield key, word
            if len(seen) == MOST_WORDS:
                return


def growth(now: int, before: int, ratio: float) -> float:
    """By how many standard deviations ``now`` lies above what ``before`` lets expect in a period that is ``ratio`` times as long."""
    expected = before * ratio
    return (now - expected) / math.sqrt(max(expected, 1.0))


@dataclass
class _Side:
    """Counts of one period."""

    counts: Counter[str] = field(default_factory=Counter)
    tickets: int = 0
    """Those that were looked at."""
    every: int = 0

    def add(self, keys: Sequence[str]) -> None:
        self.counts.update(keys)
        if len(self.counts) > MOST_TERMS:
            self.counts = Counter(dict(self.counts.most_common(MOST_TERMS // 2)))

    @property
    def looked_at(self) -> float:
        """Which share of the tickets."""
        return self.tickets / self.every if self.every else 1.0


class Recurring(Figure):
    """Words and categories of tickets that were opened in the period, against the period before."""

    name = "recurring"
    looks_at = TICKETS

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self._now, self._before = _Side(), _Side()
        self._shown: dict[str, str] = {}
        self._examples: dict[str, list[int]] = {}
        self._categories: dict[str, list[int]] = {}
        self._newest: dict[str, list[int]] = {}

    def ticket(self, row: TicketRow) -> None:
        """Count its words and its category."""
        if row.imported:
            return
        if self.period.has(row.created_at):
            self._category(row, 0)
            self._now.every += 1
            if self._now.tickets < MOST_TICKETS:
                self._now.tickets += 1
                self._read(row)
        elif self.scope.before.has(row.created_at):
            self._category(row, 1)
            self._before.every += 1
            if self._before.tickets < MOST_TICKETS:
                self._before.tickets += 1
                self._before.add([key for key, _ in terms(row.words)])

    def _category(self, row: TicketRow, side: int) -> None:
        self._categories.setdefault(row.category, [0, 0])[side] += 1
        if side == 0:
            _keep(self._newest.setdefault(row.category, []), row.number)

    def _read(self, row: TicketRow) -> None:
        found = list(terms(row.words))
        self._now.add([key for key, _ in found])
        for key, word in found:
            self._shown.setdefault(key, word)
            _keep(self._examples.setdefault(key, []), row.number)
        if len(self._examples) > 2 * MOST_TERMS:
            kept = self._now.counts
            self._examples = {key: some for key, some in self._examples.items() if key in kept}
            self._shown = {key: word for key, word in self._shown.items() if key in kept}

    def tables(self) -> list[ReportTable]:
        """The words that grow most, and all categories, with their newest tickets."""
        before, period = self.scope.before, self.period
        length = (before.until - before.since).total_seconds()
        ratio = (period.until - period.since).total_seconds() / length if length > 0 else 1.0
        rows = []
        # Of very many tickets not all are looked at: of as many more in a period as there are, so many more are to be expected.
        looked = ratio * self._now.looked_at / self._before.looked_at
        for key, now in self._now.counts.items():
            if now < LEAST:
                continue
            then = self._before.counts[key]
            if (grown := growth(now, then, looked)) >= GROWS:
                rows.append((grown, key, now, then))
        rows.sort(key=lambda row: (-row[0], row[1]))
        told: list[list[Cell]] = [
            [self._shown[key], now, then, round(grown, 2), _numbers(self._examples[key])]
            for grown, key, now, then in rows[:TOLD]
        ]
        term = ReportTable(report=self.name, columns=[ReportColumn(name="term", unit=""), *_GROWN], rows=told)
        term.more = len(rows) > TOLD
        return [term, self._by_category(ratio)]

    def _by_category(self, ratio: float) -> ReportTable:
        grown = [(growth(now, then, ratio), name, now, then) for name, (now, then) in self._categories.items()]
        grown.sort(key=lambda row: (-row[0], row[1]))
        rows: list[list[Cell]] = [
            [name, now, then, round(score, 2), _numbers(self._newest.get(name, []))] for score, name, now, then in grown
        ]
        columns = [ReportColumn(name="category", unit=""), *_GROWN]
        return ReportTable(report=self.name, by="category", columns=columns, rows=rows)


_GROWN: Final = [
    ReportColumn(name="now"),
    ReportColumn(name="before"),
    ReportColumn(name="growth", unit="score"),
    ReportColumn(name="examples", unit=""),
]


def _keep(newest: list[int], number: int) -> None:
    """The newest tickets, whatever order they come in."""
    if len(newest) < EXAMPLES:
        heapq.heappush(newest, number)
    else:
        heapq.heappushpop(newest, number)


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(f"T-{number}" for number in sorted(numbers, reverse=True))
