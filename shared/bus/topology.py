"""Streams, consumers and buckets are declared here, and brought to what this version wants: nowhere else.

A durable's settings stay as they were created unless somebody updates them, and streams declared by two services fight over
their subjects (bus-notes, 8). So the store reconciles at its start, and everybody else waits until that is done.

Settings: https://docs.nats.io/nats-concepts/jetstream/streams and …/consumers. No stream forgets by age or throws old messages
away: both lose messages that nobody has processed yet (bus-notes, 14). Not here: purging (`shared.bus.janitor`).
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import nats.errors
from nats.js import JetStreamContext, api
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from shared.bus import subjects as s
from shared.bus.errors import BusUnavailable, TopologyError
from shared.bus.janitor import consumers, janitor, received

__all__ = [
    "deliver_again",
    "durables",
    "janitor",
    "limits_for",
    "received",
    "reconcile",
    "streams",
    "wait_until_declared",
]

log = logging.getLogger(__name__)

DUPLICATE_WINDOW = 600.0  # seconds
LEASE_TTL = 30.0
PRESENCE_TTL = 60.0
MARKER = "topology"  # key in bucket `config`: what has been declared
_GIB = 1024**3
_ATTEMPTS = 5
_OVERDUE = 0.05  # seconds; see `deliver_again`
_LOOK = 0.3  # seconds; the server looks 0.1 s after the change
_PAUSE = 0.2  # seconds

# Shares of the room that the bus may use, by stream or bucket. Blobs have no limit but the disk: they are the archive of what
# customers sent, and nothing of it is ever done with.
_SHARES: dict[str, float] = {
    s.INTAKE: 0.446,
    s.OUTBOUND: 0.15,
    s.DELIVERY: 0.06,
    s.TIMER: 0.02,
    s.EVENT: 0.08,
    s.RETRY: 0.12,
    s.DEAD: 0.11,
    s.LEASES: 0.002,
    s.PRESENCE: 0.002,
    s.CONFIG: 0.008,
    s.CURSORS: 0.002,
}


def limits_for(total: int = 32 * _GIB) -> dict[str, int]:
    """Byte limits per stream and bucket that together use at most `total` bytes."""
    return {name: int(total * share) for name, share in _SHARES.items()}


def streams(replicas: int, limits: Mapping[str, int]) -> list[api.StreamConfig]:
    """What every stream and bucket is to look like. `limits` in bytes by name; missing ones take the default."""
    room = {**limits_for(), **limits}
    common: dict[str, Any] = {
        "num_replicas": replicas,
        "storage": api.StorageType.FILE,
        "discard": api.DiscardPolicy.NEW,  # a full stream refuses; it never drops
        "retention": api.RetentionPolicy.LIMITS,  # acknowledged messages stay, so that they can be replayed
    }
    wanted = [
        api.StreamConfig(
            name=name,
            subjects=[subject],
            max_bytes=room[name],
            max_age=0,
            duplicate_window=DUPLICATE_WINDOW,
            allow_atomic=True,  # `shared.bus.grouping`
            **common,
        )
        for name, subject in s.STREAMS.items()
    ]
    for bucket, ttl in ((s.LEASES, LEASE_TTL), (s.PRESENCE, PRESENCE_TTL), (s.CONFIG, 0), (s.CURSORS, 0)):
        wanted.append(
            api.StreamConfig(
                name=f"KV_{bucket}",
                subjects=[f"$KV.{bucket}.>"],
                max_bytes=room[bucket],
                max_age=ttl,  # a lease nobody renews is meant to end
                max_msgs_per_subject=1,
                duplicate_window=min(ttl, 120) or 120,
                allow_rollup_hdrs=True,
                allow_msg_ttl=True,
                deny_delete=True,
                **common,
            )
        )
    wanted.append(
        api.StreamConfig(
            name=f"OBJ_{s.BLOBS}",
            subjects=[f"$O.{s.BLOBS}.C.>", f"$O.{s.BLOBS}.M.>"],
            max_bytes=room.get(s.BLOBS, -1),
            max_age=0,
            duplicate_window=120,
            allow_rollup_hdrs=True,
            allow_direct=True,
            **common,
        )
    )
    return wanted


def durables(inboxes: Iterable[tuple[str, str]]) -> list[s.Durable]:
    """Every durable that is to exist, given the (channel, name) of every inbox; each with its retries."""
    wanted = [*s.FIXED_DURABLES, *(s.notifier(channel, name) for channel, name in inboxes)]
    return [one for durable in wanted for one in (durable, durable.retries)]


def consumer_config(durable: s.Durable) -> api.ConsumerConfig:
    """A durable's settings for the server. It delivers without end: giving up is `shared.bus.retry`'s (bus-notes, 5)."""
    return api.ConsumerConfig(
        name=durable.name,
        durable_name=durable.name,
        deliver_policy=api.DeliverPolicy.ALL,
        ack_policy=api.AckPolicy.EXPLICIT,
        ack_wait=durable.ack_wait,
        max_deliver=-1,
        max_ack_pending=durable.max_ack_pending,
        filter_subject=durable.filters[0] if len(durable.filters) == 1 else None,
        filter_subjects=list(durable.filters) if len(durable.filters) > 1 else None,
    )


async def reconcile(
    js: JetStreamContext,
    *,
    replicas: int,
    inboxes: Sequence[tuple[str, str]],
    limits: Mapping[str, int] | None = None,
) -> list[str]:
    """Declare what is missing and update what differs; gives the names of what was changed.

    `inboxes` are (channel, name), `limits` bytes by stream or bucket name. Safe to repeat and to run in two processes at
    once. Durables that nobody wants any more stay (what they have not delivered would be lost) and are logged.

    Raises BusUnavailable, or TopologyError when the server refuses a change.
    """
    wanted = durables(inboxes)
    config = streams(replicas, limits or {})
    changed = [
        str(stream.name)
        for stream in config
        if await _retried(lambda stream=stream: _reconcile_stream(js, stream), str(stream.name))  # type: ignore[misc]
    ]
    for name in s.STREAMS:
        present = await _retried(lambda name=name: consumers(js, name), name)  # type: ignore[misc]
        existing = {info.name: info.config for info in present}
        for durable in (one for one in wanted if one.stream == name):
            settings = consumer_config(durable)
            if not _differs(settings, existing.pop(durable.name, None)):
                continue
            await _retried(lambda name=name, settings=settings: js.add_consumer(name, settings), durable.name)  # type: ignore[misc]
            changed.append(durable.name)
        for name_left, left in existing.items():
            if left.durable_name:
                log.warning("consumer %s of stream %s is wanted by no inbox any more", name_left, name)
    await _retried(lambda: _mark(js, config, wanted), MARKER)
    return changed


async def deliver_again(js: JetStreamContext, inboxes: Sequence[tuple[str, str]]) -> None:
    """Have what our durables hold in anybody's hands delivered again at once: for whoever knows that those hands are gone.

    After a crash it would come back only after ack_wait. The server has no request for this, but looks for what is overdue as soon
    as a consumer's ack_wait changes (tried with nats-server 2.15). Raises as `reconcile`, which also mends an ack_wait that a crash
    in here left behind.
    """
    for durable in durables(inboxes):
        settings = consumer_config(durable)
        info = await _retried(lambda durable=durable: js.consumer_info(durable.stream, durable.name), durable.name)  # type: ignore[misc]
        if not info.num_ack_pending:
            continue
        for wait in (_OVERDUE, durable.ack_wait):
            changed = settings.evolve(ack_wait=wait)
            await _retried(lambda s=durable.stream, c=changed: js.add_consumer(s, c), durable.name)  # type: ignore[misc]
            if wait == _OVERDUE:
                await asyncio.sleep(_LOOK)


async def _retried(step: Callable[[], Any], what: str) -> Any:
    """Another process may be at the same thing: what it did is then found and compared anew."""
    for attempt in range(_ATTEMPTS):
        try:
            return await step()
        except APIError as error:
            if attempt < _ATTEMPTS - 1:
                await asyncio.sleep(_PAUSE)
            elif isinstance(error, ServiceUnavailableError):  # no leader yet
                raise BusUnavailable(f"the bus could not declare {what}: {error.description}") from error
            else:
                raise TopologyError(f"the bus refuses the settings of {what}: {error.description}") from error
        except (nats.errors.Error, TimeoutError) as error:
            raise BusUnavailable(f"the bus did not answer while declaring {what}: {error}") from error
    raise AssertionError("unreachable")


async def _reconcile_stream(js: JetStreamContext, wanted: api.StreamConfig) -> bool:
    assert wanted.name is not None
    try:
        present = (await js.stream_info(wanted.name)).config
    except NotFoundError:
        await js.add_stream(wanted)
        return True
    if not _differs(wanted, present):
        return False
    # Only what we set is changed; what the server has added for itself stays.
    ours = {key: getattr(wanted, key) for key in _SETTINGS if getattr(wanted, key) is not None}
    await js.update_stream(present.evolve(**ours))
    return True


_SETTINGS = (
    "subjects",
    "max_bytes",
    "max_age",
    "duplicate_window",
    "num_replicas",
    "discard",
    "retention",
    "max_msgs_per_subject",
    "allow_rollup_hdrs",
    "allow_direct",
    "allow_msg_ttl",
    "allow_atomic",
)
_CONSUMER_SETTINGS = ("ack_wait", "max_deliver", "max_ack_pending", "filter_subject", "filter_subjects", "ack_policy")


def _differs(wanted: api.StreamConfig | api.ConsumerConfig, present: object | None) -> bool:
    if present is None:
        return True
    names = _SETTINGS if isinstance(wanted, api.StreamConfig) else _CONSUMER_SETTINGS
    return any(_plain(getattr(wanted, name)) != _plain(getattr(present, name)) for name in names)


def _plain(value: object) -> object:
    """A setting as it compares: the server leaves out what is off, and gives 0 for "none"."""
    if isinstance(value, list):
        return sorted(map(str, value)) or None
    return value or None


async def _mark(js: JetStreamContext, config: Sequence[api.StreamConfig], wanted: Sequence[s.Durable]) -> None:
    names = sorted({str(stream.name) for stream in config} | {durable.name for durable in wanted})
    body = json.dumps({"names": names}).encode()
    bucket = await js.key_value(s.CONFIG)
    try:
        if (await bucket.get(MARKER)).value == body:
            return
    except NotFoundError:
        pass
    log.info("bus: declared %d streams and consumers (%s)", len(names), hashlib.sha256(body).hexdigest()[:8])
    await bucket.put(MARKER, body)


async def wait_until_declared(js: JetStreamContext, timeout: float = 30.0, *, needed: Iterable[str] = ()) -> None:
    """Wait until the store has declared everything, for services that do not declare.

    `needed`: names of durables that must be among it, for a service newer than the store that declared last. Raises
    TopologyError after `timeout` seconds.
    """
    want = {s.ROUTER.name, *s.STREAMS, *needed}
    loop = asyncio.get_running_loop()
    until = loop.time() + timeout
    missing = want
    while True:
        try:
            found = await js.get_last_msg(f"KV_{s.CONFIG}", f"$KV.{s.CONFIG}.{MARKER}")
            missing = want - set(json.loads(found.data or b"{}").get("names", []))
            if not missing:
                return
        except (nats.errors.Error, TimeoutError) as error:
            log.debug("bus: not declared yet: %s", error)
        if loop.time() >= until:
            names = ", ".join(sorted(missing))
            raise TopologyError(f"the bus has no {names} after {timeout:g} s: is the store running?")
        await asyncio.sleep(0.1)
