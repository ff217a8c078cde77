"""Facts about what others wrote in a ticket after somebody saw it: asked before an answer goes out, so that two do not cross.

The audit trail tells when a message came into the ticket and whose doing that was. A message's own time is when its sender's system
handed it over, which may be long before, and says nothing of what could be seen.
"""

from typing import Any

from sqlalchemy import Connection, Integer, String, func, select
from sqlalchemy import bindparam as bind
from sqlalchemy import literal_column as literal

from services.store import models
from services.store.batch import MESSAGE
from services.store.columns import Instant
from services.store.models import table
from services.store.script import Rows
from services.store.statements import Lookup, look_up
from shared.messages.facts import Facts, FactsRequest
from shared.messages.presence import EDITED, WRITTEN, SinceAsk, SinceFact

# Whoever wants to answer is shown the newest; that there were more changes nothing.
MOST = 20
TEXT_LENGTH = 500
_ASKED = 50
_WRITTEN: list[Any] = [literal(f"'{what}'") for what in WRITTEN]
_EDITED: list[Any] = [literal(f"'{what}'") for what in EDITED]
_THREAD: list[Any] = [literal("'in'"), literal("'out'")]

_EVENT = table(models.AuditEvent)


def _beginning(column: Any) -> Any:
    return func.substr(column, literal("1"), literal(str(TEXT_LENGTH)))


_SINCE = Lookup(
    _EVENT.c.ticket_id,
    lambda some: (
        select(
            MESSAGE.c.id,
            MESSAGE.c.direction,
            _EVENT.c.at,
            _EVENT.c.actor,
            MESSAGE.c.author_name,
            MESSAGE.c.channel,
            _beginning(MESSAGE.c.reply_text),
            _beginning(MESSAGE.c.text),
        )
        .join(MESSAGE, MESSAGE.c.id == _EVENT.c.message_id)
        .where(
            some,
            _EVENT.c.at > bind("after", type_=Instant()),
            _EVENT.c.what.in_(_WRITTEN),
            _EVENT.c.actor != bind("by", type_=String()),
            MESSAGE.c.direction.in_(_THREAD),
            MESSAGE.c.side.is_(None),
            MESSAGE.c.automatic.is_(None),
        )
        .order_by(_EVENT.c.seq.desc())
        .limit(bind("most", type_=Integer()))
        .offset(bind("skipped", type_=Integer()))
    ),
)

_CHANGES = Lookup(
    _EVENT.c.ticket_id,
    lambda some: (
        select(_EVENT.c.at, _EVENT.c.actor, _EVENT.c.data)
        .where(some, _EVENT.c.at > bind("after", type_=Instant()), _EVENT.c.what.in_(_EDITED))
        .order_by(_EVENT.c.seq.desc())
        .limit(bind("most", type_=Integer()))
        .offset(bind("skipped", type_=Integer()))
    ),
)
_CHANGED = Lookup(
    MESSAGE.c.header_id,
    lambda some: select(
        MESSAGE.c.header_id,
        MESSAGE.c.id,
        MESSAGE.c.direction,
        MESSAGE.c.author_name,
        MESSAGE.c.channel,
        _beginning(MESSAGE.c.reply_text),
        _beginning(MESSAGE.c.text),
    ).where(some, MESSAGE.c.ticket_id == bind("ticket", type_=String()), MESSAGE.c.direction.in_(_THREAD)),
)


def add_since(connection: Connection, request: FactsRequest, facts: Facts) -> None:
    """What ``request`` asks about, added to ``facts`` (its tickets are there already)."""
    for ask in request.since[:_ASKED]:
        ticket_id = facts.numbers.get(ask.number)
        if ticket_id is not None:
            facts.since[ticket_id] = _since(connection, ticket_id, ask)


def _since(connection: Connection, ticket_id: str, ask: SinceAsk) -> list[SinceFact]:
    which = {"after": ask.at, "most": MOST, "skipped": 0}
    rows, changes = look_up(connection, (_SINCE, {ticket_id}), (_CHANGES, {ticket_id}), by=ask.actor, **which)
    written = [
        SinceFact.model_construct(
            message_id=message_id,
            direction=direction,
            at=at,
            actor=actor,
            name=name,
            channel=channel,
            text=reply or text,
        )
        for message_id, direction, at, actor, name, channel, reply, text in reversed(rows)
    ]
    if not changes:
        return written
    return sorted([*written, *_changed(connection, ticket_id, changes)], key=lambda each: each.at)[-MOST:]


def _changed(connection: Connection, ticket_id: str, changes: Rows) -> list[SinceFact]:
    """What was changed, or taken back: as it is now, each message once, when that was done last."""
    last = {str(data.get("header_id")): (at, actor) for at, actor, data in reversed(changes)}
    (rows,) = look_up(connection, (_CHANGED, set(last)), ticket=ticket_id)
    return [
        SinceFact.model_construct(
            message_id=message_id,
            direction=direction,
            at=last[header_id][0],
            actor=last[header_id][1],
            name=name,
            channel=channel,
            text=reply or text,
        )
        for header_id, message_id, direction, name, channel, reply, text in rows
    ]
