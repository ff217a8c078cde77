"""Figures for whoever shows them, over the bus: the API's calls, the console's pages. The gate goes in, tables come out.

What a period is stands here: days of the company's time zone, each of them whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.desk.errors import Unprocessable
from services.desk.gate import Gate
from services.desk.tokens import Principal
from shared.clock import now
from shared.documents.improvement import Origin, Trend
from shared.messages.reports import ReportAnswer, ReportQuery, ReportTable
from shared.reports import NAMES
from shared.reports.periods import last_days, midnight, previous
from shared.reports.wording import named
from shared.texts import text

REPORT_SECONDS: Final = 60.0
"""How long figures are waited for: they take seconds where there are very many tickets."""
QUALITY: Final = "quality"
NOBODY: Final = "-"
"""Whom no review is about."""
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    """A period, and with what it is compared: from ``before`` to ``since``."""

    since: datetime
    until: datetime
    before: datetime


@dataclass(frozen=True)
class Narrowed:
    """Which tickets count; null: all. An empty text means those that have none."""

    team: str | None = None
    agent: str | None = None
    channel: str | None = None
    category: str | None = None


ALL: Final = Narrowed()


async def report(
    gate: Gate, names: Sequence[str], span: Span, narrowed: Narrowed = ALL, *, compare: bool = False
) -> ReportAnswer:
    """These figures (`shared.reports.NAMES`). Raises `Unprocessable` for one that there is not, and as `Gate`."""
    for name in names:
        if name not in NAMES:
            raise Unprocessable("name", f"there is no report {name[:60]!r}; there are {', '.join(NAMES)}")
    query = ReportQuery(
        names=list(names),
        since=span.since,
        until=span.until,
        before=span.before,
        compare=compare,
        team=narrowed.team,
        agent=narrowed.agent,
        channel=narrowed.channel,
        category=narrowed.category,
    )
    return await gate.query("report", query, ReportAnswer, REPORT_SECONDS)


async def report_for(
    principal: Principal,
    gate: Gate,
    names: Sequence[str],
    span: Span,
    narrowed: Narrowed = ALL,
    *,
    compare: bool = False,
) -> ReportAnswer:
    """These figures as somebody may see them: of quality reviews an agent's own alone, whatever else is asked for. Raises as `report`."""
    if principal.role != "agent" or QUALITY not in names:
        return await report(gate, names, span, narrowed, compare=compare)
    own = await report(gate, [QUALITY], span, replace(narrowed, agent=principal.email or NOBODY), compare=compare)
    others = [name for name in names if name != QUALITY]
    if not others:
        return own
    answer = await report(gate, others, span, narrowed, compare=compare)

    def together(here: Sequence[ReportTable], theirs: Sequence[ReportTable]) -> list[ReportTable]:
        every = [*here, *theirs]
        return [table for name in dict.fromkeys(names) for table in every if table.report == name]

    return answer.model_copy(
        update={
            "tables": together(answer.tables, own.tables),
            "previous": together(answer.previous, own.previous),
            "more": answer.more or own.more,
        }
    )


def span_of(since: str, until: str, zone: ZoneInfo, at: datetime | None = None) -> Span:
    """The period that is meant: days (2026-03-01, whole, in the company's time) or times with a zone. Without ``until`` up to now, without
    ``since`` the last 30 days. Raises `Unprocessable`."""
    at = at or now()
    end = _moment("until", until, zone, end=True) if until else at
    begin = _moment("since", since, zone) if since else last_days(end, zone)
    if not begin < end:
        raise Unprocessable("since", "the period must begin before it ends")
    if begin >= at:
        raise Unprocessable("since", "the period has not begun")
    return Span(begin, end, previous(begin, min(end, at) if not until else end, zone))


def _moment(field: str, written: str, zone: ZoneInfo, *, end: bool = False) -> datetime:
    try:
        day = date.fromisoformat(written)
        found = midnight(day + timedelta(days=1) if end else day, zone)
    except (ValueError, OverflowError):
        try:
            found = datetime.fromisoformat(written)
        except ValueError:
            raise Unprocessable(field, "write a day (2026-03-01) or a time with a zone (2026-03-01T10:00Z)") from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    if not _EARLIEST <= found <= _LATEST:
        raise Unprocessable(field, f"write a time between {_EARLIEST:%Y} and {_LATEST:%Y}")
    return found.astimezone(UTC)


# -- what trends suggest ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Suggestion:
    """An improvement action that a trend suggests: what, why it is thought of, and where it comes from."""

    what: str
    origin: Origin


def suggestions(answer: ReportAnswer, language: str, most: int = 10) -> list[Suggestion]:
    """What the figure ``recurring`` suggests: its words that grow, then the categories that do, with their examples as the origin."""
    found: list[Suggestion] = []
    for table in answer.tables:
        if table.report == "recurring":
            found += [_suggested(table, row, answer, language) for row in table.told() if _grows(row)]
    return found[:most]


def _grows(row: Mapping[str, object]) -> bool:
    growth = row.get("growth")
    return isinstance(growth, int | float) and growth >= 2


def _suggested(table: ReportTable, row: Mapping[str, object], answer: ReportAnswer, language: str) -> Suggestion:
    word, category = str(row.get("term") or ""), str(row.get("category") or "")
    now_, before = int(str(row["now"])), int(str(row["before"]))
    numbers = [int(each.removeprefix("T-")) for each in str(row["examples"]).split(", ") if each]
    shown = word or str(named(table.columns[0], category, language))
    trend = Trend(
        term=word[:100], category=category[:100], now=now_, before=before, since=answer.since, until=answer.until
    )
    what = text("improvement.suggested", language, term=shown, now=now_, before=before)
    return Suggestion(what, Origin(tickets=numbers, trend=trend))
