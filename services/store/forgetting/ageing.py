"""Which tickets have been over for so long that their words, or only their files, are not kept any more (``[retention]``)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Text, and_, cast, exists, func, or_, select

from services.store.dialects import insert
from services.store.forgetting import rows
from services.store.forgetting.rows import MESSAGE, TICKET
from services.store.models import table
from services.store.tables.people import Erasure
from shared.identity import derive
from shared.secrets import Keyring

OVER = ("closed", "spam", "merged")
BY = "retention"
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


def overdue(connection: Connection, now: datetime, keep: timedelta | None, limit: int, *, words: bool) -> Sequence[str]:
    """The ids of at most ``limit`` tickets, the oldest first; none where nothing is set to go (``keep`` null)."""
    if keep is None:
        return ()
    what = _with_words() if words else _with_files()
    statement = select(TICKET.c.id).where(_old(now - keep), what).order_by(TICKET.c.created_at).limit(limit)
    return connection.execute(statement).scalars().all()


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
