"""Running the revisions that a database lacks. Alembic takes 11 MB, so this is imported only where there is something to run."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from services.store.errors import DatabaseTooNew
from services.store.models import Row

_HERE = Path(__file__).parent


def upgrade(connection: Connection, target: str = "head") -> None:
    """Run what is missing, up to the revision ``target``. Raises `DatabaseTooNew` where a revision has run, or is asked for, that this
    code does not know."""
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    _refuse_newer(connection, scripts, target)

    def steps(revision: Any, _context: MigrationContext) -> Iterable[Any]:
        return scripts._upgrade_revs(target, revision)

    with EnvironmentContext(config, scripts, fn=steps) as environment:
        environment.configure(connection=connection, target_metadata=Row.metadata)
        environment.run_migrations()


def _refuse_newer(connection: Connection, scripts: ScriptDirectory, target: str) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    strange = set(MigrationContext.configure(connection).get_current_heads()) - known
    strange |= {target} - known - {"head"}
    if strange:
        raise DatabaseTooNew(
            f"the database was written by a newer Trunkline (revision {', '.join(sorted(strange))}): "
            "start that version, or restore a backup made with this one."
        )
