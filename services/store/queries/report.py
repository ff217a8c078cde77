"""``store.query.report`` and ``store.query.draw``: figures, and tickets drawn for quality review.

A report is made of one snapshot, read in stretches by a connection of its own, so that facts and other questions go on beside it; rows are
taken apart and counted a few at a time, with everybody else's turn between. A thread would be worse: it computes without a pause, and each
time that the loop reads or writes a socket it waits 5 ms (the interpreter's switch interval) to go on. What the figures are stands in
`shared.reports`; how much is in memory does not grow with the database, but for a few numbers of each ticket that counts.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Text, cast, func, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.documents import DOCUMENT
from services.store.models import Agent, Ticket, table
from services.store.queries import reportrows as rows
from services.store.reading import QueryContext, Reader
from shared.bus.errors import RemoteError
from shared.clock import now
from shared.messages.reports import DrawAnswer, DrawnTicket, DrawQuery, ReportAnswer, ReportQuery
from shared.reports import NAMES, Period, Report, Scope
from shared.reports.drawing import checksum, drawn
from shared.reports.rows import IMPORTED, OVER

STRETCH: Final = 200
"""Rows that are read at a time."""
PIECE: Final = 20
"""Rows that are looked at without a pause: some milliseconds, for all figures at once."""
MOST_TICKETS: Final = 1_000_000
MOST_DRAWN: Final = 50
AT_ONCE: Final = 2
"""Reports of one store that are made at a time; others wait, so that there are connections left for everything else."""
_STATEFUL: Final = frozenset(NAMES) - {"volume", "satisfaction", "recurring", "prevention", "quality", "improvements"}

_ticket, _agent = table(Ticket), table(Agent)
_turns: WeakKeyDictionary[Reader, asyncio.Semaphore] = WeakKeyDictionary()

Made = TypeVar("Made")


async def make_report(context: QueryContext, query: ReportQuery) -> ReportAnswer:
    """The figures. Raises RemoteError ``invalid`` for an unknown one and for a period that is none; DatabaseUnavailable."""
    scope = _scope(context, query)
    try:
        report = Report(query.names, scope, compare=query.compare)
    except OverflowError:
        raise RemoteError("invalid", "the period is too long") from None
    turn = _turns.setdefault(context.reader, asyncio.Semaphore(AT_ONCE))
    async with turn, context.reader.snapshot() as connection:
        emails = dict(map(tuple, await connection.execute(select(_agent.c.id, _agent.c.email))))
        looked_at, more = await _show(connection, query, report, scope, rows.Reading(query, emails))
    tables, previous = await asyncio.to_thread(lambda: (report.tables(), report.previous()))
    return ReportAnswer(
        since=scope.period.since,
        until=scope.period.until,
        before=scope.before.since,
        timezone=context.settings.timezone,
        tables=tables,
        previous=previous,
        looked_at=looked_at,
        more=more,
    )


def _scope(context: QueryContext, query: ReportQuery) -> Scope:
    unknown = [name for name in query.names if name not in NAMES]
    if unknown:
        raise RemoteError("invalid", f"there is no report {unknown[0][:60]!r}; there are {', '.join(NAMES)}")
    if not all(each is None or each.tzinfo for each in (query.since, query.until, query.before)):
        raise RemoteError("invalid", "a time without a zone")
    until = min(query.until, now())
    if until <= query.since:
        raise RemoteError("invalid", "the period is empty, or has not begun")
    try:
        before = query.before or query.since - (until - query.since)
    except OverflowError:
        raise RemoteError("invalid", "the period is too long") from None
    if before >= query.since:
        raise RemoteError("invalid", "the period before must begin before")
    return Scope(Period(query.since, until), Period(before, query.since), ZoneInfo(context.settings.timezone))


async def _show(
    connection: AsyncConnection, query: ReportQuery, report: Report, scope: Scope, reading: rows.Reading
) -> tuple[int, bool]:
    """Show everything to the report. Gives how many tickets it saw, and whether there are more than are looked at."""
    since, until = report.since, scope.period.until
    seen, more = 0, False
    if "ticket" in report.looks_at:
        state, words = bool(_STATEFUL.intersection(query.names)), "recurring" in query.names
        statement = rows.tickets(query, since, until, state=state, words=words)
        seen, more = await _read(connection, statement, rows.after_ticket, reading.tickets, report.tickets)
    if "deed" in report.looks_at:
        await _read(
            connection, rows.deeds(query, since, until, report.kinds), rows.after_deed, reading.deeds, report.deeds
        )
    if "prevention" in report.looks_at:
        statement = rows.preventions(query, since, until)
        await _read(connection, statement, rows.after_ticket, reading.preventions, report.preventions)
    if "judged" in report.looks_at:
        statement = rows.documents("review", since)
        await _read(connection, statement, rows.after_document, reading.reviews, report.reviews)
    if "improving" in report.looks_at:
        statement = rows.documents("improvement")
        await _read(connection, statement, rows.after_document, reading.improvements, report.improvements)
    return seen, more


async def _read(
    connection: AsyncConnection,
    statement: Select[Any],
    after: Callable[[Select[Any], RowMapping], Select[Any]],
    make: Callable[[Sequence[RowMapping]], Sequence[Made]],
    show: Callable[[Sequence[Made]], None],
) -> tuple[int, bool]:
    """Everything that a statement gives, in stretches. How many rows, and whether that was not all."""
    wanted, seen = statement, 0
    while True:
        found = (await connection.execute(wanted.limit(STRETCH))).mappings().all()
        seen += len(found)
        last = len(found) < STRETCH
        if not last and seen >= MOST_TICKETS:
            return seen, True
        for start in range(0, len(found), PIECE):
            show(make(found[start : start + PIECE]))
            await asyncio.sleep(0)
        if last:
            return seen, False
        wanted = after(statement, found[-1])


# -- drawing ------------------------------------------------------------------------------------------------------------------


async def draw_tickets(context: QueryContext, query: DrawQuery) -> DrawAnswer:
    """A draw. Raises RemoteError ``invalid`` for a period that is none; DatabaseUnavailable."""
    if query.since.tzinfo is None or query.until.tzinfo is None or query.since >= query.until:
        raise RemoteError("invalid", "the period is empty")
    over_at = func.coalesce(_ticket.c.solved_at, _ticket.c.closed_at)
    narrowed = ReportQuery(names=[], since=query.since, until=query.until, team=query.team, agent=query.agent)
    candidates = (
        select(_ticket.c.number)
        .where(*rows.chosen(narrowed), *rows.of_agent(narrowed), _ticket.c.status.in_(OVER))
        .where(over_at >= query.since, over_at < query.until, _untagged())
    )
    had = select(DOCUMENT.c.number).where(DOCUMENT.c.kind == "review", DOCUMENT.c.made_by == query.reviewer)
    async with context.reader.snapshot() as connection:
        every = set((await connection.execute(candidates)).scalars())
        before = every.intersection((await connection.execute(had)).scalars())
        left = every - before
        count = max(1, min(query.count, MOST_DRAWN))
        numbers, summed = await asyncio.to_thread(lambda: (drawn(query.seed, left, count), checksum(left)))
        names = ("number", "assignee", "team", "channel", "category", "subject")
        statement = select(*(_ticket.c[name] for name in names)).where(_ticket.c.number.in_(numbers))
        found = {row["number"]: row for row in (await connection.execute(statement)).mappings()}
    tickets = [
        DrawnTicket(
            number=number,
            agent=found[number]["assignee"] or "",
            team=found[number]["team"] or "",
            channel=found[number]["channel"],
            category=found[number]["category"] or "",
            subject=found[number]["subject"][:300],
        )
        for number in numbers
    ]
    return DrawAnswer(tickets=tickets, candidates=len(left), left_out=len(before), checksum=summed)


def _untagged() -> ColumnElement[bool]:
    """What came out of an archive was dealt with elsewhere."""
    return cast(_ticket.c.tags, Text).not_like(f'%"{IMPORTED}"%')
