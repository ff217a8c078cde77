"""The places on disk where forgotten words stood. Deleting a row only says that its place is free; what stood there stays readable."""

import asyncio
import sqlite3
from pathlib import Path

import structlog

from services.store.engine import BUSY_MILLISECONDS, Database
from services.store.errors import is_away, is_conflict

log = structlog.get_logger(__name__)

LARGEST = 1024**3
"""Octets of a SQLite file up to which it is written anew at once: some five seconds on a plain disk, in which nothing else is written."""


async def overwrite(database: Database) -> bool:
    """Write a SQLite file anew, without what is free in it, and empty its log; whether that was done. PostgreSQL's own vacuum does it
    by and by."""
    path = database.url.database
    if database.dialect != "sqlite" or not path:
        return False
    if Path(path).stat().st_size > LARGEST:
        log.warning("the database is too large to be written anew while Trunkline works; see docs/people.md", path=path)
        return False
    return await asyncio.to_thread(_anew, path)


def _anew(path: str) -> bool:
    connection = sqlite3.connect(path, timeout=BUSY_MILLISECONDS / 1000, isolation_level=None)
    try:
        # An index forgets a word only when the parts of it that had it are written together.
        for index in ("search_message", "search_ticket", "search_article"):
            connection.execute(f"INSERT INTO {index} ({index}) VALUES ('optimize')")  # noqa: S608 - our own names
        connection.execute("VACUUM")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    except sqlite3.Error as error:
        if not (is_conflict(error) or is_away(error)):
            raise
        log.warning("the database cannot be written anew now; deleted words stay on disk until it is", error=str(error))
        return False
    finally:
        connection.close()
