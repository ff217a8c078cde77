"""Statements compiled once per database and run on many rows with little work per row.

SQLAlchemy's ``execute`` builds and checks a dictionary of parameters for each row, which costs more than the database does with it.
Here a statement is compiled once; each row is turned into a tuple by the converters that its columns' types name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic_core import to_json
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Select,
    String,
    Table,
    any_,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.sql.dml import UpdateBase

from services.store.dialects import insert

Convert = Callable[[Any], Any] | None


class Prepared:
    """A writing statement for one dialect; ``columns`` are the names its rows must have."""

    def __init__(self, statement: UpdateBase, dialect: Dialect, columns: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(columns))
        names = compiled.positiontup or []
        self.sql = str(compiled)
        self._spec: list[tuple[str, Convert]] = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
        ]

    def run(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run it once for each of ``rows`` (more columns than needed are fine). Without rows nothing happens."""
        spec = self._spec
        values = [tuple([row[name] if to is None else to(row[name]) for name, to in spec]) for row in rows]
        if values:
            connection.exec_driver_sql(self.sql, values)


# Makes the statement for (dialect's name); everything that is inserted goes through one of these.
Recipe = Callable[[str], UpdateBase]


class Statement:
    """A recipe for a writing statement, prepared when a dialect first needs it."""

    def __init__(self, recipe: Recipe, columns: Sequence[str]) -> None:
        self._recipe, self._columns = recipe, columns
        self._prepared: dict[str, Prepared] = {}

    def run(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run it once for each of ``rows``."""
        name = connection.dialect.name
        if name not in self._prepared:
            self._prepared[name] = Prepared(self._recipe(name), connection.dialect, self._columns)
        self._prepared[name].run(connection, rows)


def columns(table: Table) -> list[str]:
    """The columns a row must bring: all but one that counts by itself."""
    return [column.name for column in table.columns if column is not table.autoincrement_column]


def inserting(table: Table) -> Statement:
    """A plain INSERT of all columns."""
    return Statement(lambda dialect: insert(dialect, table).inline(), columns(table))


def keeping(table: Table) -> Statement:
    """An INSERT that leaves an existing row as it is."""
    return Statement(lambda dialect: insert(dialect, table).inline().on_conflict_do_nothing(), columns(table))


def merging(table: Table, merge: Callable[[Any], dict[str, Any]]) -> Statement:
    """An INSERT that on an existing key sets what ``merge(excluded)`` gives."""

    def recipe(dialect: str) -> UpdateBase:
        statement = insert(dialect, table).inline()
        key = list(table.primary_key.columns)
        return statement.on_conflict_do_update(index_elements=key, set_=merge(statement.excluded))

    return Statement(recipe, columns(table))


@cache
def updating(table: Table, changed: tuple[str, ...]) -> Statement:
    """An UPDATE of the columns ``changed`` of the row whose ``id`` the rows bring as ``key``."""
    statement = update(table).where(table.c.id == bindparam("key", type_=String()))
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in changed}
    return Statement(lambda _: statement.values(values), [])


def change(connection: Connection, table: Table, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Write ``changes``, new values of columns by row id. Rows that change the same columns go together."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for key, values in changes.items():
        if values:
            row = {f"new_{name}": value for name, value in values.items()}
            row["key"] = key
            groups.setdefault(tuple(sorted(values)), []).append(row)
    for changed, rows in groups.items():
        updating(table, changed).run(connection, rows)


def among(dialect: str, column: ColumnElement[Any], numbers: bool = False) -> ColumnElement[bool]:
    """``column`` is one of the parameter ``wanted`` (made by `wanted`). One parameter however many values, so that the database sees the
    same statement every time."""
    kind = BigInteger() if numbers else String()
    if dialect == "sqlite":
        values = func.json_each(bindparam("wanted", type_=String())).table_valued("value")
        return column.in_(select(values.c.value))
    return column == any_(bindparam("wanted", type_=ARRAY(kind)))


def wanted(dialect: str, values: Iterable[Any]) -> dict[str, Any]:
    """The parameter for `among`. Sorted, so that look-ups walk the index in one direction."""
    ordered = sorted(values)
    return {"wanted": to_json(ordered).decode() if dialect == "sqlite" else ordered}


class Lookup:
    """A SELECT by a set of keys. ``recipe`` gets the condition and makes the statement."""

    def __init__(
        self, column: Any, recipe: Callable[[ColumnElement[bool]], Select[Any]], *, numbers: bool = False
    ) -> None:
        self._column, self._recipe, self._numbers = column, recipe, numbers
        self._made: dict[str, Select[Any]] = {}

    def rows(self, connection: Connection, keys: Iterable[Any], **parameters: Any) -> Sequence[Any]:
        """The rows for ``keys``; no keys, no question."""
        dialect = connection.dialect.name
        parameters |= wanted(dialect, keys)
        if parameters["wanted"] in ("[]", []):
            return ()
        if dialect not in self._made:
            self._made[dialect] = self._recipe(among(dialect, self._column, self._numbers))
        return connection.execute(self._made[dialect], parameters).all()
