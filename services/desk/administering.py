"""What admins and leads look after through the API: macros made in the desk, API tokens, agents' way in, the audit log, and whether a text
could be the configuration. Agents themselves are in `services.desk.staff`, rules in `services.desk.automation`."""

import asyncio
import hashlib
import secrets
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from services.desk.automation import MacroShown, shown
from services.desk.commanding import BEARER, Changing, Reading
from services.desk.errors import NotFound, Refused
from services.desk.problems import responses
from services.desk.schemas import Body, Line, Nothing
from services.desk.staff import Email, Role
from shared.documents.macro import LONGEST, MACRO, macro_of
from shared.messages.audit import AuditAnswer, AuditQuery
from shared.messages.command import CreateToken
from shared.messages.documents import RemoveDocument, SaveDocument
from shared.messages.signin import (
    AskPassword,
    ResetKind,
    RevokeToken,
    SessionsAnswer,
    SessionsQuery,
    SignOut,
    TokensAnswer,
    TokensQuery,
)
from shared.messages.staff import BlockAgent, UnblockAgent
from shared.settings.settings import Settings
from shared.settings.trying import LONGEST as LONGEST_FILE
from shared.settings.trying import faults_of

router = APIRouter(prefix="/api/v1", tags=["administration"], dependencies=[BEARER])

MacroName = Annotated[str, Path(max_length=120, description="A macro's name")]
_EMPTY = Nothing()


# -- macros -------------------------------------------------------------------------------------------------------------------


class MacroWritten(Body):
    """A macro of the desk: `title` is what agents see, `text` by language what customers get, `then` what else is done, as in the
    configuration. `seen` is the `revision` that was looked at (0: it is to be new); if somebody has changed it since, the answer is 409."""

    title: str = Field("", max_length=200)
    text: dict[Literal["en", "pl", "hr"], Annotated[str, Field(max_length=LONGEST)]] = Field(default_factory=dict)
    then: dict[str, Any] = Field(default_factory=dict)
    seen: int | None = Field(None, ge=0)


@router.put("/macros/{name}", responses=responses(403, 404, 409))
async def put_macro(name: MacroName, request: Request, who: Changing, body: MacroWritten) -> MacroShown:
    """Make a macro in the desk, or change one. Those of the configuration are changed there."""
    not_of_the_file(request.app.state.settings, name)
    saved = SaveDocument(kind=MACRO, id=name, body=body.model_dump(exclude={"seen"}), seen=body.seen)
    await who.do(saved)
    fact = await who.backend.gate.document(MACRO, name)
    if fact is not None and (made := macro_of(fact)) is not None:
        return shown(made, fact.revision)
    raise NotFound(f"somebody has removed the macro {name} meanwhile")


@router.delete("/macros/{name}", status_code=204, responses=responses(403, 404, 409))
async def remove_macro(name: MacroName, request: Request, who: Changing) -> None:
    """Take a macro of the desk away, also where one of the configuration hides it; one that is not there is as good as gone."""
    if await who.backend.gate.document(MACRO, name) is None:
        not_of_the_file(request.app.state.settings, name)
    await who.do(RemoveDocument(kind=MACRO, id=name))


def not_of_the_file(settings: Settings, name: str) -> None:
    """Raises `Refused` for the name of a macro that stands in the file."""
    if any(each.name == name for each in settings.macro):
        raise Refused(409, "conflict", f"the macro {name} stands in the configuration; change it there")


# -- tokens -------------------------------------------------------------------------------------------------------------------


class TokenShown(BaseModel):
    """An API token; its text is shown once, when it is made. `made_by`: `agent:<id>`, `token:<name>` or `operator`, where that is known."""

    id: str
    name: str
    role: str
    created_at: datetime
    revoked_at: datetime | None
    made_by: str


class TokenPage(BaseModel):
    """All tokens, in the order in which they were made."""

    items: list[TokenShown]


class NewToken(Body):
    """A token's name, and what it may do."""

    name: Annotated[Line, Field(min_length=1)]
    role: Role = "agent"


class TokenMade(BaseModel):
    """A new token. `token` is what calls carry: it is kept nowhere, write it down now."""

    id: str
    name: str
    role: str
    token: str


@router.get("/tokens", responses=responses(403))
async def list_tokens(who: Reading) -> TokenPage:
    """All API tokens, also those that no longer count."""
    found = await who.backend.gate.query("tokens", TokensQuery(), TokensAnswer)
    items = [TokenShown(id=each.token_id, **each.model_dump(exclude={"token_id"})) for each in found.tokens]
    return TokenPage(items=items)


@router.post("/tokens", status_code=201, responses=responses(403, 409))
async def create_token(who: Changing, body: NewToken) -> TokenMade:
    """Make a token. Repeated with the same Idempotency-Key it is refused: the first answer had the only copy of its text."""
    text = secrets.token_urlsafe(32)
    made = CreateToken(name=body.name, sha256=hashlib.sha256(text.encode()).hexdigest(), role=body.role)
    done = await who.do(made)
    return TokenMade(id=done["token_id"], name=body.name, role=body.role, token=text)


@router.delete("/tokens/{token}", status_code=204, responses=responses(403, 404))
async def revoke_token(
    token: Annotated[str, Path(min_length=1, max_length=200, description="Its id or its name")], who: Changing
) -> None:
    """End a token: from now on it is as unknown."""
    await who.do(RevokeToken(token=token))


# -- agents' way in -----------------------------------------------------------------------------------------------------------


class Invited(Body):
    """`invitation`: for a first password, 7 days; `reset`: for another one, 30 minutes."""

    kind: ResetKind = "invitation"


class SessionShown(BaseModel):
    """Where an agent is signed in."""

    id: str
    network: str
    browser: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class SessionPage(BaseModel):
    """Their sessions, the one used last first."""

    items: list[SessionShown]


class Asked(BaseModel):
    """Which agent it was about."""

    email: str


_INVITATION = Invited()


@router.post("/agents/{email}/invite", status_code=202, responses=responses(403, 404))
async def invite_agent(email: Email, who: Changing, body: Invited = _INVITATION) -> Asked:
    """Send them a mail with a link to choose a password. Earlier ones count, too, until one of them was used."""
    await who.do(AskPassword(email=email, kind=body.kind))
    return Asked(email=email)


@router.get("/agents/{email}/sessions", responses=responses(403))
async def list_sessions(email: Email, who: Reading) -> SessionPage:
    """Where they are signed in."""
    found = await who.backend.gate.query("sessions", SessionsQuery(email=email), SessionsAnswer)
    return SessionPage(
        items=[
            SessionShown(id=each.session_id, **each.model_dump(exclude={"session_id", "agent_id"}))
            for each in found.sessions
        ]
    )


@router.post("/agents/{email}/sign-out", responses=responses(403, 404))
async def sign_out_agent(email: Email, who: Changing, body: Nothing = _EMPTY) -> SessionPage:
    """Sign them out everywhere. A browser may go on for five seconds more at most."""
    await who.do(SignOut(email=email))
    return await list_sessions(email, who)


class Blocked(BaseModel):
    """An agent who works here no longer: `open` is how many tickets they had, which go back to their teams; `tokens` are names of API
    tokens that they made and that still count."""

    email: str
    open: int
    tokens: list[str]


@router.post("/agents/{email}/block", responses=responses(403, 404, 409))
async def block_agent(email: Email, who: Changing, request: Request, body: Nothing = _EMPTY) -> Blocked:
    """They work here no longer: signed out everywhere, told of nothing, given nothing; what they have open goes back to their teams.
    Nothing that they did is lost. The last admin cannot be blocked, nor oneself."""
    done = await who.do(BlockAgent(email=email))
    request.app.state.sessions.forget_all()
    return Blocked(email=done["email"], open=done["open"], tokens=done["tokens"])


@router.post("/agents/{email}/unblock", responses=responses(403, 404))
async def unblock_agent(email: Email, who: Changing, body: Nothing = _EMPTY) -> Asked:
    """They are back, with the role, the points and the password that they had."""
    await who.do(UnblockAgent(email=email))
    return Asked(email=email)


# -- what was done, and what could be ----------------------------------------------------------------------------------------------


@router.get("/audit", responses=responses(403))
async def audit(
    who: Reading,
    what: Annotated[list[str] | None, Query(max_length=50, description="Only these kinds of entries")] = None,
    actor: Annotated[str, Query(max_length=200, description="`agent:<id>`, `token:<name>` or `operator`")] = "",
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    before: Annotated[int | None, Query(ge=1, le=2**62, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AuditAnswer:
    """What changed settings, roles, tokens and documents, and what was refused; newest first. What happened in tickets stands there."""
    query = AuditQuery(what=what or [], actor=actor, since=since, until=until, before=before, limit=limit)
    return await who.backend.gate.query("audit", query, AuditAnswer)


class Configuration(Body):
    """What would stand in `trunkline.toml`."""

    text: str = Field(max_length=LONGEST_FILE)


class Checked(BaseModel):
    """Whether it could be used, and what is wrong with it: a line per fault, as `trunkline check` prints them."""

    usable: bool
    faults: list[str]


@router.post("/configuration/check", responses=responses(403))
async def check_configuration(request: Request, who: Changing, body: Configuration) -> Checked:
    """Whether a text could be the configuration file. Nothing is changed."""
    faults = await asyncio.to_thread(faults_of, body.text, request.app.state.settings)
    return Checked(usable=not faults, faults=faults[:200])
