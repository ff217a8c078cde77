"""The tables by which nothing is done twice, or lost unseen: versions of keys, causes, the ledger, counters; and the configurations that
decided."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from services.store.columns import Instant, Json, Serial
from services.store.tables.base import KEYED, Row


class KeyVersion(Row, table=True):
    """How often what a key stands for was changed; a key that is not here has version 0."""

    __tablename__ = "key_version"
    __table_args__ = (KEYED,)

    key: str = Field(primary_key=True)
    version: int = Field(sa_type=Serial)


class Cause(Row, table=True):
    """What was done, by what caused it; also what the ledger counts (``channel``, ``inbox``, ``outcome``, ``reason``)."""

    __tablename__ = "cause"
    __table_args__ = (Index("ix_cause_channel_inbox_outcome", "channel", "inbox", "outcome"), KEYED)

    id: str = Field(primary_key=True)
    kind: str
    fingerprint: str = ""
    result: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    policy: str = ""
    at: datetime = Field(sa_type=Instant)
    channel: str | None = None
    inbox: str | None = None
    outcome: str | None = None
    reason: str | None = None


class NotedLedger(Row, table=True):
    """A ledger note that was counted, so that its repetition is not."""

    __tablename__ = "ledger_note"
    __table_args__ = (KEYED,)

    id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)


class LedgerCount(Row, table=True):
    """What intake turned away or took twice, summed per hour; ``hour`` is the hour's beginning."""

    __tablename__ = "ledger_count"
    __table_args__ = (KEYED,)

    hour: datetime = Field(primary_key=True, sa_type=Instant)
    channel: str = Field(primary_key=True)
    inbox: str = Field(primary_key=True)
    outcome: str = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    count: int = Field(sa_type=Serial)


class Configuration(Row, table=True):
    """An effective configuration, by its version (a hash of it); the newest ``at`` is in force."""

    __tablename__ = "configuration"

    version: str = Field(primary_key=True)
    effective: dict[str, Any] = Field(sa_type=Json)
    at: datetime = Field(sa_type=Instant)


class Counter(Row, table=True):
    """A number that is counted up where the database has no sequences (SQLite): ``ticket`` is the last ticket number given."""

    __tablename__ = "counter"

    name: str = Field(primary_key=True)
    value: int = Field(sa_type=Serial)
