"""A mark on a database that is being restored: no store but that of the restore itself works on it until all is there.

Else a database server's half restored database would be taken for a whole one by whoever starts Trunkline after an interruption; a SQLite
file is not in its place before that. Not here: restoring (`services.store.copying`).
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from services.store.engine import Database
from services.store.errors import DatabaseUnavailable, unavailable

_TABLE = "restore_unfinished"


class HalfRestored(DatabaseUnavailable):
    """A restore into this database was interrupted; the text is one line that says what to do."""


def mark(connection: Connection, folder: Path) -> None:
    """From now on only a store with this data folder may work on it."""
    connection.execute(text(f"CREATE TABLE {_TABLE} (folder VARCHAR NOT NULL)"))
    connection.execute(text(f"INSERT INTO {_TABLE} VALUES (:folder)"), {"folder": str(folder.absolute())})  # noqa: S608 - our own name


async def unmark(database: Database) -> None:
    """It is whole. Raises `DatabaseUnavailable`."""
    with unavailable(database.url):
        async with database.writer.begin() as connection:
            await connection.execute(text(f"DROP TABLE IF EXISTS {_TABLE}"))


async def look_whole(database: Database, folder: Path) -> None:
    """Raises `HalfRestored` for a store whose data folder is not ``folder`` of the restore, and `DatabaseUnavailable`."""
    with unavailable(database.url):
        await database.look()
        async with database.writer.begin() as connection:
            building = await connection.run_sync(_building)
    if building is not None and building != str(folder.absolute()):
        raise HalfRestored("a restore into this database was not finished: make the database empty, and restore again")


def _building(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_TABLE):
        return None
    return str(connection.execute(text(f"SELECT folder FROM {_TABLE}")).scalar())  # noqa: S608 - our own name
