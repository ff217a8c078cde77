"""``store.query.belongings``: a person's own part of a ticket, to be handed over to them.

Handed over is what they wrote and got, whether it arrived, what was done for them and promised to them. Not what agents wrote to one
another, nor what others wrote in others' tickets, nor which agent it was: these are other people's.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.engine import RowMapping

from services.store.forgetting import finding
from services.store.forgetting.naming import Names
from services.store.forgetting.rows import DELIVERY, ENTRY, HELD, MESSAGE, TICKET
from services.store.queries.views import number_text
from services.store.reading import QueryContext
from shared.clock import now
from shared.messages.inbound import Inbound
from shared.messages.people import Belongings, BelongingsQuery

PER_PAGE = 25
LONGEST = 100_000
"""Characters of a text; what is longer stands whole in the original, which is handed over with it."""
KINDS = ("action", "promise", "call", "contact")
_TICKET = (
    *("subject", "status", "kind", "product", "channel", "language", "problem", "impact", "solution", "created_at"),
    *("solved_at", "closed_at", "customer_confirmed_at", "satisfaction"),
)
_MESSAGE = (
    *(
        "seq",
        "id",
        "direction",
        "channel",
        "author_name",
        "author_address",
        "recipients",
        "subject",
        "text",
        "language",
    ),
    *("attachments", "original", "created_at", "edited_at"),
)
_DELIVERY = ("id", "message_id", "channel", "to", "kind", "state", "created_at", "updated_at")
_ENTRY = ("seq", "id", "kind", "data", "due_at", "done_at", "created_at")


async def list_belongings(context: QueryContext, query: BelongingsQuery) -> Belongings:
    """A page. Raises DatabaseUnavailable."""
    return await context.reader.read_aside(lambda connection: _page(connection, query))


def _page(connection: Connection, query: BelongingsQuery) -> Belongings:
    person = _person(connection, query)
    if query.held:
        return _held_back(connection, query, person)
    columns = (TICKET.c.number, TICKET.c.contact_id, TICKET.c.customer, *(TICKET.c[name] for name in _TICKET))
    ticket = connection.execute(select(*columns).where(TICKET.c.id == query.ticket_id)).mappings().one_or_none()
    if ticket is None:
        return Belongings()
    own = ticket["contact_id"] in person.contacts or ticket["customer"].lower() in person.values
    names = _TICKET if own else ("created_at", "language")
    about = {"number": number_text(ticket["number"]), "own": own} | {name: ticket[name] for name in names}
    statement, key = _wanted(query, person, own=own)
    rows = connection.execute(statement.order_by(key).limit(PER_PAGE + 1)).mappings().all()
    page = rows[:PER_PAGE]
    return Belongings(
        ticket=about,
        items=[_plain(query.what, row) for row in page],
        next=str(page[-1][key.name]) if len(rows) > PER_PAGE else None,
    )


def _held_back(connection: Connection, query: BelongingsQuery, person: finding.Person) -> Belongings:
    """What is in quarantine, with the names that messages have in tickets."""
    statement = select(HELD.c.id, HELD.c.sender, HELD.c.message, HELD.c.received_at).where(
        func.lower(HELD.c.sender).in_(person.values), HELD.c.ticket_id.is_(None), HELD.c.id > query.after
    )
    rows = connection.execute(statement.order_by(HELD.c.id).limit(PER_PAGE + 1)).all()
    page = rows[:PER_PAGE]
    return Belongings(
        items=[_of_held(each.id, each.sender, bytes(each.message), each.received_at) for each in page],
        next=page[-1].id if len(rows) > PER_PAGE else None,
    )


def _of_held(held_id: str, sender: str, octets: bytes, received_at: datetime) -> dict[str, Any]:
    message = Inbound.decode(octets)
    return {
        "id": held_id,
        "channel": message.channel,
        "author_name": message.from_.name if message.from_ else "",
        "author_address": sender,
        "subject": message.subject,
        "text": message.text[:LONGEST],
        "attachments": [each.model_dump(mode="json") for each in message.attachments],
        "original": message.original.model_dump(mode="json") if message.original else None,
        "created_at": received_at,
    }


def _person(connection: Connection, query: BelongingsQuery) -> finding.Person:
    if query.values:
        return finding.Person("", now(), query.contacts, [], sorted({each.lower() for each in query.values}))
    address = query.address.strip().replace("\0", "\ufffd")
    return finding.whole(connection, {"id": "", "at": now(), "points": [{"kind": "", "value": address}]})


def _wanted(query: BelongingsQuery, person: finding.Person, *, own: bool) -> tuple[Any, Any]:
    if query.what == "messages":
        named = Names(person.values).are_quoted_in(MESSAGE.c.recipients)
        theirs = or_(func.lower(MESSAGE.c.author_address).in_(person.values), named)
        # What somebody else was asked aside is theirs; so is what agents note.
        shown = and_(MESSAGE.c.direction != "internal", MESSAGE.c.side.is_(None))
        statement = select(*(MESSAGE.c[name] for name in _MESSAGE)).where(MESSAGE.c.ticket_id == query.ticket_id)
        after = int(query.after) if query.after.isdecimal() else 0
        return statement.where(or_(shown, theirs) if own else theirs, MESSAGE.c.seq > after), MESSAGE.c.seq
    if query.what == "deliveries":
        statement = select(*(DELIVERY.c[name] for name in _DELIVERY)).where(
            DELIVERY.c.ticket_id == query.ticket_id, DELIVERY.c.id > query.after
        )
        return statement.where(func.lower(DELIVERY.c.to).in_(person.values)), DELIVERY.c.id
    after = int(query.after) if query.after.isdecimal() else 0
    kinds = KINDS if own else ()
    statement = select(*(ENTRY.c[name] for name in _ENTRY)).where(
        ENTRY.c.ticket_id == query.ticket_id, ENTRY.c.kind.in_(kinds), ENTRY.c.seq > after
    )
    return statement, ENTRY.c.seq


def _plain(what: str, row: RowMapping) -> dict[str, Any]:
    values = dict(row)
    values.pop("seq", None)
    if what == "messages":
        values["text"] = values["text"][:LONGEST]
        if values["direction"] == "out":
            values.pop("author_address")  # whichever agent it was
            values["original"] = None
    if what == "entries":
        values["data"] = {key: value for key, value in values["data"].items() if key in _OF_THE_CUSTOMER}
    return values


# Of an entry, what it is about; who in the company did it, and what proves it, are the company's.
_OF_THE_CUSTOMER = (
    "what",
    "department",
    "requested_at",
    "done_at",
    "due",
    "direction",
    "at",
    "seconds",
    "kept",
    "state",
)
