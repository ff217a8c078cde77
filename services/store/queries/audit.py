"""``store.query.audit``: who changed settings, roles, tokens and documents, and what was refused."""

from typing import Any

from sqlalchemy import ColumnElement, func, select

from services.store.models import AuditEvent, table
from services.store.reading import QueryContext
from shared.messages.audit import AUDITED, AuditAnswer, AuditEntry, AuditQuery

PER_PAGE = 200
REACH = 50_000
"""Entries of no ticket that are looked through from where a page begins: a question costs no more, however old the house is."""
_LARGEST = 2**62

_event = table(AuditEvent)
_SHOWN = ("seq", "what", "actor", "channel", "reason", "data", "at")


async def list_audit(context: QueryContext, query: AuditQuery) -> AuditAnswer:
    """A page of it. Raises DatabaseUnavailable."""
    size = max(1, min(query.limit, PER_PAGE))
    before = min(query.before, _LARGEST) if query.before is not None else _LARGEST
    near = (
        select(_event.c.seq)
        .where(_event.c.ticket_id.is_(None), _event.c.seq < before)
        .order_by(_event.c.seq.desc())
        .limit(REACH)
        .subquery()
    )
    oldest = select(func.min(near.c.seq)).scalar_subquery()
    statement = (
        select(*(_event.c[name] for name in _SHOWN))
        .where(_event.c.ticket_id.is_(None), _event.c.seq < before, _event.c.seq >= oldest, *_asked(query))
        .order_by(_event.c.seq.desc())
        .limit(size + 1)
    )
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(statement)).mappings().all()
    items = [AuditEntry(**row) for row in rows[:size]]
    return AuditAnswer(items=items, next=items[-1].seq if len(rows) > size else None)


def _asked(query: AuditQuery) -> list[ColumnElement[bool]]:
    what = [each for each in query.what if each in AUDITED] if query.what else AUDITED
    asked: list[Any] = [_event.c.what.in_(what)]
    if query.actor:
        asked.append(_event.c.actor == query.actor)
    if query.since is not None:
        asked.append(_event.c.at >= query.since)
    if query.until is not None:
        asked.append(_event.c.at < query.until)
    return asked
