"""Facts: what a decision may know, asked of the store in one request for a whole batch.

Every key that was asked about comes back with a version, keys of things that do not exist included (version 0). A changeset
names the versions it relied on, so that the store can tell whether somebody changed them in between.
"""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from shared.identity import derive
from shared.messages.base import Record, Versioned
from shared.messages.parts import Point, Status


def source_key(source_id: str) -> str:
    """The key of a message by its source id."""
    return f"s:{source_id}"


def reference_key(message_id: str) -> str:
    """The key of everything known of a Message-ID; hashed because ids may be as long as a header line."""
    return f"r:{derive('reference', message_id)}"


def point_key(kind: str, value: str) -> str:
    """The key of a contact's point: who it belongs to, what was sent to it automatically, whether it works."""
    return f"p:{derive('point', kind, value)}"


def ticket_key(ticket_id: str) -> str:
    """The key of a ticket with everything that belongs to it."""
    return f"t:{ticket_id}"


class FactsRequest(Versioned):
    """What a batch needs to know. Points and Message-IDs are already normalised."""

    VERSION: ClassVar[int] = 1

    sources: list[str] = Field(default_factory=list)
    references: list[str] = Field(default_factory=list)
    numbers: list[int] = Field(default_factory=list)
    tickets: list[str] = Field(default_factory=list)
    points: list[Point] = Field(default_factory=list)
    deliveries: list[str] = Field(default_factory=list)
    timers: list[str] = Field(default_factory=list)


class SourceFact(Record):
    """A message that is already stored."""

    message_id: str
    ticket_id: str
    inboxes: list[str]


class ReferenceFact(Record):
    """A ticket that knows a Message-ID: because a message of it bears the id (``owned``), or one mentions it.

    ``audience`` counts the recipients of the message that bears the id; null where it was only mentioned.
    """

    ticket_id: str
    owned: bool
    audience: int | None = None


class TicketFact(Record):
    """What a decision may know of a ticket. ``participants`` are lower-cased mail addresses or points' values of everybody
    who wrote in it or stood in To or Cc; ``unconfirmed`` those of them that only a token brought in."""

    ticket_id: str
    number: int
    status: Status
    subject: str
    channel: str
    inbox: str
    language: str
    contact_id: str | None = None
    customer: str = ""
    participants: list[str] = Field(default_factory=list)
    unconfirmed: list[str] = Field(default_factory=list)
    category: str | None = None
    team: str | None = None
    assignee: str | None = None
    priority: str = "normal"
    kind: str | None = None
    tags: list[str] = Field(default_factory=list)
    created_at: datetime
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    first_response_due: datetime | None = None
    next_response_due: datetime | None = None
    resolution_due: datetime | None = None
    first_responded_at: datetime | None = None
    latest_message_ids: list[str] = Field(default_factory=list)
    fields: dict[str, Any] = Field(default_factory=dict)


class ContactFact(Record):
    """The contact behind a point. ``language`` is what is known of them, null when nothing is."""

    contact_id: str
    name: str
    language: str | None = None
    undeliverable: bool = False


class AgentFact(Record):
    """An agent, by one of their addresses."""

    agent_id: str
    email: str
    name: str
    role: str


class AutomaticSent(Record):
    """One automatic answer that went to a point."""

    at: datetime
    ticket_id: str | None = None


class DeliveryFact(Record):
    """A delivery: where it went, in which ticket, how far it came."""

    delivery_id: str
    ticket_id: str | None
    channel: str
    inbox: str
    to: str
    state: str
    attempt: int
    kind: str


class TimerFact(Record):
    """A timer that is set. A firing with another generation is an old one."""

    timer_id: str
    kind: str
    ticket_id: str | None
    generation: int
    due_at: datetime


class Facts(Versioned):
    """The answer. Dictionaries lack what does not exist; ``versions`` has every key that was asked about and the key of every
    ticket that came along. ``tickets`` has all tickets that any other fact mentions. ``contacts``, ``agents`` and
    ``automatic`` are keyed by `point_key`, ``references`` by Message-ID."""

    VERSION: ClassVar[int] = 1

    versions: dict[str, int] = Field(default_factory=dict)
    sources: dict[str, SourceFact] = Field(default_factory=dict)
    references: dict[str, list[ReferenceFact]] = Field(default_factory=dict)
    numbers: dict[int, str] = Field(default_factory=dict)
    tickets: dict[str, TicketFact] = Field(default_factory=dict)
    contacts: dict[str, ContactFact] = Field(default_factory=dict)
    agents: dict[str, AgentFact] = Field(default_factory=dict)
    automatic: dict[str, list[AutomaticSent]] = Field(default_factory=dict)
    deliveries: dict[str, DeliveryFact] = Field(default_factory=dict)
    timers: dict[str, TimerFact] = Field(default_factory=dict)
