"""``GET /files/{token}``: the files that were too large for a mail, for whoever has the signed link, until it ends.

Nothing here is shown in a browser as ours: every file is a download of unknown kind, whatever its name says.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from prometheus_client import Counter
from starlette.types import Receive, Scope, Send

from services.desk import pages
from shared.bus.blobs import Blobs
from shared.bus.errors import BlobDamaged, BlobMissing, BusUnavailable
from shared.clock import now
from shared.secrets import FileLink, Keyring, decode_file
from shared.texts import LANGUAGES, text

log = structlog.get_logger(__name__)

AT_ONCE = 32
"""Downloads at a time; each holds a piece of half a megabyte."""
_DOWNLOADS = Counter("trunkline_desk_downloads_total", "Asked-for files of links in mails.", ["result"])


class Download(StreamingResponse):
    """A file on its way; ``over`` is called once when it is through, or its reader has gone."""

    def __init__(self, content: AsyncIterator[bytes], headers: dict[str, str], over: Callable[[], None]) -> None:
        super().__init__(content, headers=headers, media_type="application/octet-stream")
        self._over = over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._over()


def routes(
    keyring: Keyring, blobs: Blobs, company: str, default_language: str, clock: Callable[[], datetime] = now
) -> APIRouter:
    """The route. ``clock`` gives the time by which links end."""
    router = APIRouter()
    slots = asyncio.Semaphore(AT_ONCE)

    @router.api_route("/files/{token}", methods=["GET", "HEAD"], include_in_schema=False)
    async def file(token: str, request: Request) -> Response:
        def said(what: str, status: int, **variables: str) -> Response:
            _DOWNLOADS.labels(what).inc()
            return _page(what, status, company, _language(request, default_language), **variables)

        link = decode_file(keyring, token)
        if link is None:
            return said("unknown", 404)
        if clock() >= link.expires:
            return said("expired", 410, until=link.expires.date().isoformat())
        if slots.locked():
            return said("away", 503)
        await slots.acquire()
        try:
            size, pieces = await blobs.stream(link.key)
        except BlobMissing:
            slots.release()
            return said("unknown", 404)
        except BusUnavailable as error:
            slots.release()
            log.warning("a file could not be read", error=str(error))
            return said("away", 503)
        except BaseException:
            slots.release()
            raise
        if request.method == "HEAD":
            slots.release()
            return Response(headers=_headers(link, size), media_type="application/octet-stream")
        _DOWNLOADS.labels("sent").inc()
        return Download(_logged(pieces, link), _headers(link, size), slots.release)

    return router


async def _logged(pieces: AsyncIterator[bytes], link: FileLink) -> AsyncIterator[bytes]:
    """The pieces; where they end early so does the answer, which is then shorter than it said, and its reader knows."""
    try:
        async for piece in pieces:
            yield piece
    except (BlobDamaged, BlobMissing, BusUnavailable) as error:
        log.error("a download broke off", blob=link.key, error=str(error))
        raise


def _headers(link: FileLink, size: int) -> dict[str, str]:
    plain = "".join(
        char if char.isascii() and char.isprintable() and char not in '"\\%' else "_" for char in link.filename
    )
    return {
        "Content-Length": str(size),
        # RFC 6266 4.3: the second form is for every other script.
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(link.filename, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
        "X-Robots-Tag": "noindex",
        "Referrer-Policy": "no-referrer",
    }


def _page(what: str, status: int, company: str, language: str, **variables: str) -> Response:
    title, words = text(f"files.{what}.title", language), text(f"files.{what}", language, **variables)
    page = pages.page(
        title, company, f'<div lang="{language}"><h1>{title}</h1><p class="lead">{words}</p></div>', status
    )
    if status == 503:
        page.headers["Retry-After"] = "60"
    return page


def _language(request: Request, default: str) -> str:
    """The first language of Accept-Language (RFC 9110 12.5.4) that there are texts in, else the company's."""
    for wanted in request.headers.get("accept-language", "")[:200].split(","):
        language = wanted.partition(";")[0].strip().lower()[:2]
        if language in LANGUAGES:
            return language
    return default
