"""Opening the database: SQLite in the data folder or PostgreSQL, one writing engine and one for read-only snapshots.

SQLite has one writer; its transactions begin IMMEDIATE, so that waiting for the lock happens at the beginning and never in the middle,
where it could only fail. Readers see the last commit and never block it (WAL, https://www.sqlite.org/wal.html).

What runs all the time, groups of writes and facts, runs on SQLite as a whole in a thread of its own (`Database.write`, `Database.read`):
one hop there and back for a transaction instead of five or more, each of which cost as much as five rows. Everything else goes through
the asynchronous engines.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic_core import from_json, to_json
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.store.errors import DatabaseUnavailable, explain
from services.store.multirow import CACHED
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


Result = TypeVar("Result")


class Hand:
    """One connection to SQLite and the thread in which whole transactions run on it, one after the other."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """What ``work`` gives, in a transaction of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, work)

    def _transaction(self, work: Callable[[Connection], Result]) -> Result:
        with self._engine.begin() as connection:
            return work(connection)

    async def close(self) -> None:
        """Finish what is begun, close the connection, end the thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()


class Database:
    """The two engines of one database, and on SQLite three hands: to write, to read, and to read what takes seconds. ``dialect`` is
    ``sqlite`` or ``postgresql``."""

    def __init__(
        self, url: URL, writer: AsyncEngine, readers: AsyncEngine, hands: tuple[Hand, Hand, Hand] | None = None
    ) -> None:
        self.url, self.writer, self.readers = url, writer, readers
        self.dialect = writer.dialect.name
        self._hands = hands

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """What ``work`` gives, in a writing transaction. On SQLite it runs in another thread."""
        if self._hands:
            return await self._hands[0].run(work)
        async with self.writer.begin() as connection:
            return await connection.run_sync(work)

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """What ``work`` gives, in a read-only transaction. On SQLite it runs in another thread."""
        if self._hands:
            return await self._hands[1].run(work)
        async with self.readers.begin() as connection:
            return await connection.run_sync(work)

    async def read_aside(self, work: Callable[[Connection], Result]) -> Result:
        """As `read`, for what walks through whole tables: what is read for decisions meanwhile does not wait behind it."""
        if self._hands:
            return await self._hands[2].run(work)
        return await self.read(work)

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
        for hand in self._hands or ():
            await hand.close()
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
    writing = "BEGIN IMMEDIATE", _SQLITE
    reading = "BEGIN", (_SQLITE[0], "PRAGMA query_only = ON", "PRAGMA cache_size = -16384")
    writer = create_async_engine(url, pool_size=1, max_overflow=0, **_common())
    _prepare(writer.sync_engine, *writing)
    readers = create_async_engine(url, pool_size=READERS, max_overflow=0, **_common())
    _prepare(readers.sync_engine, *reading)
    direct = url.set(drivername="sqlite")
    hands = []
    for name, manner in (("store-write", writing), ("store-read", reading), ("store-aside", reading)):
        # Each transaction is ended by whoever began it: nothing is left to be undone when the connection goes back to the pool.
        connect = {"cached_statements": CACHED}
        engine = create_engine(
            direct, pool_size=1, max_overflow=0, pool_reset_on_return=None, connect_args=connect, **_common()
        )
        _prepare(engine, *manner)
        hands.append(Hand(engine, name))
    return Database(url, writer, readers, (hands[0], hands[1], hands[2]))


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
        connect_args=connect | {"server_settings": _READING},
        isolation_level="REPEATABLE READ",
        execution_options={"postgresql_readonly": True},
        pool_pre_ping=True,
        **_common(),
    )
    return Database(url, writer, readers)


_READING: Final = {"plan_cache_mode": "force_custom_plan", "jit": "off"}
"""What is read is planned by its values each time, a tenth of a millisecond. A plan for any values, which PostgreSQL takes from the sixth
time on, knows neither how few tickets are alive nor that counting ends at a thousand: it read all of a hundred thousand, 180 ms
instead of 2. Compiling a query never paid for what pages ask."""


def _common() -> dict[str, Any]:
    return {"json_serializer": _dump, "json_deserializer": from_json, "query_cache_size": 2000}


def _dump(value: Any) -> str:
    # Writes models as well as plain values.
    return to_json(value).decode()


def _prepare(engine: Engine, begin: str, pragmas: tuple[str, ...]) -> None:
    """Every connection of ``engine`` runs ``pragmas`` once and begins each transaction with ``begin``."""

    @event.listens_for(engine, "connect")
    def connected(dbapi: Any, _record: object) -> None:
        dbapi.isolation_level = None  # the driver begins nothing by itself
        cursor = dbapi.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def began(connection: Any) -> None:
        run(connection, [Step(begin, ())])
