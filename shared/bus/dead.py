"""Dead letters: messages that failed past their schedule. They stay in stream DEAD until somebody resolves them.

For the command line (`trunkline dead list|show|replay`). Not here: how a message dies (`shared.bus.retry`).
"""

import time
from dataclasses import dataclass, field

import nats.errors
from nats.js import JetStreamContext, api
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
    died = stored_at(message)
    return DeadLetter(
        id=message.seq or 0,
        subject=s.original(head.get(hdr.ORIGINAL_SUBJECT) or message.subject or ""),
        durable=head.get(hdr.DURABLE, ""),
        error=head.get(hdr.LAST_ERROR, ""),
        first_error=head.get(hdr.FIRST_ERROR, ""),
        attempts=int(_number(head.get(hdr.ATTEMPT), 0)),
        message_id=head.get(hdr.ORIGINAL_ID, ""),
        first_seen=_number(head.get(hdr.FIRST_SEEN), died),
        died_at=died,
        payload=message.data or b"",
        headers=head,
    )


def _number(text: str | None, default: float) -> float:
    try:
        return float(text) if text is not None else default
    except ValueError:
        return default
