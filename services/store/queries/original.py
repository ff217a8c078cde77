"""``store.query.original``: the bytes that one message was read out of, or where they lie."""

from sqlalchemy import select

from services.store.models import Message, Ticket, table
from services.store.reading import QueryContext
from shared.messages.original import OriginalAnswer, OriginalQuery

_message, _ticket = table(Message), table(Ticket)
_LARGEST = 2**31 - 1


async def read_original(context: QueryContext, query: OriginalQuery) -> OriginalAnswer:
    """The original, if the message is in that ticket. Raises DatabaseUnavailable."""
    if not 0 < query.number <= _LARGEST:
        return OriginalAnswer()
    statement = (
        select(_message.c.original)
        .join(_ticket, _ticket.c.id == _message.c.ticket_id)
        .where(_message.c.id == query.message_id.replace("\0", "\ufffd"), _ticket.c.number == query.number)
    )
    async with context.reader.snapshot() as connection:
        row = (await connection.execute(statement)).mappings().one_or_none()
    return OriginalAnswer() if row is None else OriginalAnswer(found=True, original=row["original"])
