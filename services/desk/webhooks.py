"""``/api/v1/webhooks``: other systems that are told of events: those of the configuration, and those that are made at the desk, with what
each was told lately. What none could be told is in `services.desk.automation`."""

from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field, ValidationError

from services.desk.commanding import BEARER, Backend, Caller, Changing, Reading
from services.desk.errors import NotFound, Refused, Unprocessable
from services.desk.problems import responses
from services.desk.schemas import Body, Line, Nothing
from shared.documents.webhook import MOST, WEBHOOK, WebhookBody
from shared.messages.automation import FailedHooks, FailedHooksQuery, TestWebhook
from shared.messages.documents import DocumentFact, DocumentsAnswer, DocumentsQuery, RemoveDocument, SaveDocument
from shared.secrets import Keyring
from shared.secrets.hooks import new_secret, seal_secret
from shared.settings.hooks import SHORTEST_SECRET
from shared.settings.made import DeskWebhook
from shared.settings.quantities import Network
from shared.settings.settings import Settings

router = APIRouter(prefix="/api/v1/webhooks", tags=["administration"], dependencies=[BEARER])

Name = Annotated[str, Path(min_length=1, max_length=64, description="A webhook's name")]
Include = Annotated[list[Literal["ticket"]], Field(max_length=1)]
_EMPTY = Nothing()


class WebhookShown(BaseModel):
    """A webhook. `events` are the names of those it is told of; `include`: what goes along. `on`: whether it is told of them. `source`: it
    stands in the configuration, or was made at the desk; of the latter `revision` counts the changes. `hidden`: the configuration has a
    webhook of this name, which counts instead. `secret` is told once, when it was made here: write it down."""

    name: str
    url: str
    events: list[str]
    include: list[str]
    on: bool = True
    source: Literal["file", "desk"]
    revision: int = 0
    hidden: bool = False
    secret: str | None = None


class Webhooks(BaseModel):
    """All webhooks: the configuration's in its order, then those of the desk by their names."""

    items: list[WebhookShown]


class WebhookWritten(Body):
    """A webhook of the desk. `url`: by https, or by http to this machine; it must be public, or in a network of `[fetch] allow`. `secret`
    is what events are signed with; without one a new webhook gets one, which is told in the answer, and another one keeps its own. `seen`
    is the `revision` that was looked at (0: it is to be new); if somebody has changed it since, the answer is 409."""

    url: str = Field(min_length=1, max_length=2_000)
    events: list[Line] = Field(default_factory=lambda: ["*"], min_length=1, max_length=100)
    include: Include = Field(default_factory=list)
    on: bool = True
    secret: str | None = Field(None, min_length=SHORTEST_SECRET, max_length=200, pattern=r"^[ -~]+$")
    seen: int | None = Field(None, ge=0)


class Told(BaseModel):
    """Something that a webhook was told, or is to be told. `error`: how the last of the `attempts` ended, if not well."""

    id: str
    event: str
    ticket: str | None
    state: str
    attempts: int
    error: str
    created_at: datetime
    updated_at: datetime
    next_attempt_at: datetime | None


class ToldPage(BaseModel):
    """A page of them, the newest first; `total` is how many there are in all."""

    items: list[Told]
    total: int


class Tried(BaseModel):
    """What is being told to try a webhook: `GET …/deliveries` says what came of it."""

    id: str
    webhook: str


# -- what there is ------------------------------------------------------------------------------------------------------------


@router.get("", responses=responses(403))
async def list_webhooks(request: Request, who: Reading) -> Webhooks:
    """All webhooks, without their secrets."""
    return Webhooks(items=await known(who.backend, request.app.state.settings))


async def known(backend: Backend, settings: Settings) -> list[WebhookShown]:
    """All webhooks. Raises `services.desk.errors.DeskError`."""
    filed = [each for each in settings.webhook if not isinstance(each, DeskWebhook)]
    names = {each.name for each in filed}
    shown = [
        WebhookShown(name=x.name, url=x.url, events=list(x.events), include=list(x.include), source="file")
        for x in filed
    ]
    return [*shown, *(each for fact in await kept(backend) if (each := _of_desk(fact, fact.id in names)) is not None)]


async def kept(backend: Backend, name: str | None = None) -> list[DocumentFact]:
    """The webhooks of the desk as they are kept, by their names; or one of them. Raises `services.desk.errors.DeskError`."""
    query = DocumentsQuery(kind=WEBHOOK, ids=None if name is None else [name], per_page=MOST)
    found = await backend.gate.query("documents", query, DocumentsAnswer)
    return sorted(found.items, key=lambda fact: fact.id)


def _of_desk(fact: DocumentFact, hidden: bool = False) -> WebhookShown | None:
    try:
        body = WebhookBody.model_validate(fact.body)
    except ValidationError:
        return None
    told = body.model_dump(exclude={"sealed"})
    return WebhookShown(name=fact.id, **told, source="desk", revision=fact.revision, hidden=hidden)


@router.get("/{name}/deliveries", responses=responses(403))
async def list_deliveries(
    name: Name,
    who: Reading,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ToldPage:
    """What a webhook was told, is to be told and could not be told, newest first."""
    query = FailedHooksQuery(webhook=name, every=True, page=page, per_page=per_page)
    found = await who.backend.gate.query("webhooks", query, FailedHooks)
    return ToldPage(items=[Told(**each.model_dump(exclude={"webhook"})) for each in found.items], total=found.total)


# -- changing -----------------------------------------------------------------------------------------------------------------


def written(name: str, body: WebhookWritten, settings: Settings, keyring: Keyring, sealed: str) -> SaveDocument:
    """The command that keeps a webhook. ``sealed`` is the secret that it has, unless another one comes along. Raises `Refused` for a name
    of the file and `Unprocessable` for an address that may not be asked."""
    not_of_the_file(settings, name)
    check_address(body.url, settings.fetch.allow)
    secret = seal_secret(keyring, name, body.secret) if body.secret is not None else sealed
    kept_as = {**body.model_dump(exclude={"seen", "secret"}), "sealed": secret}
    return SaveDocument(kind=WEBHOOK, id=name, body=kept_as, seen=body.seen)


def not_of_the_file(settings: Settings, name: str) -> None:
    """Raises `Refused` for the name of a webhook that stands in the file."""
    if any(each.name == name and not isinstance(each, DeskWebhook) for each in settings.webhook):
        raise Refused(409, "conflict", f"the webhook {name} stands in the configuration; change it there")


def check_address(url: str, allow: Sequence[Network]) -> None:
    """Raises `Unprocessable` for an address of a network that may not be asked, where it says so itself. What a name leads to is looked at
    whenever something is sent (`shared.fetch`)."""
    try:
        host = urlsplit(url).hostname or ""
        address = ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        return  # a name; or no address at all, which its kind refuses
    if not address.is_global and not any(address in each for each in allow if each.version == address.version):
        raise Unprocessable(
            "/url", f"{address} is not public; [fetch] allow in the configuration lists what may be asked"
        )


@router.put("/{name}", responses=responses(403, 404, 409))
async def put_webhook(name: Name, request: Request, who: Changing, body: WebhookWritten) -> WebhookShown:
    """Make a webhook at the desk, or change one: it is told of what happens from now on. Those of the configuration are changed there.
    Repeated with the same Idempotency-Key a new one is refused: the first answer had the only copy of its secret."""
    before = next(iter(await kept(who.backend, name)), None)
    made = None
    if before is None and body.secret is None:
        made = new_secret()
        body = body.model_copy(update={"secret": made, "seen": 0 if body.seen is None else body.seen})
    elif before is not None and body.seen is None:
        body = body.model_copy(update={"seen": before.revision})  # its secret was read just now
    sealed = str(before.body.get("sealed", "")) if before is not None else ""
    await who.do(written(name, body, request.app.state.settings, who.backend.keyring, sealed))
    await request.app.state.following.look()
    return await _shown(who, name, made)


@router.post("/{name}/secret", responses=responses(403, 404, 409))
async def renew_secret(name: Name, request: Request, who: Changing, body: Nothing = _EMPTY) -> WebhookShown:
    """Give a webhook of the desk another secret, which is told in the answer; what is sent from now on is signed with it."""
    not_of_the_file(request.app.state.settings, name)
    before = next(iter(await kept(who.backend, name)), None)
    if before is None:
        raise NotFound(f"there is no webhook {name}")
    secret = new_secret()
    await who.do(renewed(before, secret, who.backend.keyring))
    await request.app.state.following.look()
    return await _shown(who, name, secret)


def renewed(before: DocumentFact, secret: str, keyring: Keyring) -> SaveDocument:
    """The command that gives a webhook another secret."""
    body = {**before.body, "sealed": seal_secret(keyring, before.id, secret)}
    return SaveDocument(kind=WEBHOOK, id=before.id, body=body, seen=before.revision)


async def _shown(who: Caller, name: str, secret: str | None) -> WebhookShown:
    for fact in await kept(who.backend, name):
        if (shown := _of_desk(fact)) is not None:
            return shown.model_copy(update={"secret": secret})
    raise NotFound(f"somebody has removed the webhook {name} meanwhile")


@router.delete("/{name}", status_code=204, responses=responses(403, 404, 409))
async def remove_webhook(name: Name, request: Request, who: Changing) -> None:
    """Take a webhook of the desk away, also where one of the configuration hides it; one that is not there is as good as gone. What it was
    still to be told ends as failed."""
    if await who.backend.gate.document(WEBHOOK, name) is None:
        not_of_the_file(request.app.state.settings, name)
    await who.do(RemoveDocument(kind=WEBHOOK, id=name))
    await request.app.state.following.look()


@router.post("/{name}/test", status_code=202, responses=responses(403, 404))
async def try_webhook(name: Name, who: Changing, body: Nothing = _EMPTY) -> Tried:
    """Tell a webhook of a `webhook_test`, to see whether it can be told: any of them, also one that is switched off."""
    done = await who.do(TestWebhook(name=name))
    return Tried(id=done["delivery_id"], webhook=done["webhook"])
