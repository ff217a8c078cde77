"""``store.query.token`` and ``store.query.agents``: who may do something here."""

from sqlalchemy import select

from services.store.models import Agent, Token, table
from services.store.reading import QueryContext
from shared.messages.ticket import AgentsAnswer, AgentsQuery, AgentView, TokenAnswer, TokenQuery

_token, _agent = table(Token), table(Agent)


async def find_token(context: QueryContext, query: TokenQuery) -> TokenAnswer:
    """Whose token it is, by the SHA-256 of its text in hexadecimal; all null for an unknown one. Raises DatabaseUnavailable."""
    statement = select(_token.c.id, _token.c.name).where(_token.c.sha256 == query.sha256.replace("\0", ""))
    async with context.reader.snapshot() as connection:
        row = (await connection.execute(statement)).one_or_none()
    return TokenAnswer() if row is None else TokenAnswer(token_id=row.id, name=row.name)


async def list_agents(context: QueryContext, _: AgentsQuery) -> AgentsAnswer:
    """All agents, by address. Raises DatabaseUnavailable."""
    statement = select(_agent.c.id, _agent.c.email, _agent.c.name, _agent.c.role).order_by(_agent.c.email)
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(statement)).mappings().all()
    return AgentsAnswer(agents=[AgentView.model_validate(dict(row)) for row in rows])
