"""Taking what the streams and buckets hold into a backup, and putting it back on a new bus.

Taken is what the database cannot know yet: incoming messages and delivery reports above the position up to which everything is
settled, what waits for another try, dead letters, the cursors of mailboxes and bots, and blobs. A message of INTAKE keeps its sequence,
because the ledger knows messages by it. Not here: the archive these go into.
"""

import contextlib
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import nats.errors
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NotFoundError

from shared.bus import headers as hdr
from shared.bus import subjects as s
from shared.bus.errors import BusUnavailable
from shared.bus.janitor import received_through, settled
from shared.bus.publish import Publisher
from shared.bus.topology import streams

TAKEN = (s.INTAKE, s.DELIVERY, s.RETRY, s.DEAD)
# Deliveries and timers are the database's: those come again by themselves.
_NOT_RETRIED = ("retry.outbound.", "retry.timer.")


@dataclass(frozen=True)
class Position:
    """Up to which sequence everything of a stream is done with, at a moment before the database's snapshot."""

    intake: int = 0
    delivery: int = 0
    retry: int = 0


@dataclass(frozen=True)
class Kept:
    """A message of a stream. ``seq`` is its place there."""

    seq: int
    subject: str
    headers: dict[str, str] = field(default_factory=dict)
    data: bytes = b""

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        data = b64encode(self.data).decode()
        return {"seq": self.seq, "subject": self.subject, "headers": self.headers, "data": data}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "Kept":
        """What `plain` gave. Raises KeyError, TypeError and ValueError for anything else."""
        return cls(int(plain["seq"]), str(plain["subject"]), dict(plain["headers"]), b64decode(plain["data"]))

    @property
    def message_id(self) -> str:
        """The id it was published with."""
        return self.headers.get(hdr.MESSAGE_ID, "") or f"restored-{self.seq}"

    @property
    def came_from(self) -> int:
        """The sequence in INTAKE of what this is a copy of, 0 for any other."""
        stream, _, number = self.headers.get(hdr.ORIGINAL_SEQUENCE, "").partition(":")
        return int(number) if stream == s.INTAKE and number.isascii() and number.isdigit() else 0


async def position(js: JetStreamContext) -> Position:
    """Where everybody is now. Raises BusUnavailable."""
    try:
        return Position(await settled(js, s.INTAKE), await settled(js, s.DELIVERY), await settled(js, s.RETRY))
    except (nats.errors.Error, JetStreamError, TimeoutError) as error:
        raise BusUnavailable(f"the positions of the streams cannot be read now: {error}") from error


async def counted(js: JetStreamContext, sequence: int) -> dict[str, int]:
    """Messages ever received up to that sequence of INTAKE, by subject. Raises BusUnavailable."""
    try:
        return await received_through(js, sequence)
    except (nats.errors.Error, JetStreamError, TimeoutError) as error:
        raise BusUnavailable(f"what was received cannot be counted now: {error}") from error


async def messages(js: JetStreamContext, stream: str, after: int = 0, subject: str = ">") -> AsyncIterator[Kept]:
    """The messages of a stream above a sequence, as far as there are any now. Raises BusUnavailable."""
    try:
        last = (await js.stream_info(stream)).state.last_seq
        while after < last:
            try:
                found = await js.get_msg(stream, seq=after + 1, subject=subject, next=True)
            except NotFoundError:
                return
            after = found.seq or after + 1
            head = {key: str(value) for key, value in (found.headers or {}).items()}
            name = found.subject or ""
            if after <= last and not name.startswith(_NOT_RETRIED):
                yield Kept(after, name, head, found.data or b"")
    except (nats.errors.Error, TimeoutError) as error:
        raise BusUnavailable(f"{stream} cannot be read now: {error}") from error


async def cursors(js: JetStreamContext) -> AsyncIterator[Kept]:
    """How far mailboxes and bots were read: the newest of each key of the bucket."""
    async for each in messages(js, f"KV_{s.CURSORS}"):
        if not each.headers.get("KV-Operation"):  # one that was removed
            yield each


async def blob_keys(js: JetStreamContext) -> AsyncIterator[str]:
    """The keys of all blobs."""
    async for each in messages(js, f"OBJ_{s.BLOBS}", subject=f"$O.{s.BLOBS}.M.>"):
        info = json.loads(each.data or b"{}")
        if not info.get("deleted"):
            yield str(info["name"])


async def is_empty(js: JetStreamContext) -> bool:
    """Whether nothing has ever been on this bus. Raises BusUnavailable."""
    for stream in s.STREAMS:
        try:
            if (await js.stream_info(stream)).state.last_seq:
                return False
        except NotFoundError:
            continue
        except (nats.errors.Error, TimeoutError) as error:
            raise BusUnavailable(f"the bus does not answer: {error}") from error
    return True


async def declare_intake(js: JetStreamContext, first: int, replicas: int, limits: dict[str, int]) -> None:
    """Make INTAKE so that its first message gets the sequence ``first``. To be called before everything else is declared."""
    (wanted,) = (each for each in streams(replicas, limits) if each.name == s.INTAKE)
    with contextlib.suppress(NotFoundError):
        await js.delete_stream(s.INTAKE)
    await js.add_stream(wanted.evolve(first_seq=first))


async def put_intake(js: JetStreamContext, publisher: Publisher, kept: Kept, next_: int) -> int:
    """Put a message back at its own sequence, given the one that comes ``next_``; which comes after it. Places in between were others'
    once: they are taken, and left empty."""
    while next_ < kept.seq:
        gap = await publisher.publish(s.INTAKE, kept.subject, b"", message_id=f"gap-{next_}")
        await js.delete_msg(s.INTAKE, gap.seq)
        next_ += 1
    ack = await publisher.publish(s.INTAKE, kept.subject, kept.data, message_id=kept.message_id, headers=_own(kept))
    if ack.seq != kept.seq:
        raise BusUnavailable(
            f"{s.INTAKE} gave a message place {ack.seq} instead of {kept.seq}: is somebody else at work?"
        )
    return next_ + 1


async def put(publisher: Publisher, stream: str, kept: Kept) -> None:
    """Put a message into another stream."""
    own = _own(kept)
    if stream == s.RETRY:
        own[hdr.NOT_BEFORE] = "0"
    await publisher.publish(stream, kept.subject, kept.data, message_id=f"{kept.message_id}-{kept.seq}", headers=own)


def _own(kept: Kept) -> dict[str, str]:
    return {key: value for key, value in kept.headers.items() if not key.startswith("Nats-")}


async def put_cursor(js: JetStreamContext, kept: Kept) -> None:
    """Put a cursor back."""
    bucket = await js.key_value(s.CURSORS)
    await bucket.put(kept.subject.removeprefix(f"$KV.{s.CURSORS}."), kept.data)


async def put_counts(js: JetStreamContext, through: int, counts: dict[str, int]) -> None:
    """Say how many messages were received up to a sequence that are not in INTAKE any more."""
    bucket = await js.key_value(s.CONFIG)
    for subject, number in counts.items():
        await bucket.put(s.purged(subject), json.dumps({"through": through, "count": number}).encode())


async def all_settled(js: JetStreamContext) -> bool:
    """Whether everything on INTAKE, DELIVERY, TIMER and RETRY is done with. Raises BusUnavailable."""
    try:
        for stream in (s.INTAKE, s.DELIVERY, s.TIMER, s.RETRY):
            last = (await js.stream_info(stream)).state.last_seq
            if last and await settled(js, stream) < last:
                return False
    except (nats.errors.Error, JetStreamError, TimeoutError) as error:
        raise BusUnavailable(f"the streams cannot be looked at now: {error}") from error
    return True
