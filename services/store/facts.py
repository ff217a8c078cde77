"""Answering `FactsRequest`: one snapshot, a bounded number of questions however many keys are asked about."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Integer, exists, func, select, text
from sqlalchemy import bindparam as bind
from sqlalchemy import literal_column as literal

from services.store import models
from services.store.agents import add_agent_points, add_choices, add_news, add_speakers
from services.store.batch import CONTACT, DELIVERY, KEY, MESSAGE, POINT, REFERENCE, TICKET, TIMER
from services.store.columns import Instant
from services.store.contacts import add_apart, add_people, newest_tickets
from services.store.documents import add_documents
from services.store.gathering import add_merged, add_timers
from services.store.history import CONTENT_WITHIN, CONTENTS, add_assignees, add_history, contents_of
from services.store.knowledge import add_articles
from services.store.learning import add_learnt
from services.store.models import ANSWERED, table
from services.store.portal import add_portal
from services.store.quarantine import HELD_BY_SOURCE, LEARNT, SAMPLES, WORDS, held_facts, sample_facts
from services.store.record import add_last_agents, add_record, held_by, linked
from services.store.script import Rows
from services.store.signin import add_sign_in
from services.store.since import add_since
from services.store.statements import Lookup, look_up
from shared.messages.base import Record
from shared.messages.facts import (
    AgentFact,
    AutomaticSent,
    ContactFact,
    DeliveryFact,
    Facts,
    FactsRequest,
    MessageFact,
    ReferenceFact,
    SourceFact,
    TicketFact,
    TimerFact,
    point_key,
    reference_key,
    source_key,
    ticket_key,
)
from shared.messages.outbound import Outbound
from shared.messages.parts import POINT_OF_CHANNEL, delivered_to

Fact = TypeVar("Fact", bound=Record)

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
    lambda some: select(
        REFERENCE.c.key, REFERENCE.c.ticket_id, REFERENCE.c.owned, REFERENCE.c.audience, REFERENCE.c.moved
    ).where(some),
)
_NUMBERS = Lookup(TICKET.c.number, lambda some: select(TICKET.c.number, TICKET.c.id).where(some), numbers=True)
# Whether an agent has answered the contact in a ticket that is no spam.
_ANSWERED = (
    exists(literal("1"))
    .where(TICKET.c.contact_id == CONTACT.c.id, text(f"ticket.{ANSWERED}"), TICKET.c.status != literal("'spam'"))
    .label("answered")
)
_POINTS = Lookup(
    POINT.c.key,
    lambda some: (
        select(
            POINT.c.key,
            CONTACT.c.id,
            CONTACT.c.name,
            CONTACT.c.language,
            POINT.c.undeliverable,
            POINT.c.blocked,
            _ANSWERED,
            POINT.c.opted_out,
            POINT.c.verified,
            CONTACT.c.timezone,
            POINT.c.marked_at,
            POINT.c.reason,
        )
        .join(CONTACT, CONTACT.c.id == POINT.c.contact_id)
        .where(some)
    ),
)
_AGENT_COLUMNS = ("id", "name", "role", "public_name", "away_until")
_AGENTS = Lookup(
    _AGENT.c.email,
    lambda some: select(_AGENT.c.email, *(_AGENT.c[name] for name in _AGENT_COLUMNS)).where(
        some, _AGENT.c.blocked_at.is_(None)
    ),
)
_DELIVERY_COLUMNS = ("ticket_id", "channel", "inbox", "to", "state", "attempt", "kind", "message_id")
_DELIVERIES = Lookup(
    DELIVERY.c.id,
    lambda some: select(DELIVERY.c.id, *(DELIVERY.c[name] for name in _DELIVERY_COLUMNS)).where(some),
)
_SENT = Lookup(DELIVERY.c.id, lambda some: select(DELIVERY.c.id, DELIVERY.c.outbound).where(some))
_TIMERS = Lookup(
    TIMER.c.id,
    lambda some: select(TIMER.c.id, TIMER.c.kind, TIMER.c.ticket_id, TIMER.c.generation, TIMER.c.due_at).where(some),
)
# Columns of the ticket that `TicketFact` has under the same name; the others a rule may ask for are its ``fields``.
_SAME = tuple(name for name in TicketFact.model_fields if name in TICKET.c and name != "latest_message_ids")
_FIELDS = (
    "product",
    "impact",
    "solution",
    "root_cause",
    "preventive_action",
    "tested",
    "received_by",
    "details",
    "evidence",
    "solved_by",
    "tested_by",
    "preventive_owner",
    "preventive_due",
    "preventive_verified_at",
    "preventive_verified_by",
    "received_at",
    "received_via",
    "problem",
    "satisfaction",
)
# Nobody decides by the rest of a long text, and all of it would travel with every mail of its ticket.
_LONGEST = {
    "problem": 200,
    **dict.fromkeys(("details", "impact", "solution", "root_cause", "preventive_action", "tested"), 10_000),
}


def _field(name: str) -> Any:
    if name not in _LONGEST:
        return TICKET.c[name]
    return func.substr(TICKET.c[name], literal("1"), literal(str(_LONGEST[name]))).label(name)


_TICKETS = Lookup(
    TICKET.c.id,
    lambda some: select(
        TICKET.c.id,
        TICKET.c.latest_message_ids,
        *map(_field, (*_SAME, *_FIELDS)),
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
        .where(recent.c.place <= bind("newest", type_=Integer()))
        .order_by(recent.c.at.desc())
    )


_AUTOMATICS = Lookup(_AUTOMATIC.c.point_key, _automatic)


def gather(connection: Connection, request: FactsRequest, now: datetime) -> Facts:
    """All that ``request`` asks about, read in the snapshot that ``connection`` is in."""
    points = {point_key(point.kind, point.value): point for point in request.points}
    emails = {point.value: key for key, point in points.items() if point.kind == "email"}
    references = {reference_key(message_id): message_id for message_id in request.references}
    found = look_up(
        connection,
        (_SOURCES, set(request.sources)),
        (_REFERENCES, references),
        (_NUMBERS, {*request.numbers, *request.samples}),
        (_POINTS, points),
        (_AGENTS, emails),
        (_AUTOMATICS, points),
        (_DELIVERIES, set(request.deliveries)),
        (_TIMERS, set(request.timers)),
        (HELD_BY_SOURCE, set(request.sources)),
        (WORDS, set(request.words)),
        (CONTENTS, set(request.contents)),
        since=now - AUTOMATIC_WITHIN,
        newest=AUTOMATIC_NEWEST,
        content_since=now - CONTENT_WITHIN,
    )
    facts = Facts(
        sources=_by_first(SourceFact, _SOURCE_NAMES, found[0]),
        references=_references(found[1], references),
        numbers=dict(map(tuple, found[2])),
        contacts=_by_first(ContactFact, _CONTACT_NAMES, found[3]),
        agents={emails[row[0]]: _fact(AgentFact, _AGENT_NAMES, row) for row in found[4]},
        automatic=_automatic_sent(found[5]),
        deliveries={row[0]: _fact(DeliveryFact, _DELIVERY_NAMES, row, 0) for row in found[6]},
        timers={row[0]: _fact(TimerFact, _TIMER_NAMES, row, 0) for row in found[7]},
        held=held_facts(found[8]),
        words={key: (spam, ham) for key, spam, ham in found[9]},
        contents=contents_of(found[10]),
        newest=newest_tickets(connection, request),
    )
    spoken_of, spoken_keys = add_speakers(connection, request, facts, now)
    facts.held_by = {each: held_by(connection, each) for each in request.held_by}
    mentioned = _mentioned(request, facts) | spoken_of | {each for some in facts.held_by.values() for each in some}
    keys = {*map(source_key, request.sources), *references, *points, *spoken_keys}
    keys.update(map(ticket_key, mentioned))
    sampled = {facts.numbers[number] for number in request.samples if number in facts.numbers}
    if request.links:
        facts.links = linked(connection, mentioned)
        mentioned |= {link.other_id for some in facts.links.values() for link in some}
        keys.update(map(ticket_key, mentioned))
    tickets, versions, samples, learnt = look_up(
        connection, (_TICKETS, mentioned), (_VERSIONS, keys), (SAMPLES, sampled), (LEARNT, sampled)
    )
    facts.samples = sample_facts(samples, learnt)
    facts.tickets = _tickets(tickets)
    facts.numbers |= {facts.tickets[each].number: each for each in spoken_of & facts.tickets.keys()}
    facts.versions = dict.fromkeys(keys, 0) | dict(map(tuple, versions))
    request = add_merged(request, facts, lambda some: _add_tickets(connection, some, facts))
    add_timers(connection, request, facts)
    add_history(connection, request, facts)
    add_since(connection, request, facts)
    add_record(connection, request, facts)
    add_people(connection, request, facts)
    add_apart(connection, request, facts)
    if request.texts:
        written = [m for some in facts.messages.values() for m in some if m.message_id in request.texts and m.author]
        _add_points(connection, {point_key(_kind_of(m), m.author) for m in written}, facts, now)
    if request.customers:
        _add_points(connection, _customers(facts), facts, now)
    if request.recipients:
        _add_points(connection, _recipients(facts), facts, now)
    if request.sent:
        (sent,) = look_up(connection, (_SENT, set(request.sent)))
        facts.sent = {row[0]: Outbound.decode(row[1]) for row in sent}
    if request.assignees:
        add_assignees(connection, facts, lambda emails: _add_points(connection, _keys(emails), facts, now))
    add_last_agents(connection, request, facts)
    add_choices(connection, request, facts)
    add_agent_points(connection, request, facts)
    add_news(connection, request, facts)
    add_learnt(connection, request, facts)
    add_documents(connection, request, facts)
    add_articles(connection, request, facts)
    add_sign_in(connection, request, facts)
    add_portal(connection, request, facts, now)
    return facts


def _customers(facts: Facts) -> set[str]:
    """The keys of the points by which the customers of all tickets are reached."""
    keys = {point_key(point.kind, point.value) for person in facts.people.values() for point in person.points}
    for ticket in facts.tickets.values():
        if ticket.customer:
            by_channel = POINT_OF_CHANNEL.get(ticket.channel)
            likely = "email" if "@" in ticket.customer else "phone"
            keys.add(point_key(by_channel if by_channel not in (None, "email") else likely, ticket.customer))
    return keys


def _recipients(facts: Facts) -> set[str]:
    """The keys of the points that the deliveries went to."""
    points = (delivered_to(each.channel, each.to) for each in facts.deliveries.values())
    return {point_key(point.kind, point.value) for point in points if point is not None}


def _add_tickets(connection: Connection, ids: Collection[str], facts: Facts) -> None:
    """More tickets with their versions, asked for because of what others say."""
    keys = set(map(ticket_key, ids))
    tickets, versions = look_up(connection, (_TICKETS, ids), (_VERSIONS, keys))
    facts.tickets |= _tickets(tickets)
    facts.versions |= dict.fromkeys(keys, 0) | dict(map(tuple, versions))


def _keys(emails: Collection[str]) -> set[str]:
    return {point_key("email", email) for email in emails}


def _kind_of(message: MessageFact) -> str:
    known = POINT_OF_CHANNEL.get(message.channel)
    return known or ("email" if "@" in message.author else "phone")


def _add_points(connection: Connection, keys: set[str], facts: Facts, now: datetime) -> None:
    """What is known of more points, asked for because of what other facts say."""
    contacts, automatic, versions = look_up(
        connection,
        (_POINTS, keys),
        (_AUTOMATICS, keys),
        (_VERSIONS, keys),
        since=now - AUTOMATIC_WITHIN,
        newest=AUTOMATIC_NEWEST,
    )
    facts.contacts |= _by_first(ContactFact, _CONTACT_NAMES, contacts)
    facts.automatic |= _automatic_sent(automatic)
    facts.versions |= dict.fromkeys(keys, 0) | dict(map(tuple, versions))


_SOURCE_NAMES = ("message_id", "ticket_id", "inboxes")
_CONTACT_NAMES = (
    *("contact_id", "name", "language", "undeliverable", "blocked", "answered"),
    *("opted_out", "verified", "timezone", "marked_at", "mark_reason"),
)
_AGENT_NAMES = ("email", "agent_id", *_AGENT_COLUMNS[1:])
_DELIVERY_NAMES = ("delivery_id", *_DELIVERY_COLUMNS)
_TIMER_NAMES = ("timer_id", "kind", "ticket_id", "generation", "due_at")


def _fact(model: type[Fact], names: Sequence[str], row: Sequence[Any], skip: int = 0) -> Fact:
    """Values from our own database, given all fields: not checked again."""
    return cast(Fact, model.model_construct(**dict(zip(names, row[skip:], strict=True))))


def _by_first(model: type[Fact], names: Sequence[str], rows: Rows) -> dict[str, Fact]:
    return {row[0]: _fact(model, names, row, 1) for row in rows}


def _references(rows: Rows, by_key: dict[str, str]) -> dict[str, list[ReferenceFact]]:
    found: dict[str, list[ReferenceFact]] = {}
    for key, ticket_id, owned, audience, moved in rows:
        found.setdefault(by_key[key], []).append(
            ReferenceFact.model_construct(ticket_id=ticket_id, owned=owned, audience=audience, moved=moved)
        )
    for facts in found.values():
        # Whose message it is comes first, then a fixed order, so that two routers see the same.
        facts.sort(key=lambda fact: (not fact.moved, not fact.owned, fact.ticket_id))
        del facts[REFERENCES_EACH:]
    return found


def _automatic_sent(rows: Rows) -> dict[str, list[AutomaticSent]]:
    found: dict[str, list[AutomaticSent]] = {}
    for key, at, ticket_id in rows:
        found.setdefault(key, []).append(AutomaticSent.model_construct(at=at, ticket_id=ticket_id))
    return found


def _mentioned(request: FactsRequest, facts: Facts) -> set[str]:
    mentioned = {*request.tickets, *facts.numbers.values()}
    mentioned.update(source.ticket_id for source in facts.sources.values())
    mentioned.update(reference.ticket_id for some in facts.references.values() for reference in some)
    mentioned.update(seen.ticket_id for some in facts.contents.values() for seen in some)
    mentioned.update(delivery.ticket_id for delivery in facts.deliveries.values() if delivery.ticket_id)
    mentioned.update(facts.newest.values())
    mentioned.update(timer.ticket_id for timer in facts.timers.values() if timer.ticket_id)
    return mentioned


def _tickets(rows: Rows) -> dict[str, TicketFact]:
    found: dict[str, TicketFact] = {}
    for ticket_id, latest, *columns in rows:
        values = dict(zip(_SAME, columns, strict=False))
        fields = dict(zip(_FIELDS, columns[len(_SAME) :], strict=True))
        found[ticket_id] = TicketFact.model_construct(
            ticket_id=ticket_id, latest_message_ids=latest, fields=fields, **values
        )
    return found
