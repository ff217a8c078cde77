"""Column types that mean the same on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

# Nearly all times are UTC already, if not in Python's own spelling of it: looking at what is written costs less than at the zone.
UTC_OFFSET = "+00:00"


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime: ``timestamptz`` on PostgreSQL; on SQLite, which knows no times, ISO 8601 text of fixed width, so that
    comparing the text compares the times."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite: SQLAlchemy's own SQLite type drops the offset and formats in Python."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(32))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """As `bind_processor`, for one value."""
        return _text(value) if dialect.name == "sqlite" else _aware(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """The function itself instead of a chain of three: this runs thirty times for a mail."""
        return _text if dialect.name == "sqlite" else _aware

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Always aware, always UTC."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        result: datetime = value.astimezone(UTC)
        return result


def _aware(value: datetime | None) -> datetime | None:
    # A naive time is refused: guessing its zone would move deadlines by hours.
    if value is not None and value.tzinfo is None:
        raise ValueError("a time without a zone")
    return value


# Most times of a transaction are the same few.
@lru_cache(1024)
def _text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a time without a zone")
    written = value.isoformat("T", "microseconds")
    if written.endswith(UTC_OFFSET):
        return written
    return value.astimezone(UTC).isoformat("T", "microseconds")


# ``jsonb`` can be indexed and searched; SQLite keeps JSON as text.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

# SQLite only makes a column the table's own row id when it is spelled INTEGER; PostgreSQL's INTEGER would run out.
Serial = BigInteger().with_variant(Integer(), "sqlite")
