"""``/api/v1/reports``: figures as tables, and as CSV and Excel files. What each of them means: docs/reports.md."""

import asyncio
from datetime import timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel

from services.desk.commanding import BEARER, Reading
from services.desk.errors import NotFound
from services.desk.problems import responses
from services.desk.reporting import Narrowed, report_for, span_of
from shared.messages.reports import Cell, ReportTable, Unit
from shared.reports import NAMES
from shared.reports.files import CSV, XLSX, csv_file, xlsx_file
from shared.reports.wording import about, heading, title
from shared.settings import Settings
from shared.texts import text

router = APIRouter(prefix="/api/v1/reports", tags=["reports"], dependencies=[BEARER])

When = Annotated[str, Query(max_length=40, description="A day (2026-03-01, whole, company time) or a time with a zone")]
Which = Annotated[str | None, Query(max_length=320, description="Just these; empty: those that have none")]
ALL = "all"


class ReportName(BaseModel):
    """A report: its name in addresses, its title, and what it tells."""

    name: str
    title: str
    about: str


class ReportNames(BaseModel):
    """All reports."""

    items: list[ReportName]


class ColumnShown(BaseModel):
    """A column. `unit`: empty (a name), count, seconds, share (0 to 1), score, day, time (ISO 8601), ticket (its number) or text."""

    name: str
    title: str
    unit: Unit


class TableShown(BaseModel):
    """A table; `by` is what its rows are divided by. Null in a row: there is nothing to tell. `more`: there are more rows than are told."""

    name: str
    report: str
    by: str
    title: str
    columns: list[ColumnShown]
    rows: list[list[Cell]]
    more: bool


class ReportShown(BaseModel):
    """Tables of a period and, with `compare=previous`, of the one before it, which began with `before` and ended where this one begins.
    `looked_at` tickets were; `more`: there are more than are ever looked at."""

    since: AwareDatetime
    until: AwareDatetime
    before: AwareDatetime
    timezone: str
    tables: list[TableShown]
    previous: list[TableShown]
    looked_at: int
    more: bool


@router.get("", responses=responses())
async def list_reports(request: Request, who: Reading) -> ReportNames:
    """What reports there are."""
    language = _language(request)
    return ReportNames(
        items=[
            ReportName(name=name, title=text(f"report.title.{name}", language), about=about(name, language))
            for name in NAMES
        ]
    )


_FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {CSV.partition(";")[0]: {}, XLSX: {}}, "description": "The figures"}
}


@router.get("/{name}", response_model=ReportShown, responses={**responses(403, 404), **_FILES})
async def show_report(
    name: Annotated[str, Path(max_length=400, description="A report, several by commas, or `all`")],
    request: Request,
    who: Reading,
    since: When = "",
    until: When = "",
    team: Which = None,
    agent: Which = None,
    channel: Which = None,
    category: Which = None,
    compare: Annotated[Literal["", "previous"], Query(description="`previous`: the period before, too")] = "",
    table: Annotated[str, Query(max_length=60, description="Just this table, by its name")] = "",
    format: Annotated[Literal["json", "csv", "xlsx"], Query(description="A file has no period before")] = "json",
) -> ReportShown | Response:
    """Figures. Without `since` and `until` of the last 30 days. Agents see the quality reviews of their own work only."""
    settings: Settings = request.app.state.settings
    zone, language = ZoneInfo(settings.timezone), _language(request)
    names = NAMES if name == ALL else tuple(each.strip() for each in name.split(",") if each.strip())
    if not names or any(each not in NAMES for each in names):
        raise NotFound(f"there is no such report; there are {', '.join(NAMES)}")
    span = span_of(since, until, zone)
    narrowed = Narrowed(team, agent, channel, category)
    answer = await report_for(who.principal, who.backend.gate, names, span, narrowed, compare=compare == "previous")
    tables = [each for each in answer.tables if table in ("", each.name)]
    if not tables:
        raise NotFound("there is no such table in the report")
    if format == "json":
        previous = [each for each in answer.previous if table in ("", each.name)]
        return ReportShown(
            **answer.model_dump(include={"since", "until", "before", "timezone", "looked_at", "more"}),
            tables=[shown(each, language) for each in tables],
            previous=[shown(each, language) for each in previous],
        )
    if format == "csv":
        content, media_type = csv_file(tables, language, settings.registry.separator), CSV
    else:
        content, media_type = await asyncio.to_thread(xlsx_file, tables, language, zone), XLSX
    last = answer.until - timedelta(microseconds=1)  # the end is no longer part of it
    days = f"{answer.since.astimezone(zone):%Y-%m-%d}_{last.astimezone(zone):%Y-%m-%d}"
    file = f"report-{names[0] if len(names) == 1 else ALL}-{days}.{format}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{file}"'})


def shown(table: ReportTable, language: str) -> TableShown:
    """A table with its words."""
    columns = [ColumnShown(name=each.name, title=heading(each, language), unit=each.unit) for each in table.columns]
    return TableShown(
        name=table.name,
        report=table.report,
        by=table.by,
        title=title(table, language),
        columns=columns,
        rows=table.rows,
        more=table.more,
    )


def _language(request: Request) -> str:
    settings: Settings = request.app.state.settings
    return settings.company.languages[0]
