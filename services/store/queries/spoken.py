"""``store.query.spoken``: what was said from channels in agents' names, so that operators can look."""

from sqlalchemy import select

from services.store.models import Agent, Spoken, Ticket, table
from services.store.reading import QueryContext
from shared.messages.spoken import SpokenPage, SpokenQuery, SpokenView

PER_PAGE = 200
_MOST_PAGES = 10_000
_LARGEST = 2**31 - 1

_spoken, _ticket, _agent = table(Spoken), table(Ticket), table(Agent)
_SHOWN = (
    *("source_id", "agent_id", "ticket_id", "channel", "inbox", "point", "delivery_id", "internal"),
    *("text", "attachments", "verdict", "reason", "results", "at"),
)


async def list_spoken(context: QueryContext, query: SpokenQuery) -> SpokenPage:
    """A page of it, newest first. Raises DatabaseUnavailable."""
    size = max(1, min(query.per_page, PER_PAGE))
    statement = (
        select(
            _spoken.c.id.label("spoken_id"),
            *(_spoken.c[name] for name in _SHOWN),
            _ticket.c.number,
            _agent.c.name,
            _agent.c.email,
        )
        .outerjoin_from(_spoken, _ticket, _ticket.c.id == _spoken.c.ticket_id)
        .outerjoin(_agent, _agent.c.id == _spoken.c.agent_id)
        .order_by(_spoken.c.at.desc(), _spoken.c.id)
        .limit(size + 1)
        .offset((max(1, min(query.page, _MOST_PAGES)) - 1) * size)
    )
    if query.number is not None:
        if not 0 < query.number <= _LARGEST:
            return SpokenPage()
        statement = statement.where(_ticket.c.number == query.number)
    if query.verdict is not None:
        statement = statement.where(_spoken.c.verdict == query.verdict)
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(statement)).mappings().all()
    shown = [{**row, "name": row["name"] or "", "email": row["email"] or ""} for row in rows]
    return SpokenPage(items=[SpokenView(**each) for each in shown[:size]], more=len(rows) > size)
