"""The tables of what the classifier has learnt."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary
from sqlmodel import Field

from services.store.columns import Instant, Json, Serial
from services.store.tables.base import Row


class LearntModel(Row, table=True):
    """A model of the classifier, by its version (a hash of it). ``body`` is its file, ``measured`` what was found when it was fitted."""

    __tablename__ = "learnt_model"

    version: str = Field(primary_key=True)
    body: bytes = Field(sa_type=LargeBinary)
    size: int
    tickets: int = 0
    measured: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    by: str = ""
    at: datetime = Field(sa_type=Instant)


class LearntChoice(Row, table=True):
    """Which model is in use since ``at`` (empty: none); the newest counts."""

    __tablename__ = "learnt_choice"

    seq: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    version: str = ""
    by: str = ""
    at: datetime = Field(sa_type=Instant)
