"""``store.query.stored``: which source ids, and which tickets by their numbers, are known; an import asks before it hands a mail or a
register's row in, and afterwards; a form asks for the number."""

from sqlalchemy import func, select

from services.store.models import Held, Message, Ticket, table
from services.store.reading import QueryContext
from shared.bus.errors import RemoteError
from shared.identity import derive
from shared.messages.importing import StoredAnswer, StoredQuery

_message, _held, _ticket = table(Message), table(Held), table(Ticket)
MOST = 1000
_LOOKUP = 500
_LARGEST = 2**31 - 1


async def find_stored(context: QueryContext, query: StoredQuery) -> StoredAnswer:
    """Those of the ids that are stored or held, and of the tickets that are there. Raises DatabaseUnavailable, and RemoteError
    ``too-many``."""
    if max(len(query.source_ids), len(query.tickets)) > MOST:
        raise RemoteError("too-many", f"at most {MOST} source ids and {MOST} tickets can be asked for at a time")
    ids = list(dict.fromkeys(query.source_ids))
    answer = StoredAnswer()
    async with context.reader.snapshot() as connection:
        for start in range(0, len(ids), _LOOKUP):
            some = ids[start : start + _LOOKUP]
            columns = (_message.c.source_id, _message.c.inboxes, _ticket.c.number, _ticket.c.id)
            of_tickets = _message.join(_ticket, _ticket.c.id == _message.c.ticket_id)
            found = await connection.execute(
                select(*columns).select_from(of_tickets).where(_message.c.source_id.in_(some))
            )
            rows = found.all()
            answer.stored |= {row.source_id: list(row.inboxes) for row in rows}
            answer.numbers |= {row.source_id: row.number for row in rows}
            answer.opened += [row.source_id for row in rows if row.id == derive("ticket", row.source_id)]
            held = await connection.execute(select(_held.c.source_id).where(_held.c.source_id.in_(some)))
            answer.held += [row.source_id for row in held]
        numbers = sorted({each for each in query.tickets if 0 < each <= _LARGEST})
        for start in range(0, len(numbers), _LOOKUP):
            begun = func.coalesce(_ticket.c.received_at, _ticket.c.created_at, type_=_ticket.c.created_at.type)
            tickets = select(_ticket.c.number, begun).where(_ticket.c.number.in_(numbers[start : start + _LOOKUP]))
            answer.received |= dict(map(tuple, await connection.execute(tickets)))
    return answer
