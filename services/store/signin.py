"""Writing what agents sign in with, their sessions, wrong attempts and links to a new password; and what decisions ask about all that."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Dialect, RowMapping, delete, func, literal, or_, select, update
from sqlalchemy import bindparam as bind

from services.store import models
from services.store.columns import Instant
from services.store.models import table
from services.store.script import Step
from services.store.statements import Statement, inserting, merging
from services.store.tables.signin import Credential, Failures, Reset, Session
from shared.messages import signin as s
from shared.messages.facts import Facts, FactsRequest, agent_key

Row = dict[str, Any]

CREDENTIAL, SESSION, FAILURES, RESET = table(Credential), table(Session), table(Failures), table(Reset)
TOKEN, AGENT = table(models.Token), table(models.Agent)
_KEY = table(models.KeyVersion)

FORGOTTEN_AFTER: Final = timedelta(days=1)
"""What no longer counts is kept so long: wrong attempts, links, sessions."""

_PUT_CREDENTIAL = merging(
    CREDENTIAL,
    lambda new: {name: new[name] for name in CREDENTIAL.columns.keys() if name != "agent_id"},  # noqa: SIM118
)
_ADD_SESSION = inserting(SESSION)
_SEE_SESSION = Statement(
    lambda _: update(SESSION).where(SESSION.c.id == bind("which")).values(seen_at=bind("new_seen_at", type_=Instant())),
    [],
)
_TO_END = (SESSION.c.agent_id == bind("whose"), SESSION.c.revoked_at.is_(None))
_NOW = {"revoked_at": bind("new_revoked_at", type_=Instant())}
_END_ALL = Statement(lambda _: update(SESSION).where(*_TO_END, SESSION.c.id != bind("kept")).values(_NOW), [])
_END_ONE = Statement(lambda _: update(SESSION).where(*_TO_END, SESSION.c.id == bind("which")).values(_NOW), [])
_PUT_FAILURES = merging(FAILURES, lambda new: {name: new[name] for name in ("count", "at", "until")})
_DROP_FAILURES = Statement(lambda _: delete(FAILURES).where(FAILURES.c.key == bind("which")), [])
_PUT_RESET = merging(RESET, lambda new: {name: new[name] for name in ("agent_id", "kind", "expires_at", "created_at")})
_DROP_RESETS = Statement(lambda _: delete(RESET).where(RESET.c.agent_id == bind("whose")), [])
_REVOKE_TOKEN = Statement(lambda _: update(TOKEN).where(TOKEN.c.id == bind("which")).values(_NOW), [])


class Signing:
    """What one transaction writes about signing in, in the order in which it was said."""

    def __init__(self) -> None:
        self._said: list[tuple[Statement, Row]] = []

    def put_credential(self, op: s.PutCredential) -> None:
        """What an agent signs in with."""
        self._said.append((_PUT_CREDENTIAL, op.__dict__))

    def add_session(self, op: s.AddSession) -> None:
        """Somebody signed in."""
        row = op.__dict__ | {"id": op.session_id, "seen_at": op.created_at, "revoked_at": None}
        self._said.append((_ADD_SESSION, row))

    def see_session(self, op: s.SeeSession) -> None:
        """A session was used."""
        self._said.append((_SEE_SESSION, {"which": op.session_id, "seen_at": op.at}))

    def end_sessions(self, op: s.EndSessions) -> None:
        """Sessions that end."""
        base: Row = {"whose": op.agent_id, "revoked_at": op.at}
        if op.session_ids is None:
            self._said.append((_END_ALL, base | {"kept": op.keep}))
        else:
            self._said += [(_END_ONE, base | {"which": each}) for each in op.session_ids if each != op.keep]

    def put_failures(self, op: s.PutFailures) -> None:
        """Wrong attempts."""
        self._said.append((_PUT_FAILURES, op.__dict__))

    def drop_failures(self, op: s.DropFailures) -> None:
        """They are over."""
        self._said += [(_DROP_FAILURES, {"which": key}) for key in op.keys]

    def put_reset(self, op: s.PutReset) -> None:
        """A link to a new password."""
        self._said.append((_PUT_RESET, op.__dict__))

    def drop_resets(self, op: s.DropResets) -> None:
        """Such links that no longer count."""
        self._said.append((_DROP_RESETS, {"whose": op.agent_id}))

    def revoke_tokens(self, op: s.RevokeTokens) -> None:
        """API tokens that no longer count."""
        self._said += [(_REVOKE_TOKEN, {"which": each, "revoked_at": op.at}) for each in op.token_ids]

    def steps(self, dialect: Dialect) -> list[Step]:
        """Everything; after the tokens and agents that the same transaction makes."""
        return [step for statement, row in self._said for step in statement.steps(dialect, [row])]


def forget_over(connection: Connection, now: datetime) -> None:
    """Forget what no longer counts."""
    past = now - FORGOTTEN_AFTER
    connection.execute(delete(SESSION).where(SESSION.c.expires_at < past))
    connection.execute(delete(RESET).where(RESET.c.expires_at < past))
    waiting = or_(FAILURES.c.until.is_(None), FAILURES.c.until < now)
    connection.execute(delete(FAILURES).where(FAILURES.c.at < past, waiting))


# -- reading ------------------------------------------------------------------------------------------------------------------

_CREDENTIALS = select(AGENT.c.email, *CREDENTIAL.c).join(AGENT, AGENT.c.id == CREDENTIAL.c.agent_id)
_RESETS = select(RESET, AGENT.c.email).join(AGENT, AGENT.c.id == RESET.c.agent_id)
ADMIN_IDS = (
    select(AGENT.c.id)
    .select_from(CREDENTIAL)
    .join(AGENT, AGENT.c.id == CREDENTIAL.c.agent_id)
    .where(AGENT.c.role == "admin", AGENT.c.blocked_at.is_(None), CREDENTIAL.c.password != "")
)
ADMINS = select(func.count()).select_from(ADMIN_IDS.subquery())
_TOKEN_NAMES = ("name", "role", "created_at", "revoked_at", "made_by")
TOKENS = select(TOKEN.c.id.label("token_id"), *(TOKEN.c[name] for name in _TOKEN_NAMES)).order_by(
    TOKEN.c.created_at, TOKEN.c.id
)


def add_sign_in(connection: Connection, request: FactsRequest, facts: Facts) -> None:
    """What is asked of signing in, with the versions of its keys, absent ones' too."""
    ask = request.sign_in
    if ask is None:
        return
    found = facts.sign_in = s.SignInFacts()
    keys = {s.failures_key(key) for key in ask.failures}
    emails = sorted(set(ask.emails))
    owners = dict(_all(connection, select(AGENT.c.email, AGENT.c.id).where(AGENT.c.email.in_(emails)), emails))
    for row in _all(connection, _CREDENTIALS.where(AGENT.c.email.in_(emails)), emails):
        found.credentials[row.email] = credential_of(row._mapping)
    for row in _all(
        connection, _RESETS.where(or_(RESET.c.sha256.in_(ask.resets), AGENT.c.email.in_(emails))), emails or ask.resets
    ):
        found.resets[row.sha256] = reset_of(row._mapping)
        owners.setdefault(row.email, row.agent_id)
        if row.email not in found.credentials:
            own = connection.execute(select(CREDENTIAL).where(CREDENTIAL.c.agent_id == row.agent_id)).one_or_none()
            if own is not None:
                found.credentials[row.email] = credential_of(own._mapping)
    found.failures = failures_of(connection, ask.failures)
    wanted = select(SESSION.c.id, SESSION.c.agent_id).where(
        SESSION.c.id.in_(ask.sessions), SESSION.c.revoked_at.is_(None)
    )
    found.sessions = dict(map(tuple, _all(connection, wanted, ask.sessions)))
    made_by = select(literal("agent:") + AGENT.c.id).where(AGENT.c.email.in_(ask.tokens_of))
    by = TOKENS.where(or_(TOKEN.c.id.in_(ask.tokens), TOKEN.c.name.in_(ask.tokens), TOKEN.c.made_by.in_(made_by)))
    found.tokens = [s.TokenFact(**row._mapping) for row in _all(connection, by, ask.tokens or ask.tokens_of)]
    if ask.admins:
        found.admin_ids = sorted(connection.execute(ADMIN_IDS).scalars())
        found.admins = bool(found.admin_ids)
        keys.add(s.FIRST)
    keys |= {key for agent_id in owners.values() for key in (s.credential_key(agent_id), agent_key(agent_id))}
    versions = select(_KEY.c.key, _KEY.c.version).where(_KEY.c.key.in_(sorted(keys)))
    facts.versions |= dict.fromkeys(keys, 0) | dict(map(tuple, connection.execute(versions)))


def _all(connection: Connection, statement: Any, asked: Any) -> list[Any]:
    return list(connection.execute(statement)) if asked else []


def failures_of(connection: Connection, keys: list[str]) -> dict[str, s.FailuresFact]:
    """The counts of failures under these keys."""
    if not keys:
        return {}
    rows = connection.execute(select(FAILURES).where(FAILURES.c.key.in_(sorted(set(keys)))))
    return {row.key: s.FailuresFact(count=row.count, at=row.at, until=row.until) for row in rows}


def credential_of(row: Mapping[Any, Any] | RowMapping) -> s.CredentialFact:
    """A row as a fact."""
    return s.CredentialFact(**{name: row[name] for name in s.CredentialFact.model_fields})


def reset_of(row: Mapping[Any, Any] | RowMapping) -> s.ResetFact:
    """A row, with the agent's address, as a fact."""
    return s.ResetFact(**{name: row[name] for name in s.ResetFact.model_fields})
