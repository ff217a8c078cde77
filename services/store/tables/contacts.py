"""The tables of customers, and where they are reached."""

from datetime import datetime

from sqlmodel import Field

from services.store.columns import Instant
from services.store.tables.base import KEYED, Row


class Contact(Row, table=True):
    """A customer, or anyone who wrote. ``merged_into`` has their points and tickets now."""

    __tablename__ = "contact"
    __table_args__ = (KEYED,)

    id: str = Field(primary_key=True)
    name: str = ""
    language: str | None = None
    created_at: datetime = Field(sa_type=Instant)
    timezone: str | None = None
    merged_into: str | None = None
    notify_by: str | None = None


class ContactMerge(Row, table=True):
    """A contact ``other_id`` was found to be ``contact_id``; what moved stands in `ContactMoved`. ``undone_at``: it was not."""

    __tablename__ = "contact_merge"
    __table_args__ = (KEYED,)

    id: str = Field(primary_key=True)
    contact_id: str = Field(index=True)
    other_id: str = Field(index=True)
    by: str
    reason: str = ""
    at: datetime = Field(sa_type=Instant)
    undone_at: datetime | None = Field(default=None, sa_type=Instant)


class ContactMoved(Row, table=True):
    """A point (by its key) or a ticket (by its id) that a merging moved."""

    __tablename__ = "contact_moved"
    __table_args__ = (KEYED,)

    merge_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)


class ContactSuggestion(Row, table=True):
    """Two contacts that may be the same person; the ids in ascending order. ``dismissed_at``: an agent said that they are not, and that
    stays said."""

    __tablename__ = "contact_suggestion"
    __table_args__ = (KEYED,)

    contact_id: str = Field(primary_key=True)
    other_id: str = Field(primary_key=True, index=True)
    reason: str = ""
    at: datetime = Field(sa_type=Instant)
    dismissed_at: datetime | None = Field(default=None, sa_type=Instant)
    dismissed_by: str | None = None


class ContactPoint(Row, table=True):
    """Where a contact can be reached. ``key`` is `shared.messages.facts.point_key` of kind and value. A point that was marked
    undeliverable before anyone wrote from it has no contact. Mail from one that is ``blocked`` is quarantined; nothing is sent to one
    that ``opted_out``. ``verified``: they wrote from it, or their channel vouches for it. ``marked_at``: since when it is undeliverable."""

    __tablename__ = "contact_point"
    __table_args__ = (KEYED,)

    key: str = Field(primary_key=True)
    kind: str
    value: str
    contact_id: str | None = Field(default=None, index=True)
    undeliverable: bool = False
    blocked: bool = False
    reason: str = ""
    opted_out: bool = False
    verified: bool = True
    marked_at: datetime | None = Field(default=None, sa_type=Instant)
