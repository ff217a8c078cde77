"""The tables of who works here, how they are told, and what they said; and of API tokens."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from services.store.columns import Instant, Json
from services.store.tables.base import Row


class Token(Row, table=True):
    """An API token, known by the SHA-256 of its text. It may what its ``role`` may, until it is revoked."""

    __tablename__ = "token"

    id: str = Field(primary_key=True)
    name: str
    sha256: str = Field(unique=True)
    created_at: datetime = Field(sa_type=Instant)
    role: str = "admin"
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
    made_by: str = ""


# Agents who chose how to be told: most have not, and nobody need be looked at to know it.
CHOOSING = "notify IS NOT NULL"


class Agent(Row, table=True):
    """An agent. ``email`` is lower-cased. ``public_name`` is what customers see, ``hours`` names their working hours, ``capacity`` is how
    many open tickets they may have; they are away until ``away_until``. They were given a ticket ``last_given``. ``notify`` is what they
    chose about how to be told (null: nothing), ``signatures`` stand below their answers by mail, by language. Who has ``blocked_at``
    works here no longer."""

    __tablename__ = "agent"
    __table_args__ = (Index("ix_agent_choosing", "id", sqlite_where=text(CHOOSING), postgresql_where=text(CHOOSING)),)

    id: str = Field(primary_key=True)
    email: str = Field(unique=True)
    name: str
    role: str = "agent"
    created_at: datetime = Field(sa_type=Instant)
    public_name: str = ""
    languages: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    hours: str = ""
    capacity: int | None = None
    away_until: datetime | None = Field(default=None, sa_type=Instant)
    last_given: datetime | None = Field(default=None, sa_type=Instant)
    signatures: dict[str, str] = Field(default_factory=dict, sa_type=Json, nullable=False)
    notify: dict[str, Any] | None = Field(default=None, sa_type=Json)
    blocked_at: datetime | None = Field(default=None, sa_type=Instant)


class AgentPoint(Row, table=True):
    """A point of an agent (`shared.messages.agents.PutAgentPoint`). ``key`` is `shared.messages.facts.point_key` of kind and value once
    it is verified, null before: so it is one agent's only, while anybody may claim it."""

    __tablename__ = "agent_point"

    id: str = Field(primary_key=True)
    agent_id: str = Field(index=True)
    kind: str
    value: str = ""
    key: str | None = Field(default=None, unique=True)
    verified_at: datetime | None = Field(default=None, sa_type=Instant)
    code_sha256: str = Field(default="", index=True)
    code_expires: datetime | None = Field(default=None, sa_type=Instant)
    tries: int = 0
    created_at: datetime = Field(sa_type=Instant)


class News(Row, table=True):
    """Something that an agent is told of later, with others (`shared.messages.agents.AddNews`)."""

    __tablename__ = "news"
    __table_args__ = (Index("ix_news_agent_id_at", "agent_id", "at"),)

    id: str = Field(primary_key=True)
    agent_id: str
    ticket_id: str
    event: str
    template: str
    variables: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    at: datetime = Field(sa_type=Instant)


class Spoken(Row, table=True):
    """Something an agent said from a channel, or somebody who claimed to be one (`shared.messages.agents.AddSpoken`), with what became
    of it, ``settled_at`` a time."""

    __tablename__ = "spoken"
    __table_args__ = (
        Index("ix_spoken_agent_id_verdict_at", "agent_id", "verdict", "at"),
        Index("ix_spoken_verdict_at", "verdict", "at"),
    )

    id: str = Field(primary_key=True)
    source_id: str
    agent_id: str | None = None
    ticket_id: str | None = Field(default=None, index=True)
    channel: str
    inbox: str
    point: dict[str, Any] | None = Field(default=None, sa_type=Json)
    delivery_id: str | None = None
    internal: bool = False
    text: str = ""
    attachments: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json, nullable=False)
    original: dict[str, Any] | None = Field(default=None, sa_type=Json)
    verdict: str
    reason: str = ""
    results: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json, nullable=False)
    at: datetime = Field(sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
