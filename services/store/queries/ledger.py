"""``store.query.ledger``: per channel and inbox, whether everything received is accounted for.

The two sides are independent: *received* is what the bus counted plus what intake turned away at the door; the other side is what the
database recorded, what was given up, and what is not yet done. At rest they are equal; a difference is a loss (or a bug).

In motion: the database is read in one snapshot, and each message on the bus is looked up in that same snapshot by its cause and its
sequence. A message is therefore either recorded or still open, never both, wherever it was just then.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.models import Cause, LedgerCount, table
from services.store.queries import ledger_bus as bus
from services.store.queries.ledger_bus import Arrival
from services.store.reading import QueryContext
from shared.bus import subjects
from shared.bus.errors import BusUnavailable, RemoteError
from shared.messages.ticket import LedgerAnswer, LedgerLine, LedgerQuery

_cause, _count = table(Cause), table(LedgerCount)
_LOOKUP = 500
_ENDED = ("stored", "duplicate", "quarantined")

Route = tuple[str, str]


@dataclass(slots=True)
class Lines:
    """The lines in the making, by channel and inbox."""

    lines: dict[Route, LedgerLine] = field(default_factory=dict)

    def at(self, route: Route) -> LedgerLine:
        """The line of a route, made when first asked for."""
        if route not in self.lines:
            self.lines[route] = LedgerLine(channel=route[0], inbox=route[1])
        return self.lines[route]

    def add(self, route: Route, what: str, number: int = 1, reason: str = "") -> None:
        """Count ``number`` more under ``what``, a field of `LedgerLine`; the reason as ``<what>: <reason>``."""
        line = self.at(route)
        setattr(line, what, getattr(line, what) + number)
        if reason:
            key = f"{what}: {reason}"
            line.reasons[key] = line.reasons.get(key, 0) + number

    def answer(self) -> LedgerAnswer:
        """All lines, in order."""
        return LedgerAnswer(lines=[self.lines[route] for route in sorted(self.lines)])


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the database has under a cause. ``sequence`` is that of the message it was recorded for, None where none was noted."""

    outcome: str
    reason: str
    sequence: int | None


async def read_ledger(context: QueryContext, query: LedgerQuery) -> LedgerAnswer:
    """The lines. With ``since``: of the messages that the bus still holds from then on, one by one (what intake refused counts from the
    beginning of that hour).

    Raises DatabaseUnavailable, and RemoteError: ``unavailable`` when the bus does not answer, ``too-many`` when more messages than
    `ledger_bus.MOST` are open or were received since then.
    """
    try:
        return await (_ever(context) if query.since is None else _since(context, query.since))
    except BusUnavailable as error:
        raise RemoteError("unavailable", str(error)) from error


async def _ever(context: QueryContext) -> LedgerAnswer:
    lines = Lines()
    # Positions first: whatever moves on while we look is then still above them.
    done = await bus.positions(context.js)
    counts, last = await bus.received(context.js)
    dead = await bus.dead(context.js)
    async with context.reader.snapshot() as connection:
        await _recorded_ever(connection, lines)
        await _noted(connection, lines, true())
        waiting = await bus.retried_after(context.js, done.retry) + await bus.arrived_after(context.js, done.intake)
        found = await _recorded(connection, [*dead, *waiting])
    for subject, number in counts.items():
        lines.add(subjects.route(subject), "received", number)
    for arrival in _once(waiting):
        # Recorded, but not yet in the counts: it came in after them.
        if arrival.sequence > last and arrival in found:
            lines.add(subjects.route(arrival.subject), "received")
    _count_open(lines, dead, [each for each in waiting if each.sequence <= last], found)
    return lines.answer()


async def _since(context: QueryContext, since: datetime) -> LedgerAnswer:
    lines = Lines()
    done = await bus.positions(context.js)
    arrivals = await bus.arrived_since(context.js, since)
    dead = await bus.dead(context.js)
    hour = since.replace(minute=0, second=0, microsecond=0)
    async with context.reader.snapshot() as connection:
        await _noted(connection, lines, _count.c.hour >= hour)
        retried = {each.sequence for each in await bus.retried_after(context.js, done.retry)}
        found = await _recorded(connection, arrivals)
    given_up = {each.sequence for each in dead}
    for arrival in arrivals:
        route = subjects.route(arrival.subject)
        lines.add(route, "received")
        if (recorded := found.get(arrival)) is not None:
            lines.add(route, recorded.outcome, 1, recorded.reason)
        elif arrival.sequence in given_up:
            lines.add(route, "dead")
        elif arrival.sequence > done.intake or arrival.sequence in retried:
            lines.add(route, "in_flight")
    return lines.answer()


async def _recorded_ever(connection: AsyncConnection, lines: Lines) -> None:
    columns = (_cause.c.channel, _cause.c.inbox, _cause.c.outcome, _cause.c.reason)
    statement = select(*columns, func.count().label("number")).where(_cause.c.outcome.in_(_ENDED)).group_by(*columns)
    for row in await connection.execute(statement):
        lines.add((row.channel, row.inbox), row.outcome, row.number, row.reason or "")


async def _noted(connection: AsyncConnection, lines: Lines, condition: ColumnElement[bool]) -> None:
    """What intake turned away or took twice counts on both sides: the bus never had it."""
    columns = (_count.c.channel, _count.c.inbox, _count.c.outcome, _count.c.reason)
    statement = select(*columns, func.sum(_count.c.count).label("number")).where(condition).group_by(*columns)
    for row in await connection.execute(statement):
        if row.outcome in ("refused", "duplicate"):
            lines.add((row.channel, row.inbox), "received", int(row.number))
            lines.add((row.channel, row.inbox), row.outcome, int(row.number), row.reason)


async def _recorded(connection: AsyncConnection, arrivals: Iterable[Arrival]) -> dict[Arrival, Recorded]:
    """Those of the arrivals that the database has. A message published a second time is recorded under its own sequence."""
    sent = [arrival for arrival in dict.fromkeys(arrivals) if arrival.cause is not None]
    wanted = [name for arrival in sent for name in (str(arrival.cause), f"{arrival.cause}:{arrival.sequence}")]
    rows: dict[str, Recorded] = {}
    for start in range(0, len(wanted), _LOOKUP):
        rows |= await _causes(connection, wanted[start : start + _LOOKUP])
    found: dict[Arrival, Recorded] = {}
    for arrival in sent:
        again, first = rows.get(f"{arrival.cause}:{arrival.sequence}"), rows.get(str(arrival.cause))
        if again is not None:
            found[arrival] = again
        elif first is not None and first.sequence in (None, arrival.sequence):
            found[arrival] = first
    return found


async def _causes(connection: AsyncConnection, names: Sequence[str]) -> dict[str, Recorded]:
    columns = (_cause.c.id, _cause.c.outcome, _cause.c.reason, _cause.c.result)
    statement = select(*columns).where(_cause.c.id.in_(names), _cause.c.outcome.in_(_ENDED))
    rows = await connection.execute(statement)
    return {row.id: Recorded(row.outcome, row.reason or "", _sequence(row.result)) for row in rows}


def _sequence(result: dict[str, Any]) -> int | None:
    sequence = result.get("sequence")
    return int(sequence) if isinstance(sequence, int | str) and str(sequence).isdecimal() else None


def _once(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """Each message once, though it may lie in INTAKE and in RETRY."""
    seen: dict[tuple[str, int, str | None], Arrival] = {}
    for arrival in arrivals:
        seen.setdefault((arrival.subject, arrival.sequence, None if arrival.sequence else arrival.cause), arrival)
    return list(seen.values())


def _count_open(
    lines: Lines, dead: Sequence[Arrival], waiting: Sequence[Arrival], found: dict[Arrival, Recorded]
) -> None:
    """Count what is given up and what is on its way; a message that is both has died and is being tried again: it counts as dead."""
    given_up: dict[Route, Counter[int]] = defaultdict(Counter)
    for arrival in dead:
        if arrival not in found:
            given_up[subjects.route(arrival.subject)][arrival.sequence] += 1
            lines.add(subjects.route(arrival.subject), "dead")
    for arrival in _once(waiting):
        route = subjects.route(arrival.subject)
        if arrival not in found and arrival.sequence not in given_up[route]:
            lines.add(route, "in_flight")
