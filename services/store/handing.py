"""The configuration handed out to everybody: what the file says, with the teams and webhooks that were made at the desk.

It is written down by its version, so that every decision can be traced to it, and then put into bucket ``config`` under ``effective``. That
is done at the start and after each commit that changes one of these documents, before that commit is answered; where the bus is away just
then, again and again until it is done. Several stores may do so at once: whoever has read older documents finds the bucket changed, and
looks once more.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import nats.errors
import structlog
from nats.js.errors import BucketNotFoundError, KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.errors import Error as JetStreamError
from nats.js.kv import KeyValue
from pydantic_core import to_json
from sqlalchemy import Connection, select

from services.store.documents import DOCUMENT, FACT
from services.store.errors import DatabaseUnavailable, Stopping
from services.store.group import ConfigurationUnit
from services.store.reading import Reader
from services.store.writer import Writer
from shared.bus import subjects
from shared.bus.connection import BusConnection
from shared.documents.handing import HANDED_OUT, MOST, handed_out
from shared.messages.changeset import Changeset
from shared.messages.documents import DocumentFact, DropDocument, PutDocument
from shared.settings.made import MADE

log = structlog.get_logger(__name__)

KEY: Final = "effective"
_AGAIN: Final = 1.0  # seconds
_TRIES: Final = 20


class Contended(Exception):
    """Other stores hand out so often that this one finds no moment; tried again later."""


class HandingOut:
    """What this store hands out; nothing until it knows what the file says."""

    def __init__(self, bus: BusConnection, reader: Reader, writer: Writer) -> None:
        self._bus, self._reader, self._writer = bus, reader, writer
        self._file: tuple[dict[str, Any], str] | None = None
        self._missed = asyncio.Event()
        self._turn = asyncio.Lock()

    async def use(self, tree: dict[str, Any], version: str) -> None:
        """From now on this is what the file says, under this version: hand it out. Raises `DatabaseUnavailable`, `Stopping`, and the
        client's errors while the bus is away."""
        self._file = (tree, version)
        await self._hand_out()

    async def after(self, changesets: Iterable[Changeset]) -> None:
        """Hand out anew if any of these changed what is handed out. Raises nothing: what cannot be done now is done by `keep`."""
        if self._file is None or not any(map(_changes, changesets)):
            return
        try:
            await self._hand_out()
        except (nats.errors.Error, JetStreamError, TimeoutError, DatabaseUnavailable, Contended) as error:
            log.warning("the configuration could not be handed out; trying again", error=str(error))
            self._missed.set()
        except Stopping:
            return  # it is handed out at the next start

    async def keep(self) -> None:
        """Do what could not be done, for ever."""
        while True:
            await self._missed.wait()
            await asyncio.sleep(_AGAIN)
            self._missed.clear()
            try:
                await self._hand_out()
            except (nats.errors.Error, JetStreamError, TimeoutError, DatabaseUnavailable, Contended) as error:
                log.debug("the configuration still cannot be handed out", error=str(error))
                self._missed.set()

    async def _hand_out(self) -> None:
        assert self._file is not None, "use() first"
        async with self._turn:
            bucket = await self._bucket()
            for _ in range(_TRIES):
                # The bucket first: whatever was put there before the documents are read cannot know more than they say.
                revision = await _revision(bucket)
                tree, version = self._file
                tree = handed_out(tree, await self._reader.read(_documents))
                version = str(tree["version"]) if MADE in tree else version
                await self._writer.submit([ConfigurationUnit(version, tree)])
                try:
                    await bucket.update(KEY, to_json({"version": version, "effective": tree}), last=revision)
                except KeyWrongLastSequenceError:
                    continue
                return
            raise Contended(f"the configuration was changed by others {_TRIES} times in a row")

    async def _bucket(self) -> KeyValue:
        js = self._bus.jetstream()
        try:
            return await js.key_value(subjects.CONFIG)
        except BucketNotFoundError:
            return await js.create_key_value(bucket=subjects.CONFIG)


async def _revision(bucket: KeyValue) -> int:
    try:
        return (await bucket.get(KEY)).revision or 0
    except KeyNotFoundError:
        return 0


def _changes(changeset: Changeset) -> bool:
    return any(
        isinstance(each, PutDocument | DropDocument) and each.kind in HANDED_OUT for each in changeset.operations
    )


def _documents(connection: Connection) -> list[DocumentFact]:
    found = select(*FACT).where(DOCUMENT.c.kind.in_(HANDED_OUT)).order_by(DOCUMENT.c.kind, DOCUMENT.c.id).limit(MOST)
    return [DocumentFact.model_construct(**row) for row in connection.execute(found).mappings()]
