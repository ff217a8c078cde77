"""The janitor removes from the streams what is old *and* done, and keeps the count of what it removed.

A message goes only when it is older than its stream's retention and every durable that wants it has acknowledged it. Dead
letters never go. What is removed from INTAKE is first added to a tally in bucket `config`, so that the ledger still knows how
many messages were received (`received`).

Not here: erasing one person's messages, which is the store's decision.
"""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from nats.aio.msg import Msg
from nats.js import JetStreamContext, api
from nats.js.errors import KeyWrongLastSequenceError, NotFoundError

from shared.bus import subjects as s
from shared.bus.errors import BusUnavailable

log = logging.getLogger(__name__)

_EXPECTED = {one.name: one.stream for durable in s.FIXED_DURABLES for one in (durable, durable.retries)}
NEARLY_FULL = 0.8
_SHORTER = (0.5, 0.25, 0.1, 0.02, 0.0)
_COUNT_LOOK = 0.5  # seconds
_COUNT_PATIENCE = 30.0  # seconds without a message while counting


async def janitor(js: JetStreamContext, retention: Mapping[str, float], *, now: float | None = None) -> dict[str, int]:
    """Purge each stream named in `retention` (seconds by stream); gives the sequences freed per stream.

    Safe to run in two processes and to be killed at any point: a tally names the sequence it reaches to, so nothing is
    counted twice. ValueError for DEAD: dead letters stay until somebody resolves them.
    """
    if s.DEAD in retention:
        raise ValueError("dead letters are never purged by age")
    freed: dict[str, int] = {}
    for stream, seconds in retention.items():
        state = (await js.stream_info(stream)).state  # before the consumers: what comes later is not touched
        done = await _acknowledged(js, stream, state)
        old = await _older_than(js, stream, state.first_seq, done, (now or time.time()) - seconds)
        if old < state.first_seq:
            continue
        if stream == s.INTAKE and not await _tally(js, state.first_seq, old):
            log.info("janitor: another one is at work on %s", stream)
            continue
        await js.purge_stream(stream, seq=old + 1)
        freed[stream] = old - state.first_seq + 1
    return freed


async def make_room(js: JetStreamContext, retention: Mapping[str, float]) -> dict[str, int]:
    """As `janitor`; and a stream that is still nearly full keeps what is done with for less time, at last not at all.

    Otherwise a stream full of processed messages would refuse new ones until the oldest has reached its age: senders would
    hear 452 for weeks while everything they sent is long stored. What nobody has acknowledged stays whatever happens.
    """
    freed = Counter(await janitor(js, retention))
    for stream, seconds in retention.items():
        for part in _SHORTER:
            if not await _nearly_full(js, stream):
                break
            log.warning("janitor: %s is nearly full; keeping what is done with for %d s only", stream, seconds * part)
            freed.update(await janitor(js, {stream: seconds * part}))
    return dict(freed)


async def _nearly_full(js: JetStreamContext, stream: str) -> bool:
    info = await js.stream_info(stream)
    limit = info.config.max_bytes or -1
    return limit > 0 and info.state.bytes > NEARLY_FULL * limit


async def consumers(js: JetStreamContext, stream: str) -> list[api.ConsumerInfo]:
    """All consumers of a stream."""
    found: list[api.ConsumerInfo] = []
    while page := await js.consumers_info(stream, offset=len(found)):
        found.extend(page)
        if len(page) < 256:  # the server's page size
            break
    return found


async def _acknowledged(js: JetStreamContext, stream: str, state: api.StreamState) -> int:
    """The last sequence up to which every durable has acknowledged all it wants; 0 when one is missing."""
    durables = [info for info in await consumers(js, stream) if info.config.durable_name]
    missing = [name for name, of in _EXPECTED.items() if of == stream and name not in {info.name for info in durables}]
    if missing:
        log.error("janitor: nothing of %s can go: consumer %s is missing", stream, ", ".join(missing))
        return 0
    floor = min([state.last_seq, *(_position(info, state.last_seq) for info in durables)])
    if stream == s.EVENT:  # announcements: whoever was listening has heard them
        return floor
    filters = [
        one for info in durables for one in (info.config.filter_subjects or [info.config.filter_subject or ">"]) if one
    ]
    subjects = (await js.stream_info(stream, subjects_filter=">")).state.subjects or {}
    for subject in subjects:
        if not any(_matches(one, subject) for one in filters):  # its consumer is still to be declared
            first = await js.get_msg(stream, seq=1, subject=subject, next=True)
            floor = min(floor, (first.seq or 1) - 1)
    return floor


async def settled(js: JetStreamContext, stream: str) -> int:
    """The last sequence up to which every durable has acknowledged all it wants; 0 when one is missing."""
    return await _acknowledged(js, stream, (await js.stream_info(stream)).state)


async def received_through(js: JetStreamContext, sequence: int) -> dict[str, int]:
    """Messages ever received up to that sequence of INTAKE, by subject: what a backup need not hold. Raises BusUnavailable where
    something above it has been purged already."""
    for _ in range(10):
        before = await _tallies(js)
        state = (await js.stream_info(s.INTAKE)).state
        if max([tally.through for tally in before.values()], default=0) > sequence:
            raise BusUnavailable("the janitor has removed what was to be kept: try again")
        totals: Counter[str] = Counter()
        if state.messages and state.first_seq <= sequence:
            through = {subject: tally.through for subject, tally in before.items()}
            totals = await _count(js, state.first_seq, sequence, after=through)
        if await _tallies(js) == before:
            for subject, tally in before.items():
                totals[subject] += tally.count
            return dict(totals + await _erased(js, sequence))
    raise BusUnavailable("the janitor is at work: ask again in a moment")


def _position(info: api.ConsumerInfo, last: int) -> int:
    """Up to where this consumer is done. Its floor alone lags: it only moves with messages the consumer wants."""
    if info.num_ack_pending:
        return info.ack_floor.stream_seq if info.ack_floor else 0
    if info.num_pending:
        return info.delivered.stream_seq if info.delivered else 0
    return last


def _matches(pattern: str, subject: str) -> bool:
    wanted, words = pattern.split("."), subject.split(".")
    for index, word in enumerate(wanted):
        if word == ">":
            return len(words) > index
        if index >= len(words) or word not in ("*", words[index]):
            return False
    return len(wanted) == len(words)


async def _older_than(js: JetStreamContext, stream: str, low: int, high: int, moment: float) -> int:
    """The last sequence in low..high stored before `moment` (epoch seconds); low - 1 when there is none."""
    found = low - 1
    while low <= high:
        middle = (low + high) // 2
        try:
            message = await js.get_msg(stream, seq=middle, subject=">", next=True)
        except NotFoundError:  # nothing from the middle on
            high = middle - 1
            continue
        sequence = message.seq or middle
        if sequence <= high and stored_at(message) < moment:
            found, low = sequence, sequence + 1
        else:
            high = middle - 1
    return found


def stored_at(message: api.RawStreamMsg) -> float:
    """When the stream took the message, in epoch seconds."""
    stamp: object = message.time
    if isinstance(stamp, str):
        stamp = api.Base._parse_utc_iso(stamp)
    return stamp.timestamp() if isinstance(stamp, datetime) else time.time()


@dataclass(frozen=True, slots=True)
class _Tally:
    through: int  # the last sequence counted
    count: int
    revision: int

    def encode(self) -> bytes:
        return json.dumps({"through": self.through, "count": self.count}).encode()


async def _tallies(js: JetStreamContext) -> dict[str, _Tally]:
    """What the janitor has removed so far, by subject."""
    prefix = f"$KV.{s.CONFIG}."
    info = await js.stream_info(f"KV_{s.CONFIG}", subjects_filter=prefix + s.purged(">"))
    found: dict[str, _Tally] = {}
    for key in info.state.subjects or {}:
        entry = await js.get_last_msg(f"KV_{s.CONFIG}", key)
        body = json.loads(entry.data or b"{}")
        found[key.removeprefix(prefix + s.purged(""))] = _Tally(body["through"], body["count"], entry.seq or 0)
    return found


async def _erased(js: JetStreamContext, through: int | None = None) -> Counter[str]:
    """How many messages were removed because somebody was forgotten (`shared.bus.erasing`), by subject; up to a sequence."""
    prefix = f"$KV.{s.CONFIG}."
    info = await js.stream_info(f"KV_{s.CONFIG}", subjects_filter=prefix + s.erased(">"))
    found: Counter[str] = Counter()
    for key in info.state.subjects or {}:
        places = json.loads((await js.get_last_msg(f"KV_{s.CONFIG}", key)).data or b"[]")
        number = sum(1 for place in places if through is None or place <= through)
        found[key.removeprefix(prefix + s.erased(""))] = number
    return found


async def _tally(js: JetStreamContext, first: int, target: int) -> bool:
    """Add what is about to go to the tally. False when another janitor was quicker."""
    bucket = await js.key_value(s.CONFIG)
    before = await _tallies(js)
    counted = await _count(js, first, target, after={subject: tally.through for subject, tally in before.items()})
    for subject, number in counted.items():
        old = before.get(subject)
        new = _Tally(target, number + (old.count if old else 0), 0)
        try:
            await bucket.update(s.purged(subject), new.encode(), last=old.revision if old else 0)
        except KeyWrongLastSequenceError:
            return False
    return True


async def _count(
    js: JetStreamContext,
    first: int,
    last: int,
    *,
    after: Mapping[str, int] | None = None,
    upto: Mapping[str, int] | None = None,
) -> Counter[str]:
    """Messages per subject in INTAKE from `first` to `last`, above `after[subject]` and up to `upto[subject]`.

    A subject that `after` lacks is counted from the start, one that `upto` lacks not at all. Read one by one, headers
    only: the server's own counts would include what arrives in the meantime.
    """
    counted: Counter[str] = Counter()
    done = asyncio.Event()
    seen = asyncio.Event()

    async def one(msg: Msg) -> None:
        meta = msg.metadata
        sequence = meta.sequence.stream
        low = after.get(msg.subject, 0) if after else 0
        high = last if upto is None else min(last, upto.get(msg.subject, 0))
        if low < sequence <= high:
            counted[msg.subject] += 1
        if sequence >= last or meta.num_pending == 0:
            done.set()
        seen.set()

    config = api.ConsumerConfig(deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=max(first, 1))
    reader = await js.subscribe(
        s.STREAMS[s.INTAKE], stream=s.INTAKE, ordered_consumer=True, headers_only=True, config=config, cb=one
    )
    try:
        quiet = 0.0
        while not done.is_set() and quiet < _COUNT_PATIENCE:
            seen.clear()
            try:
                async with asyncio.timeout(_COUNT_LOOK):
                    await seen.wait()
                quiet = 0.0
            except TimeoutError:
                quiet += _COUNT_LOOK
                if (await js.stream_info(s.INTAKE)).state.first_seq > last:
                    break  # another janitor has purged what was to be counted: nothing more will come
        else:
            if not done.is_set():
                raise BusUnavailable(f"the bus stopped delivering while counting {s.INTAKE}")
    finally:
        await reader.unsubscribe()
    return counted


async def received(js: JetStreamContext) -> dict[str, int]:
    """Messages ever received, by intake subject: those still in the stream and those purged. For the ledger."""
    for _ in range(10):
        before = await _tallies(js)
        state = (await js.stream_info(s.INTAKE, subjects_filter=">")).state
        totals = Counter(state.subjects or {})
        # Counted, but the janitor ended before it purged: these are in both figures.
        twice = {subject: tally.through for subject, tally in before.items() if tally.through >= state.first_seq}
        if twice and state.messages:
            totals -= await _count(js, state.first_seq, max(twice.values()), upto=twice)
        if await _tallies(js) == before:
            for subject, tally in before.items():
                totals[subject] += tally.count
            return dict(totals + await _erased(js))
    raise BusUnavailable("the janitor is at work: ask again in a moment")
