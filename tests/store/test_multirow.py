"""Rows put together into one statement do what they would have done one by one."""

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.store.multirow import CHUNKS, for_rows, run_many

INSERT = "INSERT INTO t (id, a, b) VALUES (?, ?, ?)"
MERGE = INSERT + " ON CONFLICT (id) DO UPDATE SET a = excluded.a, b = t.b + excluded.b"
UPDATE = "UPDATE t SET a=?, b=? WHERE t.id = ?"
DELETE = "DELETE FROM t WHERE t.id = ?"

ids = st.integers(0, 60)
triples = st.lists(st.tuples(ids, st.text(max_size=3), st.integers(-5, 5)), max_size=300)


def table(rows: list[tuple[int, str, int]]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER)")
    connection.executemany("INSERT OR IGNORE INTO t VALUES (?, ?, ?)", rows)
    return connection


def content(connection: sqlite3.Connection) -> list[tuple[int, str, int]]:
    return connection.execute("SELECT * FROM t ORDER BY id").fetchall()


@pytest.mark.parametrize("sql", [MERGE, UPDATE, DELETE])
@given(before=triples, rows=triples)
@settings(max_examples=60, deadline=None)
def test_many_rows_at_once_are_as_many_rows_one_by_one(
    sql: str, before: list[tuple[int, str, int]], rows: list[tuple[int, str, int]]
) -> None:
    if sql == UPDATE:  # one new value for a row: the store brings each key once
        rows = list({row[0]: row for row in rows}.values())
    values: list[tuple[object, ...]] = [
        (a, b, i) if sql == UPDATE else (i,) if sql == DELETE else (i, a, b) for i, a, b in rows
    ]
    one, many = table(before), table(before)
    one.executemany(sql, values)
    if values:
        run_many(many, sql, values)
    assert content(one) == content(many)
    one.close()
    many.close()


def test_a_statement_of_another_shape_is_run_row_by_row() -> None:
    sql = "UPDATE t SET a = a || ? WHERE b = ?"
    assert for_rows(sql, 8) is None
    connection = table([(1, "x", 1), (2, "y", 2)])
    run_many(connection, sql, [("!", 1), ("?", 2)])
    assert content(connection) == [(1, "x!", 1), (2, "y?", 2)]
    connection.close()


def test_a_duplicate_key_in_a_plain_insert_fails_as_it_would_alone() -> None:
    connection = table([(7, "x", 1)])
    with pytest.raises(sqlite3.IntegrityError):
        run_many(connection, INSERT, [(i, "", 0) for i in range(max(CHUNKS) + 3)])
    connection.close()
