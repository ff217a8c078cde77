"""The portal for whoever is signed in: the list of their tickets, one of them, and a new one. What they send becomes a command."""

from typing import Final

import structlog
from fastapi import Request, Response

from services.desk.customers import CustomersPage, Opened
from services.desk.errors import DeskError
from services.desk.pages import portal as pages
from services.desk.pages.portal import Filled, Listing
from services.desk.pages.status import Look, Reader
from services.desk.portalground import MOST_FIELDS, Ground, Session, number_in
from services.desk.uploading import keep_files, sent_form
from shared.identity import derive
from shared.messages.articles import ArticlesAnswer, ArticlesQuery, address
from shared.messages.command import CommandResult
from shared.messages.customers import LONGEST_REPLY, PageAnswer, PageQuery
from shared.messages.portal import (
    LONGEST_SUBJECT,
    OpenFromPortal,
    PortalQuery,
)
from shared.texts import text
from shared.web import is_from_here

log = structlog.get_logger(__name__)

WRITES: Final = 10
"""Tickets that one session may open within ten minutes."""
_MERGED: Final = 5
_PER_PAGE: Final = 20
_OFFERED: Final = 5
_LOOKED_AT: Final = 2_000
"""Characters that articles are looked for by."""


class Rooms:
    """Their pages."""

    def __init__(self, ground: Ground, ticket: CustomersPage) -> None:
        self._ground, self._ticket = ground, ticket

    async def tickets(self, request: Request) -> Response | None:
        """The list of their tickets; null for nobody who is signed in. Raises `DeskError`."""
        listing = _listing(request)
        query = PortalQuery(
            session_id=self._ground.session_id(request),
            statuses=pages.statuses(listing.state) if listing.state else [],
            words=listing.words,
            page=listing.page,
            per_page=_PER_PAGE,
        )
        answer = await self._ground.answer(query)
        if answer.who is None:
            return None
        look = self._ground.look(request, Session(query.session_id, answer.who), up=".", here="portal")
        timezone = answer.who.timezone or self._ground.timezone
        return pages.tickets(look, listing, answer.tickets, more=answer.more, timezone=timezone, alone=answer.who.alone)

    async def ticket(self, number: str, request: Request) -> Response:
        """The page of a ticket of theirs; what is sent from it."""
        if not self._ground.is_open(False):
            return self._ground.gone(request)
        try:
            found = await self._opened(number_in(number) or 0, request)
        except DeskError as error:
            return self._ground.away(request, error, up="../..")
        if isinstance(found, Response):
            return found
        if request.method == "POST":
            return await self._ticket.taken(found, request)
        return await self._ticket.shown(found, request)

    async def _opened(self, number: int, request: Request) -> Opened | Response:
        session_id, named = self._ground.session_id(request), 0
        for _ in range(_MERGED):
            answer = await self._ground.answer(PortalQuery(session_id=session_id, wanted=number, per_page=1))
            if answer.who is None:
                return self._ground.to("../../portal", request, said="over")
            page = await self._ground.gate.query("page", PageQuery(number=number), PageAnswer)
            # What their own ticket became a part of opens, too; of it they are shown what is theirs (`services.desk.sharing`).
            named = number if answer.tickets else named
            if named and page.ticket is not None:
                session = Session(session_id, answer.who)
                portal = self._ground.portal(request, session, up="../..", here="")
                link = f"portal:{session_id}:{number}"
                return Opened(link, page.ticket, Reader(answer.who.point), portal, named)
            if page.into is None:
                break
            number = page.into
        return self._ground.gone(request, up="../..")

    async def new(self, request: Request) -> Response:
        """The form for a new ticket; with POST, the ticket."""
        session_id = self._ground.session_id(request)
        if not self._ground.is_open(False):
            return self._ground.gone(request)
        try:
            answer = await self._ground.answer(PortalQuery(session_id=session_id, per_page=0))
        except DeskError as error:
            return self._ground.away(request, error, up="..")
        if answer.who is None:
            return self._ground.to("../portal", request, said="over")
        session = Session(session_id, answer.who)
        look = self._ground.look(request, session, up="..", here="new")
        if request.method != "POST":
            return pages.new(look, self._ground.token(session_id))
        return await self._open(request, session, look)

    async def _open(self, request: Request, session: Session, look: Look) -> Response:
        sent = await sent_form(request, look.language, MOST_FIELDS)
        values = sent.values
        words = values.get("text", "").replace("\r\n", "\n").strip()
        token = self._ground.read(values.get("token", ""), session.session_id)

        def again(wrong: dict[str, str], status: int, articles: list[tuple[str, str]] | None = None) -> Response:
            kept = values["token"] if token is not None else self._ground.token(session.session_id)
            return pages.new(
                look, kept, Filled(values, wrong), again="again" in values, articles=articles, status=status
            )

        if token is None or not is_from_here(request.headers, self._ground.company.public_url):
            return again({"": text("page.wrong.old", look.language)}, 403)
        if not words:
            return again({"text": text("page.wrong.empty", look.language)}, 422)
        if len(words) > LONGEST_REPLY:
            return again({"text": text("page.wrong.long", look.language, count=LONGEST_REPLY)}, 422)
        subject = " ".join(values.get("subject", "").split())
        if values.get("do") == "look":
            return again({}, 200, await self._articles(f"{subject} {words}", look.language))
        if len(subject) > LONGEST_SUBJECT:
            return again({"subject": text("page.wrong.long", look.language, count=LONGEST_SUBJECT)}, 422)
        if sent.wrong:
            return again({"files": sent.wrong}, 422)
        if not self._ticket.may_write(session.session_id, WRITES):
            return again({"": text("page.wrong.often", look.language)}, 429)
        try:
            action = OpenFromPortal(
                point=session.who.point,
                subject=subject,
                text=words,
                language=look.language,
                attachments=await keep_files(sent.files, self._ground.blobs),
            )
            name = derive("portal new", session.session_id, token.nonce)
            done = await self._ground.gate.command(self._ground.command(action, name, request))
        except DeskError as error:
            log.warning("a ticket could not be opened from the portal", error=str(error))
            done = CommandResult(error="unavailable", detail=str(error))
        if done.error is None:
            return self._ground.to(f"t/{int(done.result['number'])}", request, said="opened")
        log.info("a ticket was not opened from the portal", error=done.error, detail=done.detail)
        if done.error == "reused-key":
            values["token"] = self._ground.token(session.session_id)
            return again({"": text("page.wrong.twice", look.language)}, 409)
        if done.error == "forbidden":
            return self._ground.to("../portal", request, said="over")
        answer = again({"": text("page.wrong.away", look.language)}, 503)
        answer.headers["Retry-After"] = "60"
        return answer

    async def _articles(self, words: str, language: str) -> list[tuple[str, str]]:
        """Addresses and titles of articles that may answer it."""
        query = ArticlesQuery(text=words[:_LOOKED_AT], alike=True, language=language, only=True, per_page=_OFFERED)
        try:
            found = await self._ground.gate.query("articles", query, ArticlesAnswer)
        except DeskError as error:
            log.warning("no articles could be looked for", error=str(error))
            return []
        return [(address("..", each.article, each.language), each.title) for each in found.items[:_OFFERED]]


def _listing(request: Request) -> Listing:
    asked = request.query_params
    state, page = asked.get("state", ""), asked.get("page", "")
    return Listing(
        state=state if state in pages.STATES else "",
        words=asked.get("q", "").replace("\0", "").strip()[:200],
        page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 5 and int(page) else 1,
    )
