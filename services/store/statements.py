"""Statements compiled once per database and run on many rows with little work per row.

SQLAlchemy's ``execute`` builds and checks a dictionary of parameters for each row, which costs more than the database does with it.
Here a statement is compiled once; each row is turned into a tuple by the converters that its columns' types name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from pydantic_core import to_json
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ClauseElement,
    ColumnElement,
    Connection,
    Dialect,
    LargeBinary,
    Select,
    String,
    Table,
    any_,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

from services.store.dialects import insert
from services.store.script import Rows, Step, run

Convert = Callable[[Any], Any] | None
# Makes a statement for a dialect, by its name.
Recipe = Callable[[str], UpdateBase]
# A parameter may not have the name of a column that the statement sets; the rows have it without this.
NEW = "new_"


class Prepared:
    """A compiled statement of one dialect: its text, and how parameters and results are converted."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, columns: Sequence[str] | None = None) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("not a statement with parameters")
        self.sql = str(compiled)
        names = compiled.positiontup or []
        converters = [_converter(compiled.binds[name].type, dialect) for name in names]
        self._convert = [(place, to) for place, to in enumerate(converters) if to is not None]
        names = [name.removeprefix(NEW) for name in names]
        self._take = itemgetter(*names) if len(names) > 1 else _several(names)
        self.results: list[tuple[int, Callable[[Any], Any]]] = []
        if isinstance(statement, Select):
            for place, column in enumerate(statement.selected_columns):
                to = column.type.dialect_impl(dialect).result_processor(dialect, None)
                if to is not None:
                    self.results.append((place, to))

    def values(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """The statement's parameters, taken from ``row`` by their names."""
        if not self._convert:
            return self._take(row)
        cells = list(self._take(row))
        for place, to in self._convert:
            cells[place] = to(cells[place])
        return tuple(cells)

    def decoded(self, rows: Rows) -> Rows:
        """Rows as the database gave them, as Python values."""
        if not self.results:
            return rows
        decoded = [list(row) for row in rows]
        for place, to in self.results:
            for row in decoded:
                row[place] = to(row[place])
        return decoded


def _several(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    # Of a single name `itemgetter` makes no tuple.
    return lambda row: tuple([row[name] for name in names])


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    """What makes a parameter of a value. On SQLite not SQLAlchemy's: for JSON that is a chain of three calls, sixteen times for a mail,
    and bytes need none."""
    if dialect.name == "sqlite":
        if isinstance(kind, JSON):
            return _json
        if isinstance(kind, LargeBinary):
            return None
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _json(value: Any) -> str | None:
    return None if value is None else to_json(value).decode()


class Statement:
    """A recipe for a writing statement, prepared when a dialect first needs it."""

    def __init__(self, recipe: Recipe, columns: Sequence[str]) -> None:
        self._recipe, self._columns = recipe, columns
        self._prepared: dict[str, Prepared] = {}

    def steps(self, dialect: Dialect, rows: Iterable[Mapping[str, Any]]) -> list[Step]:
        """Running it once for each of ``rows`` (which may have more columns than it needs); nothing without rows."""
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            prepared = self._prepared[dialect.name] = Prepared(self._recipe(dialect.name), dialect, self._columns)
        values = [prepared.values(row) for row in rows]
        return [Step(prepared.sql, values, many=True)] if values else []


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
    values = {name: bindparam(NEW + name, type_=table.c[name].type) for name in changed}
    return Statement(lambda _: statement.values(values), [])


def changing(dialect: Dialect, table: Table, changes: Mapping[str, Mapping[str, Any]]) -> list[Step]:
    """Writing ``changes``, new values of columns by row id. Rows that change the same columns go together."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for key in sorted(changes):
        values = changes[key]
        if values:
            groups.setdefault(tuple(values), []).append({**values, "key": key})
    return [step for changed, rows in groups.items() for step in updating(table, changed).steps(dialect, rows)]


def among(dialect: str, column: ColumnElement[Any], numbers: bool = False) -> ColumnElement[bool]:
    """``column`` is one of the parameter ``wanted`` (JSON on SQLite, else an array). One parameter however many values there are,
    so that the database sees the same statement every time."""
    kind = BigInteger() if numbers else String()
    if dialect == "sqlite":
        values = func.json_each(bindparam("wanted", type_=String())).table_valued("value")
        return column.in_(select(values.c.value))
    return column == any_(bindparam("wanted", type_=ARRAY(kind)))


class Lookup:
    """A SELECT by a set of keys. ``recipe`` gets the condition and makes the statement."""

    def __init__(
        self, column: Any, recipe: Callable[[ColumnElement[bool]], Select[Any]], *, numbers: bool = False
    ) -> None:
        self._column, self._recipe, self._numbers = column, recipe, numbers
        self._prepared: dict[str, Prepared] = {}

    def prepared(self, dialect: Dialect) -> Prepared:
        """The statement for ``dialect``."""
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            statement = self._recipe(among(dialect.name, self._column, self._numbers))
            prepared = self._prepared[dialect.name] = Prepared(statement, dialect)
        return prepared


def look_up(connection: Connection, *questions: tuple[Lookup, Iterable[Any]], **parameters: Any) -> list[Rows]:
    """The rows for each lookup and its keys, all asked at one go; no keys, no question. ``parameters`` are for those that have more."""
    dialect = connection.dialect
    found: list[Rows] = [()] * len(questions)
    asked: list[tuple[int, Prepared]] = []
    steps: list[Step] = []
    for place, (lookup, keys) in enumerate(questions):
        ordered = sorted(keys)  # look-ups then walk the index in one direction
        if ordered:
            prepared = lookup.prepared(dialect)
            value = to_json(ordered).decode() if dialect.name == "sqlite" else ordered
            asked.append((place, prepared))
            steps.append(Step(prepared.sql, prepared.values(parameters | {"wanted": value})))
    for (place, prepared), rows in zip(asked, run(connection, steps), strict=True):
        found[place] = prepared.decoded(rows)
    return found
