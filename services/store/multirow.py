"""SQLite: many rows in one statement instead of one statement per row.

Python's driver gives up the interpreter lock at every statement and must win it back from the event loop afterwards, up to
5 ms later (`sys.getswitchinterval`): a group of a hundred mails with fifteen rows each waited longer for the lock than for
the disk. So rows are put together by the statement's shape; what has another shape is run row by row.
"""

import re
import sqlite3
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

# https://www.sqlite.org/limits.html#max_variable_number: 32,766 since 3.32.
MOST_PARAMETERS = 8_000
# Powers of two: few statements for any number of rows, and few enough different ones to stay prepared (`CACHED`).
CHUNKS = (128, 64, 32, 16, 8, 4, 2, 1)
# Statements that a connection keeps prepared; Python's 128 would be too few for the chunks of some twenty statements.
CACHED = 512

_INSERT = re.compile(r"(INSERT INTO .+? VALUES )(\(\?(?:, \?)*\))(.*)", re.DOTALL)
_UPDATE = re.compile(r'UPDATE (\w+) SET ("?\w+"?=\?(?:, "?\w+"?=\?)*) WHERE \1\.id = \?', re.DOTALL)
_DELETE = re.compile(r"DELETE FROM (\w+) WHERE \1\.id = \?", re.DOTALL)


def run_many(connection: sqlite3.Connection, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """As ``executemany``, with as few statements as may be."""
    if for_rows(sql, 1) is None:
        connection.executemany(sql, rows)
        return
    at = 0
    for chunk in CHUNKS:
        if chunk * len(rows[0]) > MOST_PARAMETERS:
            continue
        statement = for_rows(sql, chunk)
        assert statement is not None
        while len(rows) - at >= chunk:
            connection.execute(statement, tuple(chain.from_iterable(rows[at : at + chunk])))
            at += chunk


@cache
def for_rows(sql: str, count: int) -> str | None:
    """The statement that does for ``count`` rows what ``sql`` does for one; null for a statement of another shape.

    An UPDATE by id takes its new values from a VALUES table (https://www.sqlite.org/lang_update.html, "UPDATE FROM").
    """
    if inserting := _INSERT.fullmatch(sql):
        return f"{inserting[1]}{', '.join([inserting[2]] * count)}{inserting[3]}"
    if updating := _UPDATE.fullmatch(sql):
        table, columns = updating[1], [part.removesuffix("=?") for part in updating[2].split(", ")]
        row = f"({', '.join('?' * (len(columns) + 1))})"
        new = ", ".join(f"{column}=new.column{place}" for place, column in enumerate(columns, start=1))
        values = ", ".join([row] * count)
        return f"UPDATE {table} SET {new} FROM (VALUES {values}) AS new WHERE {table}.id = new.column{len(columns) + 1}"  # noqa: S608
    if deleting := _DELETE.fullmatch(sql):
        return f"DELETE FROM {deleting[1]} WHERE {deleting[1]}.id IN ({', '.join('?' * count)})"  # noqa: S608
    return None
