"""Running several statements at one go.

Through SQLAlchemy and aiosqlite each statement costs three or four hops to the connection's thread and back, which cost more than most
statements; and SQLAlchemy's ``execute`` costs more than SQLite does. Here a list of statements goes straight to the driver, at one hop,
or at none from the thread that a whole transaction runs in (`services.store.engine.Database.write`).
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.util.concurrency import await_

from services.store.multirow import run_many

Rows = Sequence[Sequence[Any]]


@dataclass(slots=True, frozen=True)
class Step:
    """A statement in the database's own spelling. ``values`` is one row of parameters, or with ``many`` a list of rows for a statement
    that answers nothing."""

    sql: str
    values: Any
    many: bool = False


def run(connection: Connection, steps: Sequence[Step]) -> list[Rows]:
    """The rows that each of ``steps`` gave, in order. To be called where SQLAlchemy's own ``execute`` may be."""
    if not steps:
        return []
    if connection.dialect.name != "sqlite":
        return [_one(connection, step) for step in steps]
    driver: Any = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        return _all(driver, steps)
    # aiosqlite offers single statements only; its thread takes any function.
    rows: list[Rows] = await_(driver._execute(_all, driver._conn, steps))
    return rows


def _one(connection: Connection, step: Step) -> Rows:
    if step.many:
        connection.exec_driver_sql(step.sql, step.values)
        return ()
    result = connection.exec_driver_sql(step.sql, step.values)
    return result.all() if result.returns_rows else ()


def _all(connection: sqlite3.Connection, steps: Sequence[Step]) -> list[Rows]:
    """In the connection's thread."""
    found: list[Rows] = []
    for step in steps:
        if step.many:
            run_many(connection, step.sql, step.values)
            found.append(())
        else:
            found.append(connection.execute(step.sql, step.values).fetchall())
    return found
