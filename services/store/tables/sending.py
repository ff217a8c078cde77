"""The tables of what goes out, of what is to happen when, and of what did happen."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, text
from sqlmodel import Field

from services.store.columns import Instant, Json, Serial
from services.store.tables.base import Row


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
