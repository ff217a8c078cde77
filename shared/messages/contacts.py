"""Contacts as the API shows them (docs/openapi.json), and the queries that ask the store for them."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from shared.messages.base import Record, Versioned
from shared.messages.parts import Point


class PointView(Point):
    """A point with what is known of it. ``verified``: they wrote from it, or their channel vouches for it; ``opted_out``: they want no
    messages there; ``undeliverable``: it cannot be reached, and why."""

    verified: bool = True
    opted_out: bool = False
    undeliverable: bool = False
    blocked: bool = False
    reason: str = ""


class MergedView(Record):
    """A contact that was found to be this one. ``undone_at``: it was not, after all."""

    contact_id: str
    by: str
    reason: str = ""
    at: datetime
    undone_at: datetime | None = None


class SuggestionView(Record):
    """A contact that may be this one."""

    contact_id: str
    name: str = ""
    points: list[Point] = Field(default_factory=list)
    reason: str
    at: datetime


class PersonView(Record):
    """A contact. ``tickets`` are the numbers of their newest, at most 100; ``merged_into`` has everything now where it is not null.
    ``notify_by``: how they are told of what happens to their tickets, where nobody chose otherwise for a ticket."""

    id: str
    name: str = ""
    language: str | None = None
    timezone: str | None = None
    notify_by: str | None = None
    created_at: datetime
    points: list[PointView] = Field(default_factory=list)
    merged_into: str | None = None
    tickets: list[str] | None = None
    merged: list[MergedView] | None = None
    contact_suggestions: list[SuggestionView] | None = None


class ContactsQuery(Versioned):
    """``store.query.contacts``: contacts whose name or point begins with, or has in it, what is searched for; newest first."""

    VERSION: ClassVar[int] = 1

    q: str = ""
    page: int = 1
    per_page: int = 50


class ContactsPage(Versioned):
    """The answer to `ContactsQuery`. ``more``: there is a next page."""

    VERSION: ClassVar[int] = 1

    items: list[PersonView]
    more: bool = False


class ContactQuery(Versioned):
    """``store.query.contact``: one contact with tickets, what was merged into it, and who may be the same."""

    VERSION: ClassVar[int] = 1

    contact_id: str


class ContactAnswer(Versioned):
    """The answer to `ContactQuery`; null where there is none."""

    VERSION: ClassVar[int] = 1

    contact: PersonView | None = None
