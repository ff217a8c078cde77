"""What the desk asks about signing in: ``store.query.sign_in``, ``session``, ``sessions``, ``reset``, ``set_up`` and ``tokens``."""

from typing import Any, Final

from sqlalchemy import select

from services.store.models import Delivery, table
from services.store.reading import QueryContext
from services.store.signin import (
    ADMINS,
    AGENT,
    CREDENTIAL,
    RESET,
    SESSION,
    TOKENS,
    credential_of,
    failures_of,
    reset_of,
)
from shared.clock import now
from shared.messages import signin as s

_DELIVERY = table(Delivery)
_WHO: Final = ("email", "name", "role", "languages")
_MOST_KEYS: Final = 8
_MOST_SESSIONS: Final = 100


def _who(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in _WHO}


async def find_sign_in(context: QueryContext, query: s.SignInQuery) -> s.SignInAnswer:
    """What an agent signs in with. Raises DatabaseUnavailable."""
    email = query.email.strip().lower().replace("\0", "")
    agent = select(AGENT.c.id, AGENT.c.blocked_at, *(AGENT.c[name] for name in _WHO)).where(AGENT.c.email == email)
    async with context.reader.snapshot() as connection:
        found = (await connection.execute(agent)).mappings().one_or_none()
        failures = await connection.run_sync(failures_of, query.keys[:_MOST_KEYS])
        if found is None:
            return s.SignInAnswer(failures=failures)
        wanted = select(CREDENTIAL).where(CREDENTIAL.c.agent_id == found["id"])
        credential = (await connection.execute(wanted)).mappings().one_or_none()
    return s.SignInAnswer(
        agent_id=found["id"],
        credential=credential_of(credential)
        if credential and credential["password"] and not found["blocked_at"]
        else None,
        failures=failures,
        **_who(found),
    )


_SESSION = (
    SESSION.c.id.label("session_id"),
    *(SESSION.c[name] for name in s.SessionView.model_fields if name in SESSION.c),
)


def _view(row: Any) -> s.SessionView:
    return s.SessionView(**{name: row[name] for name in s.SessionView.model_fields})


async def find_session(context: QueryContext, query: s.SessionQuery) -> s.SessionAnswer:
    """Whose session it is, while it counts: neither ended nor over. Raises DatabaseUnavailable."""
    wanted = (
        select(*_SESSION, *(AGENT.c[name] for name in _WHO))
        .join(AGENT, AGENT.c.id == SESSION.c.agent_id)
        .where(SESSION.c.sha256 == query.sha256.replace("\0", ""), AGENT.c.blocked_at.is_(None))
        .where(SESSION.c.revoked_at.is_(None), SESSION.c.expires_at > now())
    )
    async with context.reader.snapshot() as connection:
        row = (await connection.execute(wanted)).mappings().one_or_none()
    return s.SessionAnswer() if row is None else s.SessionAnswer(session=_view(row), **_who(row))


async def list_sessions(context: QueryContext, query: s.SessionsQuery) -> s.SessionsAnswer:
    """An agent's sessions. Raises DatabaseUnavailable."""
    wanted = (
        select(*_SESSION)
        .join(AGENT, AGENT.c.id == SESSION.c.agent_id)
        .where(AGENT.c.email == query.email.strip().lower().replace("\0", ""))
        .where(SESSION.c.revoked_at.is_(None), SESSION.c.expires_at > now())
        .order_by(SESSION.c.seen_at.desc(), SESSION.c.id)
        .limit(_MOST_SESSIONS)
    )
    async with context.reader.snapshot() as connection:
        return s.SessionsAnswer(sessions=[_view(row) for row in (await connection.execute(wanted)).mappings()])


async def find_reset(context: QueryContext, query: s.ResetQuery) -> s.ResetAnswer:
    """For whom a code opens a new password. Raises DatabaseUnavailable."""
    wanted = (
        select(RESET, AGENT.c.email, AGENT.c.name, AGENT.c.languages)
        .join(AGENT, AGENT.c.id == RESET.c.agent_id)
        .where(RESET.c.sha256 == query.sha256.replace("\0", ""), RESET.c.expires_at > now())
        .where(AGENT.c.blocked_at.is_(None))
    )
    async with context.reader.snapshot() as connection:
        row = (await connection.execute(wanted)).mappings().one_or_none()
    if row is None:
        return s.ResetAnswer()
    return s.ResetAnswer(reset=reset_of(row), name=row["name"], languages=row["languages"])


async def read_set_up(context: QueryContext, query: s.SetUpQuery) -> s.SetUpAnswer:
    """Whether anybody has signed in here yet, and how far a mail came. Raises DatabaseUnavailable."""
    sent = select(_DELIVERY.c.state, _DELIVERY.c.error, _DELIVERY.c.created_at).where(
        _DELIVERY.c.id == query.delivery_id.replace("\0", "")
    )
    async with context.reader.snapshot() as connection:
        admins = (await connection.execute(ADMINS)).scalar_one()
        row = (await connection.execute(sent)).one_or_none() if query.delivery_id else None
    if row is None:
        return s.SetUpAnswer(admins=admins)
    return s.SetUpAnswer(admins=admins, state=row.state, error=row.error, sent_at=row.created_at)


async def list_tokens(context: QueryContext, _: s.TokensQuery) -> s.TokensAnswer:
    """All API tokens. Raises DatabaseUnavailable."""
    async with context.reader.snapshot() as connection:
        return s.TokensAnswer(tokens=[s.TokenFact(**row) for row in (await connection.execute(TOKENS)).mappings()])
