"""``store.query.page``: what the customer of a ticket may see of it. Everything else stays here: internal notes, side conversations,
agents' addresses, what machines and strangers wrote, what one of us wrote down of a talk."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.models import Agent, Contact, ContactPoint, Entry, Message, Ticket, table
from services.store.queries.pageparts import Parts, parts_of
from services.store.reading import QueryContext
from shared.messages.customers import STATUS_LINKS, PageAnswer, PageMessage, PagePromise, PageQuery, PageTicket
from shared.messages.parts import BY_HAND, Attachment, Point

_ticket, _message, _agent, _entry = table(Ticket), table(Message), table(Agent), table(Entry)
_contact, _point = table(Contact), table(ContactPoint)

SHOWN = 200
"""Messages, the newest ones."""
LONGEST = 20_000
"""Characters of one text."""
_ENOUGH = 3_000_000
"""Octets of all texts together: an answer travels as one message on the bus."""
_LARGEST = 2**31 - 1
_HIDDEN = ("spam",)
_DUE = ("first_response_due", "next_response_due", "resolution_due")
_DATES = ("solved_at", "closed_at")
_OF_MESSAGES = (
    *("id", "direction", "author_name", "author_address", "author_kind", "text", "reply_text", "html"),
    *("attachments", "created_at", "edited_at", "deleted_at", "routed_by", "recipients"),
)


async def read_page(context: QueryContext, query: PageQuery) -> PageAnswer:
    """The ticket as its customer may see it; nothing of what is spam or internal. Raises DatabaseUnavailable."""
    if not 0 < query.number <= _LARGEST:
        return PageAnswer()
    async with context.reader.snapshot() as connection:
        found = await connection.execute(select(_ticket).where(_ticket.c.number == query.number))
        row = found.mappings().one_or_none()
        if row is None or row["internal"] or row["status"] in _HIDDEN:
            return PageAnswer()
        if row["status"] == "merged":
            into = select(_ticket.c.number).where(_ticket.c.id == (row["merged_into"] or ""))
            return PageAnswer(into=await connection.scalar(into), links=_withdrawn(row)[0])
        return PageAnswer(ticket=await _page(connection, row))


def _withdrawn(row: RowMapping) -> tuple[int, datetime | None]:
    """How often the ticket's links were withdrawn, and when at last."""
    known = (row["state"] or {}).get(STATUS_LINKS) or {}
    at = known.get("at")
    return int(known.get("count") or 0), datetime.fromisoformat(at) if at else None


async def _page(connection: AsyncConnection, row: RowMapping) -> PageTicket:
    unconfirmed = set(row["unconfirmed"])
    links, withdrawn_at = _withdrawn(row)
    parts = await parts_of(connection, row)
    points = await _points(connection, row["contact_id"])
    contact = select(_contact.c.timezone).where(_contact.c.id == (row["contact_id"] or ""))
    page = PageTicket(
        number=row["number"],
        subject=row["subject"],
        status=row["status"],
        language=row["language"],
        agent=await _public_name(connection, row["assignee"]),
        team=row["team"] or "",
        hours=((row["state"] or {}).get("sla") or {}).get("hours") or "",
        timezone=await connection.scalar(contact),
        created_at=row["created_at"],
        due=[row[name] for name in _DUE if row[name] is not None],
        dates={name: row[name] for name in _DATES if row[name] is not None},
        confirmed=row["customer_confirmed_at"] is not None,
        satisfaction=row["satisfaction"] or None,
        points=[point for point, _ in points],
        participants=[each for each in row["participants"] if each not in unconfirmed],
        promises=await _promises(connection, row["id"], parts),
        links=links,
        withdrawn_at=withdrawn_at,
        parts=parts.parts,
        verified=[point.value.lower() for point, verified in points if verified],
    )
    await _add_messages(connection, row, unconfirmed, page, parts)
    return page


async def _public_name(connection: AsyncConnection, assignee: str | None) -> str:
    """A ticket names its agent by address or by id."""
    if not assignee:
        return ""
    named = or_(_agent.c.email == assignee.lower(), _agent.c.id == assignee)
    return (await connection.scalar(select(_agent.c.public_name).where(named).limit(1)) or "").strip()


async def _points(connection: AsyncConnection, contact_id: str | None) -> list[tuple[Point, bool]]:
    """Each with whether it is known to be theirs."""
    wanted = select(_point.c.kind, _point.c.value, _point.c.verified).where(_point.c.contact_id == (contact_id or ""))
    rows = await connection.execute(wanted.limit(100))
    return [(Point(kind=row.kind, value=row.value), row.verified) for row in rows]


async def _promises(connection: AsyncConnection, ticket_id: str, parts: Parts) -> list[PagePromise]:
    columns = (_entry.c.id, _entry.c.data, _entry.c.due_at, _entry.c.done_at, _entry.c.created_at)
    wanted = select(*columns).where(_entry.c.ticket_id == ticket_id, _entry.c.kind == "promise")
    rows = await connection.execute(wanted.order_by(_entry.c.seq).limit(100))
    return [
        PagePromise(
            what=str(row.data.get("what") or "")[:LONGEST],
            due=row.due_at,
            done_at=row.done_at,
            kept=row.data.get("kept"),
            part=parts.of_entry(row.id, row.created_at),
        )
        for row in rows
    ]


async def _add_messages(
    connection: AsyncConnection, ticket: RowMapping, unconfirmed: set[str], page: PageTicket, parts: Parts
) -> None:
    """What the customer wrote or was sent, oldest first."""
    wanted = (
        select(*(_message.c[name] for name in _OF_MESSAGES))
        .where(
            _message.c.ticket_id == ticket["id"],
            _message.c.direction.in_(("in", "out")),
            _message.c.side.is_(None),
            _message.c.automatic.is_(None),
            func.lower(_message.c.author_address).not_in(sorted(unconfirmed)),
        )
        .order_by(_message.c.seq.desc())
        .limit(SHOWN + 1)
    )
    rows = (await connection.execute(wanted)).mappings().all()
    names = await _names(connection, rows)
    left = _ENOUGH
    for row in rows[:SHOWN]:
        if (row["routed_by"] or {}).get("rule") == BY_HAND:
            continue  # one of us wrote it down, in words that were meant for us: the customer has not said so
        message = _view(row, names, parts)
        left -= sum(len(each.encode("utf-8", "replace")) for each in (message.text, message.quoted, message.html))
        if left < 0:
            break
        page.messages.append(message)
    page.more = len(rows) > SHOWN or left < 0
    page.messages.reverse()


async def _names(connection: AsyncConnection, rows: Sequence[RowMapping]) -> dict[str, str]:
    """The names that customers know our authors by."""
    ours = {row["author_name"] for row in rows if row["author_kind"] != "customer" and row["author_name"]}
    if not ours:
        return {}
    found = await connection.execute(select(_agent.c.name, _agent.c.public_name).where(_agent.c.name.in_(sorted(ours))))
    return {row.name: row.public_name.strip() for row in found}


def _view(row: RowMapping, names: dict[str, str], parts: Parts) -> PageMessage:
    deleted = row["deleted_at"] is not None
    whole, said = row["text"] or "", row["reply_text"] or row["text"] or ""
    theirs = row["direction"] == "in"
    name = row["author_name"] if theirs else names.get(row["author_name"], "")
    return PageMessage(
        id=row["id"],
        direction=row["direction"],
        # A name that is an address is none.
        author="" if "@" in name else name[:200],
        address=row["author_address"].lower() if theirs else "",
        text="" if deleted else said[:LONGEST],
        quoted="" if deleted or whole.strip() == said.strip() else whole[:LONGEST],
        html="" if deleted or said.strip() else (row["html"] or "")[: 10 * LONGEST],
        attachments=[] if deleted else _files(row["attachments"] or []),
        created_at=row["created_at"],
        edited=row["edited_at"] is not None,
        deleted=deleted,
        # Only where it matters whom it was meant for: most pages have one part.
        to=[str(each["address"]).lower() for each in row["recipients"] or ()] if parts.parts else [],
        part=parts.of_message(row["id"], row["created_at"]),
    )


def _files(stored: list[dict[str, Any]]) -> list[Attachment]:
    """Those that can be fetched by themselves. A picture within the text that has no name is no file to whoever reads it."""
    files = (each for each in stored if each.get("blob") and not (each.get("inline") and not each.get("filename")))
    return [Attachment.model_validate(each) for each in list(files)[:50]]
