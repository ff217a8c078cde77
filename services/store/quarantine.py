"""Rows of held messages and of what the spam filter has learnt: what the operations about them mean, and what a decision asks of them.

Which message is held, and what is learnt from which words, is decided elsewhere (`services.router.deciding`).
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Dialect, delete, func, select
from sqlalchemy import bindparam as bind
from sqlalchemy import literal_column as literal

from services.store import models
from services.store.columns import Instant
from services.store.models import table
from services.store.script import Rows, Step
from services.store.statements import Lookup, Statement, changing, keeping, merging
from shared.messages import changeset as c
from shared.messages.facts import EXAMPLES, HeldFact, LearntFact, SampleFact, point_key

Row = dict[str, Any]

HELD = table(models.Held)
_WORD = table(models.SpamWord)
_LEARNT = table(models.SpamLearnt)
_CAUSE = table(models.Cause)
_POINT = table(models.ContactPoint)
_MESSAGE = table(models.Message)

SAMPLE_TEXT = 20_000

_KEEP_HELD = keeping(HELD)
_COUNT_WORD = merging(_WORD, lambda new: {"spam": _WORD.c.spam + new.spam, "ham": _WORD.c.ham + new.ham})
_PUT_LEARNT = merging(_LEARNT, lambda new: {"spam": new.spam, "words": new.words})
_FORGET_LEARNT = Statement(lambda _: delete(_LEARNT).where(_LEARNT.c.ticket_id == bind("ticket_id")), [])
_BLOCK = merging(_POINT, lambda new: {"blocked": new.blocked})
_EXPIRED = delete(HELD).where(HELD.c.expires_at < bind("now", type_=Instant()))


class Holding:
    """What one transaction writes about held messages, blocked points and learnt words."""

    def __init__(self) -> None:
        self._held: dict[str, Row] = {}
        self._held_changes: dict[str, Row] = {}
        self._causes: dict[str, Row] = {}
        self._points: dict[str, Row] = {}
        self._words: dict[str, Row] = {}
        self._learnt: dict[str, Row | None] = {}

    def hold(self, op: c.Quarantine) -> None:
        """Keep a message."""
        message = op.message
        self._held.setdefault(
            op.held_id,
            {
                "id": op.held_id,
                "source_id": message.source_id,
                "channel": message.channel,
                "inbox": message.inbox,
                "inboxes": list(message.inboxes),
                "sender": message.from_.address if message.from_ else "",
                "subject": message.subject[:1000],
                "reason": op.reason.model_dump(),
                "message": message.encode(),
                "received_at": message.received_at,
                "held_at": op.held_at,
                "expires_at": op.expires_at,
                "released_at": None,
                "released_by": None,
                "ticket_id": None,
                "discarded_at": None,
                "discarded_by": None,
                "discard_reason": None,
            },
        )

    def add_route(self, op: c.AddHeldRoute) -> None:
        """The held message came by these inboxes."""
        self._change(op.held_id, {"inboxes": op.inboxes})

    def release(self, op: c.ReleaseHeld) -> None:
        """The held message went to a ticket; the ledger counts it as stored."""
        self._change(op.held_id, {"released_at": op.at, "released_by": op.by, "ticket_id": op.ticket_id})
        self._causes[op.cause] = {"outcome": "stored", "reason": "released from quarantine"}

    def discard(self, op: c.DiscardHeld) -> None:
        """Nobody need look at the held message; the ledger goes on counting it as quarantined."""
        self._change(op.held_id, {"discarded_at": op.at, "discarded_by": op.by, "discard_reason": op.reason})

    def _change(self, held_id: str, values: Row) -> None:
        row = self._held.get(held_id)
        (self._held_changes.setdefault(held_id, {}) if row is None else row).update(values)

    def block(self, op: c.BlockPoint) -> None:
        """Mail from a point is held from now on, or no longer."""
        key = point_key(op.point.kind, op.point.value)
        self._points[key] = {
            "key": key,
            "kind": op.point.kind,
            "value": op.point.value,
            "contact_id": op.contact_id,
            "undeliverable": False,
            "blocked": op.blocked,
            "reason": "",
            "opted_out": False,
            "verified": True,
            "marked_at": None,
        }

    def learn(self, op: c.LearnSpam) -> None:
        """Count words, and remember for which ticket."""
        kind, other = ("spam", "ham") if op.spam else ("ham", "spam")
        for key in (EXAMPLES, *op.words):
            row = self._words.setdefault(key, {"key": key, "spam": 0, "ham": 0})
            row[kind] += op.sign
            row[other] += 0
        kept = {"ticket_id": op.ticket_id, "spam": op.spam, "words": op.words}
        self._learnt[op.ticket_id] = kept if op.sign > 0 else None

    def steps(self, dialect: Dialect) -> list[Step]:
        """Everything, a table at a time; keys in ascending order, as every other transaction takes them."""
        if not (self._held or self._held_changes or self._points or self._words):
            return []
        waiting: list[tuple[Statement, Iterable[Row]]] = [
            (_KEEP_HELD, _sorted(self._held)),
            (_BLOCK, _sorted(self._points)),
            (_COUNT_WORD, _sorted(self._words)),
            (_PUT_LEARNT, (row for row in _sorted(self._learnt) if row is not None)),
            (_FORGET_LEARNT, ({"ticket_id": key} for key, row in sorted(self._learnt.items()) if row is None)),
        ]
        steps = [step for statement, rows in waiting for step in statement.steps(dialect, rows)]
        return [*steps, *changing(dialect, HELD, self._held_changes), *changing(dialect, _CAUSE, self._causes)]


def _sorted(rows: dict[str, Any]) -> list[Any]:
    return [rows[key] for key in sorted(rows)]


def forget_expired(connection: Connection, now: Any) -> None:
    """Forget the held messages whose time is over."""
    connection.execute(_EXPIRED, {"now": now})


# -- what a decision asks -----------------------------------------------------------------------------------------------

HELD_BY_SOURCE = Lookup(
    HELD.c.source_id,
    lambda some: select(
        HELD.c.source_id,
        HELD.c.id,
        HELD.c.inboxes,
        HELD.c.received_at,
        HELD.c.released_at,
        HELD.c.ticket_id,
        HELD.c.discarded_at,
    ).where(some),
)
WORDS = Lookup(_WORD.c.key, lambda some: select(_WORD.c.key, _WORD.c.spam, _WORD.c.ham).where(some))
LEARNT = Lookup(
    _LEARNT.c.ticket_id, lambda some: select(_LEARNT.c.ticket_id, _LEARNT.c.spam, _LEARNT.c.words).where(some)
)


def _first_messages(some: Any) -> Any:
    """The first message of each ticket that came in from outside (one that an agent wrote down has no source)."""
    came_in = (_MESSAGE.c.direction == literal("'in'")) & _MESSAGE.c.source_id.is_not(None)
    first = select(func.min(_MESSAGE.c.seq)).where(some, came_in).group_by(_MESSAGE.c.ticket_id)
    text = func.substr(_MESSAGE.c.text, literal("1"), literal(str(SAMPLE_TEXT))).label("text")
    return select(_MESSAGE.c.ticket_id, _MESSAGE.c.author_address, _MESSAGE.c.subject, text).where(
        _MESSAGE.c.seq.in_(first)
    )


SAMPLES = Lookup(_MESSAGE.c.ticket_id, _first_messages)


def held_facts(rows: Rows) -> dict[str, HeldFact]:
    """Held messages by source id, as `HELD_BY_SOURCE` gives them."""
    names = ("held_id", "inboxes", "received_at", "released_at", "ticket_id", "discarded_at")
    return {row[0]: HeldFact.model_construct(**dict(zip(names, row[1:], strict=True))) for row in rows}


def sample_facts(samples: Rows, learnt: Rows) -> dict[str, SampleFact]:
    """First messages by ticket, as `SAMPLES` and `LEARNT` give them."""
    known = {ticket_id: LearntFact(spam=bool(spam), words=words) for ticket_id, spam, words in learnt}
    return {
        ticket_id: SampleFact(sender=sender, subject=subject, text=text, learnt=known.get(ticket_id))
        for ticket_id, sender, subject, text in samples
    }
