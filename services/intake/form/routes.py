"""``GET|POST /form/{inbox}``: the form, and what becomes of one that is sent. No cookie is set or needed. ``/form/{inbox}/articles``: what
there is to read about what is being written."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData, UploadFile

from services.intake.accepting import Accepting
from services.intake.errors import NotKept, Why
from services.intake.form import confirming, message, pages, tokens
from services.intake.form.articles import Suggesting
from services.intake.form.asking import Question, pick_language, questions
from services.intake.form.budgets import Budgets
from services.intake.form.checking import Checked, check
from services.intake.form.pages import Filled, Look
from shared import clock
from shared.messages.parts import Attachment, Point
from shared.peers import peer_of
from shared.secrets import status_token
from shared.secrets.status import ON_THE_FORM
from shared.service import Context
from shared.settings.inbox import FormInbox
from shared.texts import text
from shared.uploads import CheckedFile, Upload
from shared.web import is_from_here, typed

log = structlog.get_logger(__name__)

MOST_FIELDS: Final = 100
MOST_UPLOADS: Final = 20
PART_SIZE: Final = 256 * 1024
"""Octets of one field that is no file."""


def routes(context: Context, accepting: Accepting, now: Callable[[], float] = time.time) -> APIRouter:
    """The forms of all inboxes of the channel. ``now`` is the clock that pages are timed by, in seconds since 1970."""
    inboxes = {inbox.name: inbox for inbox in context.settings.inbox if isinstance(inbox, FormInbox)}
    desk = FormDesk(context, accepting, now)
    router = APIRouter(include_in_schema=False)

    def found(name: str) -> FormInbox:
        if name not in inboxes:
            raise HTTPException(404, "there is no such form")
        return inboxes[name]

    @router.get("/form/{inbox}")
    async def show(inbox: str, request: Request) -> Response:
        return desk.show(found(inbox), request)

    @router.get("/form/{inbox}/articles")
    async def articles(inbox: str, request: Request) -> Response:
        return await desk.articles(found(inbox), request)

    @router.post("/form/{inbox}")
    async def send(inbox: str, request: Request) -> Response:
        return await desk.send(found(inbox), request)

    return router


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that came in: the page it was filled in on, and by whom."""

    inbox: FormInbox
    look: Look
    asked: tuple[Question, ...]
    page: tokens.PageToken
    peer: str


class FormDesk:
    """Shows forms and takes what was filled in. One for all inboxes of an intake."""

    def __init__(self, context: Context, accepting: Accepting, now: Callable[[], float]) -> None:
        self._context = context
        self._accepting = accepting
        self._now = now
        self._budgets = Budgets()
        # On one port with the desk its pages are from here, whatever the public address: a proxy's path stays before them.
        self._base = context.settings.company.public_url if context.settings.web.intake_listen else ".."
        self._suggesting = Suggesting(context.bus, self._base, time.monotonic)

    async def articles(self, inbox: FormInbox, request: Request) -> Response:
        """What there is to read about what is being written."""
        if not self._context.settings.knowledge.suggest_in_form:
            raise HTTPException(404, "there are no articles")
        peer = peer_of(request, self._context.settings.web.trusted_proxies)
        written = typed(request.query_params.get("q", ""))
        return JSONResponse({"items": await self._suggesting.like(written, self._look(inbox, request).language, peer)})

    def show(self, inbox: FormInbox, request: Request) -> Response:
        """The empty form."""
        look = self._look(inbox, request)
        return pages.form(look, self._asked(inbox, look), self._token(inbox), Filled())

    async def send(self, inbox: FormInbox, request: Request) -> Response:
        """The confirmation; or the form again, as it was filled in, with what has to be mended."""
        look = self._look(inbox, request)
        asked = self._asked(inbox, look)
        given = await request.form(max_files=MOST_UPLOADS, max_fields=MOST_FIELDS, max_part_size=PART_SIZE)
        try:
            values = {name: typed(value) for name, value in given.multi_items() if isinstance(value, str)}
            checked = check(asked, values, await _uploads(given), look.language)
        finally:
            await given.close()
        again = any(isinstance(value, UploadFile) and value.filename for value in given.values())
        token = values.get("token", "")
        page = tokens.read(self._context.keyring, inbox.name, token)
        if (refusal := self._refusal(inbox, request, page, values, checked)) is not None:
            key, why, status = refusal
            self._accepting.refused("form", inbox.name, why)
            # A page that is still good keeps its token: sent again it is the same message.
            kept = token if page is not None and why == "robot" else self._token(inbox)
            filled = Filled(checked.values, notice=text(key, look.language), again=again)
            return pages.form(look, asked, kept, filled, status)
        assert page is not None
        if checked.errors:
            return pages.form(look, asked, token, Filled(checked.values, checked.errors, again=again), 422)
        sent = Sent(inbox, look, asked, page, peer_of(request, self._context.settings.web.trusted_proxies))
        if not self._budgets.take(sent.peer, checked.values["email"]):
            self._accepting.refused("form", inbox.name, "rate")
            filled = Filled(checked.values, notice=text("form.too_often", look.language), again=again)
            return _later(pages.form(look, asked, token, filled, 429), 60)
        try:
            source = await self._keep(sent, checked)
        except NotKept as error:
            self._budgets.give_back(sent.peer, checked.values["email"])
            filled = Filled(checked.values, notice=text("form.away", look.language), again=again)
            return _later(pages.form(look, asked, token, filled, error.status), error.again)
        found = await confirming.number_of(self._context.bus, source)
        address = checked.values["email"]
        return pages.done(look, f"T-{found.number}" if found else None, address, self._follow(found, address))

    def _follow(self, found: confirming.Numbered | None, address: str) -> str:
        """The link to the state of a ticket that this form opened. They named an address, and
        may not be who has it: the link shows nothing of what is written to it."""
        settings = self._context.settings
        if found is None or not found.opened or not settings.tickets.status_links:
            return ""
        point = Point(kind=ON_THE_FORM, value=address.strip().lower())
        token = status_token(self._context.keyring, found.number, point, clock.now().date())
        return f"{self._base}/t/{token}"

    def _refusal(
        self,
        inbox: FormInbox,
        request: Request,
        page: tokens.PageToken | None,
        values: dict[str, str],
        checked: Checked,
    ) -> tuple[str, Why, int] | None:
        """(text, reason, status) where this was sent by no customer, or cannot be told from such."""
        if not is_from_here(request.headers, self._context.settings.company.public_url):
            return "form.forged", "forged", 403
        if page is None:
            return "form.too_old", "forged", 422
        age = page.age(self._now())
        if age > tokens.LONGEST:
            return "form.too_old", "forged", 422
        if age < tokens.FASTEST:
            return "form.too_fast", "robot", 422
        if values.get("website"):
            return "form.robot", "robot", 422
        return None

    async def _keep(self, sent: Sent, checked: Checked) -> str:
        """Put it on the bus; gives its source id. Raises `NotKept`."""
        name = sent.inbox.name
        self._accepting.check("form", name)
        attachments = [await self._attach(name, each) for each in checked.files]
        source = message.source_id(name, sent.page.nonce, checked.values, [each.sha256 for each in attachments])
        inbound = message.build(
            inbox=name,
            source=source,
            asked=sent.asked,
            values=checked.values,
            attachments=attachments,
            kept=await self._accepting.original("form", name, message.original(checked.values)),
            language=sent.look.language,
            peer=sent.peer,
            correlation_id=uuid4().hex,
            received_at=clock.now(),
        )
        await self._accepting.accept(inbound)
        return source

    async def _attach(self, inbox: str, file: CheckedFile) -> Attachment:
        return await self._accepting.attach("form", inbox, file.content, file.filename, file.media_type)

    def _look(self, inbox: FormInbox, request: Request) -> Look:
        company = self._context.settings.company
        asked, accepted = request.query_params.get("lang"), request.headers.get("accept-language", "")
        return Look(
            inbox=inbox.name,
            company=company.name,
            language=pick_language(asked, accepted, company.languages),
            languages=company.languages,
            embedded=request.query_params.get("embed") == "1",
            ancestors=inbox.embed_on,
            suggests=self._context.settings.knowledge.suggest_in_form,
        )

    def _asked(self, inbox: FormInbox, look: Look) -> tuple[Question, ...]:
        return questions(inbox, look.language, self._context.settings.company.languages[0])

    def _token(self, inbox: FormInbox) -> str:
        return tokens.make(self._context.keyring, inbox.name, self._now())


async def _uploads(given: FormData) -> list[Upload]:
    return [
        Upload(name, typed(value.filename or ""), value.content_type or "", await value.read())
        for name, value in given.multi_items()
        if isinstance(value, UploadFile) and (value.filename or value.size)
    ]


def _later(page: Response, seconds: int) -> Response:
    if seconds:
        page.headers["Retry-After"] = str(seconds)
    return page
