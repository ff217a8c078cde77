"""Facts about what went on before: who said the same, a ticket's messages and deliveries, and who has the tickets in question.

Only the first is asked for every mail; the others when an agent moves messages, or a delivery came back.
"""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Integer, func, select
from sqlalchemy import bindparam as bind

from services.store import models
from services.store.batch import DELIVERY, MESSAGE, TICKET
from services.store.columns import Instant
from services.store.models import table
from services.store.script import Rows
from services.store.statements import Lookup, look_up
from shared.messages.facts import AgentFact, DeliveryFact, Facts, FactsRequest, MessageFact, SeenContent

# Who has said the same is asked for the last hour; mail that waited on the bus meanwhile is a little late.
CONTENT_WITHIN = timedelta(hours=2)
# Of a ticket that a mail loop made very long, only so many of the newest can be moved or come back.
MOST = 5_000
# Of a long text the beginning is enough to tell what a ticket is about.
TEXT_LENGTH = 20_000

_AGENT, _LINK = table(models.Agent), table(models.TicketLink)

CONTENTS = Lookup(
    MESSAGE.c.content_key,
    lambda some: (
        select(MESSAGE.c.content_key, MESSAGE.c.created_at, MESSAGE.c.ticket_id)
        .where(some, MESSAGE.c.created_at > bind("content_since", type_=Instant()))
        .order_by(MESSAGE.c.created_at, MESSAGE.c.seq)
    ),
)
_MESSAGE_COLUMNS = (
    *("source_id", "header_id", "answers", "author_name", "recipients", "audience", "automatic"),
    *("subject", "channel", "inbox", "created_at", "direction", "conversation"),
)
_MESSAGES = Lookup(
    TICKET.c.number,
    lambda some: (
        select(
            MESSAGE.c.ticket_id,
            MESSAGE.c.id,
            MESSAGE.c.author_address,
            *(MESSAGE.c[name] for name in _MESSAGE_COLUMNS),
        )
        .join(TICKET, TICKET.c.id == MESSAGE.c.ticket_id)
        .where(some)
        .order_by(MESSAGE.c.seq.desc())
        .limit(bind("most", type_=Integer()))
        .offset(bind("skipped", type_=Integer()))
    ),
    numbers=True,
)
_DELIVERY_COLUMNS = ("ticket_id", "channel", "inbox", "to", "state", "attempt", "kind", "message_id")
_DELIVERIES = Lookup(
    TICKET.c.number,
    lambda some: (
        select(DELIVERY.c.id, *(DELIVERY.c[name] for name in _DELIVERY_COLUMNS))
        .join(TICKET, TICKET.c.id == DELIVERY.c.ticket_id)
        .where(some)
        .order_by(DELIVERY.c.created_at.desc(), DELIVERY.c.id)
        .limit(bind("most", type_=Integer()))
        .offset(bind("skipped", type_=Integer()))
    ),
    numbers=True,
)
_TEXTS = Lookup(
    MESSAGE.c.id,
    lambda some: select(
        MESSAGE.c.id,
        func.substr(MESSAGE.c.reply_text, bind("first", type_=Integer()), bind("length", type_=Integer())),
        func.substr(MESSAGE.c.text, bind("first", type_=Integer()), bind("length", type_=Integer())),
    ).where(some),
)
_MOVED_FROM = Lookup(
    _LINK.c.ticket_id,
    lambda some: (
        select(_LINK.c.ticket_id, TICKET.c.number)
        .join(TICKET, TICKET.c.id == _LINK.c.other_id)
        .where(some, _LINK.c.kind == bind("kind"))
        .order_by(TICKET.c.number)
    ),
)


def _agents(column: Any) -> Lookup:
    names = ("id", "email", "name", "role", "public_name", "away_until")
    return Lookup(column, lambda some: select(*(_AGENT.c[name] for name in names)).where(some))


_BY_ID, _BY_EMAIL = _agents(_AGENT.c.id), _agents(_AGENT.c.email)


def contents_of(rows: Rows) -> dict[str, list[SeenContent]]:
    """When each content was seen, oldest first, and in which ticket."""
    found: dict[str, list[SeenContent]] = {}
    for key, at, ticket_id in rows:
        found.setdefault(key, []).append(SeenContent.model_construct(at=at, ticket_id=ticket_id))
    return found


def add_history(connection: Connection, request: FactsRequest, facts: Facts) -> None:
    """What ``request`` asks about messages and deliveries, added to ``facts`` (its tickets are there already)."""
    if not (request.messages_of or request.deliveries_of or request.texts):
        return
    held = {facts.numbers[number] for number in request.messages_of if number in facts.numbers}
    messages, deliveries, texts, moved_from = look_up(
        connection,
        (_MESSAGES, set(request.messages_of)),
        (_DELIVERIES, set(request.deliveries_of)),
        (_TEXTS, set(request.texts)),
        (_MOVED_FROM, held),
        most=MOST,
        skipped=0,  # said, because SQLAlchemy would add a nameless one of its own
        first=1,
        length=TEXT_LENGTH,
        kind="moved",
    )
    for ticket_id, message_id, author, *columns in reversed(messages):
        values = dict(zip(_MESSAGE_COLUMNS, columns, strict=True))
        values["recipients"] = [each["address"].lower() for each in values["recipients"]]
        fact = MessageFact.model_construct(message_id=message_id, author=author.lower(), **values)
        facts.messages.setdefault(ticket_id, []).append(fact)
    for delivery_id, *columns in deliveries:
        values = dict(zip(_DELIVERY_COLUMNS, columns, strict=True))
        facts.deliveries[delivery_id] = DeliveryFact.model_construct(delivery_id=delivery_id, **values)
    for ticket_id, number in moved_from:
        facts.moved_from.setdefault(ticket_id, []).append(number)
    facts.texts = {message_id: reply or text for message_id, reply, text in texts}


def add_assignees(connection: Connection, facts: Facts, add_points: Callable[[Collection[str]], None]) -> None:
    """Who has the tickets that came along, with what is known of their addresses (``add_points`` adds it). A ticket may name its
    agent by id or by address."""
    names = {ticket.assignee for ticket in facts.tickets.values() if ticket.assignee}
    if not names:
        return
    by_name = {name.lower(): name for name in names}
    by_id, by_email = look_up(connection, (_BY_ID, names), (_BY_EMAIL, set(by_name)))
    for agent_id, email, name, role, public, away in (*by_email, *by_id):
        agent = AgentFact.model_construct(
            agent_id=agent_id, email=email, name=name, role=role, public_name=public, away_until=away
        )
        facts.assignees |= dict.fromkeys({agent_id, by_name.get(email, "")} & names, agent)
    known = {agent.email for agent in facts.assignees.values()}
    add_points(known | {name for name in by_name if "@" in name})
