"""The tables of the customers' portal: codes that were asked for, and sessions."""

from datetime import datetime

from sqlmodel import Field

from services.store.columns import Instant
from services.store.tables.base import Row


class PortalCode(Row, table=True):
    """A code that was asked for (`shared.messages.portal.PutPortalCode`), for whatever value: which one it was does not stand here."""

    __tablename__ = "portal_code"

    id: str = Field(primary_key=True)
    point_id: str = Field(index=True)
    kind: str = ""
    digest: str
    sent: bool = False
    made_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant, index=True)
    tries: int = 0
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class PortalSession(Row, table=True):
    """A browser in which a customer is signed in, by the point ``kind`` and ``value``. ``id`` is the SHA-256 of what it keeps."""

    __tablename__ = "portal_session"

    id: str = Field(primary_key=True)
    kind: str
    value: str
    made_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
