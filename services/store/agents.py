"""Writing agents' points, what is kept for them and what they said; and what decisions ask about all that.

A point is one agent's only once it is verified (`services.store.models.AgentPoint.key`); until then anybody may claim it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Dialect, delete, func, or_, select, text
from sqlalchemy import bindparam as bind
from sqlalchemy import literal_column as literal

from services.store import models
from services.store.columns import Instant
from services.store.models import TOLD, table
from services.store.record import staff_of
from services.store.script import Rows, Step
from services.store.statements import Lookup, Statement, changing, keeping, look_up, merging
from shared.messages.agents import (
    AddNews,
    AddSpoken,
    AgentPointFact,
    ChoiceFact,
    NewsFact,
    PutAgentPoint,
    RemoveAgentPoint,
    RemoveNews,
    SettleSpoken,
    SpeakerFact,
    SpokenFact,
    ToldFact,
)
from shared.messages.facts import Facts, FactsRequest, agent_key, point_key
from shared.messages.parts import Attachment, Point

Row = dict[str, Any]

TOLD_WITHIN, MOST_TOLD = timedelta(days=30), 500
REFUSED_WITHIN = timedelta(hours=1)
MOST_HELD = 100
# What is kept for an agent is told at one go; of very much the rest is told the next time.
MOST_NEWS = 500
# A claim of a point that nobody proved is forgotten, some time after its code no longer counts.
UNPROVEN_FOR = timedelta(days=1)
PART = 16
"""Characters of an agent's id in a signed address (`SpeakerAsk.part`)."""

_AGENT, _POINT, _NEWS = table(models.Agent), table(models.AgentPoint), table(models.News)
_SPOKEN, _DELIVERY, _TICKET, _KEY = (
    table(models.Spoken),
    table(models.Delivery),
    table(models.Ticket),
    table(models.KeyVersion),
)
# What is known of a point as of anybody's: an agent's chat that they have blocked is marked there, too.
_REACHED = table(models.ContactPoint)

# -- writing ------------------------------------------------------------------------------------------------------------------

_PROOF = ("value", "key", "verified_at", "code_sha256", "code_expires", "tries")
_PUT_POINT = merging(_POINT, lambda new: {name: getattr(new, name) for name in _PROOF})
_REMOVE_POINT = Statement(lambda _: delete(_POINT).where(_POINT.c.id == bind("id")), [])
_KEEP_NEWS, _KEEP_SPOKEN = keeping(_NEWS), keeping(_SPOKEN)
_REMOVE_NEWS = Statement(lambda _: delete(_NEWS).where(_NEWS.c.id == bind("id")), [])


def proven_key(op: PutAgentPoint) -> str | None:
    """The key by which a point is one agent's; null while it is not verified."""
    return point_key(op.kind, op.value) if op.verified_at is not None else None


class Staffing:
    """What one transaction writes of agents besides their columns."""

    def __init__(self) -> None:
        self._points: dict[str, Row | None] = {}
        self._news: dict[str, Row | None] = {}
        self._spoken: dict[str, Row] = {}
        self._settled: dict[str, Row] = {}

    def put_point(self, op: PutAgentPoint) -> None:
        """A point, new or as it is from now on."""
        self._points[op.point_id] = op.__dict__ | {"id": op.point_id, "key": proven_key(op)}

    def remove_point(self, op: RemoveAgentPoint) -> None:
        """A point that is an agent's no longer."""
        self._points[op.point_id] = None

    def add_news(self, op: AddNews) -> None:
        """Something to be told later."""
        self._news[op.news_id] = op.__dict__ | {"id": op.news_id}

    def remove_news(self, op: RemoveNews) -> None:
        """It was told."""
        self._news |= dict.fromkeys(op.news_ids)

    def add_spoken(self, op: AddSpoken) -> None:
        """Something that was said."""
        self._spoken.setdefault(op.spoken_id, op.__dict__ | {"id": op.spoken_id, "results": [], "settled_at": None})

    def settle(self, op: SettleSpoken) -> None:
        """What became of it. Why it was held stays said where there is nothing to add."""
        row = {"verdict": op.verdict, "results": op.results, "settled_at": op.at}
        self._settled.setdefault(op.spoken_id, {}).update(row | ({"reason": op.reason} if op.reason else {}))

    def steps(self, dialect: Dialect) -> list[Step]:
        """Everything. What goes, goes first: a number that one agent gives up may be another's in the same transaction."""
        if not (self._points or self._news or self._spoken or self._settled):
            return []
        written: list[tuple[Statement, Iterable[Row]]] = [
            (_REMOVE_POINT, _gone(self._points)),
            (_PUT_POINT, _kept(self._points)),
            (_KEEP_NEWS, _kept(self._news)),
            (_REMOVE_NEWS, _gone(self._news)),
            (_KEEP_SPOKEN, [self._spoken[key] for key in sorted(self._spoken)]),
        ]
        steps = [step for statement, rows in written for step in statement.steps(dialect, rows)]
        return steps + changing(dialect, _SPOKEN, self._settled)


def _gone(rows: dict[str, Row | None]) -> list[Row]:
    return [{"id": key} for key, row in sorted(rows.items()) if row is None]


def _kept(rows: dict[str, Row | None]) -> list[Row]:
    return [row for _, row in sorted(rows.items()) if row is not None]


def forget_unproven(connection: Connection, now: datetime) -> None:
    """Forget the points that nobody proved in time."""
    connection.execute(delete(_POINT).where(_POINT.c.key.is_(None), _POINT.c.code_expires < now - UNPROVEN_FOR))


# Whose a verified point is, for `services.store.commits`.
HOLDERS = Lookup(_POINT.c.key, lambda some: select(_POINT.c.key, _POINT.c.id).where(some))

# -- reading ------------------------------------------------------------------------------------------------------------------

_POINT_NAMES = ("agent_id", "kind", "value", "verified_at", "code_sha256", "code_expires", "tries", "created_at")
_OF_POINT = (_POINT.c.id, *(_POINT.c[name] for name in _POINT_NAMES))
_OWN = Lookup(_AGENT.c.email, lambda some: select(_AGENT.c.email, _AGENT.c.id).where(some))
_PROVEN = Lookup(_POINT.c.key, lambda some: select(_POINT.c.key, *_OF_POINT).where(some))
_BY_CODE = Lookup(_POINT.c.code_sha256, lambda some: select(*_OF_POINT).where(some))
_OF_AGENTS = Lookup(
    _POINT.c.agent_id, lambda some: select(*_OF_POINT).where(some).order_by(_POINT.c.created_at, _POINT.c.id)
)
_BEGINNING = func.substr(_AGENT.c.id, literal("1"), literal(str(PART)))
_BY_PART = Lookup(_BEGINNING, lambda some: select(_BEGINNING.label("part"), _AGENT.c.id).where(some))
_MARKED = Lookup(
    _REACHED.c.key, lambda some: select(_REACHED.c.kind, _REACHED.c.value).where(some, _REACHED.c.undeliverable)
)
_VERSIONS = Lookup(_KEY.c.key, lambda some: select(_KEY.c.key, _KEY.c.version).where(some))


def _newest(source: Any, names: tuple[str, ...], some: Any, most: int, *order: Any) -> Any:
    """The first ``most`` rows of each agent, in this order."""
    place = func.row_number().over(partition_by=source.c.agent_id, order_by=order).label("place")
    found = select(source.c.agent_id, source.c.id, *(source.c[name] for name in names), place).where(*some).subquery()
    shown = select(found.c.agent_id, found.c.id, *(found.c[name] for name in names))
    return shown.where(found.c.place <= literal(str(most))).order_by(found.c.agent_id, found.c.place)


_TOLD_NAMES = ("ticket_id", "channel", "inbox", "to", "code", "internal", "provider_id", "event", "created_at")
_TOLD = Lookup(
    _DELIVERY.c.agent_id,
    lambda some: _newest(
        _DELIVERY,
        _TOLD_NAMES,
        (
            some,
            text(f"delivery.{TOLD}"),
            _DELIVERY.c.created_at > bind("told_since", type_=Instant()),
            _DELIVERY.c.ticket_id.is_not(None),
        ),
        MOST_TOLD,
        _DELIVERY.c.created_at.desc(),
        _DELIVERY.c.id,
    ),
)
_SPOKEN_NAMES = (
    *("source_id", "ticket_id", "channel", "inbox", "point", "delivery_id", "internal"),
    *("text", "attachments", "verdict", "reason", "results", "at"),
)
_HELD = Lookup(
    _SPOKEN.c.agent_id,
    lambda some: _newest(
        _SPOKEN,
        _SPOKEN_NAMES,
        (some, _SPOKEN.c.verdict == literal("'held'")),
        MOST_HELD,
        _SPOKEN.c.at.desc(),
        _SPOKEN.c.id,
    ),
)
_REFUSED = Lookup(
    _SPOKEN.c.agent_id,
    lambda some: (
        select(_SPOKEN.c.agent_id, _SPOKEN.c.channel, func.count())
        .where(
            some,
            _SPOKEN.c.verdict == literal("'refused'"),
            _SPOKEN.c.at > bind("refused_since", type_=Instant()),
        )
        .group_by(_SPOKEN.c.agent_id, _SPOKEN.c.channel)
    ),
)
_SPOKEN_BY_ID = Lookup(
    _SPOKEN.c.id,
    lambda some: select(_SPOKEN.c.agent_id, _SPOKEN.c.id, *(_SPOKEN.c[name] for name in _SPOKEN_NAMES)).where(some),
)
_NEWS_NAMES = ("ticket_id", "event", "template", "variables", "at")


def _news(some: Any) -> Any:
    kept = _newest(_NEWS, _NEWS_NAMES, (some,), MOST_NEWS, _NEWS.c.at, _NEWS.c.id).subquery()
    return (
        select(*kept.c, _TICKET.c.number, _TICKET.c.subject, _TICKET.c.priority)
        .join(_TICKET, _TICKET.c.id == kept.c.ticket_id)
        .order_by(kept.c.agent_id, kept.c.at, kept.c.id)
    )


_NEWS_OF = Lookup(_NEWS.c.agent_id, _news)

_CHOICE_NAMES = ("email", "name", "role", "languages", "hours", "away_until", "notify")
# Who chose nothing and has no other point is not looked at: in most houses that is everybody.
_CHOOSING = (
    select(
        _AGENT.c.id,
        *(_AGENT.c[name] for name in _CHOICE_NAMES),
        _POINT.c.kind,
        _POINT.c.value,
        or_(_REACHED.c.undeliverable, _REACHED.c.opted_out),
    )
    .join(_POINT, (_POINT.c.agent_id == _AGENT.c.id) & _POINT.c.key.is_not(None), isouter=True)
    .join(_REACHED, _REACHED.c.key == _POINT.c.key, isouter=True)
    .where(
        or_(
            _AGENT.c.id.in_(select(_AGENT.c.id).where(text(models.CHOOSING))),
            _AGENT.c.id.in_(select(_POINT.c.agent_id).where(_POINT.c.key.is_not(None))),
        )
    )
    .where(_AGENT.c.blocked_at.is_(None))
    .order_by(_AGENT.c.email, _POINT.c.created_at, _POINT.c.id)
)


def add_choices(connection: Connection, request: FactsRequest, facts: Facts) -> None:
    """The agents who chose how to be told, or can be reached elsewhere, if they are asked for."""
    if not request.choices:
        return
    for agent_id, *values, kind, value, unreachable in connection.execute(_CHOOSING):
        named = dict(zip(_CHOICE_NAMES, values, strict=True))
        named["notify"] = named["notify"] or {}
        choice = facts.choices.setdefault(named["email"], ChoiceFact.model_construct(agent_id=agent_id, **named))
        if kind is not None:
            choice.points.append(Point(kind=kind, value=value))
            choice.unreachable += [Point(kind=kind, value=value)] if unreachable else []


def add_speakers(
    connection: Connection, request: FactsRequest, facts: Facts, now: datetime
) -> tuple[set[str], set[str]]:
    """Who may be speaking, and what was said, as far as it is asked about. Gives the tickets and the keys that come along."""
    if not (request.speakers or request.spoken):
        return set(), set()
    asked = {ask.key: ask for ask in request.speakers}
    points = {point_key(ask.point.kind, ask.point.value): key for key, ask in asked.items() if ask.point}
    own = {ask.point.value: key for key, ask in asked.items() if ask.point and ask.point.kind == "email"}
    parts = {ask.part: key for key, ask in asked.items() if ask.point is None and ask.part}
    proven, mine, begun, said = look_up(
        connection, (_PROVEN, points), (_OWN, own), (_BY_PART, parts), (_SPOKEN_BY_ID, set(request.spoken))
    )
    facts.spoken = {each.spoken_id: each for each in map(_spoken_fact, said)}
    tickets = {each.ticket_id for each in facts.spoken.values() if each.ticket_id}
    ids = {points[row[0]]: row[2] for row in proven} | {own[email]: agent_id for email, agent_id in mine}
    for part, key in parts.items():
        fitting = [agent_id for found, agent_id in begun if found == part]
        if len(fitting) == 1:  # of two with the same beginning it is neither
            ids[key] = fitting[0]
    by_id = _speakers(connection, set(ids.values()), now) if ids else {}
    facts.speakers = {key: by_id[agent_id] for key, agent_id in ids.items() if agent_id in by_id}
    for speaker in by_id.values():
        tickets |= {told.ticket_id for told in speaker.told}
        tickets |= {held.ticket_id for held in speaker.held if held.ticket_id}
    return tickets, {*points, *map(agent_key, by_id)}


def _speakers(connection: Connection, ids: set[str], now: datetime) -> dict[str, SpeakerFact]:
    points, told, held, refused = look_up(
        connection,
        (_OF_AGENTS, ids),
        (_TOLD, ids),
        (_HELD, ids),
        (_REFUSED, ids),
        told_since=now - TOLD_WITHIN,
        refused_since=now - REFUSED_WITHIN,
    )
    found = {}
    for agent in staff_of(connection, ids).values():
        own = Point(kind="email", value=agent.email)
        found[agent.agent_id] = SpeakerFact.model_construct(
            agent=agent, verified=[own], undeliverable=[], told=[], held=[]
        )
    for fact in map(_point_fact, points):
        if fact.verified_at is not None and fact.agent_id in found:
            found[fact.agent_id].verified.append(Point(kind=fact.kind, value=fact.value))
    _mark(connection, found.values())
    for agent_id, delivery_id, *values, at in told:
        named = dict(zip(_TOLD_NAMES[:-1], values, strict=True))
        found[agent_id].told.append(ToldFact.model_construct(delivery_id=delivery_id, at=at, **named))
    for row in held:
        found[row[0]].held.append(_spoken_fact(row))
    for agent_id, channel, count in refused:
        found[agent_id].refused += count
        found[agent_id].refused_by[channel] = count
    return found


def _mark(connection: Connection, speakers: Collection[SpeakerFact]) -> None:
    keys = {point_key(point.kind, point.value) for each in speakers for point in each.verified}
    (marked,) = look_up(connection, (_MARKED, keys))
    points = {tuple(row) for row in marked}
    for each in speakers:
        each.undeliverable = [point for point in each.verified if (point.kind, point.value) in points]


def _spoken_fact(row: Any) -> SpokenFact:
    agent_id, spoken_id, *values = row
    named = dict(zip(_SPOKEN_NAMES, values, strict=True))
    named["point"] = Point(**named["point"]) if named["point"] else None
    named["attachments"] = [Attachment.model_validate(each) for each in named["attachments"]]
    return SpokenFact.model_construct(spoken_id=spoken_id, agent_id=agent_id, **named)


def _point_fact(row: Any) -> AgentPointFact:
    point_id, *values = row
    return AgentPointFact.model_construct(point_id=point_id, **dict(zip(_POINT_NAMES, values, strict=True)))


def add_agent_points(connection: Connection, request: FactsRequest, facts: Facts) -> None:
    """The points of these agents and behind these codes, and whose a point that they claim, or that is asked about, is already; with the
    versions of the agents' keys and the points'."""
    codes = {code for code in request.codes if code}
    if not (request.points_of or codes):
        return
    owners, coded = look_up(connection, (_OWN, set(request.points_of)), (_BY_CODE, codes))
    ids = {agent_id for _, agent_id in owners}
    (rows,) = look_up(connection, (_OF_AGENTS, ids))
    found = {fact.point_id: fact for fact in map(_point_fact, (*rows, *coded))}
    claimed = {point_key(fact.kind, fact.value) for fact in found.values() if fact.value}
    claimed |= {point_key(point.kind, point.value) for point in request.points}
    (held,) = look_up(connection, (_PROVEN, claimed))
    found |= {fact.point_id: fact for fact in (_point_fact(row[1:]) for row in held)}
    facts.agent_points = found
    keys = claimed | {agent_key(each) for each in ids} | {agent_key(fact.agent_id) for fact in found.values()}
    (versions,) = look_up(connection, (_VERSIONS, keys))
    facts.versions |= dict.fromkeys(keys, 0) | dict(map(tuple, versions))


def add_news(connection: Connection, request: FactsRequest, facts: Facts) -> None:
    """What is kept for these agents, oldest first."""
    if not request.news_of:
        return
    rows: Rows
    (rows,) = look_up(connection, (_NEWS_OF, set(request.news_of)))
    for agent_id, news_id, *values, number, subject, priority in rows:
        named = dict(zip(_NEWS_NAMES, values, strict=True))
        named |= {"ticket_number": number, "subject": subject, "priority": priority}
        fact = NewsFact.model_construct(news_id=news_id, **named)
        facts.news.setdefault(agent_id, []).append(fact)
