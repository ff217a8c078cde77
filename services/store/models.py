"""The tables. Everything the store remembers, as SQLModel classes.

Rows are written and read with SQLAlchemy Core on these tables (`table(Ticket)` gives the Core table): per-row ORM objects were
measured 6 to 40 times slower. Every time is an aware UTC datetime. Ids are 32 hexadecimal characters (`shared.identity`).
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, LargeBinary, MetaData, Table, text
from sqlmodel import Field, SQLModel

from services.store.columns import Instant, Json, Serial

# Small rows found only by their key: on SQLite the key's B-tree is then the table itself, half the pages to write.
KEYED = {"sqlite_with_rowid": False}


class Row(SQLModel):
    """The base of all tables. Constraints have names that do not depend on the database, so that migrations can speak of them."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model."""
    result: Table = model.__table__  # type: ignore[attr-defined]
    return result


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


class KeyVersion(Row, table=True):
    """How often what a key stands for was changed; a key that is not here has version 0."""

    __tablename__ = "key_version"
    __table_args__ = (KEYED,)

    key: str = Field(primary_key=True)
    version: int = Field(sa_type=Serial)


class Cause(Row, table=True):
    """What was done, by what caused it; also what the ledger counts (``channel``, ``inbox``, ``outcome``, ``reason``)."""

    __tablename__ = "cause"
    __table_args__ = (Index("ix_cause_channel_inbox_outcome", "channel", "inbox", "outcome"), KEYED)

    id: str = Field(primary_key=True)
    kind: str
    fingerprint: str = ""
    result: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    policy: str = ""
    at: datetime = Field(sa_type=Instant)
    channel: str | None = None
    inbox: str | None = None
    outcome: str | None = None
    reason: str | None = None


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


class Held(Row, table=True):
    """A message in quarantine. ``message`` is the encoded `Inbound`, as it came. It is kept until ``expires_at``, released or not;
    ``ticket_id`` is where it went when it was released. Somebody who ``discarded`` it said that nobody need look at it any more."""

    __tablename__ = "quarantine"

    id: str = Field(primary_key=True)
    source_id: str = Field(unique=True)
    channel: str
    inbox: str
    inboxes: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    sender: str = ""
    subject: str = ""
    reason: dict[str, Any] = Field(sa_type=Json, nullable=False)
    message: bytes = Field(sa_type=LargeBinary)
    received_at: datetime = Field(sa_type=Instant)
    held_at: datetime = Field(sa_type=Instant, index=True)
    expires_at: datetime = Field(sa_type=Instant, index=True)
    released_at: datetime | None = Field(default=None, sa_type=Instant)
    released_by: str | None = None
    ticket_id: str | None = None
    discarded_at: datetime | None = Field(default=None, sa_type=Instant)
    discarded_by: str | None = None
    discard_reason: str | None = None


class SpamWord(Row, table=True):
    """In how many examples of spam and of other mail a word was. ``key`` is a hash of it; the entry ``examples`` counts these."""

    __tablename__ = "spam_word"
    __table_args__ = (KEYED,)

    key: str = Field(primary_key=True)
    spam: int = Field(sa_type=Serial)
    ham: int = Field(sa_type=Serial)


class SpamLearnt(Row, table=True):
    """What the spam filter has learnt from a ticket, so that just that can be taken back."""

    __tablename__ = "spam_learnt"
    __table_args__ = (KEYED,)

    ticket_id: str = Field(primary_key=True)
    spam: bool
    words: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)


class AutomaticSent(Row, table=True):
    """An automatic answer that went to a point, for its budget."""

    __tablename__ = "automatic_sent"
    __table_args__ = (Index("ix_automatic_sent_point_key_at", "point_key", "at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    point_key: str
    at: datetime = Field(sa_type=Instant)
    ticket_id: str | None = None


# The deliveries that are not over, as a literal: SQLite uses the partial index only for a condition spelled like the index's own.
OPEN_DELIVERIES = "state IN ('queued', 'sending')"
# Qualified, since tickets, which they are joined with, have columns of the same names.
FAILED_HOOKS = "delivery.channel = 'api' AND delivery.state IN ('failed', 'unknown')"
_FAILED_HOOKS = FAILED_HOOKS.replace("delivery.", "")
# Everything that webhooks are told; qualified likewise.
HOOKED = "delivery.channel = 'api'"
_HOOKED = HOOKED.replace("delivery.", "")
# What did not reach whom it was for, or may not have.
UNDELIVERED = "delivery.channel <> 'api' AND delivery.state IN ('failed', 'bounced', 'unknown')"
_UNDELIVERED = UNDELIVERED.replace("delivery.", "")
# The notifications that went to agents, by whom they went to.
TOLD = "agent_id <> ''"
CORRECTED = "what IN ('category_corrected', 'priority_corrected', 'kind_corrected')"
# What reports count, in the order of time.
COUNTED = "what IN ('message_sent', 'status_changed', 'satisfaction_given')"


class Delivery(Row, table=True):
    """A message to be sent, and how far it came. ``state`` is one of `shared.messages.outbound.RANK`, ``rank`` its rank. ``to`` is the
    first recipient's address. ``outbound`` is the encoded `Outbound`, so that it can be published again. ``wake_at`` is when that is
    to happen unless something else happens before: the next attempt is due, or nothing has been heard of it for too long; null when
    it is over. Of what an agent was told ``agent_id``, ``event``, ``code`` and ``internal`` are as in `Outbound`, and ``created_at`` is as
    of when it tells how the ticket stands."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index(
            "ix_delivery_wake_at",
            "wake_at",
            sqlite_where=text(OPEN_DELIVERIES),
            postgresql_where=text(OPEN_DELIVERIES),
        ),
        Index(
            "ix_delivery_failed_hooks",
            "updated_at",
            sqlite_where=text(_FAILED_HOOKS),
            postgresql_where=text(_FAILED_HOOKS),
        ),
        Index("ix_delivery_hooked", "inbox", "updated_at", sqlite_where=text(_HOOKED), postgresql_where=text(_HOOKED)),
        Index(
            "ix_delivery_undelivered",
            "updated_at",
            sqlite_where=text(_UNDELIVERED),
            postgresql_where=text(_UNDELIVERED),
        ),
        Index("ix_delivery_told", "agent_id", "created_at", sqlite_where=text(TOLD), postgresql_where=text(TOLD)),
    )

    id: str = Field(primary_key=True)
    ticket_id: str | None = Field(default=None, index=True)
    message_id: str | None = None
    channel: str
    inbox: str
    kind: str
    to: str
    state: str
    rank: int
    attempt: int = 0
    owner: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    next_attempt_at: datetime | None = Field(default=None, sa_type=Instant)
    error: str = ""
    provider_id: str | None = None
    via: str = ""
    outbound: bytes = Field(sa_type=LargeBinary)
    wake_at: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)
    agent_id: str = ""
    event: str = ""
    code: str = ""
    internal: bool = False


class Timer(Row, table=True):
    """A time at which the router is to be woken. It stays until the router's changeset removes or moves it; ``wake_at`` is when it is put
    on the bus (again): at first ``due_at``, later as long as it is still there."""

    __tablename__ = "timer"

    id: str = Field(primary_key=True)
    kind: str
    ticket_id: str | None = None
    generation: int = Field(sa_type=Serial)
    due_at: datetime = Field(sa_type=Instant)
    wake_at: datetime = Field(sa_type=Instant, index=True)


class AuditEvent(Row, table=True):
    """An entry of the audit trail; ``seq`` is the order of storing."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_corrected", "what", "seq", sqlite_where=text(CORRECTED), postgresql_where=text(CORRECTED)),
        Index("ix_event_counted", "at", "seq", sqlite_where=text(COUNTED), postgresql_where=text(COUNTED)),
    )

    seq: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    id: str = Field(unique=True)
    what: str
    ticket_id: str | None = Field(default=None, index=True)
    message_id: str | None = None
    actor: str
    channel: str = ""
    reason: str = ""
    data: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    at: datetime = Field(sa_type=Instant)


class Outbox(Row, table=True):
    """A message for the bus that was decided in the transaction it was written in. Ids sort by time. Whoever has it claimed publishes
    and removes it; after ``claimed_until`` anyone may."""

    __tablename__ = "outbox"

    id: str = Field(primary_key=True)
    stream: str
    subject: str
    bus_id: str
    payload: bytes = Field(sa_type=LargeBinary)
    claimed_until: datetime = Field(sa_type=Instant)


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


class NotedLedger(Row, table=True):
    """A ledger note that was counted, so that its repetition is not."""

    __tablename__ = "ledger_note"
    __table_args__ = (KEYED,)

    id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)


class LedgerCount(Row, table=True):
    """What intake turned away or took twice, summed per hour; ``hour`` is the hour's beginning."""

    __tablename__ = "ledger_count"
    __table_args__ = (KEYED,)

    hour: datetime = Field(primary_key=True, sa_type=Instant)
    channel: str = Field(primary_key=True)
    inbox: str = Field(primary_key=True)
    outcome: str = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    count: int = Field(sa_type=Serial)


class Configuration(Row, table=True):
    """An effective configuration, by its version (a hash of it); the newest ``at`` is in force."""

    __tablename__ = "configuration"

    version: str = Field(primary_key=True)
    effective: dict[str, Any] = Field(sa_type=Json)
    at: datetime = Field(sa_type=Instant)


class LearntModel(Row, table=True):
    """A model of the classifier, by its version (a hash of it). ``body`` is its file, ``measured`` what was found when it was fitted."""

    __tablename__ = "learnt_model"

    version: str = Field(primary_key=True)
    body: bytes = Field(sa_type=LargeBinary)
    size: int
    tickets: int = 0
    measured: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    by: str = ""
    at: datetime = Field(sa_type=Instant)


class LearntChoice(Row, table=True):
    """Which model is in use since ``at`` (empty: none); the newest counts."""

    __tablename__ = "learnt_choice"

    seq: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    version: str = ""
    by: str = ""
    at: datetime = Field(sa_type=Instant)


class Counter(Row, table=True):
    """A number that is counted up where the database has no sequences (SQLite): ``ticket`` is the last ticket number given."""

    __tablename__ = "counter"

    name: str = Field(primary_key=True)
    value: int = Field(sa_type=Serial)


__all__ = [
    "ANSWERED",
    "COUNTED",
    "HELD_OPEN",
    "IN_CONVERSATION",
    "OPEN_DELIVERIES",
    "OVER",
    "PREVENTIVE",
    "TOLD",
    "UNDELIVERED",
    "Agent",
    "AgentPoint",
    "AuditEvent",
    "AutomaticSent",
    "Cause",
    "Configuration",
    "Contact",
    "ContactMerge",
    "ContactMoved",
    "ContactPoint",
    "ContactSuggestion",
    "Counter",
    "Delivery",
    "Entry",
    "Held",
    "KeyVersion",
    "LearntChoice",
    "LearntModel",
    "LedgerCount",
    "Message",
    "MessageEdit",
    "News",
    "NotedLedger",
    "Outbox",
    "Reference",
    "Row",
    "SpamLearnt",
    "SpamWord",
    "Spoken",
    "Ticket",
    "TicketLink",
    "Timer",
    "Token",
    "table",
]
