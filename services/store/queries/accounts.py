"""``store.query.token`` and ``store.query.agents``: who may do something here."""

from sqlalchemy import func, literal_column, select

from services.store.models import HELD_OPEN, Agent, Ticket, Token, table
from services.store.reading import QueryContext
from shared.messages.ticket import AgentsAnswer, AgentsQuery, AgentView, TokenAnswer, TokenQuery

_token, _agent, _ticket = table(Token), table(Agent), table(Ticket)
_SHOWN = ("id", "email", "name", "role", "public_name", "languages", "hours", "capacity", "away_until")


async def find_token(context: QueryContext, query: TokenQuery) -> TokenAnswer:
    """Whose token it is, by the SHA-256 of its text in hexadecimal; all null for an unknown one. Raises DatabaseUnavailable."""
    statement = select(_token.c.id, _token.c.name).where(_token.c.sha256 == query.sha256.replace("\0", ""))
    async with context.reader.snapshot() as connection:
        row = (await connection.execute(statement)).one_or_none()
    return TokenAnswer() if row is None else TokenAnswer(token_id=row.id, name=row.name)


async def list_agents(context: QueryContext, _: AgentsQuery) -> AgentsAnswer:
    """All agents, by address, with how many open tickets each has. Raises DatabaseUnavailable."""
    agents = select(*(_agent.c[name] for name in _SHOWN)).order_by(_agent.c.email)
    held = (
        select(func.lower(_ticket.c.assignee), func.count())
        .where(literal_column(f"({HELD_OPEN})"))
        .group_by(func.lower(_ticket.c.assignee))
    )
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(agents)).mappings().all()
        # A ticket names its agent by address or by id.
        counts = dict(map(tuple, (await connection.execute(held)).all()))
    return AgentsAnswer(
        agents=[
            AgentView.model_validate(
                {**row, "open": counts.get(row["email"].lower(), 0) + counts.get(row["id"].lower(), 0)}
            )
            for row in rows
        ]
    )
