"""How far a mailbox has been read: an entry of the bucket `cursors` that only the reader who wrote it last can move.

Every UID up to ``uid`` is on the bus, refused and counted, or was never wanted. The entry's revision is the fence: whoever takes over
writes the entry first, so that a reader who was paused and wakes cannot move it any more.
"""

import asyncio
import hashlib
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.intake.imap.errors import Fenced, NotNow
from shared.bus.errors import BusError
from shared.bus.keyvalue import KeyValue, RevisionConflict
from shared.bus.subjects import token

TRIES = 3
"""Times a move is tried while the bus does not answer; all with one revision, so that it happens once."""


class Cursor(BaseModel):
    """``validity`` is the folder's UIDVALIDITY, ``place`` server, user and folder, ``reader`` wrote it last.

    ``old``: mails up to this UID were there when the mailbox was first connected, or when its UIDs changed. Of these, only what the
    server got ``since`` then is wanted (null: all), and what it got before ``begun``, the first connection, is taken silently.
    ``todo``: mails that are safe and still to be flagged, moved or deleted.
    """

    model_config = ConfigDict(frozen=True)

    place: str
    validity: int
    uid: int = 0
    reader: str = ""
    old: int = 0
    since: datetime | None = None
    begun: datetime
    todo: tuple[int, ...] = Field(default=())


class Place:
    """Where a mailbox's cursor is kept. One per reader."""

    def __init__(self, bucket: KeyValue, inbox: str, place: str) -> None:
        self._bucket = bucket
        # Of this mailbox: an inbox that is given another one begins there, and goes on here if it comes back.
        self._key = f"imap.{token(inbox)}.{hashlib.sha256(place.encode()).hexdigest()[:16]}"
        self._revision = 0

    async def load(self) -> Cursor | None:
        """The cursor as it is now, or null when this mailbox was never connected. Raises `NotNow`."""
        try:
            entry = await self._bucket.get(self._key)
        except BusError as error:
            raise NotNow(str(error)) from error
        self._revision = entry.revision if entry is not None else 0
        if entry is None:
            return None
        try:
            return Cursor.model_validate_json(entry.value)
        except ValidationError as error:
            raise NotNow(f"the cursor {self._key} can't be read; it was written by a newer version?") from error

    async def move(self, cursor: Cursor) -> None:
        """Write it, provided that nobody else did since. Raises `Fenced`, `NotNow`."""
        value = cursor.model_dump_json().encode()
        for attempt in range(TRIES):
            try:
                self._revision = await self._bucket.update(self._key, value, self._revision)
            except RevisionConflict as error:
                raise Fenced("another reader has moved the cursor") from error
            except BusError as error:
                if attempt == TRIES - 1:
                    raise NotNow(str(error)) from error
                await asyncio.sleep(0.1)
            else:
                return
