"""Which tickets have been over for so long that their words, or only their files, are not kept any more (``[retention]``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Text, and_, cast, exists, func, literal, or_, select, tuple_

from services.store.dialects import insert
from services.store.forgetting import rows
from services.store.forgetting.rows import EVENT, MESSAGE, TICKET
from services.store.models import table
from services.store.tables.people import Erasure
from shared.identity import derive
from shared.secrets import Keyring

OVER = ("closed", "spam", "merged")
BY = "retention"
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_ERASURE = table(Erasure)


def _old(before: datetime) -> Any:
    ended = func.coalesce(TICKET.c.closed_at, TICKET.c.status_since, TICKET.c.updated_at)
    return and_(TICKET.c.status.in_(OVER), TICKET.c.created_at < before, ended < before)


def _with_words() -> Any:
    """Whether there is anything to be forgotten in it: one that was forgotten is not found again."""
    said = exists().where(MESSAGE.c.ticket_id == TICKET.c.id, or_(MESSAGE.c.text != "", MESSAGE.c.subject != ""))
    return or_(TICKET.c.contact_id.is_not(None), TICKET.c.customer != "", TICKET.c.problem != "", said)


def _with_files() -> Any:
    kept = or_(MESSAGE.c.original.is_not(None), cast(MESSAGE.c.attachments, Text) != "[]")
    return exists().where(MESSAGE.c.ticket_id == TICKET.c.id, kept)


@dataclass(frozen=True)
class Place:
    """Up to where the tickets were gone through: by when they came, and their number."""

    created_at: datetime = _BEGINNING
    number: int = 0


def overdue(
    connection: Connection, now: datetime, keep: timedelta | None, limit: int, after: Place, *, words: bool
) -> tuple[Sequence[str], Place]:
    """The ids of at most ``limit`` tickets, the oldest first, and where the next ones begin; none where nothing is set to go (``keep``
    null). Those before ``after`` are not looked at again: so a long list is gone through once."""
    if keep is None:
        return (), after
    what = _with_words() if words else _with_files()
    later = tuple_(TICKET.c.created_at, TICKET.c.number) > tuple_(
        literal(after.created_at, TICKET.c.created_at.type), literal(after.number, TICKET.c.number.type)
    )
    statement = select(TICKET.c.id, TICKET.c.created_at, TICKET.c.number).where(_old(now - keep), what, later)
    rows = connection.execute(statement.order_by(TICKET.c.created_at, TICKET.c.number).limit(limit)).all()
    return [row.id for row in rows], Place(rows[-1].created_at, rows[-1].number) if rows else after


def newest(connection: Connection) -> datetime | None:
    """When something last happened here, as far as is known; null in an empty house."""
    at: datetime | None = connection.execute(select(EVENT.c.at).order_by(EVENT.c.seq.desc()).limit(1)).scalar()
    return at


def count(connection: Connection, now: datetime, keep: timedelta | None, *, words: bool) -> int:
    """How many there are."""
    if keep is None:
        return 0
    what = _with_words() if words else _with_files()
    statement = select(func.count()).select_from(TICKET).where(_old(now - keep), what)
    return int(connection.execute(statement).scalar() or 0)


def forget(connection: Connection, keyring: Keyring, ids: Sequence[str], now: datetime, *, words: bool) -> None:
    """Forget them, and note an erasure that does the rest."""
    erasure_id = derive("erasure", BY, now.date().isoformat(), *ids)
    row = {"id": erasure_id, "points": [], "by": BY, "at": now, "done_at": None, "counts": {}}
    connection.execute(insert(connection.dialect.name, _ERASURE).on_conflict_do_nothing(), row)
    done = rows.forget_tickets(connection, keyring, ids, now, words=words)
    rows.note(connection, erasure_id, done)
    connection.execute(_ERASURE.update().where(_ERASURE.c.id == erasure_id).values(counts=done.counts, done_at=None))
