"""How queries read: a snapshot of the database that nothing they do can change.

Not here: writing (`services.store.writer`), and the queries themselves (`services.store.queries`).
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from nats.js.client import JetStreamContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.engine import Database
from services.store.errors import unavailable
from shared.settings import Settings

Result = TypeVar("Result")


class Reader:
    """Read-only access. ``dialect`` is ``sqlite`` or ``postgresql``, for the few statements that differ."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine = database.readers
        self._url = database.url
        self.dialect = database.dialect

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a read-only transaction: all that is read in it is of one moment.

        Raises `services.store.errors.DatabaseUnavailable` when the database does not answer.
        """
        with unavailable(self._url):
            async with self._engine.begin() as connection:
                yield connection

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """What ``work`` gives; all that it reads is of one moment. On SQLite it runs in another thread.

        Raises `services.store.errors.DatabaseUnavailable` when the database does not answer.
        """
        with unavailable(self._url):
            return await self._database.read(work)

    async def read_aside(self, work: Callable[[Connection], Result]) -> Result:
        """As `read`, for what walks through whole tables: nothing waits behind it. Raises as `read`."""
        with unavailable(self._url):
            return await self._database.read_aside(work)


@dataclass(frozen=True)
class QueryContext:
    """What a query's handler gets beside its request: ``reader`` for the database, ``js`` for what the bus knows (stream and consumer
    counts), ``data`` (the data folder) and the settings."""

    reader: Reader
    js: JetStreamContext
    data: Path
    settings: Settings
