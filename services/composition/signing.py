"""What the commands about signing in do: invitations, links to a new password, sessions, and API tokens."""

import json
import secrets
from typing import Any

from services.composition.errors import CannotStart
from services.composition.listing import print_table
from services.composition.operating import Operator, operator
from shared.messages.signin import (
    AskPassword,
    ChangeTotp,
    RevokeToken,
    SessionsAnswer,
    SessionsQuery,
    SignInAnswer,
    SignInQuery,
    SignOut,
    TokensAnswer,
    TokensQuery,
)
from shared.secrets.resetcode import digest
from shared.settings import Settings
from shared.settings.sections import Company


async def invite(settings: Settings, email: str) -> None:
    """Send an agent a link to their first password."""
    async with operator(settings) as running:
        await running.do(AskPassword(email=email, kind="invitation"))
    print(f"an invitation is on its way to {email}")


async def password(settings: Settings, email: str, *, without_second_step: bool) -> None:
    """Print a link by which a password is chosen, alone; ``without_second_step``: and ask for no code any more."""
    async with operator(settings) as running:
        found = await _agent(running, email)
        if without_second_step and found.credential is not None and found.credential.totp:
            await running.do(ChangeTotp(email=email, totp="", revision=found.credential.revision))
        code = secrets.token_urlsafe(32)
        kind: Any = "reset" if found.credential is not None else "invitation"
        await running.do(AskPassword(email=email, kind=kind, code_sha256=digest(code)))
    print(f"{_base(settings)}/reset/{code}")


def _base(settings: Settings) -> str:
    """What the link begins with: where nobody has said it, this machine and the port that the desk has."""
    url = settings.company.public_url
    is_said = url != Company().public_url or not settings.web.listen.port
    return url if is_said else f"http://127.0.0.1:{settings.web.listen.port}"


async def sessions(settings: Settings, email: str, as_json: bool) -> None:
    """Print where an agent is signed in."""
    async with operator(settings) as running:
        await _agent(running, email)
        answer = await running.ask("sessions", SessionsQuery(email=email).encode())
    found = SessionsAnswer.decode(answer).sessions
    if as_json:
        print(json.dumps([each.model_dump(mode="json") for each in found], ensure_ascii=False))
    elif found:
        rows = [[x.browser, x.network, _when(x.created_at), _when(x.seen_at), x.session_id] for x in found]
        print_table(["browser", "network", "since", "last used", "id"], rows)
    else:
        print(f"{email} is signed in nowhere")


async def sign_out(settings: Settings, email: str) -> None:
    """End all sessions of an agent."""
    async with operator(settings) as running:
        await running.do(SignOut(email=email))
    print(f"{email} is signed out everywhere")


async def tokens(settings: Settings, as_json: bool) -> None:
    """Print the API tokens, never their texts."""
    async with operator(settings) as running:
        found = TokensAnswer.decode(await running.ask("tokens", TokensQuery().encode())).tokens
        names = {f"agent:{each.id}": each.email for each in await running.agents()}
    if as_json:
        print(json.dumps([each.model_dump(mode="json") for each in found], ensure_ascii=False))
    elif found:
        rows = [
            [
                *(x.name, x.role, _when(x.created_at), names.get(x.made_by, x.made_by)),
                *(_when(x.revoked_at) if x.revoked_at else "", x.token_id),
            ]
            for x in found
        ]
        print_table(["name", "role", "made", "by", "revoked", "id"], rows)
    else:
        print("no tokens yet; `trunkline token create` makes one")


async def revoke(settings: Settings, token: str) -> None:
    """Let an API token count no longer."""
    async with operator(settings) as running:
        await running.do(RevokeToken(token=token))
    print(f"revoked {token}; it may still be believed for a few seconds")


async def _agent(running: Operator, email: str) -> SignInAnswer:
    found = SignInAnswer.decode(await running.ask("sign_in", SignInQuery(email=email).encode()))
    if found.agent_id is None:
        raise CannotStart(f"there is no agent {email}")
    return found


def _when(at: Any) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
