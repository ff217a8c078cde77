"""``GET /api/v1/tickets/{number}/messages/{id}/html``: a message as a document that may be shown in a browser, though a stranger wrote it.

The sanitiser has taken out what runs, and moved aside what loads; the headers say the same to the browser once more, for whatever a
sanitiser overlooks: nothing runs, nothing loads. Images within the mail stand in the document itself. What lies elsewhere is loaded by the
agent's browser, and only when it was asked for: whoever wrote the mail then learns that it is read, when, and from where.
"""

import asyncio
import base64
import html as entities
import re
from collections.abc import Iterable, Mapping
from typing import Annotated
from urllib.parse import unquote

import structlog
from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse

from services.desk.commanding import BEARER, Reading
from services.desk.errors import NotFound
from services.desk.problems import responses
from services.desk.tickets import Number
from shared.bus.blobs import Blobs
from shared.bus.errors import BlobDamaged, BlobMissing, BlobTooLarge, BusUnavailable
from shared.mail.sanitise import has_remote, sanitise, show_remote
from shared.messages.parts import Attachment
from shared.messages.ticket import HtmlAnswer, HtmlQuery

log = structlog.get_logger(__name__)

IMAGE = 5_000_000
"""Octets of an image within a mail that is shown."""
IMAGES = 20_000_000
"""Octets of all of them."""
REMOTE = "X-Remote-Content"
_SANDBOX = "sandbox allow-popups allow-popups-to-escape-sandbox"
_POLICY = (
    f"{_SANDBOX}; default-src 'none'; img-src {{images}}; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_WITHIN = re.compile(r'(\s(?:src|background)=")[cC][iI][dD]:([^"]*)"')
# Of pictures that browsers draw and that hold no script; SVG does.
_KINDS = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png"),
    (re.compile(rb"\xff\xd8\xff"), "jpeg"),
    (re.compile(rb"GIF8[79]a"), "gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "webp"),
    (re.compile(rb"BM"), "bmp"),
)
_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>{title}</title><base target="_blank">'
    "<style>body{{margin:8px;font-family:sans-serif;overflow-wrap:break-word}}img{{max-width:100%}}pre{{white-space:pre-wrap}}"
    # Where a link really leads, whatever its words say; nothing in the mail can hide it.
    'a[href]::after{{content:" [" attr(href) "]"!important;display:inline!important;font:12px sans-serif!important;'
    "color:#555!important;background:#fff!important;opacity:1!important;visibility:visible!important;"
    "overflow-wrap:anywhere!important}}</style>"
    "</head><body>{body}</body></html>"
)

router = APIRouter(prefix="/api/v1/tickets", tags=["tickets"], dependencies=[BEARER])


@router.get("/{number}/messages/{message_id}/html", response_class=HTMLResponse, responses=responses(404))
async def show_html(
    number: Number,
    message_id: Annotated[str, Path(description="A message's `id`", max_length=64)],
    who: Reading,
    remote: Annotated[bool, Query(description="With the images that lie elsewhere")] = False,
) -> HTMLResponse:
    """A message as an HTML document to be shown in a frame. Images that lie elsewhere are left out unless `remote` is 1; the header
    `X-Remote-Content` tells whether there are any: `none`, `blocked` or `shown`."""
    found = await who.backend.gate.query("html", HtmlQuery(number=number, message_id=message_id), HtmlAnswer)
    if not found.found:
        raise NotFound(f"there is no such message in T-{number}")
    body, loads = await asyncio.to_thread(_body, found.html, found.text, remote)
    images = await _images(_named(body), found.attachments, who.backend.blobs)
    page = await asyncio.to_thread(_document, body, images)
    return HTMLResponse(page, headers=_headers(remote) | {REMOTE: "none" if not loads else _SAID[remote]})


_SAID = {True: "shown", False: "blocked"}


def _body(markup: str | None, text: str, remote: bool) -> tuple[str, bool]:
    """What is shown, and whether it holds anything that lies elsewhere. Sanitised once more: a channel that is not ours, or an older
    version, may have stored it."""
    if markup is None:
        return f"<pre>{entities.escape(text)}</pre>", False
    clean = sanitise(show_remote(markup))
    loads = has_remote(clean)
    return show_remote(clean) if remote and loads else clean, loads


def _named(body: str) -> set[str]:
    """The Content-IDs of the images that the document shows (RFC 2392: percent-encoded)."""
    return {_content_id(match[2]) for match in _WITHIN.finditer(body)}


def _content_id(written: str) -> str:
    return unquote(entities.unescape(written)).strip().strip("<>")


async def _images(named: set[str], attachments: Iterable[Attachment], blobs: Blobs) -> dict[str, bytes]:
    """The files of the mail that are shown in it, by their Content-ID; a file that is not there any more is left out."""
    found: dict[str, bytes] = {}
    room = IMAGES
    for each in attachments:
        if (
            each.content_id not in named
            or each.content_id in found
            or each.blob is None
            or each.size > min(IMAGE, room)
        ):
            continue
        try:
            found[each.content_id] = await blobs.get(each.blob, limit=min(IMAGE, room))
        except (BlobMissing, BlobTooLarge, BlobDamaged, BusUnavailable) as error:
            log.warning("an image within a mail can't be shown", blob=each.blob, error=str(error))
            continue
        room -= len(found[each.content_id])
    return found


def _document(body: str, images: Mapping[str, bytes]) -> str:
    shown: dict[str, str] = {}
    for content_id, content in images.items():
        kind = next((kind for magic, kind in _KINDS if magic.match(content)), None)
        if kind is not None:
            shown[content_id] = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"

    def replaced(match: re.Match[str]) -> str:
        return f'{match[1]}{shown.get(_content_id(match[2]), "data:,")}"'

    return _PAGE.format(title="", body=_WITHIN.sub(replaced, body))


def _headers(remote: bool) -> dict[str, str]:
    return {
        "Content-Security-Policy": _POLICY.format(images="data: http: https:" if remote else "data:"),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "no-referrer",
    }
