"""The tables of tickets, and of what is in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from services.store.columns import Instant, Json, Serial
from services.store.tables.base import KEYED, Row

# As a literal: SQLite uses a partial index only for a condition spelled like the index's own.
ANSWERED = "first_responded_at IS NOT NULL"
PREVENTIVE = "preventive_action IS NOT NULL"
HELD_OPEN = "assignee IS NOT NULL AND status IN ('new', 'open', 'pending', 'on_hold')"
# Nearly all tickets, and hardly ever changed: an index of these only costs a mail nothing.
OVER = "status IN ('solved', 'closed', 'spam')"
# The messages of conversation channels; mail, by far the most, costs the index nothing.
IN_CONVERSATION = "conversation IS NOT NULL"


class Ticket(Row, table=True):
    """A ticket. ``customer`` is the lower-cased address (or other point's value) of the customer. ``latest_message_ids`` are the
    Message-IDs of its newest messages (at most ten, oldest first), kept here so that facts need not look through the messages.
    ``collaborators`` have it besides the ``assignee``. ``state`` is what the parts of its life remember (the router's)."""

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_created_at_number", "created_at", "number"),
        Index("ix_ticket_status_created_at_number", "status", "created_at", "number"),
        # Has this contact ever been answered? Asked for each mail, so without looking through their tickets.
        Index("ix_ticket_answered", "contact_id", sqlite_where=text(ANSWERED), postgresql_where=text(ANSWERED)),
        # Whose are the tickets that are not over? Counted when a new one is given to somebody.
        Index("ix_ticket_held", "assignee", sqlite_where=text(HELD_OPEN), postgresql_where=text(HELD_OPEN)),
        # The console lists what is over by its last change.
        Index("ix_ticket_over", "status", "updated_at", "number", sqlite_where=text(OVER), postgresql_where=text(OVER)),
        Index("ix_ticket_preventive", "number", sqlite_where=text(PREVENTIVE), postgresql_where=text(PREVENTIVE)),
    )

    id: str = Field(primary_key=True)
    number: int = Field(unique=True, sa_type=Serial)
    subject: str
    status: str
    kind: str | None = None
    product: str | None = None
    priority: str = "normal"
    category: str | None = None
    tags: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    channel: str
    inbox: str
    language: str
    team: str | None = None
    assignee: str | None = None
    watchers: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    contact_id: str | None = Field(default=None, index=True)
    customer: str = ""
    participants: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    unconfirmed: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    received_by: str | None = None
    internal: bool = False
    problem: str = ""
    impact: str | None = None
    solution: str | None = None
    root_cause: str | None = None
    preventive_action: str | None = None
    tested: str | None = None
    created_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)
    first_response_due: datetime | None = Field(default=None, sa_type=Instant)
    next_response_due: datetime | None = Field(default=None, sa_type=Instant)
    resolution_due: datetime | None = Field(default=None, sa_type=Instant)
    first_responded_at: datetime | None = Field(default=None, sa_type=Instant)
    solved_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    customer_confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    satisfaction: dict[str, Any] | None = Field(default=None, sa_type=Json)
    reasons: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    latest_message_ids: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    conversation: str | None = None
    received_at: datetime | None = Field(default=None, sa_type=Instant)
    received_via: str | None = None
    details: str | None = None
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json, nullable=False)
    solved_by: str | None = None
    tested_by: str | None = None
    preventive_owner: str | None = None
    preventive_due: datetime | None = Field(default=None, sa_type=Instant)
    preventive_verified_at: datetime | None = Field(default=None, sa_type=Instant)
    preventive_verified_by: str | None = None
    collaborators: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    status_since: datetime | None = Field(default=None, sa_type=Instant)
    assigned_at: datetime | None = Field(default=None, sa_type=Instant)
    snoozed_until: datetime | None = Field(default=None, sa_type=Instant)
    merged_into: str | None = None
    reopened: int = 0
    state: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)


class Entry(Row, table=True):
    """An entry of a ticket's record (`shared.messages.life.PutEntry`); ``seq`` is the order of storing."""

    __tablename__ = "entry"

    seq: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    id: str = Field(unique=True)
    ticket_id: str = Field(index=True)
    kind: str
    data: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    done_at: datetime | None = Field(default=None, sa_type=Instant)
    by: str = ""
    created_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)


class TicketLink(Row, table=True):
    """Two tickets that have to do with one another, written once; it is shown at both."""

    __tablename__ = "ticket_link"
    __table_args__ = (KEYED,)

    ticket_id: str = Field(primary_key=True)
    other_id: str = Field(primary_key=True, index=True)
    kind: str = Field(primary_key=True)
    reason: str = ""


class Message(Row, table=True):
    """A message of a ticket. ``seq`` is the order of storing and the row of the full-text index. ``answers`` are the Message-IDs it refers
    to, newest first; messages of one sender that say the same have one ``content_key``. ``conversation`` is the talk on a conversation
    channel that it belongs to, ``side`` the side conversation. Its sender changed it ``edited_at`` (see `MessageEdit`) or took it back
    ``deleted_at``."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_content_key_created_at", "content_key", "created_at"),
        Index(
            "ix_message_conversation",
            "conversation",
            "seq",
            sqlite_where=text(IN_CONVERSATION),
            postgresql_where=text(IN_CONVERSATION),
        ),
    )

    seq: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    id: str = Field(unique=True)
    ticket_id: str = Field(index=True)
    direction: str
    channel: str
    inbox: str
    source_id: str | None = Field(default=None, unique=True)
    header_id: str | None = None
    inboxes: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    audience: int = 0
    author_name: str = ""
    author_address: str = ""
    author_kind: str = "customer"
    recipients: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json, nullable=False)
    subject: str = ""
    text: str = ""
    reply_text: str = ""
    html: str | None = None
    language: str | None = None
    automatic: str | None = None
    bounce: dict[str, Any] | None = Field(default=None, sa_type=Json)
    attachments: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json, nullable=False)
    original: dict[str, Any] | None = Field(default=None, sa_type=Json)
    defects: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    date: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    routed_by: dict[str, Any] | None = Field(default=None, sa_type=Json)
    correlation_id: str = ""
    answers: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    content_key: str | None = None
    forwarded_from: str | None = None
    authentication: dict[str, Any] | None = Field(default=None, sa_type=Json)
    bcc: list[dict[str, Any]] | None = Field(default=None, sa_type=Json)
    conversation: str | None = None
    edited_at: datetime | None = Field(default=None, sa_type=Instant)
    deleted_at: datetime | None = Field(default=None, sa_type=Instant)
    side: str | None = None


class MessageEdit(Row, table=True):
    """What a message said before its sender changed it at ``at``. ``id`` is the edit's, so that each is kept once."""

    __tablename__ = "message_edit"

    id: str = Field(primary_key=True)
    message_id: str = Field(index=True)
    text: str = ""
    at: datetime = Field(sa_type=Instant)


class Reference(Row, table=True):
    """A ticket that knows a Message-ID. ``key`` is `shared.messages.facts.reference_key`; ``owned``: a message of the ticket bears
    the id, with ``audience`` recipients; otherwise it was only mentioned. ``moved``: an agent said so."""

    __tablename__ = "reference"
    __table_args__ = (KEYED,)

    key: str = Field(primary_key=True)
    ticket_id: str = Field(primary_key=True)
    owned: bool = False
    audience: int | None = None
    moved: bool = False
