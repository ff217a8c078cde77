"""What can go wrong with the database, as typed errors with one line for the operator. No password is ever in them."""

import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class StoreError(Exception):
    """Anything the store raises on purpose."""


class DatabaseUnavailable(StoreError):
    """The database cannot be used at the moment (or at all); the text is one line that says what to do."""


class DatabaseTooNew(DatabaseUnavailable):
    """The database was written by a newer Trunkline than this one."""


class Expired(StoreError):
    """The asker's deadline passed before the request was begun; nothing was done."""


class Stopping(StoreError):
    """The store is shutting down and takes nothing more."""


# SQLSTATE classes and codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
_RETRY = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
_AWAY = {
    "57P01",
    "57P02",
    "57P03",
    "53300",
    "25006",
    "57P05",
}  # shut down, crashed, starting, too many clients, read only
# SQLite's own errors come bare from what runs in the connection's thread (`services.store.script`), else wrapped.
_SQLITE = (DatabaseError, sqlite3.DatabaseError)
_SQLITE_BUSY = re.compile(r"database is locked|database table is locked", re.IGNORECASE)
_SQLITE_AWAY = re.compile(
    r"disk is full|disk i/o error|unable to open|readonly database|malformed|not a database", re.IGNORECASE
)


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code for what happened, null when it is no answer of a PostgreSQL server."""
    seen: BaseException | None = error
    while seen is not None:
        code = getattr(seen, "sqlstate", None)
        if isinstance(code, str):
            return code
        seen = getattr(seen, "orig", None) or seen.__cause__
    return None


def is_conflict(error: BaseException) -> bool:
    """Two transactions were in each other's way: the same again will work."""
    return sqlstate(error) in _RETRY or bool(isinstance(error, _SQLITE) and _SQLITE_BUSY.search(str(error)))


def is_away(error: BaseException) -> bool:
    """The server (or the disk) is not there; nothing is wrong with what was asked."""
    if isinstance(error, (DatabaseUnavailable, OSError, TimeoutError, PoolTimeout, *_of_asyncpg("InterfaceError"))):
        return True
    code = sqlstate(error)
    if code is not None:
        return code in _AWAY or code.startswith(("08", "28", "3D", "53", "58"))
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, _SQLITE):
        return bool(_SQLITE_AWAY.search(str(error)))
    return isinstance(error, InterfaceError)


def explain(url: URL, error: BaseException) -> str:
    """One line for the operator: what is wrong with the database at ``url`` and what to do."""
    code = sqlstate(error)
    where = f"{url.host or 'localhost'}:{url.port or 5432}"
    if url.get_backend_name() == "sqlite":
        return f"the database {url.database} cannot be used: {_cause(error)}. Check the data folder's rights and free space."
    if code in ("28P01", "28000"):
        return f"PostgreSQL at {where} refuses user {url.username!r}: check user and password in database.url."
    if code == "3D000":
        return f"PostgreSQL at {where} has no database {url.database!r}: create it or correct database.url."
    if code == "42501":
        return f"PostgreSQL user {url.username!r} has too few rights in {url.database!r}: make it the database's owner."
    if code == "53300":
        return f"PostgreSQL at {where} has no connection left: raise max_connections or stop other clients."
    return f"PostgreSQL at {where} does not answer ({_cause(error)}): start it or correct database.url."


def _cause(error: BaseException) -> str:
    root: BaseException = getattr(error, "orig", None) or error
    text = " ".join(str(root).split()) or type(root).__name__
    return text[:200]


def _of_asyncpg(*names: str) -> tuple[type[Exception], ...]:
    """The library's own errors. Where nothing has imported it there is no PostgreSQL, and it need not be in memory."""
    library = sys.modules.get("asyncpg")
    return tuple(getattr(library, name) for name in names) if library is not None else ()


def database_errors() -> tuple[type[Exception], ...]:
    """What SQLAlchemy, asyncpg (while connecting, it is not wrapped) and the operating system raise."""
    own = (DBAPIError, PoolTimeout, sqlite3.Error, OSError, TimeoutError)
    return (*own, *_of_asyncpg("PostgresError", "InterfaceError"))


def data_errors() -> tuple[type[Exception], ...]:
    """What a unit that cannot be written may raise: the database refuses it, a type refuses a value, or a bug of ours meets it."""
    own = (SQLAlchemyError, sqlite3.Error, ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
    return (*own, *_of_asyncpg("PostgresError"))


@contextmanager
def unavailable(url: URL) -> Iterator[None]:
    """Turn what says that the database is away into `DatabaseUnavailable`; everything else passes."""
    try:
        yield
    except database_errors() as error:
        if is_away(error):
            raise DatabaseUnavailable(explain(url, error)) from error
        raise
