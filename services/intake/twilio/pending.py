"""Files that could not be had when their message came: remembered on the bus until they can, one entry per inbox in bucket ``cursors``.
When the inbox was first connected stands there too.

Written before the message is published, so that a crash in between leaves a note too many rather than one too few.
"""

import asyncio
from collections.abc import Callable, Mapping

import structlog
from pydantic import BaseModel, ValidationError

from shared.bus.errors import BusError, BusUnavailable
from shared.bus.keyvalue import KeyValue, RevisionConflict
from shared.bus.subjects import token

log = structlog.get_logger(__name__)

MOST = 200
"""Messages of an inbox that are remembered; beyond, the oldest is given up (its files stay with Twilio)."""
TRIES = 8
_LONGEST = 2_000


class Note(BaseModel):
    """A message whose files are missing: its form as Twilio sent it, since when (seconds since 1970), and how often it was tried."""

    sid: str
    form: dict[str, str]
    since: float
    tries: int = 0


class _Notes(BaseModel):
    """``begun`` is when the inbox was first connected, in seconds since 1970."""

    notes: list[Note] = []
    begun: float | None = None


class Pending:
    """The notes of one inbox. Every method raises `BusError`."""

    def __init__(self, bucket: KeyValue, inbox: str) -> None:
        self._bucket, self._key = bucket, f"twilio.{token(inbox)}"

    async def begun(self, now: float) -> float:
        """When this inbox was first connected: ``now`` if it never was. What lies with Twilio from before is nobody's to answer."""
        entry = await self._bucket.get(self._key)
        found = _read(entry.value) if entry else _Notes()
        if found.begun is not None:
            return found.begun
        found.begun = now
        try:
            await self._bucket.update(self._key, found.model_dump_json().encode(), entry.revision if entry else 0)
        except RevisionConflict:
            return await self.begun(now)
        return now

    async def all(self) -> list[Note]:
        """The notes, oldest first."""
        entry = await self._bucket.get(self._key)
        return _read(entry.value).notes if entry else []

    async def add(self, sid: str, form: Mapping[str, str], now: float) -> None:
        """Remember a message, unless it is remembered already."""
        short = {key[:100]: value[:_LONGEST] for key, value in list(form.items())[:100]}

        def added(notes: list[Note]) -> list[Note]:
            if any(each.sid == sid for each in notes):
                return notes
            if len(notes) >= MOST:
                log.error("files of a message are given up: too many are missing", inbox=self._key, sid=notes[0].sid)
            return [*notes, Note(sid=sid, form=short, since=now)][-MOST:]

        await self._change(added)

    async def remove(self, sid: str) -> None:
        """It is over."""
        await self._change(lambda notes: [each for each in notes if each.sid != sid])

    async def tried(self, sid: str) -> None:
        """It was tried in vain once more."""
        await self._change(
            lambda notes: [each.model_copy(update={"tries": each.tries + (each.sid == sid)}) for each in notes]
        )

    async def _change(self, change: Callable[[list[Note]], list[Note]]) -> None:
        for attempt in range(TRIES):
            entry = await self._bucket.get(self._key)
            before = _read(entry.value) if entry else _Notes()
            after = change(before.notes)
            if after == before.notes:
                return
            changed = _Notes(notes=after, begun=before.begun)
            try:
                await self._bucket.update(self._key, changed.model_dump_json().encode(), entry.revision if entry else 0)
                return
            except RevisionConflict:
                await asyncio.sleep(0.02 * attempt)
        raise BusUnavailable(f"{self._key} was changed by others {TRIES} times")


def _read(value: bytes) -> _Notes:
    try:
        return _Notes.model_validate_json(value)
    except ValidationError as error:
        raise BusError(
            f"the notes of missing media can't be read; were they written by a newer version? ({error})"
        ) from error
