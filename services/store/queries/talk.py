"""``store.query.talk``: where a ticket's customer is talked to. Asked while an agent types, so it reads one row and nothing else."""

from sqlalchemy import select

from services.store.models import Ticket, table
from services.store.reading import QueryContext
from shared.messages.after import TalkAnswer, TalkQuery

_ticket = table(Ticket)
_LARGEST = 2**31 - 1


async def find_talk(context: QueryContext, query: TalkQuery) -> TalkAnswer:
    """Channel, inbox and customer of a ticket; all null where there is none. Raises DatabaseUnavailable."""
    if not 0 < query.number <= _LARGEST:
        return TalkAnswer()
    wanted = select(_ticket.c.channel, _ticket.c.inbox, _ticket.c.customer).where(_ticket.c.number == query.number)
    async with context.reader.snapshot() as connection:
        row = (await connection.execute(wanted)).one_or_none()
    return TalkAnswer() if row is None else TalkAnswer(channel=row.channel, inbox=row.inbox, to=row.customer or None)
