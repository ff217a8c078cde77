"""A key-value bucket whose entries are changed only by whoever knows their revision: the fence against writers that woke too late.

Read from the stream's leader, so that what was just written is seen. Buckets are declared by `topology`.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

import nats.errors
from nats.aio.client import Client
from nats.js.errors import APIError, BucketNotFoundError, KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.errors import Error as JetStreamError
from nats.js.kv import KeyValue as Bucket

from shared.bus.connection import wait_connected
from shared.bus.errors import BusError, BusUnavailable

_WRONG_REVISION = 10071  # nats-server, server/errors.json: wrong last sequence
ANSWER = 2.0
"""Seconds the bus has for one answer."""

_TOGETHER = 64
"""Entries of `KeyValue.all` that are asked for at once."""

Given = TypeVar("Given")


class RevisionConflict(BusError):
    """The entry was changed (or removed, or made) by somebody else since it was read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and its revision. A revision of 0 stands for "there is none yet"."""

    value: bytes
    revision: int


class KeyValue:
    """One bucket over one connection. Keys are subjects' words joined by dots; escape users' names with `subjects.token`."""

    def __init__(self, nc: Client, bucket: str, *, answer: float = ANSWER) -> None:
        self._nc = nc
        self._name = bucket
        self._answer = answer
        self._bucket: Bucket | None = None

    async def get(self, key: str) -> Entry | None:
        """The entry, or None. Raises BusUnavailable."""
        bucket = await self._open()
        try:
            found = await self._asked(bucket.get(key))
        except KeyNotFoundError:
            return None
        return Entry(found.value or b"", found.revision or 0)

    async def all(self, most: int = 1_000) -> dict[str, Entry]:
        """The entries there are now, at most so many of them. Raises BusUnavailable."""
        await self._open()
        keys = await self._asked(self._keys())
        found: dict[str, Entry] = {}
        for start in range(0, len(keys), _TOGETHER):
            some = keys[start : start + _TOGETHER]
            entries = await asyncio.gather(*(self.get(key) for key in some))
            found |= {key: entry for key, entry in zip(some, entries, strict=True) if entry is not None}
            if len(found) >= most:
                break
        return dict(list(found.items())[:most])

    async def _keys(self) -> list[str]:
        # Not by the client's watcher: where the entries are here before what it asks about them, it says that there are none.
        beginning = f"$KV.{self._name}."
        info = await self._nc.jetstream(timeout=self._answer).stream_info(f"KV_{self._name}", f"{beginning}>")
        return [subject.removeprefix(beginning) for subject in sorted(info.state.subjects or {})]

    async def create(self, key: str, value: bytes) -> int:
        """Make the entry; gives its revision. Raises RevisionConflict when there is one, BusUnavailable."""
        bucket = await self._open()
        return await self._written(key, value, bucket.create(key, value))

    async def update(self, key: str, value: bytes, revision: int) -> int:
        """Replace the entry of that revision (0: make it); gives the new revision.

        Raises RevisionConflict, BusUnavailable. After BusUnavailable it may have been written all the same: a repetition with the same
        value and revision then succeeds.
        """
        if not revision:
            return await self.create(key, value)
        bucket = await self._open()
        return await self._written(key, value, bucket.update(key, value, last=revision), revision)

    async def delete(self, key: str, revision: int) -> None:
        """Remove the entry of that revision. Raises RevisionConflict, BusUnavailable."""
        bucket = await self._open()
        try:
            await self._asked(bucket.delete(key, last=revision))
        except KeyWrongLastSequenceError as error:
            raise RevisionConflict(f"{self._name}: {key} was changed by somebody else") from error

    async def _written(self, key: str, value: bytes, write: Awaitable[int], revision: int = 0) -> int:
        try:
            return await self._asked(write)
        except KeyWrongLastSequenceError as error:
            # Perhaps it was ourselves, and only the answer was lost.
            there = await self.get(key)
            if there is not None and there.value == value and there.revision > revision:
                return there.revision
            raise RevisionConflict(f"{self._name}: {key} was changed by somebody else") from error

    async def _open(self) -> Bucket:
        await wait_connected(self._nc, self._answer)
        if self._bucket is None:
            js = self._nc.jetstream(timeout=self._answer)
            try:
                self._bucket = await self._asked(js.key_value(self._name))
            except BucketNotFoundError as error:
                raise BusUnavailable(f"bucket {self._name} is not declared (yet)") from error
        return self._bucket

    async def _asked(self, question: Awaitable[Given]) -> Given:
        try:
            async with asyncio.timeout(self._answer * 2):
                return await question
        except (KeyNotFoundError, KeyWrongLastSequenceError, BucketNotFoundError):
            raise
        except APIError as error:
            if error.err_code == _WRONG_REVISION:  # not every call of the client says so by its type
                raise KeyWrongLastSequenceError from error
            raise BusUnavailable(f"bucket {self._name} does not answer: {error}") from error
        except (nats.errors.Error, JetStreamError, TimeoutError, OSError) as error:
            raise BusUnavailable(f"bucket {self._name} does not answer: {error or type(error).__name__}") from error
