"""Tables as charts, in the options of ECharts (https://echarts.apache.org/en/option.html). Pure.

Colours are variables of the console's styles, so that a chart is light or dark as its page is (the renderer is SVG). Series differ by a
pattern, too. Tips are drawn, not written as HTML: names in them come from outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.desk.console.reporting.telling import Words
from shared.messages.reports import Cell, ReportTable, Unit
from shared.reports.wording import heading, named

MOST_BARS: Final = 15
"""Bars of a chart whose names have no order of their own; all rows stand in the table."""
_TOGETHER: Final = (("in_time", "missed"), ("answers", "solved", "held"), ("now", "before"))
_STACKED: Final = (("in_time", "missed"),)
_STATUSES: Final = ("proposed", "accepted", "in_progress", "done", "dropped")
_ONE: Final = ("median", "accuracy", "rate", "mean", "opened", "open", "reviews", "actions", "answers", "count")
_NO_CHART: Final = frozenset({"words", "open", "model"})
_IN_ORDER: Final = frozenset({"hour", "weekday", "day", "age", "score"})
_INK, _QUIET, _EDGE = "var(--tl-ink)", "var(--tl-quiet)", "var(--tl-edge)"
_COLOURS: Final = (
    "var(--tl-chart-1)",
    "var(--tl-chart-2)",
    "var(--tl-chart-3)",
    "var(--tl-chart-4)",
    "var(--tl-chart-5)",
)
_EARLIER: Final = "var(--tl-chart-before)"
_STRIPES: Final = {
    "symbol": "rect",
    "dashArrayX": [1, 0],
    "dashArrayY": [2, 6],
    "rotation": 0.785,
    "color": "var(--tl-card)",
}
"""What tells a series from the first one without its colour."""
_FONT: Final = "system-ui, -apple-system, Segoe UI, Roboto, Liberation Sans, Arial, sans-serif"


@dataclass(frozen=True)
class Chart:
    """Options of a chart, what it is called for those who do not see it, and how high it is in pixels."""

    options: dict[str, Any]
    label: str
    height: int


def chart(table: ReportTable, before: ReportTable | None, title: str, words: Words) -> Chart | None:
    """The chart of a table; null for one that tells nothing by its lengths, such as one of words, or where all of them are nothing."""
    measures = measured(table)
    if not measures or not any(
        row[place] for each in (table, before) if each for row in each.rows for place in measures
    ):
        return None
    in_order = table.by in _IN_ORDER
    rows = table.rows if in_order else table.rows[:MOST_BARS]
    names = [_name(table, row[0], words) for row in rows]
    unit = table.columns[measures[0]].unit
    scale, sign = _scale([row[place] for row in rows for place in measures], unit, words)
    series = [
        _series(
            heading(table.columns[place], words.language),
            [_scaled(row[place], scale) for row in rows],
            _COLOURS[at % 5],
        )
        for at, place in enumerate(measures)
    ]
    if tuple(table.columns[each].name for each in measures) in (*_STACKED, _STATUSES):
        for each in series:
            each["stack"] = "all"
    earlier = _earlier(table, before, measures, rows)
    if earlier is not None:
        series[0]["name"] = words.t("now")
        series.append(_series(words.t("before"), [_scaled(each, scale) for each in earlier], _EARLIER))
    for each in series[1:]:
        each["itemStyle"]["decal"] = _STRIPES
    options = _options(names, series, sign, upright=in_order, of=len(series))
    what = heading(table.columns[measures[0]], words.language)
    label = words.t("chart", title=title, what=what, highest=_highest(names, rows, measures[0], unit, words))
    return Chart(options, label, 300 if in_order else 90 + len(rows) * (18 + 14 * _beside(series)))


def measured(table: ReportTable) -> list[int]:
    """The places of the columns that are drawn; none where the table is no chart's."""
    places = {column.name: place for place, column in enumerate(table.columns)}
    first = table.columns[0]
    if first.unit not in ("", "day") or table.by in _NO_CHART or not (table.by or first.name in ("term", "target")):
        return []
    for names in (*_TOGETHER, _STATUSES):
        if all(each in places for each in names):
            return [places[each] for each in names]
    return next(([places[each]] for each in _ONE if each in places), [])


def _name(table: ReportTable, value: Cell, words: Words) -> str:
    """What stands at a bar."""
    if table.by == "day" and isinstance(value, str):
        return words.short_day(value)
    return words.value(named(table.columns[0], value, words.language), table.columns[0].unit)


def _earlier(
    table: ReportTable, before: ReportTable | None, measures: list[int], rows: Sequence[Sequence[Cell]]
) -> list[Cell] | None:
    """The same of the period before, by the names of the rows; days are never the same."""
    if before is None or len(measures) != 1 or table.by == "day" or not before.rows:
        return None
    was = {row[0]: row[measures[0]] for row in before.rows}
    return [was.get(row[0]) for row in rows]


def _scale(values: Sequence[Cell], unit: Unit, words: Words) -> tuple[float, str]:
    """By what values are divided, and the unit that they have then."""
    if unit == "share":
        return 0.01, "%"
    if unit == "seconds":
        highest = max((float(each) for each in values if isinstance(each, int | float)), default=0)
        for size, sign in ((86_400, "d"), (3_600, "h"), (60, "min")):
            if highest >= 2 * size:
                return size, sign
        return 1, "s"
    return 1, ""


def _scaled(value: Cell, scale: float) -> float | None:
    return round(float(value) / scale, 2) if isinstance(value, int | float) else None


def _highest(names: Sequence[str], rows: Sequence[Sequence[Cell]], place: int, unit: Unit, words: Words) -> str:
    values = [
        (float(each), name)
        for name, row in zip(names, rows, strict=True)
        if isinstance(each := row[place], int | float)
    ]
    if not values:
        return "–"
    value, name = max(values)
    return f"{name}, {words.value(int(value) if unit == 'count' else value, unit)}"


def _beside(series: Sequence[dict[str, Any]]) -> int:
    return 1 if any("stack" in each for each in series) else len(series)


def _series(name: str, values: list[float | None], colour: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "data": values,
        "barMaxWidth": 26,
        "barGap": "10%",
        "itemStyle": {"color": colour, "borderRadius": 2},
        "emphasis": {"disabled": True},
    }


def _options(names: list[str], series: list[dict[str, Any]], sign: str, *, upright: bool, of: int) -> dict[str, Any]:
    named_axis = {
        "type": "category",
        "data": names,
        "axisLabel": {"color": _INK, "width": 150, "overflow": "truncate", "interval": "auto" if upright else 0},
        "axisTick": {"show": False},
        "axisLine": {"lineStyle": {"color": _QUIET}},
        "inverse": not upright,
    }
    value_axis = {
        "type": "value",
        "minInterval": 0 if sign else 1,
        "axisLabel": {"color": _QUIET, "formatter": "{value}" + (f" {sign}" if sign else ""), "hideOverlap": True},
        "splitLine": {"lineStyle": {"color": _EDGE}},
    }
    ink = {"color": _INK, "fontFamily": _FONT}
    return {
        "animation": False,
        "textStyle": {"fontFamily": _FONT},
        "grid": {"left": 8, "right": 24, "top": 34 if of > 1 else 12, "bottom": 8, "containLabel": True},
        "legend": {"show": of > 1, "left": 0, "top": 0, "textStyle": ink, "selectedMode": False},
        "tooltip": {
            "trigger": "axis",
            "renderMode": "richText",
            "backgroundColor": "var(--tl-card)",
            "borderColor": _QUIET,
            "textStyle": ink,
            "axisPointer": {"type": "none"},
        },
        "xAxis": named_axis if upright else value_axis,
        "yAxis": value_axis if upright else named_axis,
        "series": series,
    }
