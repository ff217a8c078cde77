"""Files and originals of messages, for whoever is signed in: ``/console/ticket/{number}/file/…``, ``…/original/…``.

Whatever a stranger sent is a download of unknown kind. Only small pictures of kinds that hold no script are shown, by what their first
bytes say and not by what their sender calls them. Importing this adds the routes to the console.
"""

import asyncio
import re
from io import BytesIO
from typing import Final
from urllib.parse import quote

import structlog
from fastapi import Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from nicegui import app

from services.desk.console import frame
from services.desk.console.ticket.originals import content_of
from services.desk.console.ticket.pieces import PREVIEW
from services.desk.errors import DeskError
from shared.bus.errors import BlobDamaged, BlobMissing, BlobTooLarge, BusUnavailable
from shared.messages.original import OriginalAnswer, OriginalQuery
from shared.messages.parts import Attachment
from shared.messages.ticket import HtmlAnswer, HtmlQuery

log = structlog.get_logger(__name__)

SIDE: Final = 480
"""Pixels of a preview's longer side."""
MOST_PIXELS: Final = 40_000_000
_AT_ONCE: Final = asyncio.Semaphore(2)
_MAGIC: Final = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|RIFF....WEBP", re.DOTALL)
_INERT: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@app.get("/ticket/{number}/file/{message_id}/{place}", include_in_schema=False)
async def file(number: int, message_id: str, place: int, request: Request, preview: bool = False) -> Response:
    """A file of a message; ``preview``: a small picture of it."""
    parts = frame.parts()
    try:
        query = HtmlQuery(number=number, message_id=message_id)
        found = await parts.backend.gate.query("html", query, HtmlAnswer)
    except DeskError as error:
        return PlainTextResponse(str(error), error.status, headers=_INERT)
    if not found.found or not 0 <= place < len(found.attachments) or found.attachments[place].blob is None:
        return PlainTextResponse("there is no such file", 404, headers=_INERT)
    attachment = found.attachments[place]
    return await (_preview(attachment) if preview else _download(attachment))


async def _download(attachment: Attachment) -> Response:
    try:
        size, pieces = await frame.parts().backend.blobs.stream(attachment.blob or "")
    except BlobMissing:
        return PlainTextResponse("the file is not kept any more", 410, headers=_INERT)
    except BusUnavailable:
        return PlainTextResponse("the file cannot be read at the moment", 503, headers=_INERT)
    headers = {**_INERT, **disposition(attachment.filename or "file"), "Content-Length": str(size)}
    return StreamingResponse(pieces, headers=headers, media_type="application/octet-stream")


async def _preview(attachment: Attachment) -> Response:
    try:
        content = await frame.parts().backend.blobs.get(attachment.blob or "", limit=PREVIEW)
        async with _AT_ONCE:
            picture = await asyncio.to_thread(small, content)
    except (BlobMissing, BlobDamaged, BlobTooLarge, NoPicture) as error:
        log.info("a file cannot be shown", error=str(error))
        return PlainTextResponse("no picture", 415, headers=_INERT)
    except BusUnavailable:
        return PlainTextResponse("the picture cannot be read at the moment", 503, headers=_INERT)
    kept = {**_INERT, "Cache-Control": "private, max-age=3600"}
    return Response(picture, media_type="image/webp", headers=kept)


class NoPicture(Exception):
    """It is none, or one that is too large to be drawn."""


def small(content: bytes) -> bytes:
    """A small picture of a picture, drawn anew: nothing of what else the file holds goes on. Raises `NoPicture`."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    if _MAGIC.match(content) is None:
        raise NoPicture("of no kind that is shown")
    try:
        with Image.open(BytesIO(content), formats=("PNG", "JPEG", "GIF", "WEBP")) as picture:
            # Known from the head alone: a small file may unfold to gigabytes.
            if picture.width * picture.height > MOST_PIXELS:
                raise NoPicture("too many pixels")
            picture.draft("RGB", (SIDE, SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
            upright.thumbnail((SIDE, SIDE))
            made = BytesIO()
            upright.save(made, "WEBP", quality=80)
            return made.getvalue()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise NoPicture(str(error)) from error


@app.get("/ticket/{number}/original/{message_id}", include_in_schema=False)
async def original(number: int, message_id: str) -> Response:
    """A message as it came in."""
    parts = frame.parts()
    try:
        query = OriginalQuery(number=number, message_id=message_id)
        found = await parts.backend.gate.query("original", query, OriginalAnswer)
        content = await content_of(found, parts.backend.blobs)
    except DeskError as error:
        return PlainTextResponse(str(error), error.status, headers=_INERT)
    headers = {**_INERT, **disposition(f"T-{number}.eml")}
    return Response(content, media_type="application/octet-stream", headers=headers)


def disposition(name: str) -> dict[str, str]:
    """That it is to be kept, under this name (RFC 6266, 4.3: the second form is for every script)."""
    plain = "".join(each if each.isascii() and each.isprintable() and each not in '"\\%' else "_" for each in name)
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"}
