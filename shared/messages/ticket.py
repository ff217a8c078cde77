"""Tickets and messages as the API shows them (docs/openapi.json), and the queries that ask the store for them."""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from shared.messages.base import Record, Versioned
from shared.messages.parts import Address, Attachment, Authentication, Point, Reason


class ContactView(Record):
    """The customer of a ticket."""

    id: str = ""
    name: str = ""
    points: list[Point] = Field(default_factory=list)


class Satisfaction(Record):
    """What the customer thought of it."""

    score: int | None = None
    words: str = ""


class Related(Record):
    """Another ticket that has to do with this one."""

    number: str
    kind: str
    reason: str = ""


class EarlierText(Record):
    """What a message said before its sender changed it ``at`` that time."""

    text: str
    at: datetime


class MessageView(Record):
    """A message of a ticket. ``recipients`` stand in its To and Cc; ``bcc`` got it without the others knowing."""

    id: str
    direction: str
    author: str
    channel: str
    inbox: str = ""
    subject: str = ""
    text: str
    reply_text: str
    html: str | None = None
    attachments: list[Attachment] = Field(default_factory=list)
    created_at: datetime
    automatic: str | None = None
    routed_by: Reason | None = None
    header_id: str | None = None
    source_id: str | None = None
    inboxes: list[str] = Field(default_factory=list)
    defects: list[str] = Field(default_factory=list)
    correlation_id: str = ""
    forwarded_from: str | None = None
    authentication: Authentication | None = None
    recipients: list[Address] = Field(default_factory=list)
    bcc: list[Address] | None = None
    conversation: str | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    earlier: list[EarlierText] = Field(default_factory=list)


class EventView(Record):
    """An entry of a ticket's audit trail."""

    id: str
    what: str
    actor: str
    channel: str = ""
    reason: str = ""
    data: dict[str, Any] = Field(default_factory=dict)
    at: datetime


class DeliveryView(Record):
    """A delivery of a ticket. ``via`` is who took it over; for SMS also how many segments it takes."""

    id: str
    message_id: str | None = None
    kind: str
    channel: str
    inbox: str
    to: str
    state: str
    attempt: int
    error: str = ""
    provider_id: str | None = None
    via: str = ""
    next_attempt_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


class TicketView(Record):
    """A ticket. ``number`` is written ``T-1001``. ``window_ends``, of one on WhatsApp or Messenger when shown alone, is until when
    anything may be sent to its customer, 24 hours after they wrote; afterwards only approved templates."""

    id: str
    number: str
    subject: str
    status: str
    kind: str | None = None
    product: str | None = None
    priority: str
    category: str | None = None
    tags: list[str] = Field(default_factory=list)
    channel: str
    inbox: str
    language: str
    team: str | None = None
    assignee: str | None = None
    watchers: list[str] = Field(default_factory=list)
    contact: ContactView = Field(default_factory=ContactView)
    received_by: str | None = None
    problem: str = ""
    impact: str | None = None
    solution: str | None = None
    root_cause: str | None = None
    preventive_action: str | None = None
    tested: str | None = None
    created_at: datetime
    updated_at: datetime
    first_response_due: datetime | None = None
    next_response_due: datetime | None = None
    resolution_due: datetime | None = None
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    customer_confirmed_at: datetime | None = None
    satisfaction: Satisfaction | None = None
    window_ends: datetime | None = None
    related: list[Related] = Field(default_factory=list)
    reasons: dict[str, Reason] = Field(default_factory=dict)
    messages: list[MessageView] | None = None
    events: list[EventView] | None = None
    deliveries: list[DeliveryView] | None = None
    actions: list[dict[str, Any]] | None = None
    promises: list[dict[str, Any]] | None = None


class TicketsQuery(Versioned):
    """``store.query.tickets``: a page (50 a page, from 1) of tickets, newest first, that meet every given condition. ``sort`` says which
    time counts: ``created`` or ``updated``."""

    VERSION: ClassVar[int] = 1

    status: str | None = None
    assignee: str | None = None
    team: str | None = None
    q: str | None = None
    channel: str | None = None
    tag: str | None = None
    page: int = 1
    per_page: int = 50
    sort: str = "created"


class TicketsPage(Versioned):
    """The answer to `TicketsQuery`."""

    VERSION: ClassVar[int] = 1

    items: list[TicketView]
    total: int


class TicketQuery(Versioned):
    """``store.query.ticket``: one ticket with all that belongs to it, by number or by the id of a message in it."""

    VERSION: ClassVar[int] = 1

    number: int | None = None
    message_id: str | None = None


class TicketAnswer(Versioned):
    """The answer to `TicketQuery`; null where there is none."""

    VERSION: ClassVar[int] = 1

    ticket: TicketView | None = None


class TokenQuery(Versioned):
    """``store.query.token``: whose token is it?"""

    VERSION: ClassVar[int] = 1

    sha256: str


class TokenAnswer(Versioned):
    """The answer to `TokenQuery`; name null for an unknown token."""

    VERSION: ClassVar[int] = 1

    token_id: str | None = None
    name: str | None = None


class AgentsQuery(Versioned):
    """``store.query.agents``: all agents."""

    VERSION: ClassVar[int] = 1


class AgentView(Record):
    """An agent as listed."""

    id: str
    email: str
    name: str
    role: str


class AgentsAnswer(Versioned):
    """The answer to `AgentsQuery`."""

    VERSION: ClassVar[int] = 1

    agents: list[AgentView]


class LedgerQuery(Versioned):
    """``store.query.ledger``: what became of everything received, since a time or ever."""

    VERSION: ClassVar[int] = 1

    since: datetime | None = None


class LedgerLine(Record):
    """One channel and inbox: ``received`` is counted on the bus and at the door, the rest where it ended."""

    channel: str
    inbox: str
    received: int = 0
    stored: int = 0
    duplicate: int = 0
    quarantined: int = 0
    refused: int = 0
    dead: int = 0
    in_flight: int = 0
    reasons: dict[str, int] = Field(default_factory=dict)

    @property
    def adds_up(self) -> bool:
        """Whether everything received is accounted for."""
        ended = self.stored + self.duplicate + self.quarantined + self.refused + self.dead + self.in_flight
        return self.received == ended


class LedgerAnswer(Versioned):
    """The answer to `LedgerQuery`."""

    VERSION: ClassVar[int] = 1

    lines: list[LedgerLine]


class LedgerNote(Versioned):
    """``store.ledger``: intake tells how many it turned away (or took twice) since its last note. ``note_id`` is unique, so that a
    repeated note counts once. ``counts`` are keyed ``<channel>/<inbox>/<outcome>/<reason>``; outcomes: ``refused``, ``duplicate``."""

    VERSION: ClassVar[int] = 1

    note_id: str
    counts: dict[str, int]


class HealthQuery(Versioned):
    """``store.query.health``: what the watchdog wants to know of the database."""

    VERSION: ClassVar[int] = 1


class HealthAnswer(Versioned):
    """Age of the oldest delivery still to be sent (its due time counts, not its retries), last message received per inbox,
    free bytes where the data lies, outbox rows not yet published, deliveries waiting per inbox and its last error."""

    VERSION: ClassVar[int] = 1

    oldest_delivery_at: datetime | None = None
    last_received: dict[str, datetime] = Field(default_factory=dict)
    disk_free: int | None = None
    outbox_waiting: int = 0
    waiting: dict[str, int] = Field(default_factory=dict)
    last_errors: dict[str, str] = Field(default_factory=dict)
