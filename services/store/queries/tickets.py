"""``store.query.tickets`` and ``store.query.ticket``: lists of tickets, and one ticket with all that belongs to it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select, union_all
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.models import (
    AuditEvent,
    Contact,
    ContactPoint,
    Delivery,
    Entry,
    Message,
    MessageEdit,
    Ticket,
    TicketLink,
    table,
)
from services.store.queries.finding import candidates
from services.store.queries.search import Search, parse_search
from services.store.queries.views import (
    contact_view,
    delivery_view,
    entry_view,
    event_view,
    fit,
    last_message,
    message_view,
    note_instead,
    related_view,
    ticket_view,
    window_end,
)
from services.store.reading import QueryContext
from shared.messages.ticket import (
    ContactView,
    EarlierText,
    MessageView,
    Related,
    TicketAnswer,
    TicketQuery,
    TicketsPage,
    TicketsQuery,
    TicketView,
)

PER_PAGE = 200
# Of each kind of row that belongs to one ticket, the newest so many are shown: a mail loop may have made many more.
SHOWN = 1_000
ANSWER_BYTES = 6 * 1024 * 1024
_LARGEST = 2**31 - 1
NOBODY = "none"

ticket, message, event = table(Ticket), table(Message), table(AuditEvent)
edit, entry = table(MessageEdit), table(Entry)
delivery, link, contact, point = table(Delivery), table(TicketLink), table(Contact), table(ContactPoint)


async def find_tickets(context: QueryContext, query: TicketsQuery) -> TicketsPage:
    """A page of the tickets that meet every condition, newest first; a ticket whose number was searched for comes before all.

    ``status`` may name several, with commas; ``none`` as assignee or team means without one. With ``q`` the newest
    `services.store.queries.finding.CANDIDATES` messages and tickets that match are looked at. Raises DatabaseUnavailable.
    """
    async with context.reader.snapshot() as connection:
        conditions = _conditions(query, context.reader.dialect)
        search = parse_search(query.q) if query.q and query.q.strip() else None
        if search is not None:
            conditions.append(ticket.c.id.in_(await candidates(connection, context.reader.dialect, search)))
        total = await connection.scalar(select(func.count()).select_from(ticket).where(*conditions))
        rows = (await connection.execute(_page(query, search, conditions))).mappings().all()
        return TicketsPage(items=await _views(connection, rows), total=total or 0)


def _conditions(query: TicketsQuery, dialect: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.status:
        conditions.append(ticket.c.status.in_([status.strip() for status in _storable(query.status).split(",")]))
    if query.assignee:
        conditions.append(_held_by(ticket.c.assignee, query.assignee))
    if query.team:
        conditions.append(_held_by(ticket.c.team, query.team))
    if query.channel:
        conditions.append(ticket.c.channel == _storable(query.channel))
    if query.tag:
        conditions.append(_tagged(_storable(query.tag), dialect))
    return conditions


def _held_by(column: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
    return column.is_(None) if wanted == NOBODY else column == _storable(wanted)


def _tagged(tag: str, dialect: str) -> ColumnElement[bool]:
    if dialect == "postgresql":
        return ticket.c.tags.cast(postgresql.JSONB).contains(literal([tag], postgresql.JSONB))
    each = func.json_each(ticket.c.tags).table_valued("value")
    return select(literal(1)).select_from(each).where(each.c.value == tag).exists()


def _storable(value: str) -> str:
    # PostgreSQL refuses a NUL in a comparison; no stored text has one, so what it is replaced by is not found either.
    return value.replace("\0", "\ufffd")


def _page(query: TicketsQuery, search: Search | None, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    size = max(1, min(query.per_page, PER_PAGE))
    skipped = min((max(1, query.page) - 1) * size, _LARGEST)
    # Not by number alone: what was imported is old and has new numbers.
    order: list[ColumnElement[Any]] = [ticket.c.created_at.desc(), ticket.c.number.desc()]
    if query.sort == "updated":
        order.insert(0, ticket.c.updated_at.desc())
    if search and search.numbers:
        order.insert(0, case((ticket.c.number.in_(search.numbers), 0), else_=1))
    # Only ids are sorted: whole rows, with their long texts, would take five times as long.
    ids = select(ticket.c.id).where(*conditions).order_by(*order).limit(size).offset(skipped)
    return select(ticket).where(ticket.c.id.in_(ids)).order_by(*order)


async def read_ticket(context: QueryContext, query: TicketQuery) -> TicketAnswer:
    """One ticket by its number, or by the id of a message in it: messages and events oldest first, deliveries, related tickets.

    At most the newest `SHOWN` of each; messages are shortened where all together would not fit into one answer. Raises
    DatabaseUnavailable.
    """
    async with context.reader.snapshot() as connection:
        row = await _row(connection, query)
        if row is None:
            return TicketAnswer()
        (view,) = await _views(connection, [row])
        await _complete(connection, view)
        return TicketAnswer(ticket=view)


async def _row(connection: AsyncConnection, query: TicketQuery) -> RowMapping | None:
    statement = select(ticket)
    if query.number is not None:
        if not 0 < query.number <= _LARGEST:
            return None
        statement = statement.where(ticket.c.number == query.number)
    elif query.message_id is not None:
        ids = select(message.c.ticket_id).where(message.c.id == _storable(query.message_id))
        statement = statement.where(ticket.c.id.in_(ids))
    else:
        return None
    return (await connection.execute(statement)).mappings().one_or_none()


async def _complete(connection: AsyncConnection, view: TicketView) -> None:
    async def newest(source: Any, order: Any, *but: Any) -> list[RowMapping]:
        statement = select(source).where(source.c.ticket_id == view.id, *but).order_by(*order).limit(SHOWN)
        return list(reversed((await connection.execute(statement)).mappings().all()))

    view.messages = [message_view(row) for row in await newest(message, [message.c.seq.desc()])]
    await _add_earlier(connection, view.messages)
    view.events = [event_view(row) for row in await newest(event, [event.c.seq.desc()])]
    order = [delivery.c.created_at.desc(), delivery.c.id.desc()]
    view.deliveries = [delivery_view(row) for row in await newest(delivery, order, delivery.c.channel != "api")]
    note_instead(view.deliveries)
    view.entries = [entry_view(row) for row in await newest(entry, [entry.c.seq.desc()])]
    view.actions = [each.listed() for each in view.entries if each.kind == "action"]
    view.promises = [each.listed() for each in view.entries if each.kind == "promise"]
    view.window_ends = window_end(view)
    view.last_message_at = last_message(view)
    fit(view.messages, ANSWER_BYTES)


async def _add_earlier(connection: AsyncConnection, messages: list[MessageView]) -> None:
    """What changed messages said before, oldest first."""
    changed = {each.id: each for each in messages if each.edited_at is not None}
    if not changed:
        return
    statement = select(edit).where(edit.c.message_id.in_(list(changed))).order_by(edit.c.at.desc(), edit.c.id)
    for row in reversed((await connection.execute(statement.limit(SHOWN))).mappings().all()):
        changed[row["message_id"]].earlier.append(EarlierText(text=row["text"], at=row["at"]))


async def _views(connection: AsyncConnection, rows: Sequence[RowMapping]) -> list[TicketView]:
    contacts = await _contacts(connection, {row["contact_id"] for row in rows if row["contact_id"]})
    related = await _related(connection, {row["id"] for row in rows})
    return [ticket_view(row, contacts.get(row["contact_id"], ContactView()), related[row["id"]]) for row in rows]


async def _contacts(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, ContactView]:
    wanted = list(ids)
    if not wanted:
        return {}
    names = await connection.execute(select(contact.c.id, contact.c.name).where(contact.c.id.in_(wanted)))
    points: dict[str, list[RowMapping]] = defaultdict(list)
    found = select(point).where(point.c.contact_id.in_(wanted)).order_by(point.c.kind, point.c.value)
    for row in (await connection.execute(found)).mappings():
        points[row["contact_id"]].append(row)
    return {contact_id: contact_view(contact_id, name, points[contact_id]) for contact_id, name in names}


async def _related(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, list[Related]]:
    """The tickets linked with each, from either end of the link."""
    wanted = list(ids)
    result: dict[str, list[Related]] = defaultdict(list)
    if not wanted:
        return result
    sides = [
        select(mine.label("mine"), ticket.c.number, link.c.kind, link.c.reason, literal(outward).label("outward"))
        .join_from(link, ticket, ticket.c.id == other)
        .where(mine.in_(wanted))
        for mine, other, outward in ((link.c.ticket_id, link.c.other_id, 1), (link.c.other_id, link.c.ticket_id, 0))
    ]
    both = union_all(*sides).subquery()
    for row in await connection.execute(select(both).order_by(both.c.number)):
        result[row.mine].append(related_view(row.number, row.kind, row.reason, outward=bool(row.outward)))
    return result
