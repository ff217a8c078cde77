"""``store.query.contacts`` and ``store.query.contact``: who there is, and one contact with all that belongs to it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.models import Contact, ContactMerge, ContactPoint, ContactSuggestion, Ticket, table
from services.store.queries.views import number_text
from services.store.reading import QueryContext
from shared.messages.contacts import (
    ContactAnswer,
    ContactQuery,
    ContactsPage,
    ContactsQuery,
    MergedView,
    PersonView,
    PointView,
    SuggestionView,
)
from shared.messages.parts import Point

PER_PAGE = 200
MOST_TICKETS = 100
MOST_SUGGESTIONS = 50
# A contact has few points; one that a script gave thousands is shown with the first of them.
MOST_POINTS = 200
_MOST_PAGES = 10_000

contact, point, ticket = table(Contact), table(ContactPoint), table(Ticket)
merge, suggestion = table(ContactMerge), table(ContactSuggestion)


async def find_contacts(context: QueryContext, query: ContactsQuery) -> ContactsPage:
    """A page of the contacts that were not merged into another, newest first. With ``q`` those whose name or point has it in it.

    Raises DatabaseUnavailable.
    """
    size = max(1, min(query.per_page, PER_PAGE))
    conditions: list[ColumnElement[bool]] = [contact.c.merged_into.is_(None)]
    wanted = query.q.strip().replace("\0", "\ufffd")
    if wanted:
        pattern = _like(wanted.lower())
        points = select(point.c.contact_id).where(func.lower(point.c.value).like(pattern, escape="\\"))
        conditions.append(or_(func.lower(contact.c.name).like(pattern, escape="\\"), contact.c.id.in_(points)))
    statement = (
        select(contact)
        .where(*conditions)
        .order_by(contact.c.created_at.desc(), contact.c.id)
        .limit(size + 1)
        .offset((max(1, min(query.page, _MOST_PAGES)) - 1) * size)
    )
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(statement)).mappings().all()
        return ContactsPage(items=await _people(connection, rows[:size]), more=len(rows) > size)


def _like(wanted: str) -> str:
    for special in ("\\", "%", "_"):
        wanted = wanted.replace(special, f"\\{special}")
    return f"%{wanted}%"


async def read_contact(context: QueryContext, query: ContactQuery) -> ContactAnswer:
    """One contact with the newest tickets, what was merged into it, and who may be the same. Raises DatabaseUnavailable."""
    wanted = query.contact_id.replace("\0", "\ufffd")
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(select(contact).where(contact.c.id == wanted))).mappings().all()
        if not rows:
            return ContactAnswer()
        (person,) = await _people(connection, rows)
        person.tickets = await _tickets(connection, wanted)
        person.merged = await _merged(connection, wanted)
        person.contact_suggestions = await _suggestions(connection, wanted)
        return ContactAnswer(contact=person)


async def _people(connection: AsyncConnection, rows: Sequence[RowMapping]) -> list[PersonView]:
    points = await _points(connection, [row["id"] for row in rows])
    return [PersonView(**dict(row), points=points[row["id"]]) for row in rows]


async def _points(connection: AsyncConnection, ids: list[str]) -> dict[str, list[PointView]]:
    found: dict[str, list[PointView]] = defaultdict(list)
    if ids:
        statement = select(point).where(point.c.contact_id.in_(ids)).order_by(point.c.kind, point.c.value)
        for row in (await connection.execute(statement.limit(MOST_POINTS * len(ids)))).mappings():
            shown: dict[str, Any] = {name: row[name] for name in PointView.model_fields}
            found[row["contact_id"]].append(PointView(**shown))
    return found


async def _tickets(connection: AsyncConnection, contact_id: str) -> list[str]:
    statement = select(ticket.c.number).where(ticket.c.contact_id == contact_id)
    newest = statement.order_by(ticket.c.created_at.desc(), ticket.c.number.desc()).limit(MOST_TICKETS)
    return [number_text(row.number) for row in await connection.execute(newest)]


async def _merged(connection: AsyncConnection, contact_id: str) -> list[MergedView]:
    statement = select(merge).where(merge.c.contact_id == contact_id).order_by(merge.c.at.desc(), merge.c.id)
    rows = (await connection.execute(statement.limit(MOST_SUGGESTIONS))).mappings()
    return [MergedView(**{**dict(row), "contact_id": row["other_id"]}) for row in rows]


async def _suggestions(connection: AsyncConnection, contact_id: str) -> list[SuggestionView]:
    mine = or_(suggestion.c.contact_id == contact_id, suggestion.c.other_id == contact_id)
    statement = select(suggestion).where(mine, suggestion.c.dismissed_at.is_(None)).order_by(suggestion.c.at.desc())
    statement = statement.limit(MOST_SUGGESTIONS)
    rows = (await connection.execute(statement)).mappings().all()
    others = {row["other_id"] if row["contact_id"] == contact_id else row["contact_id"]: row for row in rows}
    if not others:
        return []
    there = contact.c.id.in_(list(others)), contact.c.merged_into.is_(None)
    found = (await connection.execute(select(contact).where(*there))).mappings().all()
    return [
        SuggestionView(
            contact_id=person.id,
            name=person.name,
            points=[Point(kind=each.kind, value=each.value) for each in person.points],
            reason=others[person.id]["reason"],
            at=others[person.id]["at"],
        )
        for person in await _people(connection, found)
    ]
