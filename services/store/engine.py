"""Opening the database: SQLite in the data folder or PostgreSQL, one writing engine and one for read-only snapshots.

SQLite has one writer; its transactions begin IMMEDIATE, so that waiting for the lock happens at the beginning and never in the middle,
where it could only fail. Readers see the last commit and never block it (WAL, https://www.sqlite.org/wal.html).
"""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.store.errors import DatabaseUnavailable, explain
from services.store.script import Step, run

READERS = 4
CONNECT_SECONDS = 10
# PostgreSQL: a statement that takes longer than this is stuck, and the group behind it with it.
COMMAND_SECONDS = 60
BUSY_MILLISECONDS = 10_000

_SQLITE = (
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -32768",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 67108864",
    # Nothing is ever deleted under a row that others point to, and the writer checks what it refers to; two index look-ups per row saved.
    "PRAGMA foreign_keys = OFF",
)


class Database:
    """The two engines of one database. ``dialect`` is ``sqlite`` or ``postgresql``."""

    def __init__(self, url: URL, writer: AsyncEngine, readers: AsyncEngine) -> None:
        self.url, self.writer, self.readers = url, writer, readers
        self.dialect = writer.dialect.name

    async def look(self) -> None:
        """See whether a file can be opened and written, before any of aiosqlite's threads is started: one whose connection fails may
        outlive the event loop, and says so with a traceback at the end of the process. Raises `DatabaseUnavailable`."""
        if self.dialect == "sqlite" and self.url.database:
            try:
                await asyncio.to_thread(_write_nothing, self.url.database)
            except sqlite3.Error as error:
                raise DatabaseUnavailable(explain(self.url, error)) from error

    async def close(self) -> None:
        """Let go of all connections."""
        await self.readers.dispose()
        await self.writer.dispose()


def _write_nothing(path: str) -> None:
    connection = sqlite3.connect(path, timeout=BUSY_MILLISECONDS / 1000, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def database_url(text: str, data: Path) -> URL:
    """The URL to open: ``postgresql://`` and ``postgres://`` as people write them, empty for SQLite in the folder ``data``.

    Raises `DatabaseUnavailable` for what is no such URL.
    """
    if not text:
        return URL.create("sqlite+aiosqlite", database=str(data / "trunkline.sqlite"))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUnavailable(
            "database.url is no database URL: write postgresql://user:password@host/name"
        ) from error
    if url.drivername in ("postgresql", "postgres", "postgresql+asyncpg"):
        return url.set(drivername="postgresql+asyncpg")
    if url.drivername in ("sqlite", "sqlite+aiosqlite"):
        return url.set(drivername="sqlite+aiosqlite")
    raise DatabaseUnavailable(f"database.url: {url.drivername} is not supported; use postgresql:// or leave it empty")


def open_database(url: URL) -> Database:
    """The engines for ``url``; nothing is connected yet."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    return _postgresql(url)


def _sqlite(url: URL) -> Database:
    writer = create_async_engine(url, pool_size=1, max_overflow=0, **_common())
    _prepare(writer, "BEGIN IMMEDIATE", _SQLITE)
    readers = create_async_engine(url, pool_size=READERS, max_overflow=0, **_common())
    _prepare(readers, "BEGIN", (_SQLITE[0], "PRAGMA query_only = ON", "PRAGMA cache_size = -16384"))
    return Database(url, writer, readers)


def _postgresql(url: URL) -> Database:
    # ``ssl`` and the like are asyncpg's names; libpq's ``sslmode`` is what people copy from their provider.
    query = dict(url.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    url = url.set(query=query)
    connect = {"timeout": CONNECT_SECONDS, "command_timeout": COMMAND_SECONDS}
    writer = create_async_engine(url, pool_size=1, max_overflow=1, connect_args=connect, **_common())
    readers = create_async_engine(
        url,
        pool_size=READERS,
        max_overflow=READERS,
        connect_args=connect,
        isolation_level="REPEATABLE READ",
        execution_options={"postgresql_readonly": True},
        pool_pre_ping=True,
        **_common(),
    )
    return Database(url, writer, readers)


def _common() -> dict[str, Any]:
    return {"json_serializer": _dump, "json_deserializer": from_json, "query_cache_size": 2000}


def _dump(value: Any) -> str:
    # Writes models as well as plain values.
    return to_json(value).decode()


def _prepare(engine: AsyncEngine, begin: str, pragmas: tuple[str, ...]) -> None:
    """Every connection of ``engine`` runs ``pragmas`` once and begins each transaction with ``begin``."""

    @event.listens_for(engine.sync_engine, "connect")
    def connected(dbapi: Any, _record: object) -> None:
        dbapi.isolation_level = None  # the driver begins nothing by itself
        cursor = dbapi.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def began(connection: Any) -> None:
        run(connection, [Step(begin, ())])
