"""The tables of forgetting: what goes on, what it has still to do, and by what a message that was erased is known again."""

from datetime import datetime

from sqlmodel import Field

from services.store.columns import Instant, Json
from services.store.tables.base import Row


class Tombstone(Row, table=True):
    """A source id that was erased, as a keyed hash: without the signing key nobody can tell which it was."""

    __tablename__ = "tombstone"

    key: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)


class Erasure(Row, table=True):
    """Somebody who is to be forgotten. ``points`` are theirs until that is done, and empty from then on; ``counts`` is what was
    forgotten."""

    __tablename__ = "erasure"

    id: str = Field(primary_key=True)
    points: list[dict[str, str]] = Field(default_factory=list, sa_type=Json, nullable=False)
    by: str = ""
    at: datetime = Field(sa_type=Instant)
    done_at: datetime | None = Field(default=None, sa_type=Instant)
    counts: dict[str, int] = Field(default_factory=dict, sa_type=Json, nullable=False)


class ErasureItem(Row, table=True):
    """Something outside the database's own rows that goes with them: a blob, or a message on the bus by its source, ticket or delivery.
    It stays until the erasure is done."""

    __tablename__ = "erasure_item"

    erasure_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
