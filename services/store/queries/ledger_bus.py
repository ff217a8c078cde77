"""What the bus knows of incoming messages, for the ledger: how many there were, and which are not done with.

Every message is known by its sequence in INTAKE, which its copies in RETRY and DEAD name in a header; so a message that is on its
way from one stream to the next is never counted twice. Only headers are read. Not here: what the database recorded (`ledger`).
"""

from dataclasses import dataclass
from datetime import datetime

import nats.errors
import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext, api
from nats.js.errors import NotFoundError

from shared.bus import headers as hdr
from shared.bus import janitor, subjects
from shared.bus.errors import BusUnavailable, RemoteError
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.inbound import Inbound

log = structlog.get_logger(__name__)

# Reading headers takes some 50 us a message, so this is a few seconds.
MOST = 100_000
_BATCH = 500
_SECONDS = 5.0
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Arrival:
    """An incoming message on the bus. ``sequence`` is its place in INTAKE (0 if a copy does not tell), ``subject`` the one it was
    published to, ``cause`` the cause id it is recorded under (None when it cannot be known)."""

    subject: str
    sequence: int
    cause: str | None


@dataclass(frozen=True, slots=True)
class Positions:
    """Up to where the router is done: in INTAKE, and in RETRY."""

    intake: int
    retry: int


async def positions(js: JetStreamContext) -> Positions:
    """Where the router is. Raises BusUnavailable."""
    return Positions(
        await _floor(js, subjects.INTAKE, subjects.ROUTER.name),
        await _floor(js, subjects.RETRY, subjects.ROUTER.retries.name),
    )


async def _floor(js: JetStreamContext, stream: str, durable: str) -> int:
    try:
        info = await js.consumer_info(stream, durable)
    except NotFoundError:
        return 0
    except (nats.errors.Error, TimeoutError) as error:
        raise BusUnavailable(f"the position of {durable} is not known: {error}") from error
    # With nothing unacknowledged everything delivered is done; the floor itself only moves with what the filter lets through.
    position = info.ack_floor if info.num_ack_pending else info.delivered
    return position.stream_seq if position else 0


async def received(js: JetStreamContext) -> tuple[dict[str, int], int]:
    """Messages ever published per intake subject, and the last sequence of INTAKE that these counts include.

    Under load the stream grows while it is counted; the count is then repeated a few times and may in the end be short by what
    came in meanwhile. Raises BusUnavailable.
    """
    counts: dict[str, int] = {}
    last = 0
    for _ in range(_ATTEMPTS):
        before = await _last(js)
        counts = await janitor.received(js)
        last = await _last(js)
        if before == last:
            break
    return counts, last


async def _last(js: JetStreamContext) -> int:
    try:
        return (await js.stream_info(subjects.INTAKE)).state.last_seq
    except (nats.errors.Error, TimeoutError) as error:
        raise BusUnavailable(f"the bus does not tell what {subjects.INTAKE} holds: {error}") from error


async def arrived_after(js: JetStreamContext, sequence: int) -> list[Arrival]:
    """Messages of INTAKE above a sequence. Raises BusUnavailable, and RemoteError for more than `MOST`."""
    start = api.ConsumerConfig(deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=sequence + 1)
    return await _read(js, subjects.INTAKE, "intake.>", start)


async def arrived_since(js: JetStreamContext, since: datetime) -> list[Arrival]:
    """Messages of INTAKE stored at ``since`` or later, as far as they are still there. Raises as `arrived_after`."""
    start = api.ConsumerConfig(deliver_policy=api.DeliverPolicy.BY_START_TIME)
    # The library takes text here, and seconds as a number would lose the fraction.
    start.opt_start_time = since.isoformat()  # type: ignore[assignment]
    return await _read(js, subjects.INTAKE, "intake.>", start)


async def retried_after(js: JetStreamContext, sequence: int) -> list[Arrival]:
    """Messages that wait in RETRY, above a sequence of that stream. Raises as `arrived_after`."""
    start = api.ConsumerConfig(deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=sequence + 1)
    return await _read(js, subjects.RETRY, "retry.intake.>", start)


async def dead(js: JetStreamContext) -> list[Arrival]:
    """Messages that were given up. Raises as `arrived_after`."""
    return await _read(js, subjects.DEAD, "dead.intake.>", api.ConsumerConfig(deliver_policy=api.DeliverPolicy.ALL))


async def _read(js: JetStreamContext, stream: str, wanted: str, config: api.ConsumerConfig) -> list[Arrival]:
    config.headers_only = True
    config.ack_policy = api.AckPolicy.NONE
    config.inactive_threshold = 30.0
    config.mem_storage = True
    try:
        reader = await js.pull_subscribe(wanted, stream=stream, config=config)
        try:
            left = (await reader.consumer_info()).num_pending or 0
            if left > MOST:
                raise RemoteError(
                    "too-many", f"{left} messages of {stream} would have to be looked at; at most {MOST} can be"
                )
            arrivals: list[Arrival] = []
            while left > 0:
                batch = await reader.fetch(min(left, _BATCH), timeout=_SECONDS)
                left -= len(batch)
                arrivals += [await _arrival(js, stream, msg) for msg in batch]
            return arrivals
        finally:
            await js.delete_consumer(stream, (await reader.consumer_info()).name)
            await reader.unsubscribe()
    except (nats.errors.Error, TimeoutError) as error:
        raise BusUnavailable(f"the bus stopped answering while {stream} was looked at: {error}") from error


async def _arrival(js: JetStreamContext, stream: str, msg: Msg) -> Arrival:
    head = msg.headers or {}
    place = msg.metadata.sequence.stream
    if stream == subjects.INTAKE:
        named, sequence = head.get(hdr.MESSAGE_ID, ""), place
    else:
        named, sequence = head.get(hdr.ORIGINAL_ID, ""), _sequence(head.get(hdr.ORIGINAL_SEQUENCE, ""))
    # An id that could not travel in a header was replaced by its hash; then only the message itself tells its cause.
    plain = bool(named) and not named.startswith("sha256-")
    cause = f"inbound:{named}" if plain else await _cause(js, stream, place)
    return Arrival(subjects.original(msg.subject), sequence, cause)


def _sequence(text: str) -> int:
    stream, _, number = text.partition(":")
    return int(number) if stream == subjects.INTAKE and number.isascii() and number.isdigit() else 0


async def _cause(js: JetStreamContext, stream: str, sequence: int) -> str | None:
    try:
        message = await js.get_msg(stream, seq=sequence)
        return Inbound.decode(message.data or b"").cause
    except (NotFoundError, NewerVersion, Undecodable) as error:
        log.info("a message's cause is not known", stream=stream, sequence=sequence, error=str(error)[:200])
        return None
