"""The whole database as rows, table by table, and back: for `trunkline backup` and `restore`, which have no store that runs.

The same form comes from SQLite and PostgreSQL, so that one can be restored as the other. All is read in one snapshot, a page in
memory at a time. Not copied: the outbox (what it has for the bus is on the streams, or made again from what waits), and the counter of
ticket numbers, which is handed over as a number.
"""

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, Table, func, inspect, literal, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store import (
    models,
    tables,  # noqa: F401 - so that all tables are known
)
from services.store.columns import Instant
from services.store.engine import Database
from services.store.errors import DatabaseUnavailable, unavailable
from services.store.migrations import migrate, newest
from services.store.models import table
from services.store.unfinished import mark
from shared.clock import now
from shared.messages.outbound import RANK
from shared.messages.people import HELD_BY_RESTORE
from shared.messages.waiting import ANSWER_TIMER, WAITING

PAGE = 200
NOT_COPIED = ("outbox", "counter")

_DELIVERY, _TIMER, _OUTBOX = table(models.Delivery), table(models.Timer), table(models.Outbox)
_TICKET = table(models.Ticket)
_WAITING = ("queued", "sending")


class NotEmpty(DatabaseUnavailable):
    """There is something in the database already; the text is one line that says what to do."""


@dataclass(frozen=True)
class Moment:
    """What a copy is of: the revision of the tables, and the last ticket number that was given."""

    revision: str
    last_number: int


def copied() -> list[Table]:
    """The tables, in an order of their names."""
    return [each for each in sorted(models.Row.metadata.tables.values(), key=lambda t: t.name) if _is_copied(each)]


def _is_copied(each: Table) -> bool:
    return each.name not in NOT_COPIED


class Snapshot:
    """One moment of a database."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def moment(self) -> Moment:
        """What it is of. Raises `DatabaseUnavailable` for a database of another version than this program's."""
        revision = await self._connection.scalar(text("SELECT version_num FROM alembic_version"))
        if {revision} != newest():
            raise DatabaseUnavailable(
                "the database is of another version than this program: start Trunkline once first"
            )
        return Moment(str(revision), int(await self._connection.scalar(text(_LAST[self._connection.dialect.name]))))

    async def rows(self, one: Table) -> AsyncIterator[list[list[Any]]]:
        """The rows of a table, a page at a time, as `plain` values in the order of its columns."""
        key = list(one.primary_key.columns)
        shape = [_plain(column) for column in one.columns]
        last: Sequence[Any] | None = None
        while True:
            statement = select(one).order_by(*key).limit(PAGE)
            if last is not None:
                after = [literal(value, column.type) for value, column in zip(last, key, strict=True)]
                statement = statement.where(tuple_(*key) > tuple_(*after))
            page = (await self._connection.execute(statement)).all()
            if page:
                yield [[to(value) for to, value in zip(shape, row, strict=True)] for row in page]
            if len(page) < PAGE:
                return
            last = [page[-1]._mapping[column] for column in key]


# PostgreSQL's sequence gives `last_value` first where it was never called.
_LAST = {
    "sqlite": "SELECT value FROM counter WHERE name = 'ticket'",
    "postgresql": "SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END FROM ticket_number",
}


@asynccontextmanager
async def snapshot(database: Database) -> AsyncIterator[Snapshot]:
    """One moment of the database, as long as this is held; writers go on meanwhile. Raises `DatabaseUnavailable`."""
    with unavailable(database.url):
        async with database.readers.begin() as connection:
            yield Snapshot(connection)


def _plain(column: Column[Any]) -> Callable[[Any], Any]:
    """A value of the column as JSON has it: times as ISO 8601 text, octets in base 64."""
    if isinstance(column.type, Instant):
        return lambda value: value.isoformat() if value is not None else None
    if isinstance(column.type, LargeBinary):
        return lambda value: b64encode(value).decode() if value is not None else None
    return lambda value: value


def _own(column: Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, Instant):
        return lambda value: datetime.fromisoformat(value) if value is not None else None
    if isinstance(column.type, LargeBinary):
        return lambda value: b64decode(value) if value is not None else None
    return lambda value: value


async def make_empty(database: Database, revision: str, folder: Path) -> None:
    """Make the tables as they were at ``revision``, for the restore that works in ``folder`` alone until `unmark` says that it is done.
    Raises `NotEmpty` where there are some, and `DatabaseUnavailable`."""
    with unavailable(database.url):
        await database.look()
        async with database.writer.begin() as connection:
            if await connection.run_sync(lambda bare: bool(inspect(bare).get_table_names())):
                raise NotEmpty("the database has tables already: restore into an empty one (database.url)")
            await connection.run_sync(mark, folder)
    await migrate(database, revision)


async def fill(database: Database, name: str, columns: Sequence[str], pages: Iterable[list[list[Any]]]) -> int:
    """Write the rows of a table, a transaction for each page; how many. Raises `DatabaseUnavailable`; ValueError for what is no table
    or column of ours."""
    one = models.Row.metadata.tables.get(name)
    if one is None or not _is_copied(one) or not set(columns) <= set(one.columns.keys()):
        raise ValueError(f"{name} is no table that can be restored")
    shape = [_own(one.columns[each]) for each in columns]
    count = 0
    with unavailable(database.url):
        for page in pages:
            rows = [{key: to(value) for key, to, value in zip(columns, shape, row, strict=True)} for row in page]
            async with database.writer.begin() as connection:
                await connection.execute(one.insert(), rows)
            count += len(rows)
    return count


async def finish(database: Database, last_number: int) -> None:
    """After the rows: counters go on from where they were, the newest revision is run, timers are due when they say, and nothing that
    waited to be sent is put on the bus. Raises `DatabaseUnavailable`."""
    with unavailable(database.url):
        async with database.writer.begin() as connection:
            await connection.run_sync(_count_on, last_number)
            await connection.execute(_TIMER.update().values(wake_at=_TIMER.c.due_at))
            await connection.run_sync(_stop_answers)
            # Reports that came after the snapshot may still tell what became of them; `hold` stops the rest.
            waiting = _DELIVERY.c.state.in_(_WAITING)
            await connection.execute(_DELIVERY.update().where(waiting).values(wake_at=None))
    await migrate(database)


def _stop_answers(connection: Connection) -> None:
    """What waited a few seconds to be sent has been sent since, for all that is known: it is not sent by itself, but kept to be seen."""
    waiting = select(_TIMER.c.ticket_id).where(_TIMER.c.kind == ANSWER_TIMER)
    found = connection.execute(select(_TICKET.c.id, _TICKET.c.state).where(_TICKET.c.id.in_(waiting))).all()
    for each in found:
        held = (each.state or {}).get(WAITING) or {}
        stopped = {name: {**one, "stopped": one.get("stopped") or HELD_BY_RESTORE} for name, one in held.items()}
        state = {**each.state, WAITING: stopped}
        connection.execute(_TICKET.update().where(_TICKET.c.id == each.id).values(state=state))
    connection.execute(_TIMER.delete().where(_TIMER.c.kind == ANSWER_TIMER))


def _count_on(connection: Connection, last_number: int) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(text("UPDATE counter SET value = :last WHERE name = 'ticket'"), {"last": last_number})
        return
    connection.execute(text("SELECT setval('ticket_number', :last)"), {"last": last_number})
    for one in copied():
        counted = one.autoincrement_column
        if counted is None or not inspect(connection).has_table(one.name):
            continue
        name = connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": f'"{one.name}"', "column": counted.name}
        )
        last = connection.scalar(select(func.max(counted)))
        if name is not None and last is not None:
            connection.execute(text("SELECT setval(CAST(:name AS regclass), :last)"), {"name": name, "last": last})


async def hold(database: Database) -> int:
    """Stop whatever waits to be sent, until somebody releases it; how many. Raises `DatabaseUnavailable`."""
    values = {
        "state": "unknown",
        "rank": RANK["unknown"],
        "wake_at": None,
        "lease_until": None,
        "next_attempt_at": None,
        "error": HELD_BY_RESTORE,
    }
    with unavailable(database.url):
        async with database.writer.begin() as connection:
            await connection.execute(_OUTBOX.delete().where(_OUTBOX.c.stream == "OUTBOUND"))
            held = _DELIVERY.update().where(_DELIVERY.c.state.in_(_WAITING)).values(values)
            return (await connection.execute(held)).rowcount


async def is_quiet(database: Database) -> bool:
    """Whether no timer is due, and nothing waits to be put on the bus. Raises `DatabaseUnavailable`."""
    with unavailable(database.url):
        async with database.readers.begin() as connection:
            due = select(func.count()).where(_TIMER.c.wake_at <= now())
            waiting = select(func.count()).select_from(_OUTBOX)
            return not (await connection.scalar(due) or await connection.scalar(waiting))


async def count_held(database: Database) -> int:
    """How many deliveries wait for somebody to release them. Raises `DatabaseUnavailable`."""
    with unavailable(database.url):
        async with database.readers.begin() as connection:
            held = select(func.count()).where(_DELIVERY.c.state == "unknown", _DELIVERY.c.error == HELD_BY_RESTORE)
            return int(await connection.scalar(held) or 0)
