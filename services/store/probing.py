"""Whether a database answers and is not of a newer Trunkline, for `trunkline check`; reads no more of it, and writes nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, inspect, text

from services.store.engine import open_database
from services.store.errors import DatabaseTooNew, DatabaseUnavailable, unavailable
from services.store.migrations import known

_REVISIONS = "SELECT version_num FROM alembic_version"


async def probe(url: URL) -> str:
    """Connect and ask for its revision. Raises `DatabaseUnavailable` with one line that says what to do, `DatabaseTooNew` among them."""
    database = open_database(url)
    try:
        with unavailable(url):
            async with database.readers.connect() as connection:
                has_tables = await connection.run_sync(lambda plain: inspect(plain).has_table("alembic_version"))
                revisions = set((await connection.execute(text(_REVISIONS))).scalars()) if has_tables else set()
    finally:
        await database.close()
    _refuse_newer(revisions)
    return f"{url.database} at {url.host or 'localhost'} answers"


def probe_file(file: Path) -> None:
    """The same for an SQLite file that nobody has open. Its folder stays as it is: what a killed process left in the write-ahead log is
    not looked at. Raises `DatabaseUnavailable`."""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?immutable=1", uri=True)) as connection:
            has_tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
            revisions = {each for (each,) in connection.execute(_REVISIONS)} if has_tables else set()
    except sqlite3.Error as error:
        raise DatabaseUnavailable(
            f"the database {file} cannot be used: {error}; restore a backup into another folder"
        ) from None
    _refuse_newer(revisions)


def _refuse_newer(revisions: set[str]) -> None:
    if strange := revisions - known():
        raise DatabaseTooNew(
            f"the database was written by a newer Trunkline (revision {', '.join(sorted(strange))}): "
            "start that version, or restore a backup made with this one."
        )
