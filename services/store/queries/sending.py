"""``store.query.sending``: when the contact of a delivery last wrote, and which of a provider's messages belong to other deliveries.
Of what an agent is told it is the agent who wrote, and theirs are the other deliveries."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.models import Delivery, Message, Spoken, Ticket, table
from services.store.reading import QueryContext
from shared.bus.errors import RemoteError
from shared.messages.provider import SendingAnswer, SendingQuery

MOST = 500
TICKETS = 200
"""The contact's newest tickets are looked at."""

_delivery, _message, _ticket, _spoken = table(Delivery), table(Message), table(Ticket), table(Spoken)
RECENT = timedelta(days=7)
"""A provider's messages are compared with what the agent was told in this time before."""


async def read_sending(context: QueryContext, query: SendingQuery) -> SendingAnswer:
    """Both, by the tickets of the contact whom the delivery is for. Raises DatabaseUnavailable, and RemoteError ``too-many``."""
    if len(query.provider_ids) > MOST:
        raise RemoteError("too-many", f"at most {MOST} messages can be asked for at a time")
    side = select(_message.c.side).where(_message.c.id == _delivery.c.message_id).scalar_subquery()
    names = ("ticket_id", "channel", "inbox", "agent_id", "created_at")
    wanted = select(*(_delivery.c[name] for name in names), side.label("side"))
    async with context.reader.snapshot() as connection:
        row = (await connection.execute(wanted.where(_delivery.c.id == query.delivery_id))).one_or_none()
        if row is not None and row.agent_id:
            return await _to_agent(connection, row, query)
        if row is None or row.ticket_id is None:
            return SendingAnswer()
        tickets = await _tickets(connection, row.ticket_id)
        last: datetime | None = await connection.scalar(
            select(func.max(_message.c.created_at, type_=_message.c.created_at.type)).where(
                _message.c.ticket_id.in_(tickets),
                # In a side conversation only what came in it counts: it is somebody else.
                *(
                    (_message.c.direction == "in",)
                    if row.side is None
                    else (_message.c.side == row.side, _message.c.author_kind == "other")
                ),
                _message.c.channel == row.channel,
                _message.c.inbox == row.inbox,
            )
        )
        taken = await connection.execute(_taken(tickets, query))
        known = {each for joined in taken.scalars() for each in joined.split(",")}
        return SendingAnswer(last_inbound=last, elsewhere=sorted(known & set(query.provider_ids)))


async def _to_agent(connection: AsyncConnection, row: Any, query: SendingQuery) -> SendingAnswer:
    wrote: datetime | None = await connection.scalar(
        select(func.max(_spoken.c.at, type_=_spoken.c.at.type)).where(
            _spoken.c.agent_id == row.agent_id, _spoken.c.channel == row.channel, _spoken.c.inbox == row.inbox
        )
    )
    taken = await connection.execute(
        select(_delivery.c.provider_id).where(
            _delivery.c.agent_id == row.agent_id,
            _delivery.c.created_at > row.created_at - RECENT,
            _delivery.c.id != query.delivery_id,
            _delivery.c.provider_id.is_not(None),
        )
    )
    known = {each for joined in taken.scalars() for each in joined.split(",")}
    return SendingAnswer(last_inbound=wrote, elsewhere=sorted(known & set(query.provider_ids)))


async def _tickets(connection: AsyncConnection, ticket_id: str) -> list[str]:
    """The delivery's ticket and the newest others of its contact."""
    contact = select(_ticket.c.contact_id).where(_ticket.c.id == ticket_id).scalar_subquery()
    found = await connection.execute(
        select(_ticket.c.id)
        .where(or_(_ticket.c.id == ticket_id, _ticket.c.contact_id == contact))
        .order_by(_ticket.c.created_at.desc())
        .limit(TICKETS)
    )
    return list(dict.fromkeys([ticket_id, *found.scalars()]))


def _taken(tickets: Iterable[str], query: SendingQuery) -> Select[Any]:
    return select(_delivery.c.provider_id).where(
        _delivery.c.ticket_id.in_(list(tickets)),
        _delivery.c.id != query.delivery_id,
        _delivery.c.provider_id.is_not(None),
    )
