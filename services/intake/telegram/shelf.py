"""Files that could not be had when their message came: which they are is kept on the bus until they are fetched or given up.

One entry of the bucket `cursors` per bot, changed by whoever knows its revision: any intake adds to it, the one that holds the bot's lease
takes from it.
"""

from collections.abc import Callable
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from services.intake.telegram.content import RemoteFile
from shared.bus.errors import BusError
from shared.bus.keyvalue import KeyValue, RevisionConflict
from shared.bus.subjects import token
from shared.messages.inbound import Inbound

MOST = 500
"""Files that may wait for one bot; beyond that its messages wait at Telegram."""
TRIES = 10


class ShelfFull(BusError):
    """Too many files wait already."""


class Waiting(BaseModel):
    """A file of a message. ``message`` is what it will come as; ``since`` when it was asked for first, ``again`` when it is asked for
    next."""

    model_config = ConfigDict(frozen=True)

    message: Inbound
    file_id: str
    filename: str
    media_type: str
    size: int | None = None
    since: datetime
    again: datetime
    attempts: int = 1

    @property
    def file(self) -> RemoteFile:
        """What is to be fetched."""
        return RemoteFile(self.file_id, self.filename, self.media_type, self.size)


class _Shelf(BaseModel):
    waiting: list[Waiting] = []


Change = Callable[[list[Waiting]], list[Waiting]]


class Shelf:
    """The files that wait for one bot."""

    def __init__(self, bucket: KeyValue, inbox: str) -> None:
        self._bucket, self._key = bucket, f"telegram.{token(inbox)}.files"

    async def look(self) -> list[Waiting]:
        """All of them. Raises `BusError`."""
        return (await self._read())[0]

    async def add(self, files: list[Waiting]) -> None:
        """Put these there, each once. Raises `ShelfFull`, another `BusError`."""

        def added(waiting: list[Waiting]) -> list[Waiting]:
            there = {each.message.source_id for each in waiting}
            waiting = [*waiting, *(each for each in files if each.message.source_id not in there)]
            if len(waiting) > MOST:
                raise ShelfFull(f"{MOST} files wait for {self._key}")
            return waiting

        await self._change(added)

    async def release(self, source_ids: set[str], at: datetime) -> None:
        """These may be fetched from ``at`` on, unless they were tried already. Raises `BusError`."""

        def released(waiting: list[Waiting]) -> list[Waiting]:
            return [
                each.model_copy(update={"again": min(each.again, at)})
                if each.message.source_id in source_ids and each.attempts == 1
                else each
                for each in waiting
            ]

        await self._change(released)

    async def replace(self, file: Waiting, by: Waiting | None) -> None:
        """Note another try of a file, or take it away. Raises `BusError`."""

        def replaced(waiting: list[Waiting]) -> list[Waiting]:
            kept = [each for each in waiting if each.message.source_id != file.message.source_id]
            return [*kept, by] if by is not None else kept

        await self._change(replaced)

    async def _read(self) -> tuple[list[Waiting], int]:
        entry = await self._bucket.get(self._key)
        if entry is None:
            return [], 0
        try:
            return _Shelf.model_validate_json(entry.value).waiting, entry.revision
        except ValidationError as error:
            raise BusError(f"{self._key} can't be read; was it written by a newer version?") from error

    async def _change(self, change: Change) -> None:
        for _ in range(TRIES):
            waiting, revision = await self._read()
            changed = change(waiting)
            if changed == waiting:
                return
            try:
                await self._bucket.update(self._key, _Shelf(waiting=changed).model_dump_json().encode(), revision)
            except RevisionConflict:
                continue
            return
        raise RevisionConflict(f"{self._key} is changed by others all the time")
