"""What all pages of the portal stand on: whose session a browser has, forms of ours, how a page looks, and where it leads."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import structlog
from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from services.desk.customers import accepted
from services.desk.errors import DeskError
from services.desk.gate import Gate
from services.desk.pages import status as status_pages
from services.desk.pages.branding import Brand
from services.desk.pages.status import Look, Portal
from shared.calendars import WorkingCalendar
from shared.clock import now
from shared.messages.command import Action, Command
from shared.messages.portal import (
    PortalAnswer,
    PortalQuery,
    PortalWho,
)
from shared.secrets import pagetokens, portalcode
from shared.secrets.pagetokens import PageToken
from shared.service import Context
from shared.texts import text
from shared.texts.languages import LANGUAGES

log = structlog.get_logger(__name__)

COOKIE: Final = "trunkline_customer"
MOST_FIELDS: Final = 12
_PURPOSE: Final = b"portal"
_NUMBER: Final = re.compile(r"\[?\s*(?:T-?|#)?\s*([0-9]{1,9})\s*\]?", re.IGNORECASE)
_SECRET: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in; ``session_id`` is what the store knows it by."""

    session_id: str
    who: PortalWho


class Ground:
    """The portal of one desk."""

    def __init__(
        self, context: Context, gate: Gate, calendars: Mapping[str, WorkingCalendar], brand: Brand | None = None
    ) -> None:
        settings = context.settings
        self.company, self._tickets, self._brand = settings.company, settings.tickets, brand or Brand()
        self.keyring, self.blobs, self.gate = context.keyring, context.blobs, gate
        self.timezone = next((each.timezone for each in calendars.values()), "UTC")
        self.secure = self.company.public_url.lower().startswith("https:")
        # https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-the-__host-prefix
        self.cookie = f"__Host-{COOKIE}" if self.secure else COOKIE

    def is_open(self, numbered: bool) -> bool:
        return self._tickets.portal and (self._tickets.status_links or not numbered)

    async def answer(self, query: PortalQuery) -> PortalAnswer:
        return await self.gate.query("portal", query, PortalAnswer)

    def session_id(self, request: Request) -> str:
        """What the store knows the browser's session by; empty where it has none."""
        secret = request.cookies.get(self.cookie, "")
        return portalcode.session_id(secret) if _SECRET.fullmatch(secret) else ""

    def command(self, action: Action, command_id: str, request: Request) -> Command:
        return Command(
            command_id=command_id,
            actor="customer",
            channel="page",
            at=now(),
            action=action,
            correlation_id=request.state.correlation_id,
        )

    def token(self, about: str) -> str:
        return pagetokens.make(self.keyring, _PURPOSE, about, time.time())

    def read(self, token: str, about: str) -> PageToken | None:
        """The page that something was sent from, if it is one of ours and not too old."""
        found = pagetokens.read(self.keyring, _PURPOSE, about, token)
        return found if found is not None and found.is_fresh(time.time()) else None

    def portal(self, request: Request, session: Session, *, up: str, here: str) -> Portal:
        language, lang = self.language(request, session)
        keep = f"?{urlencode({'lang': lang})}" if lang else ""
        places = [
            (f"{up}/portal{keep}", text("portal.title", language), here == "portal"),
            (f"{up}/portal/new{keep}", text("portal.new", language), here == "new"),
        ]
        token = self.token(session.session_id)
        return Portal(places, f"{up}/portal/leave{keep}", token, session.who.point.value)

    def language(self, request: Request, session: Session | None) -> tuple[str, str]:
        """(language, that which was asked for)."""
        languages, asked = self.company.languages, request.query_params.get("lang", "")
        if asked in languages:
            return asked, asked
        known = session.who.language if session is not None else None
        return (known if known in languages and known else accepted(request, languages)), ""

    def look(self, request: Request, session: Session | None = None, *, up: str = ".", here: str = "") -> Look:
        language, asked = self.language(request, session)
        portal = self.portal(request, session, up=up, here=here) if session is not None else None
        return Look(
            self.company.name, language, self.company.languages, asked=bool(asked), brand=self._brand, portal=portal
        )

    def gone(self, request: Request, *, up: str = ".") -> Response:
        return status_pages.gone(self.look(request), 404, up=up)

    def away(self, request: Request, why: DeskError | str, *, up: str = ".") -> Response:
        log.warning("a page of the portal could not be shown", error=str(why))
        return status_pages.away(self.look(request), up=up)

    def to(self, address: str, request: Request, **query: str) -> Response:
        """To another page of ours, relative: behind a proxy only the browser knows the whole address."""
        lang = request.query_params.get("lang", "")
        given: dict[str, Any] = query | ({"lang": lang} if lang in LANGUAGES else {})
        headers = {name: status_pages.HEADERS[name] for name in ("Referrer-Policy", "Cache-Control")}
        return RedirectResponse(f"{address}?{urlencode(given)}" if given else address, 303, headers)


def number_in(written: str) -> int | None:
    """The number of a ticket as somebody typed it; null for none."""
    found = _NUMBER.fullmatch(written.strip()[:30])
    return int(found[1]) or None if found else None
