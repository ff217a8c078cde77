"""The rows of one transaction: gathered from many changesets in memory, then written a table at a time.

Nothing here decides or checks; `services.store.operations` fills a batch, `flush` writes it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import count
from time import time_ns
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, case, delete, func, literal_column, update
from sqlalchemy import bindparam as bind

from services.store import models
from services.store.agents import Staffing
from services.store.contacts import Contacting
from services.store.documents import Documents
from services.store.knowledge import Knowledge
from services.store.learning import Learning
from services.store.models import table
from services.store.portal import Portal
from services.store.quarantine import Holding
from services.store.record import Recording
from services.store.script import Step, run
from services.store.signin import Signing
from services.store.statements import Statement, changing, inserting, keeping, merging
from services.store.tables.people import Erasure, ErasureItem
from shared.messages.people import Forget

TICKET = table(models.Ticket)
MESSAGE = table(models.Message)
REFERENCE = table(models.Reference)
CONTACT = table(models.Contact)
POINT = table(models.ContactPoint)
DELIVERY = table(models.Delivery)
TIMER = table(models.Timer)
OUTBOX = table(models.Outbox)
KEY = table(models.KeyVersion)

# Whoever wrote a row publishes it; nobody else looks at it for this long.
CLAIM = timedelta(seconds=30)

Row = dict[str, Any]


def _newer_timer(new: Any) -> dict[str, Any]:
    raised = case((new.generation > TIMER.c.generation, new.generation), else_=TIMER.c.generation + literal_column("1"))
    return {
        "generation": raised,
        "kind": new.kind,
        "ticket_id": new.ticket_id,
        "due_at": new.due_at,
        "wake_at": new.wake_at,
    }


_INSERT_TICKET = inserting(TICKET)
_INSERT_MESSAGE = inserting(MESSAGE)
_INSERT_DELIVERY = inserting(DELIVERY)
_INSERT_OUTBOX = inserting(OUTBOX)
_INSERT_CAUSE = inserting(table(models.Cause))
_INSERT_EVENT = inserting(table(models.AuditEvent))
_INSERT_AUTOMATIC = inserting(table(models.AutomaticSent))
_INSERT_TOKEN = inserting(table(models.Token))
_INSERT_AGENT = inserting(table(models.Agent))
_KEEP_ERASURE, _KEEP_ERASURE_ITEM = keeping(table(Erasure)), keeping(table(ErasureItem))
_KEEP_LINK = keeping(table(models.TicketLink))
_PUT_KEY = merging(KEY, lambda new: {"version": new.version})
_PUT_TIMER = merging(TIMER, _newer_timer)
_PUT_REFERENCE = merging(
    REFERENCE,
    lambda new: {
        "owned": case((new.owned, new.owned), else_=REFERENCE.c.owned),
        "audience": func.coalesce(new.audience, REFERENCE.c.audience),
        "moved": case((new.moved, new.moved), else_=REFERENCE.c.moved),
    },
)
# What is known of a person is kept; an address book is not overwritten by whatever a mail claims.
_PUT_CONTACT = merging(
    CONTACT,
    lambda new: {
        "name": case((func.length(CONTACT.c.name) > literal_column("0"), CONTACT.c.name), else_=new.name),
        "language": func.coalesce(CONTACT.c.language, new.language),
        "timezone": func.coalesce(CONTACT.c.timezone, new.timezone),
    },
)
_PUT_POINT = merging(
    POINT,
    lambda new: {
        "contact_id": func.coalesce(POINT.c.contact_id, new.contact_id),
        "verified": case((new.verified, new.verified), else_=POINT.c.verified),
    },
)
_MARK_POINT = merging(
    POINT, lambda new: {"undeliverable": new.undeliverable, "reason": new.reason, "marked_at": new.marked_at}
)
_CANCEL_TIMER = Statement(lambda _: delete(TIMER).where(TIMER.c.id == bind("id")), [])
_ROUTES = Statement(
    lambda _: (
        update(MESSAGE)
        .where(MESSAGE.c.id == bind("message"))
        .values(inboxes=bind("new_inboxes", type_=MESSAGE.c.inboxes.type))
    ),
    [],
)
_LEAVE = Statement(
    lambda _: delete(REFERENCE).where(
        REFERENCE.c.key == bind("left_key"), REFERENCE.c.ticket_id == bind("left_ticket")
    ),
    [],
)
_FOLLOW = Statement(
    lambda _: (
        update(REFERENCE)
        .where(REFERENCE.c.key == bind("left_key"), REFERENCE.c.ticket_id == bind("left_ticket"))
        .values(ticket_id=bind("to_ticket"))
    ),
    [],
)
_FORGET_REFERENCE = Statement(lambda _: delete(REFERENCE).where(REFERENCE.c.key == bind("forgotten")), [])
_FORGET_OUTBOX = Statement(lambda _: delete(OUTBOX).where(OUTBOX.c.id == bind("id")), [])

# Outbox ids sort by the time they were made, so that new rows go to the end of the index, and never meet another process's.
_process = uuid4().hex[:10]
_counter = count()


def outbox_id() -> str:
    """A new id for an outbox row."""
    return f"{time_ns() // 1_000_000:012x}{_process}{next(_counter) & 0xFFFFFF:06x}"


class Batch:
    """Rows to be written at ``now``."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.tickets: dict[str, Row] = {}
        self.ticket_changes: dict[str, Row] = {}
        self.messages: dict[str, Row] = {}
        self.routes: dict[str, list[str]] = {}
        self.references: dict[tuple[str, str], Row] = {}
        self.left: set[tuple[str, str]] = set()
        self.forgotten: set[str] = set()
        self.following: dict[tuple[str, str], str] = {}
        self.message_changes: dict[str, Row] = {}
        self.bounces: dict[str, str] = {}
        self.requeued: set[str] = set()
        self.contacts: dict[str, Row] = {}
        self.points: dict[str, Row] = {}
        self.marks: dict[str, Row] = {}
        self.versions: dict[str, int] = {}
        self.timers: dict[str, Row | None] = {}
        self.causes: list[Row] = []
        self.events: list[Row] = []
        self.links: list[Row] = []
        self.automatic: list[Row] = []
        self.tokens: list[Row] = []
        self.agents: list[Row] = []
        self.deliveries: list[Row] = []
        self.delivery_changes: dict[str, Row] = {}
        self.timer_changes: dict[str, Row] = {}
        self.outbox_changes: dict[str, Row] = {}
        self.holding = Holding()
        self.contacting = Contacting()
        self.recording = Recording()
        self.staffing = Staffing()
        self.learning = Learning()
        self.documents = Documents()
        self.knowledge = Knowledge()
        self.signing = Signing()
        self.portal = Portal()
        self.erasures: list[Row] = []
        self.erasure_items: list[Row] = []
        self.more: list[Step] = []
        self.outbox: list[Row] = []
        self.wake_at: datetime | None = None
        self.claimed_until = now + CLAIM

    def wake(self, at: datetime) -> None:
        """Something will be due at that time."""
        if self.wake_at is None or at < self.wake_at:
            self.wake_at = at

    def publish(self, stream: str, subject: str, bus_id: str, payload: bytes) -> None:
        """Put a message into the outbox."""
        self.outbox.append(
            {
                "id": outbox_id(),
                "stream": stream,
                "subject": subject,
                "bus_id": bus_id,
                "payload": payload,
                "claimed_until": self.claimed_until,
            }
        )

    def forget(self, op: Forget) -> None:
        """Somebody, or a message that came again, is to be forgotten: noted here, done by `services.store.forgetting`."""
        points = [{"kind": each.kind, "value": each.value} for each in op.points]
        row = {"id": op.erasure_id, "points": points, "by": op.by, "at": op.at, "done_at": None, "counts": {}}
        self.erasures.append(row)
        for source in op.sources:
            self.erasure_items.append({"erasure_id": op.erasure_id, "kind": "source", "value": source})

    def flush(self, connection: Connection, published: list[str]) -> None:
        """Write everything, a table at a time; keys in ascending order, as every other transaction takes them. And remove the outbox
        rows that were ``published``."""
        dialect = connection.dialect
        waiting: list[tuple[Statement, Iterable[Row]]] = [
            (_PUT_KEY, ({"key": key, "version": self.versions[key]} for key in sorted(self.versions))),
            (_INSERT_CAUSE, self.causes),
            (_INSERT_TICKET, self.tickets.values()),
            (_INSERT_MESSAGE, self.messages.values()),
            (_ROUTES, ({"message": key, "inboxes": value} for key, value in self.routes.items())),
            (_FORGET_REFERENCE, ({"forgotten": key} for key in sorted(self.forgotten))),
            (_LEAVE, ({"left_key": key, "left_ticket": ticket} for key, ticket in sorted(self.left))),
            (
                _FOLLOW,
                (
                    {"left_key": key, "left_ticket": old, "to_ticket": new}
                    for (key, old), new in sorted(self.following.items())
                ),
            ),
            (_PUT_REFERENCE, _sorted(self.references)),
            (_PUT_CONTACT, _sorted(self.contacts)),
            (_PUT_POINT, _sorted(self.points)),
            (_MARK_POINT, _sorted(self.marks)),
            (_PUT_TIMER, (row for row in _sorted(self.timers) if row is not None)),
            (_CANCEL_TIMER, ({"id": key} for key, row in sorted(self.timers.items()) if row is None)),
            self.recording.unlinking(),
            (_KEEP_LINK, self.links),
            (_INSERT_EVENT, self.events),
            (_INSERT_AUTOMATIC, self.automatic),
            (_INSERT_TOKEN, self.tokens),
            (_INSERT_AGENT, self.agents),
            (_INSERT_DELIVERY, self.deliveries),
            (_KEEP_ERASURE, self.erasures),
            (_KEEP_ERASURE_ITEM, self.erasure_items),
            (_INSERT_OUTBOX, self.outbox),
            (_FORGET_OUTBOX, ({"id": key} for key in published)),
        ]
        steps = [step for statement, rows in waiting for step in statement.steps(dialect, rows)]
        steps += changing(dialect, TICKET, self.ticket_changes)
        steps += changing(dialect, MESSAGE, self.message_changes)
        steps += changing(dialect, DELIVERY, self.delivery_changes)
        steps += changing(dialect, TIMER, self.timer_changes)
        steps += changing(dialect, OUTBOX, self.outbox_changes)
        steps += self.holding.steps(dialect)
        steps += self.contacting.steps(dialect)
        steps += self.recording.steps(dialect)
        steps += self.staffing.steps(dialect)
        steps += self.learning.steps(dialect)
        steps += self.documents.steps(dialect)
        steps += self.knowledge.steps(dialect)
        steps += self.signing.steps(dialect)
        steps += self.portal.steps(dialect)
        steps += self.more
        run(connection, steps)


def _sorted(rows: Mapping[Any, Any]) -> list[Any]:
    return [rows[key] for key in sorted(rows)]
