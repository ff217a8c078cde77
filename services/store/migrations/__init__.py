"""Bringing a database to the form this code expects: Alembic, run by the store at its start and by nothing else.

A new revision is a file in ``versions``; a test compares what the revisions make with what the models say.
https://alembic.sqlalchemy.org/en/latest/api/runtime.html
"""

import re
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from services.store.dialects import LOCK_SPACE_MIGRATION
from services.store.engine import Database
from services.store.errors import unavailable

_VERSIONS = Path(__file__).parent / "versions"
_REVISION = re.compile(r'^(down_)?revision = "(\w+)"', re.MULTILINE)


async def migrate(database: Database, target: str = "head") -> None:
    """Create or upgrade all tables, once, however many stores start at the same time; or only up to the revision ``target``.

    Raises `services.store.errors.DatabaseUnavailable`, and `DatabaseTooNew` when a newer Trunkline has been at this database.
    """
    with unavailable(database.url):
        await database.look()
        async with database.writer.begin() as connection:
            if database.dialect == "postgresql":
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK_SPACE_MIGRATION}, 0)"))
            await connection.run_sync(_upgrade, target)


def _upgrade(connection: Connection, target: str) -> None:
    if inspect(connection).has_table("alembic_version"):
        has = set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
        if has == newest():
            return
    from services.store.migrations import upgrading

    upgrading.upgrade(connection, target)


def newest() -> set[str]:
    """The revision that no other comes after, as the files say."""
    ends, passed = _revisions()
    return ends - passed


def known() -> set[str]:
    """Every revision that this code has, as the files say."""
    ends, passed = _revisions()
    return ends | passed


def _revisions() -> tuple[set[str], set[str]]:
    ends: set[str] = set()
    passed: set[str] = set()
    for file in _VERSIONS.glob("r*.py"):
        for down, revision in _REVISION.findall(file.read_text()):
            (passed if down else ends).add(revision)
    return ends, passed
