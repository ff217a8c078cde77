"""The tables of signing in: what agents sign in with, their sessions, wrong attempts, and links to a new password."""

from datetime import datetime

from sqlmodel import Field

from services.store.columns import Instant, Json
from services.store.tables.base import Row


class Credential(Row, table=True):
    """What an agent signs in with (`shared.messages.signin.PutCredential`)."""

    __tablename__ = "credential"

    agent_id: str = Field(primary_key=True)
    password: str = ""
    password_at: datetime | None = Field(default=None, sa_type=Instant)
    totp: str = ""
    totp_step: int = 0
    recovery: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    revision: int = 1


class Session(Row, table=True):
    """A browser in which somebody is signed in. It counts until ``expires_at``, unless it was revoked or has not been seen for long."""

    __tablename__ = "session"

    id: str = Field(primary_key=True)
    agent_id: str = Field(index=True)
    sha256: str = Field(unique=True)
    created_at: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant, index=True)
    network: str = ""
    browser: str = ""
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class Failures(Row, table=True):
    """So many wrong attempts in a row under one key."""

    __tablename__ = "sign_in_failures"

    key: str = Field(primary_key=True)
    count: int
    at: datetime = Field(sa_type=Instant, index=True)
    until: datetime | None = Field(default=None, sa_type=Instant)


class Reset(Row, table=True):
    """A link to a new password, known by the SHA-256 of its code."""

    __tablename__ = "password_reset"

    sha256: str = Field(primary_key=True)
    agent_id: str = Field(index=True)
    kind: str
    expires_at: datetime = Field(sa_type=Instant, index=True)
    created_at: datetime = Field(sa_type=Instant)
