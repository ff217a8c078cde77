"""Bringing a database to the form this code expects: Alembic, run by the store at its start and by nothing else.

A new revision is a file in ``versions``; a test compares what the revisions make with what the models say.
https://alembic.sqlalchemy.org/en/latest/api/runtime.html
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from services.store.dialects import LOCK_SPACE_MIGRATION
from services.store.engine import Database
from services.store.errors import DatabaseTooNew, unavailable
from services.store.models import Row

_HERE = Path(__file__).parent


async def migrate(database: Database) -> None:
    """Create or upgrade all tables, once, however many stores start at the same time.

    Raises `services.store.errors.DatabaseUnavailable`, and `DatabaseTooNew` when a newer Trunkline has been at this database.
    """
    with unavailable(database.url):
        await database.look()
        async with database.writer.begin() as connection:
            if database.dialect == "postgresql":
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK_SPACE_MIGRATION}, 0)"))
            await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    _refuse_newer(connection, scripts)

    def steps(revision: Any, _context: MigrationContext) -> Iterable[Any]:
        return scripts._upgrade_revs("head", revision)

    with EnvironmentContext(config, scripts, fn=steps) as environment:
        environment.configure(connection=connection, target_metadata=Row.metadata)
        environment.run_migrations()


def _refuse_newer(connection: Connection, scripts: ScriptDirectory) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    strange = set(MigrationContext.configure(connection).get_current_heads()) - known
    if strange:
        raise DatabaseTooNew(
            f"the database was written by a newer Trunkline (revision {', '.join(sorted(strange))}): "
            "start that version, or restore a backup made with this one."
        )
