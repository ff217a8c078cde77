"""``store.query.token`` and ``store.query.agents``: who may do something here."""

from sqlalchemy import func, literal_column, select

from services.store.models import HELD_OPEN, Agent, AgentPoint, Ticket, Token, table
from services.store.reading import QueryContext
from shared.messages.ticket import AgentPointView, AgentsAnswer, AgentsQuery, AgentView, TokenAnswer, TokenQuery

_token, _agent, _ticket, _point = table(Token), table(Agent), table(Ticket), table(AgentPoint)
_SHOWN = (
    *("id", "email", "name", "role", "public_name", "languages", "hours", "capacity", "away_until"),
    *("signatures", "notify", "blocked_at"),
)


# Claims that only a code knows of (a chat that nobody has named yet) are nothing to be shown.
_POINTS = (
    select(_point.c.agent_id, _point.c.kind, _point.c.value, _point.c.key)
    .where(_point.c.value != "")
    .order_by(_point.c.created_at, _point.c.id)
)


async def find_token(context: QueryContext, query: TokenQuery) -> TokenAnswer:
    """Whose token it is, by the SHA-256 of its text in hexadecimal; all null for an unknown or revoked one. Raises DatabaseUnavailable."""
    statement = select(_token.c.id, _token.c.name, _token.c.role).where(
        _token.c.sha256 == query.sha256.replace("\0", ""), _token.c.revoked_at.is_(None)
    )
    async with context.reader.snapshot() as connection:
        row = (await connection.execute(statement)).one_or_none()
    return TokenAnswer() if row is None else TokenAnswer(token_id=row.id, name=row.name, role=row.role)


async def list_agents(context: QueryContext, _: AgentsQuery) -> AgentsAnswer:
    """All agents, by address, with how many open tickets each has and their points. Raises DatabaseUnavailable."""
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
        points: dict[str, list[AgentPointView]] = {}
        for agent_id, kind, value, key in await connection.execute(_POINTS):
            points.setdefault(agent_id, []).append(AgentPointView(kind=kind, value=value, verified=key is not None))
    return AgentsAnswer(
        agents=[
            AgentView.model_validate(
                {
                    **row,
                    "notify": row["notify"] or {},
                    "open": counts.get(row["email"].lower(), 0) + counts.get(row["id"].lower(), 0),
                    "points": points.get(row["id"], []),
                }
            )
            for row in rows
        ]
    )
