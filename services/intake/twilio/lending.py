"""``GET /hooks/twilio/{inbox}/media/{token}``: files of our messages, for Twilio to fetch, with the type that their name promises.

Whoever has the signed link has the file, as under ``/files/`` of the desk; that one says nothing of the type, and Twilio refuses a file of
unknown kind. Only kinds that no browser runs are served here.
"""

import mimetypes
from typing import Final

import structlog
from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from shared import clock
from shared.bus.errors import BlobMissing, BusUnavailable
from shared.secrets import decode_file
from shared.service import Context
from shared.web import problem

log = structlog.get_logger(__name__)

KINDS: Final = ("image/jpeg", "image/png", "image/gif", "audio/", "video/", "application/pdf")
AWAY: Final = {"Retry-After": "5"}


def routes(context: Context) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/hooks/twilio", include_in_schema=False)

    @router.api_route("/{inbox}/media/{token}", methods=["GET", "HEAD"])
    async def media(inbox: str, token: str) -> Response:
        link = decode_file(context.keyring, token)
        if link is None:
            return problem(404, "there is no such file")
        if link.expires <= clock.now():
            return problem(410, "the link is over")
        media_type = mimetypes.guess_type(link.filename)[0] or ""
        if not media_type.startswith(KINDS):
            return problem(404, "there is no such file")
        try:
            size, content = await context.blobs.stream(link.key)
        except BlobMissing:
            return problem(410, "the file is gone")
        except BusUnavailable as error:
            log.warning("a file could not be lent", inbox=inbox, error=str(error))
            return problem(503, "the file cannot be read at the moment", headers=AWAY)
        return StreamingResponse(content, media_type=media_type, headers={"Content-Length": str(size)})

    return router
