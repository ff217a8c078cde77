"""Failures: soon again, later again, a dead letter in the end, and nobody else waits for it."""

import asyncio
import time
from collections import Counter
from dataclasses import replace

import pytest
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from shared.bus import headers as hdr
from shared.bus import subjects as s
from shared.bus import topology
from shared.bus.connection import BusConnection
from shared.bus.errors import BusUnavailable, DeadLetterMissing, NewerVersion
from shared.bus.publish import Publisher
from shared.bus.pull import ContinuousPull
from shared.bus.retry import FailurePolicy, RetryPump, get_dead, isolating, list_dead, replay

from .conftest import Connect, until, until_async


class Room:
    """A consumer of INTAKE with a bug: what begins with `bad` raises while `broken`."""

    def __init__(self, nc: BusConnection, schedule: tuple[float, ...], durable: s.Durable = s.ROUTER) -> None:
        self.tried: Counter[bytes] = Counter()
        self.done: Counter[bytes] = Counter()
        self.subjects: set[str] = set()
        self.error: Exception | None = ValueError("a bug\r\nwith łines")
        self.policy = FailurePolicy(nc, durable, schedule)
        handler = isolating(self.handle, self.policy, pause=0.05, delay=0.1)
        self.pull = ContinuousPull(nc, durable.stream, durable.name, handler)
        self.pump = RetryPump(nc, self.policy, self.handle)

    async def handle(self, messages: list[Msg]) -> None:
        for msg in messages:
            self.tried[msg.data] += 1
            self.subjects.add(msg.subject)
            if msg.data.startswith(b"bad") and self.error is not None:
                raise self.error
        for msg in messages:
            self.done[msg.data] += 1
            await msg.ack()

    async def __aenter__(self) -> "Room":
        await self.pull.start()
        await self.pump.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.pull.stop()
        await self.pump.stop()


async def publish(nc: BusConnection, *payloads: bytes) -> None:
    publisher = Publisher(nc)
    await asyncio.gather(
        *(
            publisher.publish(
                "INTAKE", "intake.email.support", one, message_id=one.decode(), headers={"X-Correlation": "c1"}
            )
            for one in payloads
        )
    )


async def dead_count(js: JetStreamContext) -> int:
    return (await js.stream_info("DEAD")).state.messages


async def settled(js: JetStreamContext, durable: s.Durable = s.ROUTER) -> bool:
    infos = [await js.consumer_info(one.stream, one.name) for one in (durable, durable.retries)]
    return not any(info.num_ack_pending or info.num_pending for info in infos)


async def test_a_message_that_always_fails_becomes_a_dead_letter_and_delays_nobody(
    js: JetStreamContext, as_user: Connect
) -> None:
    intake = await as_user("intake")
    async with Room(await as_user("router"), (0.05, 0.05, 0.1, 0.1)) as room:
        await publish(intake, b"bad", *(f"good{i}".encode() for i in range(100)))
        await until(lambda: len(room.done) == 100)
        await until_async(lambda: _is(dead_count(js), 1))
        await until_async(lambda: settled(js))
        assert set(room.done.values()) == {1}
        assert room.subjects == {"intake.email.support"}  # a handler never sees where the message waited
    [letter] = await list_dead(js)
    assert letter.subject == "intake.email.support"
    assert letter.attempts == 5
    assert letter.message_id == "bad"
    assert letter.durable == "router"
    assert letter.error == "ValueError: a bug with \\u0142ines"
    assert letter.headers["X-Correlation"] == "c1"
    assert abs(letter.first_seen - time.time()) < 60
    assert (await get_dead(js, letter.id)).payload == b"bad"


async def _is(count: object, wanted: int) -> bool:
    return await count == wanted  # type: ignore[misc, no-any-return]


async def test_after_the_mend_a_replay_is_handled_once_and_not_received_again(
    js: JetStreamContext, as_user: Connect
) -> None:
    intake, operator = await as_user("intake"), await as_user("operator")
    async with Room(await as_user("router"), (0.02, 0.02, 0.02)) as room:
        await publish(intake, b"bad")
        await until_async(lambda: _is(dead_count(js), 1))
        received = (await js.stream_info("INTAKE")).state.messages
        room.error = None
        theirs = operator.jetstream()
        [letter] = await list_dead(theirs)
        await replay(theirs, Publisher(operator), letter.id)
        await until(lambda: room.done[b"bad"] == 1)
        await until_async(lambda: settled(js))
        assert (await js.stream_info("INTAKE")).state.messages == received
        assert await list_dead(theirs) == []
        with pytest.raises(DeadLetterMissing):
            await replay(theirs, Publisher(operator), letter.id)


async def test_a_replay_that_fails_again_runs_through_the_whole_schedule_again(
    js: JetStreamContext, as_user: Connect
) -> None:
    operator = await as_user("operator")
    async with Room(await as_user("router"), (0.02, 0.02, 0.02)) as room:
        await publish(await as_user("intake"), b"bad")
        await until_async(lambda: _is(dead_count(js), 1))
        before = room.tried[b"bad"]
        [letter] = await list_dead(js)
        await replay(operator.jetstream(), Publisher(operator), letter.id)
        await until_async(lambda: _has_other(js, letter.id))
        assert room.tried[b"bad"] == 2 * before
        [again] = await list_dead(js)
        assert again.first_seen == letter.first_seen
        assert again.message_id == "bad"


async def _has_other(js: JetStreamContext, number: int) -> bool:
    return [letter.id for letter in await list_dead(js)] not in ([], [number])


async def test_many_waiting_messages_do_not_hold_up_fresh_ones(js: JetStreamContext, as_user: Connect) -> None:
    narrow = replace(s.ROUTER, max_ack_pending=20)
    await js.add_consumer("INTAKE", topology.consumer_config(narrow))
    intake = await as_user("intake")
    async with Room(await as_user("router"), (0.02, 0.02, 60.0)) as room:
        await publish(intake, *(f"bad{i}".encode() for i in range(60)))
        await until_async(lambda: _waiting_aside(js, 60))
        await publish(intake, b"fresh")
        await until(lambda: room.done[b"fresh"] == 1, timeout=30)  # half of what the others wait


async def _waiting_aside(js: JetStreamContext, count: int) -> bool:
    return (await js.stream_info("RETRY")).state.messages == count


async def test_what_another_durable_failed_on_is_left_to_it(js: JetStreamContext, as_user: Connect) -> None:
    nc = await as_user("store")
    durables = [s.STORE_DELIVERY, s.ROUTER_DELIVERY]
    router = await as_user("router")
    rooms = [Room(nc, (0.02, 0.02, 0.02, 0.02), durables[0]), Room(router, (0.02,), durables[1])]
    rooms[1].error = None
    for room in rooms:
        await room.__aenter__()
    await Publisher(await as_user("intake")).publish("DELIVERY", "delivery.email.failed", b"bad", message_id="d")
    await until_async(lambda: _is(dead_count(js), 1))
    await until_async(lambda: settled(js, s.ROUTER_DELIVERY))
    assert rooms[1].tried[b"bad"] == 1
    for room in rooms:
        await room.__aexit__()


async def test_when_another_service_is_away_messages_wait_without_using_up_their_attempts(
    js: JetStreamContext, as_user: Connect
) -> None:
    async with Room(await as_user("router"), (0.02, 0.02, 0.02)) as room:
        room.error = BusUnavailable("the store is away")
        await publish(await as_user("intake"), b"bad")
        await until(lambda: room.tried[b"bad"] >= 8)
        room.error = None
        await until(lambda: room.done[b"bad"] == 1)
    assert await dead_count(js) == 0
    assert (await js.stream_info("RETRY")).state.messages == 0


async def test_a_newer_version_waits_and_is_never_a_dead_letter(js: JetStreamContext, as_user: Connect) -> None:
    async with Room(await as_user("router"), ()) as room:
        room.error = NewerVersion("Inbound 2")
        await publish(await as_user("intake"), b"bad")
        await until_async(lambda: _waiting_aside(js, 1))
        assert room.policy.newer_seen is not None
    waiting = await js.get_last_msg("RETRY", "retry.intake.email.support")
    assert waiting.headers is not None
    assert float(waiting.headers[hdr.NOT_BEFORE]) > time.time() + 300
    assert await dead_count(js) == 0


async def test_a_full_retry_stream_loses_nothing(js: JetStreamContext, as_user: Connect) -> None:
    await js.update_stream((await js.stream_info("RETRY")).config.evolve(max_bytes=100))
    async with Room(await as_user("router"), (0.02, 0.02, 0.02)) as room:
        await publish(await as_user("intake"), b"bad")
        await until(lambda: room.tried[b"bad"] >= 3)
        await until_async(lambda: _pending(js, 1))
    assert (await js.stream_info("RETRY")).state.messages == 0


async def _pending(js: JetStreamContext, count: int) -> bool:
    return (await js.consumer_info("INTAKE", "router")).num_ack_pending == count
