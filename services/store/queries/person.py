"""``store.query.person`` and ``store.query.erasure``: what is known of somebody, and how far it is forgotten."""

from typing import Any

from sqlalchemy import Connection, select

from services.store.forgetting import ageing, finding
from services.store.forgetting.rows import CONTACT, DELIVERY, ENTRY, MESSAGE, TICKET
from services.store.models import table
from services.store.reading import QueryContext
from services.store.tables.people import Erasure
from shared.clock import now
from shared.messages.parts import Point
from shared.messages.people import (
    ErasureAnswer,
    ErasureQuery,
    PersonAnswer,
    PersonQuery,
    PersonTicket,
    RetentionAnswer,
    RetentionQuery,
)

MOST = 500
_erasure = table(Erasure)


async def find_person(context: QueryContext, query: PersonQuery) -> PersonAnswer:
    """A page of their tickets, with who they are and, on the first page, how much there is of them. Raises DatabaseUnavailable."""
    return await context.reader.read_aside(lambda connection: _find(connection, query))


def _find(connection: Connection, query: PersonQuery) -> PersonAnswer:
    address = query.address.strip().replace("\0", "\ufffd")
    person = finding.whole(connection, {"id": "", "at": now(), "points": [{"kind": "", "value": address}]})
    own = set(finding.own_tickets(connection, person))
    others = {
        *finding.took_part(connection, person),
        *_tickets_of(connection, finding.written(connection, person)),
    } - own
    limit = max(1, min(query.limit, MOST))
    page = sorted(each for each in own | others if each > query.after)[:limit]
    columns = (TICKET.c.id, TICKET.c.number, TICKET.c.status, TICKET.c.created_at)
    found = connection.execute(select(*columns).where(TICKET.c.id.in_(page)).order_by(TICKET.c.id)).all()
    contacts = connection.execute(select(CONTACT).where(CONTACT.c.id.in_(person.contacts))).mappings().all()
    return PersonAnswer(
        contacts=[{key: value for key, value in each.items() if value is not None} for each in contacts],
        points=[Point.model_validate({"kind": kind, "value": value}) for kind, value in person.points if kind],
        tickets=[
            PersonTicket(
                ticket_id=each.id,
                number=each.number,
                own=each.id in own,
                status=each.status,
                created_at=each.created_at,
            )
            for each in found
        ],
        counts=_counts(connection, person, own, others) if not query.after else {},
    )


def _tickets_of(connection: Connection, messages: list[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(messages), MOST):
        some = messages[start : start + MOST]
        found.update(connection.execute(select(MESSAGE.c.ticket_id).where(MESSAGE.c.id.in_(some))).scalars())
    return found


def _counts(connection: Connection, person: finding.Person, own: set[str], others: set[str]) -> dict[str, int]:
    counts = {
        "tickets": len(own),
        "other tickets": len(others),
        "quarantined": len(finding.held(connection, person)),
        "messages": 0,
        "deliveries": 0,
        "entries": 0,
    }
    ids = sorted(own)
    for start in range(0, len(ids), MOST):
        for name, one in (("messages", MESSAGE), ("deliveries", DELIVERY), ("entries", ENTRY)):
            some: Any = select(one.c.id).where(one.c.ticket_id.in_(ids[start : start + MOST]))
            counts[name] += len(connection.execute(some).all())
    return counts


async def count_overdue(context: QueryContext, query: RetentionQuery) -> RetentionAnswer:
    """How many tickets ``[retention]`` is about now. Raises DatabaseUnavailable."""
    kept, at = context.settings.retention, now()
    return await context.reader.read_aside(
        lambda c: RetentionAnswer(
            words=ageing.count(c, at, kept.words, words=True), files=ageing.count(c, at, kept.files, words=False)
        )
    )


async def find_erasure(context: QueryContext, query: ErasureQuery) -> ErasureAnswer:
    """How far it is. Raises DatabaseUnavailable."""
    async with context.reader.snapshot() as connection:
        columns = (_erasure.c.done_at, _erasure.c.counts)
        row = (await connection.execute(select(*columns).where(_erasure.c.id == query.erasure_id))).one_or_none()
    return ErasureAnswer(known=True, done_at=row.done_at, counts=row.counts) if row else ErasureAnswer()
