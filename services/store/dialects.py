"""Where SQLite and PostgreSQL differ: upserts, sequences, locks and claiming rows. Everything else is the same SQLAlchemy Core."""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, text
from sqlalchemy.dialects import postgresql, sqlite

from services.store.script import Step, run

# Advisory locks have two 32-bit keys; the first says what the second is about.
LOCK_SPACE_KEYS = 0x54524B31
LOCK_SPACE_MIGRATION = 0x54524B32
# A lock per key would overrun PostgreSQL's lock table (64 per connection by default).
BUCKETS = 1024

FIRST_TICKET = 1001

Insert = sqlite.Insert | postgresql.Insert


def insert(dialect: str, table: Table) -> Insert:
    """An INSERT that knows ``on_conflict_do_…``; both databases spell it the same."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def needs_locks(connection: Connection) -> bool:
    """Whether several transactions may write at a time: not on SQLite."""
    return connection.dialect.name != "sqlite"


def lock(connection: Connection, keys: Iterable[str]) -> None:
    """Wait until no other transaction has locked any of ``keys``, and keep them until this one ends.

    Only where `needs_locks`. Keys share 1,024 buckets, taken in ascending order, so that two transactions wait for each other in
    one direction only.
    """
    buckets = sorted({zlib.crc32(key.encode()) % BUCKETS for key in keys})
    if buckets:
        connection.execute(_LOCK, {"space": LOCK_SPACE_KEYS, "buckets": buckets})


_LOCK = text(
    "SELECT count(pg_advisory_xact_lock(CAST(:space AS integer), bucket)) FROM unnest(CAST(:buckets AS integer[])) AS bucket"
)


def ticket_numbers(connection: Connection, count: int) -> Sequence[int]:
    """The next ``count`` ticket numbers, ascending. A transaction that fails leaves a gap on PostgreSQL."""
    if count == 0:
        return ()
    if connection.dialect.name == "sqlite":
        last: int = run(connection, [Step(_COUNT_UP, (count,))])[0][0][0]
        return range(last - count + 1, last + 1)
    return sorted(connection.execute(_SEQUENCE, {"count": count}).scalars())


_COUNT_UP = "UPDATE counter SET value = value + ? WHERE name = 'ticket' RETURNING value"
_SEQUENCE = text("SELECT nextval('ticket_number') FROM generate_series(1, CAST(:count AS integer))")


def claimed(dialect: str, statement: Select[Any]) -> Select[Any]:
    """The rows of ``statement`` that nobody else is working on, locked for this transaction."""
    return statement if dialect == "sqlite" else statement.with_for_update(skip_locked=True)


def sequences(dialect: str) -> list[str]:
    """The statements that create what ticket numbers come from, for the first migration."""
    if dialect == "sqlite":
        return [f"INSERT INTO counter (name, value) VALUES ('ticket', {FIRST_TICKET - 1})"]  # noqa: S608, our own constant
    return [f"CREATE SEQUENCE ticket_number START {FIRST_TICKET}"]
