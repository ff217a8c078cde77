"""What the console's reports make of an address and of figures: periods, changes in words, tables and charts. Pure."""

import json
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.console.markup import written
from services.desk.console.reporting.asked import NONE, PERIODS, asked
from services.desk.console.reporting.charts import MOST_BARS, chart, measured
from services.desk.console.reporting.exporting import share
from services.desk.console.reporting.sections import REPORTS
from services.desk.console.reporting.telling import HEADLINES, Words, change, headlines, sheet
from services.desk.reporting import Narrowed
from shared.messages.reports import Cell, ReportColumn, ReportTable, Unit
from shared.reports import NAMES
from shared.texts import LANGUAGES, text

WARSAW = ZoneInfo("Europe/Warsaw")
WEDNESDAY = date(2026, 11, 18)
EN = Words("en", WARSAW)


def table(report: str, by: str, columns: dict[str, Unit], *rows: list[Cell]) -> ReportTable:
    made = [ReportColumn(name=name, unit=unit) for name, unit in columns.items()]
    return ReportTable(report=report, by=by, columns=made, rows=list(rows))


# -- what is asked for --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "since", "until", "before"),
    [
        ("last_30", "2026-10-20", "2026-11-18", "2026-09-20"),
        ("this_week", "2026-11-16", "2026-11-22", "2026-11-09"),
        ("last_week", "2026-11-09", "2026-11-15", "2026-11-02"),
        ("this_month", "2026-11-01", "2026-11-30", "2026-10-01"),
        ("last_month", "2026-10-01", "2026-10-31", "2026-09-01"),
        ("this_quarter", "2026-10-01", "2026-12-31", "2026-07-01"),
        ("last_quarter", "2026-07-01", "2026-09-30", "2026-04-01"),
    ],
)
def test_a_period_is_compared_with_the_whole_one_before(period: str, since: str, until: str, before: str) -> None:
    found = asked({"period": period}, WEDNESDAY)
    span = found.span(WARSAW)
    assert (found.since.isoformat(), found.until.isoformat()) == (since, until)
    assert span.before.astimezone(WARSAW).date().isoformat() == before
    assert span.since.astimezone(WARSAW) == datetime.combine(found.since, datetime.min.time(), WARSAW)
    assert found.unfinished(WEDNESDAY) is period.startswith("this_")


def test_a_quarter_at_the_beginning_of_a_year_is_compared_with_the_last_of_the_year_before() -> None:
    found = asked({"period": "last_quarter"}, date(2027, 1, 3))
    assert (found.since, found.until) == (date(2026, 10, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-03-01", "2026-03-31", ("2026-03-01", "2026-03-31")),
        ("2026-03-31", "2026-03-01", ("2026-03-01", "2026-03-31")),
        ("", "2026-03-30", ("2026-03-01", "2026-03-30")),
        ("2030-01-01", "2031-01-01", ("2026-11-18", "2031-01-01")),
        ("nonsense", "0001-01-01", ("1990-01-02", "1990-01-02")),
    ],
)
def test_days_of_one_s_own_are_put_right(since: str, until: str, expected: tuple[str, str]) -> None:
    found = asked({"period": "free", "since": since, "until": until}, WEDNESDAY)
    assert (found.since.isoformat(), found.until.isoformat()) == expected


def test_filters_of_the_address_are_those_of_the_files_that_are_offered() -> None:
    found = asked({"period": "last_week", "team": "a & b", "agent": NONE, "channel": "", "nonsense": "1"}, WEDNESDAY)
    assert found.narrowed() == Narrowed(team="a & b", agent="")
    path = urlsplit(found.api("sla", "xlsx", "sla_by_team"))
    assert path.path == "/api/v1/reports/sla"
    assert parse_qs(path.query, keep_blank_values=True) == {
        "since": ["2026-11-09"], "until": ["2026-11-15"], "team": ["a & b"], "agent": [""],
        "table": ["sla_by_team"], "format": ["xlsx"],
    }  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(["period", "since", "until", "team", "agent", "channel", "category"]),
        st.one_of(st.text(max_size=20), st.sampled_from([*PERIODS, "0001-01-01", "9999-12-31", "2026-02-30"])),
    ),
    st.dates(date(2020, 1, 1), date(2090, 1, 1)),
)
def test_no_address_makes_the_reports_fail(query: dict[str, str], today: date) -> None:
    found = asked(query, today)
    span = found.span(WARSAW)
    assert span.before < span.since < span.until
    assert span.since <= datetime.combine(today, datetime.min.time(), UTC) + timedelta(days=1)


# -- figures in words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "before", "unit", "better", "expected"),
    [
        (45, 40, "count", 0, ("▲", "5 more than 40", "")),
        (45, 1240, "count", -1, ("▼", "1,195 fewer than 1,240, better", "better")),
        (5400, 3600, "seconds", -1, ("▲", "30 min longer than 1 h, worse", "worse")),
        (0.915, 0.9, "share", 1, ("▲", "1.5 points above 90%, better", "better")),
        (4.25, 4.5, "score", 1, ("▼", "0.25 below 4.5, worse", "worse")),
        (7, 7, "count", -1, ("=", "as before (7)", "")),
        (0.90001, 0.9, "share", 1, ("=", "as before (90%)", "")),
        (None, 7, "count", 1, ("", "nothing to compare with", "")),
        (7, None, "count", 1, ("", "nothing to compare with", "")),
    ],
)
def test_a_change_is_said_in_words_and_not_by_a_colour_alone(
    now: Cell, before: Cell, unit: Unit, better: int, expected: tuple[str, str, str]
) -> None:
    found = change(now, before, unit, better, EN)
    assert (found.sign, found.words, found.verdict) == expected


def summary(**values: tuple[Unit, Cell]) -> ReportTable:
    columns: dict[str, Unit] = {"figure": "", "unit": "", "value": "score"}
    return table("summary", "", columns, *([name, unit, value] for name, (unit, value) in values.items()))


def test_the_headlines_are_the_figures_of_a_monday_in_their_order() -> None:
    every: dict[str, tuple[Unit, Cell]] = {
        "open": ("count", 28), "resolution_median": ("seconds", 60), "opened": ("count", 36),
        "first_response_median": ("seconds", 5400), "attainment": ("share", 0.915), "reopen_rate": ("share", 0.1),
        "satisfaction": ("score", 4.25),
    }  # fmt: skip
    found = headlines([summary(**every)], [summary(opened=("count", 30))], Words("pl", WARSAW))
    assert [each.name for each in found] == list(HEADLINES)
    assert [each.value for each in found] == ["36", "1 h 30 min", "91,5%", "10%", "4,25", "28"]
    assert found[0].change.words == "o 6 więcej niż 30"


def test_a_table_of_one_row_is_told_downwards_beside_the_period_before() -> None:
    columns: dict[str, Unit] = {"decided": "count", "attainment": "share"}
    now, before = table("sla", "", columns, [20, 0.95]), table("sla", "", columns, [10, 0.9])
    found = sheet(now, before, "SLA", EN)
    assert [[cell.text for cell in row] for row in found.rows] == [
        ["Decided", "20", "10", "▲ 10 more than 10"],
        ["Share in time", "95%", "90%", "▲ 5 points above 90%"],
    ]


def test_a_divided_table_has_the_period_before_beside_its_chief_column() -> None:
    columns: dict[str, Unit] = {"team": "", "count": "count", "median": "seconds"}
    now = table("first_response", "team", columns, ["technical", 4, 120], ["", 1, 60])
    before = table("first_response", "team", columns, ["", 9, 3600])
    found = sheet(now, before, "x", EN)
    assert [head.text for head in found.heads] == ["Department", "Number", "Median", "Period before"]
    assert [[cell.text for cell in row] for row in found.rows] == [
        ["technical", "4", "2 min", "–"],
        ["(none)", "1", "1 min", "1 h"],
    ]


def test_what_people_wrote_is_never_html() -> None:
    bad = '<script>alert(1)</script>"'
    columns: dict[str, Unit] = {"ticket": "ticket", "at": "time", "score": "score", "words": "text"}
    made = table("satisfaction", "words", columns, [1001, "2026-11-18T10:00:00+00:00", 5, bad])
    html = written("sheet", sheet=sheet(made, None, bad, EN), more="")
    assert "<script>" not in html
    assert '<a href="/console/ticket/1001">T-1001</a>' in html
    found = headlines([summary(opened=("count", 1))], [], EN)
    assert "nothing to compare with" in written("headlines", headlines=found)


def test_examples_lead_to_their_tickets_and_nowhere_else() -> None:
    columns: dict[str, Unit] = {"term": "", "now": "count", "before": "count", "growth": "score", "examples": ""}
    made = table("recurring", "", columns, ["pump", 5, 1, 4.0, "T-1003, T-1001, javascript:x"])
    assert sheet(made, None, "x", EN).rows[0][-1].links == (
        ("T-1003", "/console/ticket/1003"),
        ("T-1001", "/console/ticket/1001"),
    )


# -- charts -------------------------------------------------------------------------------------------------------------------


def test_a_chart_has_both_periods_by_the_names_of_its_rows_and_a_name_of_its_own() -> None:
    columns: dict[str, Unit] = {"team": "", "count": "count", "median": "seconds"}
    now = table("first_response", "team", columns, ["technical", 4, 10_800], ["sales", 1, 3600])
    before = table("first_response", "team", columns, ["sales", 9, 7200])
    found = chart(now, before, "First response, by department", EN)
    assert found is not None
    assert [(each["name"], each["data"]) for each in found.options["series"]] == [
        ("This period", [3.0, 1.0]),
        ("Period before", [None, 2.0]),
    ]
    assert found.options["yAxis"]["data"] == ["technical", "sales"]
    assert "technical, 3 h" in found.label
    # Told apart without colours; and nothing in it is written as HTML.
    assert "decal" in found.options["series"][1]["itemStyle"]
    assert found.options["tooltip"]["renderMode"] == "richText"
    json.dumps(found.options)


@pytest.mark.parametrize(
    ("report", "by", "columns", "expected"),
    [
        ("sla", "team", {"team": "", "decided": "count", "in_time": "count", "missed": "count"}, ["in_time", "missed"]),
        ("workload", "agent", {"agent": "", "answers": "count", "solved": "count", "held": "count"}, 3),
        ("volume", "day", {"day": "", "opened": "count"}, ["opened"]),
        ("satisfaction", "words", {"ticket": "ticket", "score": "score", "words": "text"}, []),
        ("prevention", "open", {"ticket": "ticket", "what": "text"}, []),
        ("sla", "", {"decided": "count", "missed": "count"}, []),
        ("recurring", "", {"term": "", "now": "count", "before": "count", "growth": "score"}, ["now", "before"]),
    ],
)
def test_each_table_is_drawn_by_what_it_is_about(
    report: str, by: str, columns: dict[str, Unit], expected: list[str] | int
) -> None:
    made = table(report, by, columns)
    found = [made.columns[place].name for place in measured(made)]
    assert (len(found) if isinstance(expected, int) else found) == expected


def test_a_chart_has_no_more_bars_than_can_be_read_but_every_hour() -> None:
    def made(by: str, rows: int) -> ReportTable:
        return table("volume", by, {by: "", "opened": "count"}, *([str(each), each] for each in range(rows)))

    many, hours = chart(made("category", 200), None, "x", EN), chart(made("hour", 24), None, "x", EN)
    assert many is not None
    assert hours is not None
    assert len(many.options["series"][0]["data"]) == MOST_BARS
    assert len(hours.options["series"][0]["data"]) == 24
    assert chart(made("category", 0), None, "x", EN) is None


def test_every_report_has_a_section_and_a_definition_in_every_language() -> None:
    assert sorted(REPORTS) == sorted(each for each in NAMES if each != "summary")
    for name in REPORTS:
        assert len({text(f"console.reports.defined.{name}", each) for each in LANGUAGES}) == 3


def test_how_far_a_register_is_is_never_more_than_all_of_it() -> None:
    assert [share(*each) for each in ((0, 0), (25, 100), (30, 25))] == [0.0, 0.25, 1.0]
