"""Full-text search: what the database must hold for it, and how a person's words become a query that cannot fail.

SQLite gets two contentless FTS5 tables fed by triggers (``search_message`` over messages, ``search_ticket`` over tickets),
PostgreSQL a generated ``search`` column of type tsvector on both tables with a GIN index. Everything made here has a name that
begins with ``search`` (`is_search_object`), because the models know nothing of it. SQLite: https://www.sqlite.org/fts5.html;
PostgreSQL: https://www.postgresql.org/docs/current/textsearch.html.

Both index only the beginning of a column (how much stands below): a tsvector holds at most 1 MiB, and an insert that exceeds it
fails.
"""
# The statements are composed of this module's own constants, nothing a user typed.
# ruff: noqa: S608

import re
import string
from dataclasses import dataclass

WORDS = 16
WORD_LENGTH = 64
# Shorter beginnings match half of all words: slow to look up and of no use.
PREFIX_FROM = 3

# Columns, and how many characters of each are indexed.
_MESSAGE = {"subject": 1000, "text": 65_536, "author_name": 200, "author_address": 320}
_TICKET = {"subject": 1000, "customer": 320, "product": 200, "solution": 20_000}
# PostgreSQL takes an address, a host or a path for one word; spaces instead of punctuation make it split as FTS5 does.
_PUNCTUATION = "".join(sorted(string.punctuation))
_NUMBER = re.compile(r"\[?(?:(T-?)|#)?(\d{1,9})\]?[.,;:]?", re.IGNORECASE)


@dataclass(frozen=True)
class Search:
    """A search as the databases take it. ``sqlite`` is an FTS5 MATCH expression, ``postgresql`` an argument of ``to_tsquery``;
    both empty when no word can be looked up. ``numbers`` are the ticket numbers that were named."""

    sqlite: str
    postgresql: str
    numbers: tuple[int, ...]


def search_ddl(dialect: str) -> list[str]:
    """The statements that create the search index after the tables ``message`` and ``ticket`` exist, one string each.

    ``dialect`` is ``sqlite`` or ``postgresql``.
    """
    if dialect == "sqlite":
        return [*_sqlite("message", "seq", _MESSAGE), *_sqlite("ticket", "number", _TICKET)]
    return [*_postgresql("message", _MESSAGE), *_postgresql("ticket", _TICKET)]


def is_search_object(name: str | None) -> bool:
    """Whether a table, column or index of that name belongs to the search index (and so to no model)."""
    return bool(name) and str(name).startswith("search")


def _sqlite(table: str, key: str, indexed: dict[str, int]) -> list[str]:
    """The index of one table and the triggers that keep it; ``key`` is the integer column that names a row in it."""
    name, columns = f"search_{table}", ", ".join(indexed)
    add = f"INSERT INTO {name} (rowid, {columns}) VALUES (new.{key}, {_values('new', indexed)});"
    # A contentless index forgets a row only when it is told what stood there.
    forget = f"INSERT INTO {name} ({name}, rowid, {columns}) VALUES ('delete', old.{key}, {_values('old', indexed)});"
    differs = " OR ".join(f"old.{column} IS NOT new.{column}" for column in indexed)
    return [
        f"CREATE VIRTUAL TABLE {name} USING fts5({columns}, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2')",
        f"CREATE TRIGGER {name}_insert AFTER INSERT ON {table} BEGIN {add} END",
        f"CREATE TRIGGER {name}_update AFTER UPDATE OF {columns} ON {table} WHEN {differs} BEGIN {forget} {add} END",
        f"CREATE TRIGGER {name}_delete AFTER DELETE ON {table} BEGIN {forget} END",
    ]


def _values(row: str, columns: dict[str, int]) -> str:
    return ", ".join(f"substr(coalesce({row}.{column}, ''), 1, {length})" for column, length in columns.items())


def _postgresql(table: str, columns: dict[str, int]) -> list[str]:
    joined = " || ' ' || ".join(f"left(coalesce({column}, ''), {length})" for column, length in columns.items())
    blanks = " " * len(_PUNCTUATION)
    quoted = _PUNCTUATION.replace("'", "''")
    document = f"to_tsvector(cast('simple' AS regconfig), translate({joined}, '{quoted}', '{blanks}'))"
    return [
        f"ALTER TABLE {table} ADD COLUMN search tsvector GENERATED ALWAYS AS ({document}) STORED",
        f"CREATE INDEX search_{table} ON {table} USING gin (search)",
    ]


def parse_search(q: str) -> Search:
    """What a person typed, as a query: every word must occur (as the beginning of a word when it is long enough), nothing they
    type is an operator. At most `WORDS` words of `WORD_LENGTH` characters count."""
    # NUL ends a string in SQLite and is refused by PostgreSQL; lone surrogates have no encoding.
    clean = q.replace("\0", " ").encode("utf-8", "ignore").decode()
    words = [word[:WORD_LENGTH] for word in clean.split()[:WORDS]]
    parts = [pieces for word in words if (pieces := _pieces(word))]
    return Search(
        sqlite=" ".join(_fts_phrase(pieces) for pieces in parts),
        postgresql=" & ".join(_ts_phrase(pieces) for pieces in parts),
        numbers=_numbers(words),
    )


def _pieces(word: str) -> list[str]:
    """The word's runs of letters and digits, as both tokenizers see them."""
    spaced = "".join(char if char.isalnum() or not char.isascii() else " " for char in word)
    return [piece for piece in spaced.split() if any(char.isalnum() for char in piece)]


def _fts_phrase(pieces: list[str]) -> str:
    star = "*" if len(pieces[-1]) >= PREFIX_FROM else ""
    return f'"{" ".join(pieces)}"{star}'


def _ts_phrase(pieces: list[str]) -> str:
    star = ":*" if len(pieces[-1]) >= PREFIX_FROM else ""
    return "(" + " <-> ".join(f"'{piece}'" for piece in pieces) + star + ")"


def _numbers(words: list[str]) -> tuple[int, ...]:
    """A bare number is a ticket's number only when it stands alone; ``T-1001`` is one anywhere."""
    found = []
    for word in words:
        match = _NUMBER.fullmatch(word)
        if match and (match[1] or len(words) == 1):
            found.append(int(match[2]))
    return tuple(found)
