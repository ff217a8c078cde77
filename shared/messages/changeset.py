"""`Changeset`: what a decision wants changed, atomically, with the reason for each choice and what it relied on.

The store writes the operations in order. Ids are derived from the cause (`shared.identity`), so writing one twice is
impossible and deciding twice names the same entities.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, SerializeAsAny

from shared.messages.base import Record, Versioned
from shared.messages.outbound import Outbound
from shared.messages.parts import (
    Address,
    Attachment,
    Automatic,
    Bounce,
    Channel,
    Direction,
    Point,
    Reason,
    Status,
    Stored,
)


class OpenTicket(Record):
    """A new ticket. Its number is given by the store."""

    op: Literal["open_ticket"] = "open_ticket"
    ticket_id: str
    subject: str
    channel: Channel
    inbox: str
    language: str
    status: Status = "new"
    contact_id: str | None = None
    customer: str = ""
    participants: list[str] = Field(default_factory=list)
    unconfirmed: list[str] = Field(default_factory=list)
    kind: str | None = None
    category: str | None = None
    priority: str = "normal"
    team: str | None = None
    assignee: str | None = None
    tags: list[str] = Field(default_factory=list)
    received_by: str | None = None
    problem: str = ""
    internal: bool = False
    created_at: datetime
    first_response_due: datetime | None = None
    next_response_due: datetime | None = None
    resolution_due: datetime | None = None
    reasons: dict[str, Reason] = Field(default_factory=dict)


class ChangeTicket(Record):
    """New values for columns of a ticket, by the names of the API's Ticket; times as ISO 8601 text.

    ``add_participants`` and ``add_unconfirmed`` are united with what the ticket has; ``reasons`` too.
    """

    op: Literal["change_ticket"] = "change_ticket"
    ticket_id: str
    fields: dict[str, Any] = Field(default_factory=dict)
    add_participants: list[str] = Field(default_factory=list)
    add_unconfirmed: list[str] = Field(default_factory=list)
    reasons: dict[str, Reason] = Field(default_factory=dict)


class AddMessage(Record):
    """A message of a ticket, coming in, going out or internal. ``header_id`` is its Message-ID without angle brackets."""

    op: Literal["add_message"] = "add_message"
    message_id: str
    ticket_id: str
    direction: Direction
    channel: Channel
    inbox: str
    author: Address
    author_kind: Literal["customer", "agent", "system", "other"] = "customer"
    source_id: str | None = None
    header_id: str | None = None
    inboxes: list[str] = Field(default_factory=list)
    audience: int = 0
    recipients: list[Address] = Field(default_factory=list)
    subject: str = ""
    text: str = ""
    reply_text: str = ""
    html: str | None = None
    language: str | None = None
    automatic: Automatic | None = None
    bounce: Bounce | None = None
    attachments: list[Attachment] = Field(default_factory=list)
    original: Stored | None = None
    defects: list[str] = Field(default_factory=list)
    date: datetime | None = None
    created_at: datetime
    routed_by: Reason | None = None
    correlation_id: str = ""


class AddRoute(Record):
    """The message also came by these inboxes (one mail to two mailboxes)."""

    op: Literal["add_route"] = "add_route"
    message_id: str
    inboxes: list[str]


class AddReferences(Record):
    """Message-IDs by which the ticket shall be found. ``own`` is borne by a stored message with ``audience`` recipients."""

    op: Literal["add_references"] = "add_references"
    ticket_id: str
    own: str | None = None
    audience: int = 0
    mentioned: list[str] = Field(default_factory=list)


class PutContact(Record):
    """A contact with points of theirs; what exists is kept, a name is only filled in where there was none."""

    op: Literal["put_contact"] = "put_contact"
    contact_id: str
    name: str = ""
    language: str | None = None
    points: list[Point] = Field(default_factory=list)


class MarkPoint(Record):
    """A point that cannot (or again can) be reached."""

    op: Literal["mark_point"] = "mark_point"
    point: Point
    undeliverable: bool
    reason: str = ""


class AddEvent(Record):
    """An entry of the audit trail; published as ``event.<what>`` with ids and ``data``, never a customer's words."""

    op: Literal["add_event"] = "add_event"
    what: str
    ticket_id: str | None = None
    message_id: str | None = None
    actor: str
    channel: str = ""
    reason: str = ""
    data: dict[str, Any] = Field(default_factory=dict)
    at: datetime


class QueueDelivery(Record):
    """A message to be sent. The store fills in the ticket's number and publishes it for the notifier."""

    op: Literal["queue_delivery"] = "queue_delivery"
    outbound: Outbound


class CountAutomatic(Record):
    """An automatic answer that goes to this point, for its budget."""

    op: Literal["count_automatic"] = "count_automatic"
    point: Point
    ticket_id: str | None = None
    at: datetime


class SetTimer(Record):
    """Wake the router at this time. Setting a timer that is set raises its generation: the old firing no longer counts."""

    op: Literal["set_timer"] = "set_timer"
    timer_id: str
    kind: str
    ticket_id: str | None = None
    due_at: datetime


class CancelTimer(Record):
    """No longer wake the router for this."""

    op: Literal["cancel_timer"] = "cancel_timer"
    timer_id: str


class LinkTickets(Record):
    """Two tickets that have to do with one another: ``possibly-related``, ``follow-up``."""

    op: Literal["link_tickets"] = "link_tickets"
    ticket_id: str
    other_id: str
    kind: str
    reason: str = ""


class AddToken(Record):
    """An API token, kept as the SHA-256 of its text."""

    op: Literal["add_token"] = "add_token"
    token_id: str
    name: str
    sha256: str
    at: datetime


class AddAgent(Record):
    """An agent."""

    op: Literal["add_agent"] = "add_agent"
    agent_id: str
    email: str
    name: str
    role: Literal["admin", "lead", "agent", "auditor"] = "agent"
    at: datetime


Operation = Annotated[
    OpenTicket
    | ChangeTicket
    | AddMessage
    | AddRoute
    | AddReferences
    | PutContact
    | MarkPoint
    | AddEvent
    | QueueDelivery
    | CountAutomatic
    | SetTimer
    | CancelTimer
    | LinkTickets
    | AddToken
    | AddAgent,
    Field(discriminator="op"),
]


class Ledgered(Record):
    """How an incoming message ended, for the ledger of its channel and inbox."""

    channel: str
    inbox: str
    outcome: Literal["stored", "duplicate", "quarantined"]
    reason: str = ""


class Changeset(Record):
    """What one cause changes. ``relies`` maps keys to the versions the decision saw, ``bumps`` are the keys it changes (each is
    also relied on). ``fingerprint`` tells whether the same cause came with other content (a reused idempotency key).
    ``result`` is what a repetition of the cause is answered with. ``policy`` is the configuration's version."""

    cause: str
    fingerprint: str = ""
    relies: dict[str, int] = Field(default_factory=dict)
    bumps: list[str] = Field(default_factory=list)
    # Each is written by its own model: to find that through the union costs as much as the writing.
    operations: list[SerializeAsAny[Operation]] = Field(default_factory=list)
    ledger: Ledgered | None = None
    result: dict[str, Any] = Field(default_factory=dict)
    policy: str = ""


class CommitRequest(Versioned):
    """Changesets to be written, in order. Each stands or falls by itself, but one that relies on what an earlier one was to change
    conflicts where that one was not written: it was decided as if it had been."""

    VERSION: ClassVar[int] = 1

    changesets: list[Changeset]


class Committed(Record):
    """The answer for one changeset.

    ``committed``: written now. ``repeated``: its cause was written before; ``result`` is that one's, ``fingerprint`` tells whether
    it was the same request. ``conflict``: somebody changed ``keys`` meanwhile; decide again. ``invalid``: it can never be
    written (``error``). ``numbers`` has the number of each ticket it opened.
    """

    cause: str
    outcome: Literal["committed", "repeated", "conflict", "invalid"]
    result: dict[str, Any] = Field(default_factory=dict)
    fingerprint: str = ""
    keys: list[str] = Field(default_factory=list)
    error: str = ""
    numbers: dict[str, int] = Field(default_factory=dict)


class CommitReply(Versioned):
    """One answer per changeset, in the request's order."""

    VERSION: ClassVar[int] = 1

    results: list[Committed]
