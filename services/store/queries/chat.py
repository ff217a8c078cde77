"""``store.query.chat``: what was said in a chat session. Intake shows it to whoever holds the session, so nothing else may be in it: only
what the session itself wrote, and what was sent to it."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.models import ContactPoint, Delivery, Message, Ticket, table
from services.store.reading import QueryContext
from shared.messages.chat import ChatHistory, ChatQuery, ChatSaid, ChatSent
from shared.messages.facts import point_key
from shared.messages.outbound import Outbound
from shared.messages.parts import Stored

MOST = 100
TICKETS = 50
"""The newest tickets of a contact that are looked through."""
ANSWER_BYTES = 1024 * 1024

_SAID = ("header_id", "reply_text", "attachments", "created_at", "original", "edited_at", "deleted_at")
_point, _ticket, _message, _delivery = table(ContactPoint), table(Ticket), table(Message), table(Delivery)


async def find_chat(context: QueryContext, query: ChatQuery) -> ChatHistory:
    """What was said, oldest first: the newest that fit into `ANSWER_BYTES`. Raises DatabaseUnavailable."""
    most = max(1, min(query.most, MOST))
    async with context.reader.snapshot() as connection:
        contact_id = await connection.scalar(
            select(_point.c.contact_id).where(_point.c.key == point_key("chat", query.session))
        )
        if contact_id is None:
            return ChatHistory()
        newest = select(_ticket.c.id).where(_ticket.c.contact_id == contact_id)
        ids = list(await connection.scalars(newest.order_by(_ticket.c.created_at.desc()).limit(TICKETS)))
        said = await _said(connection, query, ids, most)
        sent = await _sent(connection, query, ids, most)
        address, verified = _given(said)
        if address is None:
            address, verified = await _known(connection, contact_id), True
    answer = ChatHistory(address=address)
    if address is not None:
        answer.certainty = "verified" if verified else "given"
    answer.said = [_shown(row) for row in said]
    answer.sent = [
        ChatSent(outbound=Outbound.decode(r["outbound"]), attempt=r["attempt"], state=r["state"]) for r in sent
    ]
    _fit(answer)
    return answer


async def _said(connection: AsyncConnection, query: ChatQuery, ids: Sequence[str], most: int) -> list[RowMapping]:
    columns = [_message.c[name] for name in _SAID]
    statement = select(*columns).where(
        _message.c.ticket_id.in_(ids),
        _message.c.direction == "in",
        _message.c.channel == "chat",
        _message.c.inbox == query.inbox,
        _message.c.author_address == query.session,
    )
    rows = await connection.execute(statement.order_by(_message.c.seq.desc()).limit(most))
    return list(reversed(rows.mappings().all()))


async def _sent(connection: AsyncConnection, query: ChatQuery, ids: Sequence[str], most: int) -> list[RowMapping]:
    statement = select(_delivery.c.outbound, _delivery.c.attempt, _delivery.c.state).where(
        _delivery.c.ticket_id.in_(ids),
        _delivery.c.channel == "chat",
        _delivery.c.inbox == query.inbox,
        _delivery.c.to == query.session,
        _delivery.c.state != "cancelled",
    )
    order = (_delivery.c.created_at.desc(), _delivery.c.id.desc())
    rows = await connection.execute(statement.order_by(*order).limit(most))
    return list(reversed(rows.mappings().all()))


def _given(said: Sequence[RowMapping]) -> tuple[str | None, bool]:
    """(address, whether the host site vouched for it) that stands in the newest original which has one."""
    for row in reversed(said):
        original = Stored.model_validate(row["original"]) if row["original"] else None
        if original is None or original.inline is None:
            continue
        try:
            kept: Any = json.loads(original.inline)
        except ValueError:
            continue
        if isinstance(kept, dict) and isinstance(kept.get("email"), str) and kept["email"]:
            return kept["email"], kept.get("verified") is True
    return None, False


async def _known(connection: AsyncConnection, contact_id: str) -> str | None:
    statement = select(_point.c.value).where(
        _point.c.contact_id == contact_id,
        _point.c.kind == "email",
        _point.c.undeliverable.is_(False),
        _point.c.blocked.is_(False),
    )
    found: str | None = await connection.scalar(statement.order_by(_point.c.value).limit(1))
    return found


def _shown(row: RowMapping) -> ChatSaid:
    deleted = row["deleted_at"] is not None  # what was taken back stays for the desk only
    return ChatSaid(
        message_id=row["header_id"] or "",
        text="" if deleted else row["reply_text"],
        attachments=[] if deleted else row["attachments"],
        at=row["created_at"],
        edited=row["edited_at"] is not None,
        deleted=deleted,
    )


def _fit(answer: ChatHistory) -> None:
    """Leave out the oldest where all together would be too much for one answer."""
    room = ANSWER_BYTES
    for entries in (answer.sent, answer.said):
        sizes = [len(entry.model_dump_json()) for entry in entries]
        while entries and sum(sizes) > room:
            del entries[0], sizes[0]
        room -= sum(sizes)
