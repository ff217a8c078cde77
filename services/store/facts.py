"""Answering `FactsRequest`: one snapshot, a bounded number of questions however many keys are asked about."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy import bindparam as bind

from services.store import models
from services.store.batch import CONTACT, DELIVERY, KEY, MESSAGE, POINT, REFERENCE, TICKET, TIMER
from services.store.columns import Instant
from services.store.models import table
from services.store.statements import Lookup
from shared.messages.facts import (
    AgentFact,
    AutomaticSent,
    ContactFact,
    DeliveryFact,
    Facts,
    FactsRequest,
    ReferenceFact,
    SourceFact,
    TicketFact,
    TimerFact,
    point_key,
    reference_key,
    source_key,
    ticket_key,
)

# The budget for automatic answers looks back this far, at no more than this many for a point.
AUTOMATIC_WITHIN = timedelta(hours=10)
AUTOMATIC_NEWEST = 600
# A Message-ID that very many tickets mention (a mailing list's) says nothing about where a mail belongs.
REFERENCES_EACH = 50

_AUTOMATIC = table(models.AutomaticSent)
_AGENT = table(models.Agent)

_SOURCES = Lookup(
    MESSAGE.c.source_id,
    lambda some: select(MESSAGE.c.source_id, MESSAGE.c.id, MESSAGE.c.ticket_id, MESSAGE.c.inboxes).where(some),
)
_VERSIONS = Lookup(KEY.c.key, lambda some: select(KEY.c.key, KEY.c.version).where(some))
_REFERENCES = Lookup(
    REFERENCE.c.key,
    lambda some: select(REFERENCE.c.key, REFERENCE.c.ticket_id, REFERENCE.c.owned, REFERENCE.c.audience).where(some),
)
_NUMBERS = Lookup(TICKET.c.number, lambda some: select(TICKET.c.number, TICKET.c.id).where(some), numbers=True)
_POINTS = Lookup(
    POINT.c.key,
    lambda some: (
        select(POINT.c.key, CONTACT.c.id, CONTACT.c.name, CONTACT.c.language, POINT.c.undeliverable)
        .join(CONTACT, CONTACT.c.id == POINT.c.contact_id)
        .where(some)
    ),
)
_AGENTS = Lookup(
    _AGENT.c.email, lambda some: select(_AGENT.c.email, _AGENT.c.id, _AGENT.c.name, _AGENT.c.role).where(some)
)
_DELIVERY_COLUMNS = ("ticket_id", "channel", "inbox", "to", "state", "attempt", "kind")
_DELIVERIES = Lookup(
    DELIVERY.c.id,
    lambda some: select(DELIVERY.c.id, *(DELIVERY.c[name] for name in _DELIVERY_COLUMNS)).where(some),
)
_TIMERS = Lookup(
    TIMER.c.id,
    lambda some: select(TIMER.c.id, TIMER.c.kind, TIMER.c.ticket_id, TIMER.c.generation, TIMER.c.due_at).where(some),
)
# Columns of the ticket that `TicketFact` has under the same name; the others a rule may ask for are its ``fields``.
_SAME = tuple(name for name in TicketFact.model_fields if name in TICKET.c)
_FIELDS = ("product", "impact", "solution", "root_cause", "preventive_action", "received_by", "internal", "watchers")
_TICKETS = Lookup(
    TICKET.c.id,
    lambda some: select(
        TICKET.c.id, TICKET.c.latest_message_ids, *(TICKET.c[name] for name in (*_SAME, *_FIELDS))
    ).where(some),
)


def _automatic(some: Any) -> Any:
    newest = func.row_number().over(partition_by=_AUTOMATIC.c.point_key, order_by=_AUTOMATIC.c.at.desc())
    recent = (
        select(_AUTOMATIC.c.point_key, _AUTOMATIC.c.at, _AUTOMATIC.c.ticket_id, newest.label("place"))
        .where(some, _AUTOMATIC.c.at > bind("since", type_=Instant()))
        .subquery()
    )
    return (
        select(recent.c.point_key, recent.c.at, recent.c.ticket_id)
        .where(recent.c.place <= AUTOMATIC_NEWEST)
        .order_by(recent.c.at.desc())
    )


_AUTOMATICS = Lookup(_AUTOMATIC.c.point_key, _automatic)


def gather(connection: Connection, request: FactsRequest, now: datetime) -> Facts:
    """All that ``request`` asks about, read in the snapshot that ``connection`` is in."""
    points = {point_key(point.kind, point.value): point for point in request.points}
    facts = Facts()
    facts.sources = {
        source: SourceFact.model_construct(message_id=message_id, ticket_id=ticket_id, inboxes=inboxes)
        for source, message_id, ticket_id, inboxes in _SOURCES.rows(connection, set(request.sources))
    }
    facts.references = _references(connection, request.references)
    facts.numbers = {row[0]: row[1] for row in _NUMBERS.rows(connection, set(request.numbers))}
    _people(connection, points, facts, now)
    facts.deliveries = {
        delivery_id: DeliveryFact.model_construct(
            delivery_id=delivery_id, **dict(zip(_DELIVERY_COLUMNS, columns, strict=True))
        )
        for delivery_id, *columns in _DELIVERIES.rows(connection, set(request.deliveries))
    }
    facts.timers = {
        timer_id: TimerFact.model_construct(
            timer_id=timer_id, kind=kind, ticket_id=ticket_id, generation=generation, due_at=due_at
        )
        for timer_id, kind, ticket_id, generation, due_at in _TIMERS.rows(connection, set(request.timers))
    }
    facts.tickets = _tickets(connection, _mentioned(request, facts))
    keys = {source_key(source) for source in request.sources}
    keys |= {reference_key(message_id) for message_id in request.references}
    keys |= points.keys()
    keys |= {ticket_key(ticket_id) for ticket_id in (*request.tickets, *facts.tickets)}
    known = {row[0]: row[1] for row in _VERSIONS.rows(connection, keys)}
    facts.versions = {key: known.get(key, 0) for key in keys}
    return facts


def _references(connection: Connection, message_ids: Iterable[str]) -> dict[str, list[ReferenceFact]]:
    by_key = {reference_key(message_id): message_id for message_id in message_ids}
    found: dict[str, list[ReferenceFact]] = {}
    for key, ticket_id, owned, audience in _REFERENCES.rows(connection, by_key):
        found.setdefault(by_key[key], []).append(
            ReferenceFact.model_construct(ticket_id=ticket_id, owned=owned, audience=audience)
        )
    for facts in found.values():
        # Whose message it is comes first, then a fixed order, so that two routers see the same.
        facts.sort(key=lambda fact: (not fact.owned, fact.ticket_id))
        del facts[REFERENCES_EACH:]
    return found


def _people(connection: Connection, points: dict[str, Any], facts: Facts, now: datetime) -> None:
    facts.contacts = {
        key: ContactFact.model_construct(
            contact_id=contact_id, name=name, language=language, undeliverable=undeliverable
        )
        for key, contact_id, name, language, undeliverable in _POINTS.rows(connection, points)
    }
    emails = {point.value: key for key, point in points.items() if point.kind == "email"}
    facts.agents = {
        emails[email]: AgentFact.model_construct(agent_id=agent_id, email=email, name=name, role=role)
        for email, agent_id, name, role in _AGENTS.rows(connection, emails)
    }
    facts.automatic = {}
    for key, at, ticket_id in _AUTOMATICS.rows(connection, points, since=now - AUTOMATIC_WITHIN):
        facts.automatic.setdefault(key, []).append(AutomaticSent.model_construct(at=at, ticket_id=ticket_id))


def _mentioned(request: FactsRequest, facts: Facts) -> set[str]:
    mentioned = {*request.tickets, *facts.numbers.values()}
    mentioned.update(source.ticket_id for source in facts.sources.values())
    mentioned.update(reference.ticket_id for some in facts.references.values() for reference in some)
    mentioned.update(delivery.ticket_id for delivery in facts.deliveries.values() if delivery.ticket_id)
    mentioned.update(timer.ticket_id for timer in facts.timers.values() if timer.ticket_id)
    return mentioned


def _tickets(connection: Connection, ids: set[str]) -> dict[str, TicketFact]:
    found: dict[str, TicketFact] = {}
    same = len(_SAME)
    for ticket_id, latest, *columns in _TICKETS.rows(connection, ids):
        values = dict(zip(_SAME, columns, strict=False))
        fields = dict(zip(_FIELDS, columns[same:], strict=True))
        found[ticket_id] = TicketFact.model_construct(
            ticket_id=ticket_id, latest_message_ids=latest, fields=fields, **values
        )
    return found
