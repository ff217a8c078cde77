"""`trunkline report`: the figures of the reports page, as tables for people or as JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from services.composition.errors import CannotStart
from services.composition.exporting.command import moment
from services.composition.operating import Operator, operator
from shared.bus import rpc, subjects
from shared.bus.errors import NoResponders, RemoteError
from shared.clock import now
from shared.messages.parts import Channel
from shared.messages.reports import ReportAnswer, ReportQuery, ReportTable
from shared.reports import NAMES
from shared.reports.periods import last_days, previous
from shared.reports.wording import heading, named, title, told, unit_of
from shared.settings import Settings

PATIENCE = 120.0
_WIDTH = 120


@dataclass(frozen=True)
class Wanted:
    """Which figures (none named: all), of which period, narrowed to what."""

    names: Sequence[str] = ()
    since: str | None = None
    until: str | None = None
    team: str | None = None
    agent: str | None = None
    channel: str | None = None
    category: str | None = None


async def print_report(settings: Settings, wanted: Wanted, as_json: bool) -> None:
    """Print them. Raises `CannotStart` for a figure or channel that there is not, and for what is no time."""
    unknown = [name for name in wanted.names if name not in NAMES]
    if unknown:
        raise CannotStart(f"--name: there is no report {unknown[0]!r}; there are {', '.join(NAMES)}")
    if wanted.channel is not None and wanted.channel not in get_args(Channel):
        raise CannotStart(
            f"--channel: there is no channel {wanted.channel!r}; there are {', '.join(get_args(Channel))}"
        )
    zone = ZoneInfo(settings.timezone)
    async with operator(settings) as running:
        answer = await _ask(running, _query(wanted, zone))
    if as_json:
        print(json.dumps(_json(answer), ensure_ascii=False))
        return
    period = " to ".join(f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (answer.since, answer.until))
    console = Console(markup=False)
    console.width = max(console.width, _WIDTH)
    console.print(f"{period} ({settings.timezone})", highlight=False)
    language = settings.company.languages[0]
    for table in answer.tables:
        if table.rows:
            # A title of the table itself would be folded to the width of its columns.
            console.print(f"\n{title(table, language)}", style="bold", highlight=False)
            console.print(_drawn(table, language, zone), highlight=False)


def _query(wanted: Wanted, zone: ZoneInfo) -> ReportQuery:
    until = moment("--until", wanted.until, zone, end=True) if wanted.until else now()
    since = moment("--since", wanted.since, zone) if wanted.since else last_days(until, zone)
    if since >= until:
        raise CannotStart("--since: the period must begin before it ends")
    try:
        before = previous(since, until, zone)
    except OverflowError:
        raise CannotStart("--since: the period is too long") from None
    narrowed = {name: getattr(wanted, name) for name in ("team", "agent", "channel", "category")}
    return ReportQuery(names=list(wanted.names or NAMES), since=since, until=until, before=before, **narrowed)


async def _ask(running: Operator, query: ReportQuery) -> ReportAnswer:
    """The figures. Raises `CannotStart` where nobody answers, or not this."""
    try:
        answer = await rpc.request(running.bus, subjects.query("report"), query.encode(), PATIENCE)
    except NoResponders:
        raise CannotStart("the store does not answer; is `trunkline up` (or `run store`) still starting?") from None
    except RemoteError as error:
        raise CannotStart(f"the store answers: {error.text or error.kind}") from None
    return ReportAnswer.decode(answer)


def _json(answer: ReportAnswer) -> dict[str, Any]:
    listed = answer.model_dump(mode="json", include={"since", "until", "timezone", "looked_at", "more"})
    tables = [
        {"name": each.name, "report": each.report, "by": each.by, "rows": each.told(), "more": each.more}
        for each in answer.tables
    ]
    return {**listed, "tables": tables}


def _drawn(table: ReportTable, language: str, zone: ZoneInfo) -> Table:
    """A table for people. The overview says units within its values."""
    places = [place for place, column in enumerate(table.columns) if column.name != "unit"]
    drawn = Table(box=None, pad_edge=False, header_style="")
    for place in places:
        column = table.columns[place]
        words = column.unit in ("", "text")
        drawn.add_column(heading(column, language), justify="left" if words else "right", overflow="fold")
    for row in table.rows:
        values = (named(table.columns[place], row[place], language) for place in places)
        drawn.add_row(
            *(told(value, unit_of(table, place, row), zone) for value, place in zip(values, places, strict=True))
        )
    return drawn
