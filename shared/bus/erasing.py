"""Taking single messages out of the streams, for somebody who is to be forgotten, so that the ledger still adds up.

A message goes by its stream and sequence, after what it says of itself was compared. Which ones of INTAKE went is noted in bucket
`config` before they go, as a set: noting one twice counts it once, however often this is interrupted and begun again.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

import nats.errors
from nats.js import JetStreamContext
from nats.js.errors import BadRequestError, KeyNotFoundError, KeyWrongLastSequenceError, NotFoundError
from nats.js.errors import Error as JetStreamError

from shared.bus import subjects as s
from shared.bus.errors import BusUnavailable
from shared.bus.janitor import settled, stored_at

_ATTEMPTS = 20
_BATCH = 200
_LOOK = 0.1
_GONE = 10043  # nats-server, server/errors.json: no message found at that sequence


@dataclass(frozen=True)
class Found:
    """A message of a stream, stored ``at`` a time (seconds since the epoch)."""

    stream: str
    seq: int
    subject: str
    data: bytes
    headers: dict[str, str]
    at: float


async def wait_until_settled(js: JetStreamContext, stream: str, patience: float) -> bool:
    """Whether everything that is on the stream now is done with, within so many seconds. Raises BusUnavailable."""
    try:
        last = (await js.stream_info(stream)).state.last_seq
        async with asyncio.timeout(patience):
            while last and await settled(js, stream) < last:
                await asyncio.sleep(_LOOK)
    except TimeoutError:
        return False
    except (nats.errors.Error, JetStreamError) as error:
        raise BusUnavailable(f"{stream} cannot be looked at now: {error}") from error
    return True


async def erase(js: JetStreamContext, stream: str, wanted: Callable[[Found], bool]) -> AsyncIterator[list[Found]]:
    """Remove the messages that are ``wanted``, some at a time; gives these before they go. Raises BusUnavailable."""
    waiting: list[Found] = []
    async for each in _all(js, stream):
        if not wanted(each):
            continue
        waiting.append(each)
        if len(waiting) == _BATCH:
            yield waiting
            await _remove(js, waiting)
            waiting = []
    if waiting:
        yield waiting
        await _remove(js, waiting)


async def _all(js: JetStreamContext, stream: str) -> AsyncIterator[Found]:
    try:
        state = (await js.stream_info(stream)).state
        after = state.first_seq - 1
        while after < state.last_seq:
            try:
                message = await js.get_msg(stream, seq=after + 1, subject=">", next=True)
            except NotFoundError:
                return
            after = message.seq or after + 1
            head = {key: str(value) for key, value in (message.headers or {}).items()}
            yield Found(stream, after, message.subject or "", message.data or b"", head, stored_at(message))
    except (nats.errors.Error, TimeoutError) as error:
        raise BusUnavailable(f"{stream} cannot be read now: {error}") from error


async def _remove(js: JetStreamContext, messages: list[Found]) -> None:
    by_subject: dict[str, set[int]] = {}
    for each in messages:
        if each.stream == s.INTAKE:
            by_subject.setdefault(each.subject, set()).add(each.seq)
    try:
        for subject, places in by_subject.items():
            await _note(js, subject, places)
        for each in messages:
            try:
                await js.delete_msg(each.stream, each.seq)  # the server overwrites what it deletes
            except NotFoundError:
                continue
            except BadRequestError as error:
                if error.err_code != _GONE:  # another store is forgetting the same, or the janitor came first
                    raise
    except (nats.errors.Error, JetStreamError, TimeoutError) as error:
        raise BusUnavailable(f"what is to be forgotten cannot be removed now: {error}") from error


async def _note(js: JetStreamContext, subject: str, places: set[int]) -> None:
    bucket = await js.key_value(s.CONFIG)
    for _ in range(_ATTEMPTS):
        try:
            entry = await bucket.get(s.erased(subject))
            known, revision = set(json.loads(entry.value or b"[]")), entry.revision or 0
        except KeyNotFoundError:
            known, revision = set(), 0
        if places <= known:
            return
        try:
            await bucket.update(s.erased(subject), json.dumps(sorted(known | places)).encode(), last=revision)
            return
        except KeyWrongLastSequenceError:
            continue
    raise BusUnavailable("somebody else is forgetting, too: try again")


def moment(at: datetime) -> float:
    """A time as `Found.at` has it."""
    return at.timestamp()
