"""The page of one ticket for its customer: what it shows, and as HTML. No script, nothing from elsewhere, every value escaped.

Not here: who may see it, and what becomes of what is sent from it (`services.desk.customers`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Final
from urllib.parse import urlencode

from fastapi import Response
from fastapi.responses import HTMLResponse

from services.desk.pages.branding import Brand
from shared.messages.customers import LONGEST_REPLY, PageMessage, PagePromise, PageTicket
from shared.messages.parts import Attachment, Point
from shared.pages import NAMES, Pages
from shared.secrets import FileLink, Keyring, encode_file
from shared.texts import text
from shared.texts.catalogue import CUSTOMER_STATUS
from shared.texts.moments import at_moment, by_when
from shared.uploads import MOST_FILES, MOST_MEGABYTES

SAID: Final = ("reply", "yes", "no", "score", "new", "over", "opened")
"""What a page may say that was just done: the texts ``page.said.…``."""
ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1d4ed8"/>'
    '<path d="M9 16.5l5 5 9.5-11" fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
FILES_LAST: Final = timedelta(hours=24)
_PAGES: Final = Pages("services.desk", "pages", trim=True)
_WAITING_FOR_US: Final = ("new", "open", "on_hold")

HEADERS: Final = {
    # https://www.w3.org/TR/CSP3/: our own style, and forms to ourselves; nothing else.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # The link is in the address: it goes nowhere, and into no index or cache.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Language",
}


@dataclass(frozen=True, slots=True)
class Portal:
    """What pages of the portal have in common: where somebody signed in can go from this one (address, text, whether it is this one),
    where ``leave`` is, with which token, and by which point they are signed in."""

    places: Sequence[tuple[str, str, bool]]
    leave: str
    token: str
    point: str


@dataclass(frozen=True, slots=True)
class Look:
    """What every page has in common. ``asked``: the language was asked for, so links keep it."""

    company: str
    language: str
    languages: Sequence[str]
    asked: bool = False
    brand: Brand = field(default_factory=Brand)
    portal: Portal | None = None

    def link(self, language: str) -> str:
        """This page in a language, relative to its own address."""
        return "?" + urlencode({"lang": language})

    @property
    def action(self) -> str:
        """Where its forms go."""
        return self.link(self.language) if self.asked else "?"


@dataclass(frozen=True, slots=True)
class Given:
    """What was sent from the page and could not be done: the form it was, its fields, and what is ``wrong`` (a text)."""

    do: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the page: ``point`` is theirs. ``limited``: nobody knows that it is (the link of a form's page)."""

    point: Point
    limited: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What a page is made from, beside the ticket. ``timezone`` is where our hours are; ``finished``: what is written opens a new
    ticket; ``up``: from the page to where the desk's other addresses begin."""

    look: Look
    reader: Reader
    keyring: Keyring
    now: datetime
    timezone: str
    finished: bool = False
    up: str = ".."


def page(ticket: PageTicket, scene: Scene, token: str, said: str, given: Given, status: int = 200) -> HTMLResponse:
    """The page of a ticket. ``token`` stands in its forms."""
    look = scene.look
    state = CUSTOMER_STATUS[ticket.status].removeprefix("status.")
    confirmed = ticket.confirmed and state in ("handled", "closed")
    due = _due(ticket, scene.now)
    when = ticket.timezone or scene.timezone
    return render(
        "status.html",
        look,
        status,
        ticket=f"T-{ticket.number}",
        title=text("page.title", look.language, ticket=f"T-{ticket.number}"),
        subject=ticket.subject.strip() or text("subject.none", look.language),
        state=state,
        about="confirmed" if confirmed else state,
        who=_first_large(ticket.agent or ticket.team or text("status.team", look.language)),
        until=by_when(look.language, due, when) if due else "",
        since=at_moment(look.language, ticket.created_at, when),
        limited=scene.reader.limited,
        promises=[] if scene.reader.limited else [_promise(each, scene, when) for each in ticket.promises],
        messages=[] if scene.reader.limited else [_message(each, ticket, scene, when) for each in ticket.messages],
        more=ticket.more,
        asks=state == "handled" and not confirmed and not scene.reader.limited,
        rates=(state == "closed" or confirmed) and not scene.reader.limited,
        score=ticket.satisfaction.score if ticket.satisfaction else None,
        words=ticket.satisfaction.words if ticket.satisfaction else "",
        finished=scene.finished,
        token=token,
        said=said,
        given=given,
        most=LONGEST_REPLY,
        up=scene.up,
        most_files=MOST_FILES,
        most_megabytes=MOST_MEGABYTES,
    )


def gone(look: Look, status: int, up: str = "..") -> HTMLResponse:
    """The page for every link that opens nothing, whatever the reason."""
    return _notice("gone", look, status, up)


def away(look: Look, up: str = "..") -> HTMLResponse:
    """The page for when the ticket cannot be looked at now."""
    made = _notice("away", look, 503, up)
    made.headers["Retry-After"] = "60"
    return made


def asset(name: str) -> Response | None:
    """A file that the pages load; null for none."""
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    if name == "status.css":
        return Response(_style(), headers=headers, media_type="text/css; charset=utf-8")
    if name == "status.svg":
        return Response(ICON, headers=headers, media_type="image/svg+xml")
    return None


def _first_large(words: str) -> str:
    """A text that stands within a sentence elsewhere, standing by itself."""
    return words[:1].upper() + words[1:]


def _due(ticket: PageTicket, now: datetime) -> datetime | None:
    """By when the customer hears of us: the next time that is not over and still counts, as the answer to STATUS says it."""
    if ticket.status not in _WAITING_FOR_US:
        return None
    return min((due for due in ticket.due if due > now), default=None)


def _promise(promise: PagePromise, scene: Scene, timezone: str) -> dict[str, str]:
    late = promise.kept is False or (promise.due is not None and promise.due < scene.now)
    state = "done" if promise.done_at else "late" if late else "open"
    until = by_when(scene.look.language, promise.due, timezone) if promise.due and state != "done" else ""
    return {"what": promise.what, "state": state, "until": until}


def _message(message: PageMessage, ticket: PageTicket, scene: Scene, timezone: str) -> dict[str, object]:
    ours = message.direction == "out"
    theirs = {scene.reader.point.value.lower(), *(point.value.lower() for point in ticket.points)}
    author = message.author
    if ours:
        author = message.author or scene.look.company
    elif message.address in theirs:
        author = text("page.you", scene.look.language)
    return {
        "ours": ours,
        "author": author or text("page.another", scene.look.language),
        "at": message.created_at.isoformat(),
        "when": at_moment(scene.look.language, message.created_at, timezone),
        "text": message.text.strip(),
        "quoted": message.quoted.strip(),
        "edited": message.edited,
        "deleted": message.deleted,
        "files": [_file(each, scene) for each in message.attachments],
    }


def _file(attachment: Attachment, scene: Scene) -> dict[str, str]:
    name = " ".join(attachment.filename.split())[:150] or "attachment"
    # Whole hours, so that the page is the same when it is looked at again.
    expires = scene.now.replace(minute=0, second=0, microsecond=0) + FILES_LAST + timedelta(hours=1)
    token = encode_file(scene.keyring, FileLink(str(attachment.blob), attachment.size, name, expires))
    return {"name": name, "size": _size(attachment.size, scene.look.language), "url": f"{scene.up}/files/{token}"}


def _size(octets: int, language: str) -> str:
    for unit, many in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if octets >= many:
            number = f"{octets / many:.1f}"
            return f"{number if language == 'en' else number.replace('.', ',')} {unit}"
    return f"{octets} B"


def _notice(what: str, look: Look, status: int, up: str) -> HTMLResponse:
    title, words = text(f"page.{what}.title", look.language), text(f"page.{what}", look.language)
    return render("status-notice.html", look, status, title=title, words=words, up=up)


def render(template: str, look: Look, status: int, **values: object) -> HTMLResponse:
    """A template of ours as a page, with the headers that every page has whose address is a secret."""
    languages = [(code, NAMES.get(code, code), look.link(code)) for code in look.languages]
    values.setdefault("up", "..")
    html = _PAGES.render(template, look.language, look=look, languages=languages, version=_version(), **values)
    return HTMLResponse(html, status, HEADERS)


@cache
def _style() -> bytes:
    return (files("services.desk.pages") / "status.css").read_bytes()


@cache
def _version() -> str:
    """Tells one style from the next, so that a cached one is not used with another page."""
    return hashlib.sha256(_style()).hexdigest()[:10]
