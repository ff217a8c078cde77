"""Dead letters: messages that failed past their schedule. They stay in stream DEAD until somebody resolves them.

For the command line (`trunkline dead list|show|replay`) and for the operations page. Not here: how a message dies (`shared.bus.retry`).
"""

import time
from dataclasses import dataclass, field
from typing import Final

import nats.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext, api
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NotFoundError

from shared.bus import headers as hdr
from shared.bus import subjects as s
from shared.bus.errors import BusUnavailable, DeadLetterMissing
from shared.bus.janitor import stored_at
from shared.bus.publish import Publisher


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that was given up. Times are epoch seconds; `id` is its number in DEAD."""

    id: int
    subject: str  # the original one
    durable: str  # who gave up
    error: str
    first_error: str
    attempts: int
    message_id: str  # the original one
    first_seen: float
    died_at: float
    payload: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 0  # of the payload, in bytes


_SIZE: Final = "Nats-Msg-Size"
_ANSWER: Final = 5.0  # seconds
_FORGET: Final = 30.0


async def list_dead(js: JetStreamContext, limit: int = 100, *, after: int = 0) -> list[DeadLetter]:
    """The oldest dead letters with a number above `after`, at most `limit`. Raises BusUnavailable."""
    found: list[DeadLetter] = []
    while len(found) < limit:
        try:
            letter = _letter(await js.get_msg(s.DEAD, seq=after + 1, subject=">", next=True))
        except NotFoundError:
            break
        except (nats.errors.Error, TimeoutError) as error:
            raise BusUnavailable(f"the dead letters cannot be read now: {error}") from error
        found.append(letter)
        after = letter.id
    return found


async def list_heads(js: JetStreamContext, limit: int = 100, *, after: int = 0) -> list[DeadLetter]:
    """As `list_dead`, without the payloads, which may be megabytes each. Needs the right to make a consumer. Raises BusUnavailable."""
    config = api.ConsumerConfig(
        deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=after + 1,
        ack_policy=api.AckPolicy.NONE,
        headers_only=True,
        mem_storage=True,
        inactive_threshold=_FORGET,
    )
    try:
        reader = await js.pull_subscribe("dead.>", stream=s.DEAD, config=config)
        info = await reader.consumer_info()
        try:
            left = min(limit, info.num_pending or 0)
            found: list[DeadLetter] = []
            while len(found) < left:
                found += [_head(msg) for msg in await reader.fetch(left - len(found), timeout=_ANSWER)]
            return found
        finally:
            await js.delete_consumer(s.DEAD, info.name)
            await reader.unsubscribe()
    except (nats.errors.Error, JetStreamError, TimeoutError) as error:
        raise BusUnavailable(f"the dead letters cannot be read now: {error}") from error


async def get_dead(js: JetStreamContext, seq: int) -> DeadLetter:
    """The dead letter with that number. Raises DeadLetterMissing, BusUnavailable."""
    try:
        return _letter(await js.get_msg(s.DEAD, seq=seq))
    except NotFoundError as error:
        raise DeadLetterMissing(f"there is no dead letter {seq}: see `trunkline dead list`") from error
    except (nats.errors.Error, TimeoutError) as error:
        raise BusUnavailable(f"dead letter {seq} cannot be read now: {error}") from error


async def replay(js: JetStreamContext, publisher: Publisher, seq: int) -> None:
    """Have the message handled again from the start of its schedule, then forget the dead letter.

    It goes to RETRY and not to its old stream, so that it is not counted as received again. Its id is new, else it would be
    dropped as a duplicate; made of the dead letter's number and time, so that two operators replay it once. Raises
    DeadLetterMissing, BusUnavailable, BusFull.
    """
    letter = await get_dead(js, seq)
    head = {key: value for key, value in letter.headers.items() if not key.startswith("Nats-")}
    head.pop(hdr.FIRST_ERROR, None)
    head |= {hdr.ATTEMPT: "0", hdr.NOT_BEFORE: f"{time.time():.3f}"}
    await publisher.publish(
        s.RETRY,
        s.retry(letter.subject),
        letter.payload,
        message_id=f"replay-{seq}-{letter.died_at:.6f}",
        headers=head,
    )
    try:
        await js.delete_msg(s.DEAD, seq)
    except NotFoundError:
        return
    except (nats.errors.Error, TimeoutError) as error:
        raise BusUnavailable(f"dead letter {seq} is on its way again, but is still listed: {error}") from error


def _letter(message: api.RawStreamMsg) -> DeadLetter:
    head = {key: str(value) for key, value in (message.headers or {}).items()}
    payload = message.data or b""
    return _made(message.seq or 0, message.subject or "", head, stored_at(message), payload, len(payload))


def _head(message: Msg) -> DeadLetter:
    head = {key: str(value) for key, value in (message.headers or {}).items()}
    place = message.metadata
    size = int(_number(head.pop(_SIZE, None), 0))
    return _made(place.sequence.stream, message.subject, head, place.timestamp.timestamp(), b"", size)


def _made(seq: int, subject: str, head: dict[str, str], died: float, payload: bytes, size: int) -> DeadLetter:
    return DeadLetter(
        id=seq,
        subject=s.original(head.get(hdr.ORIGINAL_SUBJECT) or subject),
        durable=head.get(hdr.DURABLE, ""),
        error=head.get(hdr.LAST_ERROR, ""),
        first_error=head.get(hdr.FIRST_ERROR, ""),
        attempts=int(_number(head.get(hdr.ATTEMPT), 0)),
        message_id=head.get(hdr.ORIGINAL_ID, ""),
        first_seen=_number(head.get(hdr.FIRST_SEEN), died),
        died_at=died,
        payload=payload,
        headers=head,
        size=size,
    )


def _number(text: str | None, default: float) -> float:
    try:
        return float(text) if text is not None else default
    except ValueError:
        return default
