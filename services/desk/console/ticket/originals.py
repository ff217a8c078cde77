"""The bytes a message came as: their head for reading, all of them for having."""

import asyncio
import re
from typing import Final

from services.desk.errors import Away, NotFound
from shared.bus.blobs import Blobs
from shared.bus.errors import BlobDamaged, BlobMissing, BlobTooLarge, BusUnavailable
from shared.messages.original import OriginalAnswer

LIMIT: Final = 64 * 1024 * 1024
_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_HEAD: Final = 65_536


async def content_of(found: OriginalAnswer, blobs: Blobs) -> bytes:
    """All of it. Raises `NotFound` where there is none (any more), `Away`."""
    if found.original is None:
        raise NotFound("there is no original of this message")
    if found.original.inline is not None:
        return found.original.inline
    if found.original.blob is None:
        raise NotFound("the original of this message is not kept any more")
    try:
        return await blobs.get(found.original.blob, limit=LIMIT)
    except (BlobMissing, BlobDamaged, BlobTooLarge) as error:
        raise NotFound("the original of this message cannot be read") from error
    except BusUnavailable as error:
        raise Away("the original cannot be read at the moment") from error


async def head_of(found: OriginalAnswer, blobs: Blobs) -> str:
    """Its head, as text: up to the first empty line (RFC 5322, 2.1). Raises as `content_of`."""
    content = await content_of(found, blobs)
    return await asyncio.to_thread(head, content)


def head(content: bytes) -> str:
    """What stands before the first empty line; whatever is no UTF-8 in it is replaced."""
    start = content[:_HEAD]
    end = _END_OF_HEAD.search(start)
    return (start[: end.start()] if end else start).decode("utf-8", "replace")
