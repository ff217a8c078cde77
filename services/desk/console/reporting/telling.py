"""Figures in words: values, how they have changed, and tables with the period before beside this one. Pure.

A change has a sign, words, and where one is better than the other that word, too: it is never told by a colour alone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_decimal, format_percent

from shared.messages.reports import Cell, ReportColumn, ReportTable, Unit
from shared.messages.ticket import AgentView
from shared.reports.wording import heading, named, told, unit_of
from shared.texts import text

HEADLINES: Final[Mapping[str, int]] = {
    "opened": 0,
    "first_response_median": -1,
    "attainment": 1,
    "reopen_rate": -1,
    "satisfaction": 1,
    "open": -1,
}
"""The figures that are shown first, with what is better: more (1), less (-1), neither (0)."""
_UNITS_OF_CHANGE: Final = {"seconds": "time", "share": "points", "score": "score"}
BEFORE: Final = ("median", "attainment", "rate", "mean", "accuracy", "opened", "open", "held", "reviews", "actions")
"""Columns beside which the period before is told, the first of them that a table has."""


@dataclass(frozen=True)
class Words:
    """Who reads: their ``language``, and the ``zone`` in which times are told."""

    language: str
    zone: ZoneInfo

    def t(self, key: str, /, **variables: Any) -> str:
        """A text of these pages."""
        return text(f"console.reports.{key}", self.language, **variables)

    def value(self, value: Cell, unit: Unit) -> str:
        """A value as they read it: 1,234, 91.5 %, 2 d 3 h, T-1001."""
        if value is None:
            return "–"
        if unit in ("", "text", "ticket"):
            return told(value, unit, self.zone)
        if unit == "share" and isinstance(value, int | float):
            return format_percent(value, format=_PERCENT[self.language], locale=self.language)
        if unit == "time" and isinstance(value, str):
            return format_datetime(
                datetime.fromisoformat(value).astimezone(self.zone), "short", locale=self.language, tzinfo=self.zone
            )
        if unit == "day" and isinstance(value, str):
            return format_date(date.fromisoformat(value), "medium", locale=self.language)
        if unit == "seconds" and isinstance(value, int | float):
            return told(value, unit, self.zone)
        return (
            format_decimal(value, format="#,##0.##", locale=self.language) if isinstance(value, int | float) else value
        )

    def short_day(self, day: str) -> str:
        """A day (2026-03-01) where there is little room: 1 Mar; what is none stays as it is."""
        try:
            return format_skeleton("MMMd", date.fromisoformat(day), locale=self.language)
        except ValueError:
            return day


_PERCENT: Final = {"en": "#,##0.#%", "pl": "#,##0.#%", "hr": "#,##0.#\xa0%"}


@dataclass(frozen=True)
class Change:
    """Against the period before: a ``sign``, the ``words``, and whether it is ``better``, ``worse`` or neither (empty)."""

    sign: str
    words: str
    verdict: str = ""


@dataclass(frozen=True)
class Headline:
    """A figure that is shown first."""

    name: str
    title: str
    value: str
    change: Change


def headlines(now: Sequence[ReportTable], before: Sequence[ReportTable], words: Words) -> list[Headline]:
    """What a manager looks at first, of the report ``summary``."""
    values, earlier = _summary(now), _summary(before)
    found = []
    for name, better in HEADLINES.items():
        if name not in values:
            continue
        unit, value = values[name]
        title = str(named(ReportColumn(name="figure", unit=""), name, words.language))
        was = earlier.get(name, (unit, None))[1]
        found.append(Headline(name, title, words.value(value, unit), change(value, was, unit, better, words)))
    return found


def _summary(tables: Sequence[ReportTable]) -> dict[str, tuple[Unit, Cell]]:
    return {
        str(row[0]): (unit_of(table, 2, row), row[2])
        for table in tables
        if table.report == "summary"
        for row in table.rows
    }


def change(now: Cell, before: Cell, unit: Unit, better: int, words: Words) -> Change:
    """How a value has changed."""
    if not isinstance(before, int | float) or not isinstance(now, int | float):
        return Change("", words.t("change.nothing"))
    was, difference = words.value(before, unit), now - before
    amount = _amount(abs(difference), unit, words)
    if not difference or amount == _amount(0, unit, words):
        return Change("=", words.t("change.same", before=was))
    direction = "more" if difference > 0 else "less"
    verdict = "" if not better else "better" if (difference > 0) == (better > 0) else "worse"
    said = words.t(f"change.{_UNITS_OF_CHANGE.get(unit, 'count')}.{direction}", amount=amount, before=was)
    said += f", {words.t(f'change.{verdict}')}" if verdict else ""
    return Change("▲" if difference > 0 else "▼", said, verdict)


def _amount(value: float, unit: Unit, words: Words) -> str:
    if unit == "share":
        return format_decimal(100 * value, format="#,##0.#", locale=words.language)
    return words.value(round(value, 2) if unit == "score" else value, unit)


def names_of(agents: Iterable[AgentView]) -> dict[str, str]:
    """What agents are called, by their mail addresses; those of one name with their address, so that each has a row of their own."""
    every = list(agents)
    counted = Counter(each.name for each in every)
    return {each.email: each.name if counted[each.name] == 1 else f"{each.name} ({each.email})" for each in every}


def with_names(table: ReportTable, names: Mapping[str, str], language: str) -> ReportTable:
    """The table with agents' names instead of their addresses, and of whatever else has a name with that."""
    if not table.rows:
        return table
    first = table.columns[0]
    rows = [[names.get(str(row[0])) or named(first, row[0], language), *row[1:]] for row in table.rows]
    return table.model_copy(update={"rows": rows})


# -- tables -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A cell in words; ``number``: it stands to the right. ``link``: where it leads."""

    text: str
    number: bool = False
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A table in words; the first cell of each row is its heading where ``named``."""

    title: str
    heads: tuple[Shown, ...]
    rows: tuple[tuple[Shown, ...], ...]
    named: bool
    more: bool = False


def sheet(table: ReportTable, before: ReportTable | None, title: str, words: Words) -> Sheet:
    """A table as it is shown, with the period before beside its chief column. A table of one row is told downwards."""
    if not table.by and len(table.rows) == 1 and table.columns[0].unit != "":
        return _downwards(table, before, title, words)
    chief = next((name for name in BEFORE if name in [each.name for each in table.columns]), "")
    earlier = _by_name(before, chief) if before and chief and _has_one_name(table) else {}
    heads: list[Shown] = []
    for column in table.columns:
        heads.append(Shown(heading(column, words.language), _right(column)))
        if earlier and column.name == chief:
            heads.append(Shown(words.t("before"), True))
    rows = []
    for row in table.rows:
        cells: list[Shown] = []
        for place, (column, value) in enumerate(zip(table.columns, row, strict=True)):
            cells.append(_cell(column, value, unit_of(table, place, row), words))
            if earlier and column.name == chief:
                cells.append(Shown(words.value(earlier.get(row[0]), column.unit), True))
        rows.append(tuple(cells))
    return Sheet(title, tuple(heads), tuple(rows), table.columns[0].unit == "", table.more)


def _downwards(table: ReportTable, before: ReportTable | None, title: str, words: Words) -> Sheet:
    was = before.rows[0] if before and before.rows else [None] * len(table.columns)
    rows = []
    for column, value, earlier in zip(table.columns, table.rows[0], was, strict=True):
        changed = change(value, earlier, column.unit, 0, words)
        rows.append(
            (
                Shown(heading(column, words.language)),
                Shown(words.value(value, column.unit), True),
                Shown(words.value(earlier, column.unit), True),
                Shown(f"{changed.sign} {changed.words}".strip() if earlier is not None else ""),
            )
        )
    heads = (
        Shown(words.t("figure")),
        Shown(words.t("now"), True),
        Shown(words.t("before"), True),
        Shown(words.t("changed")),
    )
    return Sheet(title, heads, tuple(rows), True, table.more)


def _by_name(table: ReportTable, column: str) -> dict[Cell, Cell]:
    place = [each.name for each in table.columns].index(column) if column in [c.name for c in table.columns] else -1
    return {row[0]: row[place] for row in table.rows} if place >= 0 else {}


def _has_one_name(table: ReportTable) -> bool:
    return table.columns[0].unit == "" and table.columns[1].unit != "" and table.by != "day"


def _right(column: ReportColumn) -> bool:
    return column.unit in ("count", "seconds", "share", "score")


def _cell(column: ReportColumn, value: Cell, unit: Unit, words: Words) -> Shown:
    if column.unit == "ticket" and value is not None:
        return Shown("", links=((f"T-{value}", f"/console/ticket/{value}"),))
    if column.name == "examples" and isinstance(value, str):
        found = [each.removeprefix("T-") for each in value.split(", ")]
        return Shown("", links=tuple((f"T-{each}", f"/console/ticket/{each}") for each in found if each.isdigit()))
    if column.name == "day":
        return Shown(words.value(value, "day"))
    return Shown(words.value(named(column, value, words.language), unit), _right(column))
