"""Running several statements at one go.

Each statement on SQLite costs three or four hops to the connection's thread and back when it is run through SQLAlchemy, and those hops
cost more than most statements. Here a list of them makes one hop.
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
    # aiosqlite offers single statements only; its thread takes any function.
    driver: Any = connection.connection.driver_connection
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
