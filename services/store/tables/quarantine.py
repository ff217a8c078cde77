"""The tables of what is held back, and of what the spam filter has learnt."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary
from sqlmodel import Field

from services.store.columns import Instant, Json, Serial
from services.store.tables.base import KEYED, Row


class Held(Row, table=True):
    """A message in quarantine. ``message`` is the encoded `Inbound`, as it came. It is kept until ``expires_at``, released or not;
    ``ticket_id`` is where it went when it was released. Somebody who ``discarded`` it said that nobody need look at it any more."""

    __tablename__ = "quarantine"

    id: str = Field(primary_key=True)
    source_id: str = Field(unique=True)
    channel: str
    inbox: str
    inboxes: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    sender: str = ""
    subject: str = ""
    reason: dict[str, Any] = Field(sa_type=Json, nullable=False)
    message: bytes = Field(sa_type=LargeBinary)
    received_at: datetime = Field(sa_type=Instant)
    held_at: datetime = Field(sa_type=Instant, index=True)
    expires_at: datetime = Field(sa_type=Instant, index=True)
    released_at: datetime | None = Field(default=None, sa_type=Instant)
    released_by: str | None = None
    ticket_id: str | None = None
    discarded_at: datetime | None = Field(default=None, sa_type=Instant)
    discarded_by: str | None = None
    discard_reason: str | None = None


class SpamWord(Row, table=True):
    """In how many examples of spam and of other mail a word was. ``key`` is a hash of it; the entry ``examples`` counts these."""

    __tablename__ = "spam_word"
    __table_args__ = (KEYED,)

    key: str = Field(primary_key=True)
    spam: int = Field(sa_type=Serial)
    ham: int = Field(sa_type=Serial)


class SpamLearnt(Row, table=True):
    """What the spam filter has learnt from a ticket, so that just that can be taken back."""

    __tablename__ = "spam_learnt"
    __table_args__ = (KEYED,)

    ticket_id: str = Field(primary_key=True)
    spam: bool
    words: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
