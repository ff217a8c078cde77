"""Attachments whose pictures are to be seen outside: cleaned, and kept beside the original under the hash of what is left.

The same picture always becomes the same: whoever forgets an original finds what was made of it by cleaning it again.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from shared.bus.blobs import Blobs
from shared.bus.errors import BlobDamaged, BlobMissing, BlobTooLarge
from shared.messages.parts import Attachment
from shared.pictures import LOOK, cleaned, is_picture

LARGE: Final = 256 * 1024
"""Octets above which a picture is cleaned off the event loop."""


async def without_traces(attachments: Sequence[Attachment], blobs: Blobs) -> list[Attachment]:
    """The attachments, each picture among them without what it tells of its maker. What cannot be read stays as it is: whoever sends it
    finds out, too. Raises `BusUnavailable` and `BusFull`."""
    return [await _one(each, blobs) for each in attachments]


async def _one(attachment: Attachment, blobs: Blobs) -> Attachment:
    if attachment.blob is None:
        return attachment
    try:
        if not is_picture(await _beginning(attachment.blob, blobs)):
            return attachment
        content = await blobs.get(attachment.blob)
    except (BlobMissing, BlobDamaged, BlobTooLarge):
        return attachment
    clean = cleaned(content) if len(content) < LARGE else await asyncio.to_thread(cleaned, content)
    if clean == content:
        return attachment
    key = await blobs.put(clean)
    return attachment.model_copy(update={"blob": key, "sha256": key, "size": len(clean)})


async def _beginning(key: str, blobs: Blobs) -> bytes:
    _, pieces = await blobs.stream(key)
    async for piece in pieces:
        return piece[:LOOK]
    return b""
