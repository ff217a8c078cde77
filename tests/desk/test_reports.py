"""Reports over HTTP: what happened at the desk stands in the figures, as JSON, CSV and Excel."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from services.composition.errors import CannotStart
from services.composition.reporting import Wanted, print_report
from services.desk.reporting import span_of
from shared.clock import now
from shared.messages.reports import ReportColumn, ReportTable
from shared.reports import NAMES
from shared.reports.files import csv_file, xlsx_file
from shared.reports.periods import last_days, previous
from shared.settings import load
from tests.desk.house import House

WARSAW = ZoneInfo("Europe/Warsaw")
API = "/api/v1"


async def opened(house: House, subject: str, **more: Any) -> str:
    new = {"subject": subject, "text": "It hums.", "contact": "ana@customer.example", **more}
    answer = await house.api.post(f"{API}/tickets", json=new)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


async def figures(house: House, name: str, **asked: Any) -> dict[str, list[dict[str, Any]]]:
    """The tables of reports by name, each row with its columns' names."""
    answer = await house.api.get(f"{API}/reports/{name}", params=asked)
    assert answer.status_code == 200, answer.text
    return {
        table["name"]: [
            dict(zip((column["name"] for column in table["columns"]), row, strict=True)) for row in table["rows"]
        ]
        for table in answer.json()["tables"]
    }


@pytest.mark.asyncio(loop_scope="module")
async def test_what_happens_at_the_desk_stands_in_the_figures(house: House) -> None:
    number = await opened(house, "The boiler hums")
    ticket = f"{API}/tickets/{number}"
    for call, body in (("replies", {"text": "Please turn it off."}), ("solve", {"summary": "A new pump"})):
        assert (await house.api.post(f"{ticket}/{call}", json=body)).status_code in (200, 201)
    await opened(house, "Another one")
    found = await figures(house, "all")
    assert found["volume"] == [{"opened": 2}]
    (first,) = found["first_response"]
    assert first["count"] == 1
    assert 0 <= first["median"] <= 60
    assert found["resolution"][0]["count"] == 1
    assert found["workload_by_agent"] == [{"agent": "token:tests", "answers": 1, "solved": 1, "held": 0}]
    assert found["backlog"][0]["open"] == 1
    assert found["handling"][0]["count"] == 1
    # First response (answered), resolution (solved): both have targets that were met.
    assert found["sla"] == [{"decided": 2, "in_time": 2, "missed": 0, "attainment": 1}]
    assert {row["figure"]: row["value"] for row in found["summary"]}["opened"] == 2

    assert (await house.api.post(f"{ticket}/reopen", json={})).status_code == 200
    again = await figures(house, "reopened,resolution")
    assert again["reopened"] == [{"solutions": 1, "again": 1, "reopenings": 1, "rate": 1}]
    assert again["resolution"][0] == found["resolution"][0]


@pytest.mark.asyncio(loop_scope="module")
async def test_an_answer_that_solves_is_known_by_its_moment(house: House) -> None:
    # By this next responses are told from what was solved without a word.
    ticket = f"{API}/tickets/{await opened(house, 'One more')}"
    answer = await house.api.post(f"{ticket}/replies", json={"text": "Done.", "status": "solved"})
    assert answer.status_code == 201, answer.text
    shown = (await house.api.get(ticket)).json()
    (sent,) = [event["at"] for event in shown["events"] if event["what"] == "message_sent"]
    (met,) = [run["met_at"] for run in shown["sla"] if run["clock"] == "resolution"]
    assert sent == met


@pytest.mark.asyncio(loop_scope="module")
async def test_reports_come_as_files_and_the_period_before_beside_them(house: House) -> None:
    newest = await opened(house, "A third", channel="sms", contact="+48600700800")
    days = [each["created_at"][:10] for each in (await house.api.get(f"{API}/tickets?per_page=200")).json()["items"]]
    day = (await house.api.get(f"{API}/tickets/{newest}")).json()["created_at"][:10]
    before = f"{date.fromisoformat(day) - timedelta(days=1):%Y-%m-%d}"
    answer = await house.api.get(f"{API}/reports/volume", params={"since": day, "until": day, "format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert f'filename="report-volume-{day}' in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["Tickets opened"]
    assert rows[1] == ["Opened"]
    total = float(rows[2][0])
    assert total == days.count(day)
    book_answer = await house.api.get(f"{API}/reports/volume", params={"since": day, "format": "xlsx"})
    book = openpyxl.load_workbook(io.BytesIO(book_answer.content))
    assert book["Tickets opened"]["A2"].value == total
    by_channel = {row[0].value: row[1].value for row in book["Tickets opened, by channel"].iter_rows(min_row=2)}
    assert sum(by_channel.values()) == total

    both = (
        await house.api.get(f"{API}/reports/volume", params={"since": day, "compare": "previous", "table": "volume"})
    ).json()
    assert [table["name"] for table in both["tables"] + both["previous"]] == ["volume", "volume"]
    assert (both["tables"][0]["rows"], both["previous"][0]["rows"]) == ([[total]], [[days.count(before)]])
    assert both["tables"][0]["title"] == "Tickets opened"


@pytest.mark.asyncio(loop_scope="module")
async def test_what_reports_there_are_is_told_and_what_is_none_is_refused(house: House) -> None:
    listed = (await house.api.get(f"{API}/reports")).json()["items"]
    assert [each["name"] for each in listed] == list(NAMES)
    assert all(each["title"] and each["about"] for each in listed)
    for path, params, status in (
        ("nothing", {}, 404), ("volume", {"table": "sla"}, 404), ("volume", {"since": "soon"}, 422),
        ("volume", {"since": "2026-03-02", "until": "2026-03-01"}, 422), ("volume", {"since": "2190-01-01"}, 422),
        ("volume", {"since": "0001-01-01"}, 422), ("volume", {"format": "pdf"}, 422),
    ):  # fmt: skip
        answer = await house.api.get(f"{API}/reports/{path}", params=params)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text


@pytest.mark.asyncio(loop_scope="module")
async def test_the_command_prints_tables_for_people_and_json_for_programs(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    await opened(house, "For the command")
    at_work = {"TRUNKLINE_BUS__URL": house.server.url("operator"), "TRUNKLINE_SECRETS__KEY": "k" * 64}
    settings = load(None, house.data, at_work)
    capsys.readouterr()
    await print_report(settings, Wanted(["volume", "sla"], channel="email"), as_json=True)
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    (count,) = {table["name"]: table["rows"] for table in told["tables"]}["volume"]
    over_http = await figures(house, "volume", channel="email")
    assert [count] == over_http["volume"]
    await print_report(settings, Wanted(["volume", "summary"]), as_json=False)
    printed = capsys.readouterr().out
    for words in ("Tickets opened, by weekday", "Monday", "Overview", "First response, median", "Share in time"):
        assert words in printed
    with pytest.raises(CannotStart, match="there is no report 'nothing'; there are summary"):
        await print_report(settings, Wanted(["nothing"]), as_json=False)
    with pytest.raises(CannotStart, match="there is no channel 'pigeon'; there are email"):
        await print_report(settings, Wanted(channel="pigeon"), as_json=False)
    with pytest.raises(CannotStart, match="the period must begin before it ends"):
        await print_report(settings, Wanted(since="2026-03-02", until="2026-03-01"), as_json=False)


def test_a_period_of_days_is_whole_and_months_are_compared_with_months() -> None:
    march = span_of("2026-03-01", "2026-03-31", WARSAW)
    # Clocks went forward on 29 March: the month begins at 23:00 UTC the evening before and ends at 22:00.
    assert (f"{march.since:%d %H:%M}", f"{march.until:%d %H:%M}") == ("28 23:00", "31 22:00")
    assert march.before.astimezone(WARSAW).date().isoformat() == "2026-02-01"
    quarter = span_of("2026-01-01", "2026-03-31", WARSAW)
    assert quarter.before.astimezone(WARSAW).date().isoformat() == "2025-10-01"
    days = span_of("2026-03-30", "2026-04-02", WARSAW)
    assert f"{days.before.astimezone(WARSAW):%Y-%m-%d %H:%M}" == "2026-03-26 00:00"
    hours = span_of("2026-03-02T10:00+01:00", "2026-03-02T12:00+01:00", WARSAW)
    assert hours.since - hours.before == hours.until - hours.since
    month = span_of("", "", WARSAW)
    assert 29 <= (month.until - month.since).days <= 30
    assert previous(month.since, month.until, WARSAW) < month.since
    # Thirty days are thirty, whether they end now or with a day; the last of February is one of them.
    assert f"{span_of('', '2026-02-28', WARSAW).since.astimezone(WARSAW):%Y-%m-%d %H:%M}" == "2026-01-30 00:00"
    assert f"{last_days(now(), WARSAW).astimezone(WARSAW):%H:%M}" == "00:00"


HOSTILE = ['=HYPERLINK("http://evil.example")', "+48600700800", "-1", "@SUM(A1)", "\tx", "=cmd|' /C calc'!A0", "ok\x00"]


def _from_csv(table: ReportTable) -> list[str]:
    rows = list(csv.reader(io.StringIO(csv_file([table], "en").decode("utf-8-sig"))))
    return [row[0] for row in rows[2:]]


def _from_xlsx(table: ReportTable) -> list[str]:
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_file([table], "en", WARSAW))).worksheets[0]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert all(cell.data_type == "s" and cell.hyperlink is None for cell in cells)
    return [("'" if cell.quotePrefix else "") + cell.value for cell in cells]


@pytest.mark.parametrize("written", [_from_csv, _from_xlsx])
def test_what_people_wrote_is_never_a_formula_and_numbers_stay_numbers(
    written: Callable[[ReportTable], list[str]],
) -> None:
    columns = [ReportColumn(name="team", unit=""), ReportColumn(name="growth", unit="score")]
    table = ReportTable(report="sla", by="team", columns=columns, rows=[[words, -1.5] for words in HOSTILE])
    assert all(cell.startswith("'") for cell in written(table)[:-1])
    assert written(table)[-1] == "ok"
    assert b"-1.5\r\n" in csv_file([table], "en")
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_file([table], "en", WARSAW))).worksheets[0]
    assert sheet["B2"].value == -1.5
