"""``/t/{token}``: the page of one ticket for whoever has the link to it. Looking changes nothing; what is sent from the page becomes a
command to the router, which sees to it that the link's owner still has a part in the ticket.

Every link that opens nothing is answered alike: forged, expired, for a ticket that is not there or no longer theirs.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from prometheus_client import Counter

from services.desk.errors import DeskError
from services.desk.gate import Gate
from services.desk.pages import status as pages
from services.desk.pages import status_tokens
from services.desk.pages.branding import Brand
from services.desk.pages.status import Given, Look, Portal, Reader, Scene
from services.desk.sharing import shown_to
from services.desk.tokens import Counts, network_of
from services.desk.uploading import Sending, keep_files, sent_form
from shared.calendars import AROUND_THE_CLOCK, WorkingCalendar
from shared.clock import now
from shared.identity import derive
from shared.messages.after import CustomerAnswer
from shared.messages.command import Action, Command, CommandResult
from shared.messages.customers import LONGEST_REPLY, CustomerReply, PageAnswer, PageQuery, PageTicket
from shared.messages.parts import Point
from shared.peers import caller
from shared.secrets import Keyring, StatusToken, read_status_token, status_token
from shared.secrets.status import ON_THE_FORM
from shared.service import Context
from shared.texts import text
from shared.texts.languages import LANGUAGES
from shared.web import is_from_here
from shared.written import as_text

log = structlog.get_logger(__name__)

ATTEMPTS: Final = 60
"""Links that open nothing, from one network within a minute; then it is told to wait."""
WRITES: Final = 20
"""What may be sent from the pages of one ticket within ten minutes."""
MOST_FIELDS: Final = 12
LONGEST_WORDS: Final = 2_000
_FILES: Final = "page.attach"
"""Stands for what is wrong with the files."""
_MERGED: Final = 5
"""So many times a ticket may have become part of another that a link still finds it."""
_ADDRESS, _NUMBER, _NAMED = ("email",), ("phone", "whatsapp"), ("telegram", "messenger", "chat")

_opened = Counter("trunkline_desk_status_pages_total", "Asked-for pages of tickets.", ["result"])
_sent = Counter("trunkline_desk_status_posts_total", "What was sent from pages of tickets.", ["what", "result"])


@dataclass(frozen=True, slots=True)
class Opened:
    """A page that a link opens: the ticket, and who looks at it. With a ``portal`` somebody signed in opened it, and ``link`` is only what
    names what they send; ``named`` is then the number of the ticket that is theirs, which may have become part of this one."""

    link: str
    ticket: PageTicket
    reader: Reader
    portal: Portal | None = None
    named: int = 0

    @property
    def address(self) -> str:
        """The last part of the page's address."""
        return self.link if self.portal is None else str(self.named or self.ticket.number)


class CustomersPage:
    """The pages of all tickets. ``clock`` gives the time."""

    def __init__(
        self,
        context: Context,
        gate: Gate,
        calendars: Mapping[str, WorkingCalendar],
        clock: Callable[[], datetime] = now,
        brand: Brand | None = None,
    ) -> None:
        self._brand = brand or Brand()
        self._company, self._tickets = context.settings.company, context.settings.tickets
        self._keyring, self._gate, self._calendars, self._clock = context.keyring, gate, calendars, clock
        self._blobs = context.blobs
        self._failures = Counts(60.0, time.monotonic)
        self._writes = Counts(600.0, time.monotonic)

    async def show(self, link: str, request: Request) -> Response:
        """The page, or that there is none."""
        found = await self._open(link, request)
        return found if isinstance(found, Response) else await self.shown(found, request)

    async def shown(self, found: Opened, request: Request) -> Response:
        """The page of a ticket that is open to whoever asks."""
        said = request.query_params.get("said", "")
        return await self._page(found, request, said=said if said in pages.SAID else "")

    async def send(self, link: str, request: Request) -> Response:
        """What was sent from the page; then the page again, by a redirect, so that reloading sends nothing twice."""
        found = await self._open(link, request)
        return found if isinstance(found, Response) else await self.taken(found, request)

    async def taken(self, found: Opened, request: Request) -> Response:
        """The same for a ticket that is open to whoever asks."""
        language = self._look(request, found.ticket).language
        sent = await sent_form(request, language, MOST_FIELDS)
        values, do = sent.values, sent.values.get("do", "")
        wanted = self._wanted(do, sent, found) if not found.reader.limited else None
        if wanted is None:
            _sent.labels("unknown", "refused").inc()
            return await self._page(found, request, status=422)
        form_token = status_tokens.read(self._keyring, found.link, values.get("token", ""))
        refusal = self._refusal(wanted, form_token, found, request)
        if refusal is not None:
            key, status = refusal
            _sent.labels(do, "refused").inc()
            wrong = sent.wrong if key == _FILES else text(key, language, count=LONGEST_REPLY)
            given = Given(do, values, wrong)
            # What only has to be filled in or waited for keeps its name; anything else gets a new one.
            kept = values["token"] if status in (422, 429) and form_token and form_token.is_fresh(time.time()) else None
            return await self._page(found, request, given=given, status=status, token=kept)
        assert form_token is not None
        assert not isinstance(wanted, str)
        if isinstance(wanted, CustomerReply) and sent.files:
            try:
                wanted.attachments = await keep_files(sent.files, self._blobs)
            except DeskError as error:
                log.warning("the files of a customer could not be kept", error=str(error))
                return await self._later(do, values, found, request)
        return await self._do(do, wanted, form_token, found, values, request)

    def _wanted(self, do: str, sent: Sending, found: Opened) -> Action | str | None:
        """What is to be done; the key of a text where something has to be mended first; null for no form of ours."""
        number, point, values = found.ticket.number, found.reader.point, sent.values
        words = values.get("text", "").replace("\r\n", "\n").strip()
        if len(words) > (LONGEST_WORDS if do == "score" else LONGEST_REPLY):
            return "page.wrong.long"
        if do in ("no", "reply") and sent.wrong:
            return _FILES
        if do == "yes":
            return CustomerAnswer(number=number, solved=True)
        if do == "no":
            return CustomerReply(number=number, point=point, text=words, rejects=True)
        if do == "reply":
            return CustomerReply(number=number, point=point, text=words) if words or sent.files else "page.wrong.empty"
        if do == "score":
            score = values.get("score", "")
            if score not in ("1", "2", "3", "4", "5"):
                return "page.wrong.score"
            return CustomerAnswer(number=number, score=int(score), words=words)
        return None

    def _refusal(
        self, wanted: Action | str, form: status_tokens.PageToken | None, found: Opened, request: Request
    ) -> tuple[str, int] | None:
        """(text, status) where nothing is done."""
        if (
            form is None
            or not form.is_fresh(time.time())
            or not is_from_here(request.headers, self._company.public_url)
        ):
            return "page.wrong.old", 403
        if isinstance(wanted, str):
            return wanted, 422
        return None if self.may_write(str(found.ticket.number), WRITES) else ("page.wrong.often", 429)

    def may_write(self, whose: str, most: int) -> bool:
        """Count something that is sent from a page; false where that is too often within ten minutes."""
        if self._writes.of(whose) >= most:
            return False
        self._writes.more(whose)
        return True

    async def _do(
        self,
        do: str,
        action: Action,
        form: status_tokens.PageToken,
        found: Opened,
        values: Mapping[str, str],
        request: Request,
    ) -> Response:
        command = Command(
            command_id=derive("customer page", found.link.lower(), form.nonce),
            actor="customer",
            channel="page",
            at=self._clock(),
            action=action,
            correlation_id=request.state.correlation_id,
        )
        language = self._look(request, found.ticket).language
        try:
            done = await self._gate.command(command)
        except DeskError as error:
            done = CommandResult(error="unavailable", detail=str(error))
        if done.error is None:
            _sent.labels(do, "done").inc()
            return self._onwards(do, done, found, request)
        log.info("what was sent from a page was not done", what=do, error=done.error, detail=done.detail)
        _sent.labels(do, done.error).inc()
        if done.error in ("not-found", "forbidden"):
            return self._gone(request)
        if done.error == "conflict":
            return self._to(found.address, "over", request)
        if done.error == "reused-key":
            given = Given(do, values, text("page.wrong.twice", language))
            return await self._page(found, request, given=given, status=409)
        return await self._later(do, values, found, request)

    async def _later(self, do: str, values: Mapping[str, str], found: Opened, request: Request) -> Response:
        given = Given(do, values, text("page.wrong.away", self._look(request, found.ticket).language))
        # The same token: what was done all the same is not done twice.
        answer = await self._page(found, request, given=given, status=503, token=values["token"])
        answer.headers["Retry-After"] = "60"
        return answer

    def _onwards(self, do: str, done: CommandResult, found: Opened, request: Request) -> Response:
        number = int(done.result.get("number") or found.ticket.number)
        if number == found.ticket.number:
            return self._to(found.address, do, request)
        if found.portal is not None:
            return self._to(str(number), "new", request)
        link = status_token(self._keyring, number, found.reader.point, self._clock().date())
        return self._to(link, "new", request)

    def _to(self, link: str, said: str, request: Request) -> Response:
        lang = request.query_params.get("lang", "")
        asked = {"lang": lang} if lang in LANGUAGES else {}
        # Relative to this page: behind a proxy only the browser knows the whole address.
        address = f"../t/{link}?{urlencode({'said': said, **asked})}"
        return RedirectResponse(
            address, 303, {name: pages.HEADERS[name] for name in ("Referrer-Policy", "Cache-Control")}
        )

    # -- who opens what --------------------------------------------------------------------------------------------------

    async def _open(self, link: str, request: Request) -> Opened | Response:
        """What a link opens, or the page to answer with."""
        token = read_status_token(self._keyring, link)
        try:
            found = await self._found(link, token) if token is not None else None
        except DeskError as error:
            log.warning("the page of a ticket could not be shown", error=str(error))
            _opened.labels("away").inc()
            return pages.away(self._look(request))
        if found is None:
            return self._gone(request)
        _opened.labels("limited" if found.reader.limited else "shown").inc()
        return found

    async def _found(self, link: str, token: StatusToken) -> Opened | None:
        if not (self._tickets.status_links and token.is_valid(self._clock().date(), self._tickets.status_link_valid)):
            return None
        number, links = token.number, None
        for _ in range(_MERGED):
            answer = await self._gate.query("page", PageQuery(number=number), PageAnswer)
            if answer.into is None:
                ticket = answer.ticket
                if ticket is None or (links is not None and _withdrawn_since(token, ticket)):
                    return None
                reader = whose(self._keyring, token, ticket, ticket.links if links is None else links)
                return Opened(link, ticket, reader) if reader else None
            number, links = answer.into, answer.links if links is None else links
        return None

    def _gone(self, request: Request) -> Response:
        """The same for every link that opens nothing; who tries many is told to wait, and a link that opens something still does."""
        network = network_of(caller(request))
        _opened.labels("unknown").inc()
        if self._failures.more(network) < ATTEMPTS:
            return pages.gone(self._look(request), 404)
        answer = pages.gone(self._look(request), 429)
        answer.headers["Retry-After"] = str(self._failures.wait(network))
        return answer

    # -- how it looks ----------------------------------------------------------------------------------------------------

    async def _page(
        self,
        found: Opened,
        request: Request,
        *,
        said: str = "",
        given: Given | None = None,
        status: int = 200,
        token: str | None = None,
    ) -> Response:
        ticket, at = shown_to(found.ticket, found.reader.point.value), self._clock()
        for message in ticket.messages:
            if message.html:
                message.text = await asyncio.to_thread(as_text, message.html)
        closed_at = ticket.dates.get("closed_at")
        scene = Scene(
            look=replace(self._look(request, ticket), portal=found.portal),
            reader=found.reader,
            keyring=self._keyring,
            now=at,
            timezone=self._calendars.get(ticket.hours, AROUND_THE_CLOCK).timezone,
            finished=ticket.status == "closed" and (closed_at is None or at > closed_at + self._tickets.reopen_within),
            up=".." if found.portal is None else "../..",
        )
        token = token or status_tokens.make(self._keyring, found.link, time.time())
        return pages.page(ticket, scene, token, said, given or Given(), status)

    def _look(self, request: Request, ticket: PageTicket | None = None) -> Look:
        languages = self._company.languages
        asked = request.query_params.get("lang", "")
        if asked in languages:
            return Look(self._company.name, asked, languages, asked=True, brand=self._brand)
        preferred = ticket.language if ticket is not None else accepted(request, languages)
        language = preferred if preferred in languages else languages[0]
        return Look(self._company.name, language, languages, brand=self._brand)


def _withdrawn_since(token: StatusToken, ticket: PageTicket) -> bool:
    """Whether a link by the number of a ticket that became part of this one is withdrawn with this one's: it knows its own count only."""
    return ticket.withdrawn_at is not None and token.issued <= ticket.withdrawn_at.date()


def whose(keyring: Keyring, token: StatusToken, ticket: PageTicket, withdrawn: int = 0) -> Reader | None:
    """Whose link it is, if they have a part in the ticket: its customer, by any point of theirs, or somebody else who takes part. Nobody's
    if it was made before the links were ``withdrawn`` so many times."""
    points = list(ticket.points)
    for value in ticket.participants:
        kinds = _ADDRESS if "@" in value else _NUMBER if value.startswith("+") else _NAMED
        points += [Point(kind=kind, value=value) for kind in kinds]
    for point in points:
        if token.is_for(keyring, point, withdrawn):
            return Reader(point)
        named = Point(kind=ON_THE_FORM, value=point.value)
        if token.is_for(keyring, named, withdrawn):
            return Reader(named, limited=True)
    return None


def routes(
    context: Context, gate: Gate, calendars: Mapping[str, WorkingCalendar], brand: Brand | None = None
) -> APIRouter:
    """The routes of the pages."""
    router = APIRouter(include_in_schema=False)
    page = CustomersPage(context, gate, calendars, brand=brand)

    @router.api_route("/t/{token}", methods=["GET", "HEAD"])
    async def show(token: str, request: Request) -> Response:
        return await page.show(token, request)

    @router.post("/t/{token}")
    async def send(token: str, request: Request) -> Response:
        return await page.send(token, request)

    @router.get("/static/desk/{name}")
    async def asset(name: str) -> Response:
        found = pages.asset(name)
        if found is None:
            raise HTTPException(404)
        return found

    return router


def accepted(request: Request, languages: tuple[str, ...]) -> str:
    """The first language of Accept-Language (RFC 9110 12.5.4) that there are texts in."""
    for wanted in request.headers.get("accept-language", "")[:200].split(","):
        language = wanted.partition(";")[0].strip().lower()[:2]
        if language in languages:
            return language
    return languages[0]
