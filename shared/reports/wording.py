"""What figures are called, in a language: titles, columns, and values that have a name. Pure."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from shared.messages.reports import Cell, ReportColumn, ReportTable, Unit
from shared.texts import UnknownText, text

_NAMED: Final = frozenset({"weekday", "age", "kind", "clock", "status", "figure", "target"})
_OTHERWISE: Final = {"criterion": "review.criterion."}


def title(table: ReportTable, language: str) -> str:
    """What stands above a table."""
    whole = text(f"report.title.{table.report}", language)
    return f"{whole}, {text(f'report.by.{table.by}', language)}" if table.by else whole


def about(report: str, language: str) -> str:
    """What a figure is, in a line."""
    return text(f"report.about.{report}", language)


def heading(column: ReportColumn, language: str) -> str:
    """What stands above a column."""
    return text(f"report.column.{column.name}", language)


def named(column: ReportColumn, value: Cell, language: str) -> Cell:
    """A value by its name, where it has one; what has none stays as it is, and an empty name says so."""
    if column.unit != "" or not isinstance(value, str):
        return value
    if not value:
        return "" if column.name in ("unit", "examples", "owner") else text("report.value.none", language)
    keys = [f"{_OTHERWISE[column.name]}{value}"] if column.name in _OTHERWISE else []
    if column.name in _NAMED:
        keys = [f"report.value.{value}", f"report.column.{value}"]
    for key in keys:
        try:
            return text(key, language)
        except UnknownText:
            continue
    return value


def unit_of(table: ReportTable, place: int, row: list[Cell]) -> Unit:
    """The unit of a cell: the overview says it in each row."""
    if table.report == "summary" and table.columns[place].name == "value":
        unit: Unit = row[1]  # type: ignore[assignment]
        return unit
    return table.columns[place].unit


def told(value: Cell, unit: Unit, zone: ZoneInfo) -> str:
    """A value as people read it: 2 d 3 h, 91.5 %, T-1001."""
    if value is None:
        return "-"
    if unit == "seconds" and isinstance(value, int | float):
        return _duration(float(value))
    if unit == "share" and isinstance(value, int | float):
        return f"{100 * value:.1f} %"
    if unit == "ticket":
        return f"T-{value}"
    if unit == "time" and isinstance(value, str):
        return f"{datetime.fromisoformat(value).astimezone(zone):%Y-%m-%d %H:%M}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    days, rest = divmod(minutes, 1_440)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    return " ".join([f"{count} {unit}" for count, unit in parts if count][:2])
