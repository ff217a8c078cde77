"""Lists of tickets as the console shows them: many conditions, lean lines, and how many there are behind each saved view."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from shared.messages.base import Record, Versioned

LIVING = ("new", "open", "pending", "on_hold")
MOST_COUNTED = 1_000
"""Counting stops here: whoever has more than a thousand tickets before them does not want to know how many more."""


class Conditions(Record):
    """Which tickets. Each null or empty field asks nothing. ``assignee`` is an address, or ``none``; ``mine``: this agent has it, alone or
    with others; ``teams``: any of them; ``due``: its next deadline has passed (``breached``) or is within two hours (``soon``), for
    tickets that somebody has to work on; ``snoozed``: whether it sleeps; ``q`` as in `shared.messages.ticket.TicketsQuery`."""

    statuses: list[str] = Field(default_factory=list)
    assignee: str = ""
    mine: str = ""
    teams: list[str] = Field(default_factory=list)
    channel: str = ""
    inbox: str = ""
    priority: str = ""
    category: str = ""
    language: str = ""
    tag: str = ""
    contact_id: str = ""
    due: Literal["", "soon", "breached"] = ""
    snoozed: bool | None = None
    q: str = ""


Order = Literal["updated", "created", "oldest", "due", "priority"]


class ListQuery(Versioned):
    """``store.query.list``: a page of tickets, ``now`` being when ``due`` is judged."""

    VERSION: ClassVar[int] = 1

    conditions: Conditions = Field(default_factory=Conditions)
    order: Order = "updated"
    now: datetime
    page: int = 1
    per_page: int = 50


class TicketLine(Record):
    """A ticket in a list. ``due`` is its next deadline (answer or solution), ``waiting_since`` when its customer last wrote without an
    answer (from then the next answer is due), ``preview`` the beginning of what the customer wrote first."""

    id: str
    number: int
    subject: str
    status: str
    priority: str
    category: str | None = None
    tags: list[str] = Field(default_factory=list)
    channel: str
    language: str = ""
    team: str | None = None
    assignee: str | None = None
    customer: str = ""
    contact_id: str | None = None
    preview: str = ""
    internal: bool = False
    created_at: datetime
    updated_at: datetime
    due: datetime | None = None
    snoozed_until: datetime | None = None


class ListPage(Versioned):
    """A page; ``total`` is at most `MOST_COUNTED`, and then there may be more."""

    VERSION: ClassVar[int] = 1

    items: list[TicketLine]
    total: int


class CountsQuery(Versioned):
    """``store.query.counts``: how many tickets each of these conditions has, by the name it is asked under; at most 40 of them. Searching
    by words is not counted. ``held``: what is in quarantine, too, under the name ``quarantine``."""

    VERSION: ClassVar[int] = 1

    views: dict[str, Conditions]
    now: datetime
    held: bool = False


class Counts(Versioned):
    """The counts, each at most `MOST_COUNTED`."""

    VERSION: ClassVar[int] = 1

    counts: dict[str, int]
