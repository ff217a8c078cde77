"""What all pages about signing in have in common: their forms, their language, who is at them, and where they lead."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import structlog
from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from services.desk.customers import accepted
from services.desk.gate import Gate
from services.desk.pages import signin as pages
from services.desk.pages.branding import Brand
from services.desk.pages.status import HEADERS, Look
from services.desk.passwords import Passwords
from services.desk.sessions import Sessions, command_of
from services.desk.tokens import Principal, network_of
from shared.identity import derive
from shared.messages.command import CommandResult
from shared.peers import caller
from shared.secrets import Keyring, pagetokens
from shared.service import Context
from shared.settings.sections import Company
from shared.texts.languages import LANGUAGES
from shared.web import is_from_here, typed

log = structlog.get_logger(__name__)

MOST_FIELDS: Final = 12
CONSOLE: Final = "/console"
_LOCAL: Final = re.compile(r"/(?:[A-Za-z0-9._~?=&%:@+,*-][A-Za-z0-9._~?=&%:@+,*/-]*)?", re.ASCII)
_LONGEST_PATH: Final = 500
_FORM: Final = b"sign-in page"
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
)


@dataclass(frozen=True)
class Doors:
    """What the pages are made from."""

    gate: Gate
    keyring: Keyring
    company: Company
    sessions: Sessions
    passwords: Passwords
    brand: Brand = field(default_factory=Brand)

    @classmethod
    def of(cls, context: Context, gate: Gate, sessions: Sessions, passwords: Passwords, brand: Brand) -> "Doors":
        """Those of a desk."""
        return cls(gate, context.keyring, context.settings.company, sessions, passwords, brand)

    def look(self, request: Request, spoken: tuple[str, ...] = ()) -> Look:
        """How a page looks, in the language that was asked for, or that an agent speaks, or that the browser prefers."""
        languages = self.company.languages
        asked = request.query_params.get("lang", "")
        if asked in languages:
            return Look(self.company.name, asked, languages, asked=True, brand=self.brand)
        own = next((each for each in spoken if each in languages), None)
        return Look(self.company.name, own or accepted(request, languages), languages, brand=self.brand)

    def token(self, about: str) -> str:
        """A token for a form of a page about something."""
        return pagetokens.make(self.keyring, _FORM, derive("form", about), time.time())

    async def given(self, request: Request, about: str) -> dict[str, str] | None:
        """What was sent from a form of ours; null for what another page sent, or one that was open too long."""
        async with request.form(max_files=0, max_fields=MOST_FIELDS, max_part_size=16 * 1024) as form:
            values = {name: typed(value) for name, value in form.multi_items() if isinstance(value, str)}
        page = pagetokens.read(self.keyring, _FORM, derive("form", about), values.get("token", ""))
        if page is None or not page.is_fresh(time.time()) or not is_from_here(request.headers, self.company.public_url):
            return None
        return values

    async def do(self, request: Request, action: Any, principal: Principal | None = None) -> CommandResult:
        """Have something done, in somebody's name or the desk's own. Raises `services.desk.errors.DeskError`."""
        actor, name = (principal.actor, principal.name) if principal is not None else ("desk", "")
        return await self.gate.command(command_of(action, actor, name, request.state.correlation_id))

    async def show(self, template: str, look: Look, status: int = 200, **values: Any) -> Response:
        """A page."""
        return pages.show(template, look, status, **values)


def network(request: Request) -> str:
    """Where somebody comes from."""
    return network_of(caller(request))


def browser(request: Request) -> str:
    """What they come with, as people call it: "Firefox, Windows"."""
    said = request.headers.get("user-agent", "")[:300]
    found = [next((name for sign, name in table if sign in said), "") for table in (_BROWSERS, _SYSTEMS)]
    if not found[1] and "Linux" in said:
        found[1] = "Linux"
    return ", ".join(each for each in found if each)


def local(path: str) -> str:
    """Where to go on: only ever a page of ours."""
    return path if len(path) <= _LONGEST_PATH and _LOCAL.fullmatch(path) and ".." not in path else CONSOLE


def onwards(path: str, request: Request, asked: Mapping[str, str] | None = None) -> Response:
    """To another page of ours, by a redirect that reloading does not repeat; in the language that was asked for."""
    more = dict(asked or {})
    lang = request.query_params.get("lang", "")
    if lang in LANGUAGES:
        more["lang"] = lang
    address = f"{path}?{urlencode(more)}" if more else path
    return RedirectResponse(address, 303, {name: HEADERS[name] for name in ("Referrer-Policy", "Cache-Control")})
