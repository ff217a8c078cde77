"""Files that come with a reply: decoded off the event loop, bounded, and kept in the blobs bucket before the reply is made."""

import asyncio
import base64
import binascii
from collections.abc import Sequence

from services.desk.errors import Away, TooLarge, Unprocessable
from services.desk.schemas import NewAttachment
from shared.bus.blobs import Blobs
from shared.bus.errors import BusFull, BusUnavailable
from shared.messages.parts import Attachment

MAX_BYTES = 25_000_000
# Decoded in pieces (a multiple of four characters), because decoding holds the interpreter's lock and calls wait for it.
_PIECE = 1024 * 1024


async def keep(files: Sequence[NewAttachment], blobs: Blobs, where: str = "/attachments") -> list[Attachment]:
    """Store the files and name them; they stand in the request's body at ``where``. Raises `TooLarge` over `MAX_BYTES` in all,
    `Unprocessable` for what is no Base64, `Away`."""
    if sum(len(file.content) for file in files) * 3 // 4 > MAX_BYTES + 3 * len(files):
        raise TooLarge(f"attachments may have {MAX_BYTES} bytes in all")
    return [await _kept(f"{where}/{place}/content", file, blobs) for place, file in enumerate(files)]


async def _kept(place: str, file: NewAttachment, blobs: Blobs) -> Attachment:
    try:
        content = await asyncio.to_thread(_decoded, file.content)
    except (binascii.Error, ValueError) as error:
        raise Unprocessable(place, "is no Base64") from error
    try:
        key = await blobs.put(content)
    except BusFull as error:
        raise Away("there is no room for attachments at the moment", again=60) from error
    except BusUnavailable as error:
        raise Away("attachments cannot be stored at the moment") from error
    return Attachment(
        filename=file.filename,
        media_type=file.media_type,
        size=len(content),
        sha256=key,
        inline=file.content_id is not None,
        content_id=file.content_id,
        blob=key,
    )


def _decoded(content: str) -> bytes:
    pieces = (content[start : start + _PIECE] for start in range(0, len(content), _PIECE))
    return b"".join(base64.b64decode(piece, validate=True) for piece in pieces)
