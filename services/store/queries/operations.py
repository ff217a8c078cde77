"""``store.query.dead``, ``failed_deliveries`` and ``online``: what whoever operates Trunkline wants to see."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any, Final

import nats.errors
from sqlalchemy import ColumnElement, and_, func, select, text
from sqlalchemy.engine import RowMapping

from services.store.models import UNDELIVERED, Delivery, Ticket, table
from services.store.reading import QueryContext
from services.store.signin import AGENT, SESSION
from shared.bus import subjects
from shared.bus.dead import DeadLetter, get_dead, list_heads
from shared.bus.errors import BusUnavailable, DeadLetterMissing, RemoteError
from shared.clock import now
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.operations import (
    DeadAnswer,
    DeadContent,
    DeadQuery,
    DeadView,
    FailedDeliveries,
    FailedDeliveriesQuery,
    FailedDelivery,
    OnlineAgent,
    OnlineAnswer,
    OnlineQuery,
)
from shared.messages.outbound import Outbound, instead_id

MOST: Final = 200
MOST_DEAD: Final = 500
SHOWN: Final = 20_000
"""Characters of a dead letter's payload that are shown."""
_LONG: Final = 2_000
"""A single value of it that is longer is cut: a base64 attachment would hide everything else."""
_READABLE: Final = 1_000_000
"""Bytes up to which a payload is laid out; a longer one is shown as it is, from its beginning."""
_LINE: Final = 1_000
_HEADERS: Final = 50

_delivery, _ticket = table(Delivery), table(Ticket)
_NAMES: Final = ("id", "channel", "inbox", "kind", "to", "state", "internal", "created_at", "updated_at")


# -- dead letters -------------------------------------------------------------------------------------------------------------


async def read_dead(context: QueryContext, query: DeadQuery) -> DeadAnswer:
    """A page of them, or one with its content. Raises RemoteError ``unavailable`` while the bus does not answer."""
    try:
        if query.id is not None:
            return await _one(context, query.id)
        letters = await list_heads(context.js, max(1, min(query.limit, MOST_DEAD)), after=max(0, query.after))
        total = (await context.js.stream_info(subjects.DEAD)).state.messages
    except (BusUnavailable, nats.errors.Error, TimeoutError) as error:
        raise RemoteError("unavailable", str(error)) from error
    return DeadAnswer(items=[_view(each) for each in letters], total=total)


async def _one(context: QueryContext, number: int) -> DeadAnswer:
    if number < 1:
        return DeadAnswer()
    try:
        letter = await get_dead(context.js, number)
    except DeadLetterMissing:
        return DeadAnswer()
    # Laying out a megabyte takes a while, and others are waiting for answers.
    content = await asyncio.to_thread(content_of, letter.payload, letter.headers)
    return DeadAnswer(items=[_view(letter)], total=1, content=content)


def _view(letter: DeadLetter) -> DeadView:
    return DeadView(
        id=letter.id,
        subject=letter.subject[:_LINE],
        durable=letter.durable[:_LINE],
        error=letter.error[:_LINE],
        first_error=letter.first_error[:_LINE],
        attempts=letter.attempts,
        message_id=letter.message_id[:_LINE],
        size=letter.size,
        first_seen=_moment(letter.first_seen),
        died_at=_moment(letter.died_at),
    )


def _moment(seconds: float) -> datetime:
    """A header says when; what it says may be nonsense."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def content_of(payload: bytes, headers: dict[str, str]) -> DeadContent:
    """What is in a letter, as text that can be read: JSON is laid out, its long values cut, what is no text shown as what it may be."""
    shown, cut = _laid_out(payload), False
    if shown is None:
        shown, cut = payload[: SHOWN * 4].decode("utf-8", "replace"), len(payload) > SHOWN * 4
    plain = "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in shown[:SHOWN])
    head = {name[:100]: value[:_LINE] for name, value in list(headers.items())[:_HEADERS]}
    return DeadContent(payload=plain, cut=cut or len(shown) > SHOWN, headers=head)


def _laid_out(payload: bytes) -> str | None:
    if len(payload) > _READABLE:
        return None
    try:
        return json.dumps(_shortened(json.loads(payload)), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return None


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _LONG else f"{value[:_LONG]}… (+{len(value) - _LONG})"
    if isinstance(value, list):
        return [_shortened(each) for each in value]
    if isinstance(value, dict):
        return {str(name)[:_LONG]: _shortened(each) for name, each in value.items()}
    return value


# -- deliveries ---------------------------------------------------------------------------------------------------------------


async def list_failed_deliveries(context: QueryContext, query: FailedDeliveriesQuery) -> FailedDeliveries:
    """A page of them, or the one with that id. Raises DatabaseUnavailable."""
    wanted = _wanted(query)
    per_page, page = max(1, min(query.per_page, MOST)), max(1, min(query.page, 100_000))
    names = [_delivery.c[name] for name in (*_NAMES, "attempt", "error", "outbound")]
    statement = (
        select(*names, _ticket.c.number)
        .select_from(_delivery.outerjoin(_ticket, _ticket.c.id == _delivery.c.ticket_id))
        .where(wanted)
        .order_by(_delivery.c.updated_at.desc(), _delivery.c.id)
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(statement)).mappings().all()
        total = await connection.scalar(select(func.count()).select_from(_delivery).where(wanted)) or 0
        others = {instead_id(row["id"]): row["id"] for row in rows}
        found = select(_delivery.c.id).where(_delivery.c.id.in_(others))
        replaced = {others[row.id] for row in await connection.execute(found)} if others else set()
    return FailedDeliveries(items=[_failed(row, row["id"] in replaced) for row in rows], total=total)


def _wanted(query: FailedDeliveriesQuery) -> ColumnElement[bool]:
    if query.id:
        return and_(_delivery.c.id == _plain(query.id), _delivery.c.channel != "api")
    wanted: ColumnElement[bool] = text(UNDELIVERED)  # type: ignore[assignment]
    if query.channel:
        wanted = and_(wanted, _delivery.c.channel == _plain(query.channel))
    if query.inbox:
        wanted = and_(wanted, _delivery.c.inbox == _plain(query.inbox))
    if query.since is not None:
        wanted = and_(wanted, _delivery.c.updated_at >= query.since.astimezone(UTC))
    return wanted


def _plain(words: str) -> str:
    return words.replace("\0", "\ufffd")


def _failed(row: RowMapping, instead: bool) -> FailedDelivery:
    try:
        subject = Outbound.decode(bytes(row["outbound"])).subject
    except (NewerVersion, Undecodable):
        subject = ""  # written by another version: all else can be told
    return FailedDelivery(
        **{name: row[name] for name in _NAMES},
        number=row["number"],
        subject=subject[:200],
        attempts=row["attempt"],
        error=row["error"][:_LINE],
        instead=instead,
    )


# -- agents -------------------------------------------------------------------------------------------------------------------


async def list_online(context: QueryContext, query: OnlineQuery) -> OnlineAnswer:
    """The agents whose sessions were used since then. Raises DatabaseUnavailable."""
    seen = func.max(SESSION.c.seen_at, type_=SESSION.c.seen_at.type).label("seen_at")
    statement = (
        select(AGENT.c.id, AGENT.c.name, AGENT.c.role, seen)
        .join(SESSION, SESSION.c.agent_id == AGENT.c.id)
        .where(SESSION.c.seen_at >= query.since, SESSION.c.revoked_at.is_(None), SESSION.c.expires_at > now())
        .group_by(AGENT.c.id, AGENT.c.name, AGENT.c.role)
        .order_by(seen.desc(), AGENT.c.id)
        .limit(MOST)
    )
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(statement)).mappings().all()
    return OnlineAnswer(
        agents=[
            OnlineAgent(agent_id=row["id"], name=row["name"], role=row["role"], seen_at=row["seen_at"]) for row in rows
        ]
    )
