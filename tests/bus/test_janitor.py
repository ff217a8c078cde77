"""The janitor: what nobody has acknowledged stays, what it removes stays counted."""

import asyncio
import json
import time

import pytest
from nats.js import JetStreamContext

from shared.bus import subjects as s
from shared.bus import topology
from shared.bus.connection import BusConnection
from shared.bus.janitor import stored_at
from shared.bus.publish import Publisher

from .conftest import INBOXES, Connect

SUPPORT, SALES = s.intake("email", "support"), s.intake("email", "sales")
LATER = 3600.0


async def fill(nc: BusConnection, stream: str, subject: str, count: int) -> None:
    publisher = Publisher(nc)
    start = f"{subject}-{time.time_ns()}"
    await asyncio.gather(*(publisher.publish(stream, subject, b"x", message_id=f"{start}-{i}") for i in range(count)))


async def acknowledge(js: JetStreamContext, stream: str, durable: str, count: int, *, skip: int = 0) -> None:
    """Take `skip + count` messages and acknowledge all but the first `skip`."""
    pull = await js.pull_subscribe_bind(durable, stream)
    taken = 0
    while taken < skip + count:
        for msg in await pull.fetch(skip + count - taken, timeout=3):
            taken += 1
            if taken > skip:
                await msg.ack_sync()
    await pull.unsubscribe()


async def messages(js: JetStreamContext, stream: str) -> tuple[int, int]:
    state = (await js.stream_info(stream)).state
    return state.first_seq, state.messages


async def run(js: JetStreamContext, retention: dict[str, float] | None = None) -> dict[str, int]:
    return await topology.janitor(js, retention or {s.INTAKE: 60.0}, now=time.time() + LATER)


async def test_only_what_is_acknowledged_goes(js: JetStreamContext, as_user: Connect) -> None:
    await fill(await as_user("intake"), "INTAKE", SUPPORT, 10)
    assert await run(js) == {}
    await acknowledge(js, "INTAKE", "router", 4)
    assert await run(js) == {"INTAKE": 4}
    assert await messages(js, "INTAKE") == (5, 6)


async def test_a_message_left_unacknowledged_keeps_all_that_follow(js: JetStreamContext, as_user: Connect) -> None:
    await fill(await as_user("intake"), "INTAKE", SUPPORT, 10)
    await acknowledge(js, "INTAKE", "router", 7, skip=1)
    assert await run(js) == {}
    assert await messages(js, "INTAKE") == (1, 10)


async def test_what_is_young_stays(js: JetStreamContext, as_user: Connect) -> None:
    intake = await as_user("intake")
    await fill(intake, "INTAKE", SUPPORT, 5)
    await fill(intake, "INTAKE", SUPPORT, 5)
    await acknowledge(js, "INTAKE", "router", 10)
    assert await topology.janitor(js, {"INTAKE": 60}) == {}
    moment = stored_at(await js.get_msg("INTAKE", 6))
    assert await topology.janitor(js, {"INTAKE": 60}, now=moment + 60) == {"INTAKE": 5}
    assert await messages(js, "INTAKE") == (6, 5)


async def test_a_consumer_of_one_subject_does_not_hold_back_the_others_for_ever(
    js: JetStreamContext, as_user: Connect
) -> None:
    store = await as_user("store")
    await fill(store, "OUTBOUND", s.outbound("email", "support"), 1)
    await fill(store, "OUTBOUND", s.outbound("email", "sales"), 20)
    await acknowledge(js, "OUTBOUND", "notifier-email-support", 1)
    await acknowledge(js, "OUTBOUND", "notifier-email-sales", 20)
    assert await run(js, {s.OUTBOUND: 60.0}) == {"OUTBOUND": 21}


async def test_what_no_consumer_wants_yet_stays(js: JetStreamContext, as_user: Connect) -> None:
    store = await as_user("store")
    await fill(store, "OUTBOUND", s.outbound("email", "support"), 3)
    await fill(store, "OUTBOUND", s.outbound("sms", "new"), 1)
    await fill(store, "OUTBOUND", s.outbound("email", "support"), 3)
    await acknowledge(js, "OUTBOUND", "notifier-email-support", 6)
    assert await run(js, {s.OUTBOUND: 60.0}) == {"OUTBOUND": 3}


async def test_while_a_consumer_is_missing_nothing_goes(js: JetStreamContext, as_user: Connect) -> None:
    await fill(await as_user("intake"), "INTAKE", SUPPORT, 5)
    await acknowledge(js, "INTAKE", "router", 5)
    await js.delete_consumer("INTAKE", "router")
    assert await run(js) == {}
    await topology.reconcile(js, replicas=1, inboxes=INBOXES)


async def test_dead_letters_never_go(js: JetStreamContext) -> None:
    with pytest.raises(ValueError, match="dead letters"):
        await topology.janitor(js, {s.DEAD: 0})


async def test_events_go_by_age_alone(js: JetStreamContext, as_user: Connect) -> None:
    await fill(await as_user("store"), "EVENT", s.event("ticket.opened"), 3)
    assert await run(js, {s.EVENT: 60.0}) == {"EVENT": 3}


async def test_purged_messages_stay_counted_per_subject(js: JetStreamContext, as_user: Connect) -> None:
    intake = await as_user("intake")
    for _ in range(3):
        await fill(intake, "INTAKE", SUPPORT, 5)
        await fill(intake, "INTAKE", SALES, 2)
        await acknowledge(js, "INTAKE", "router", 7)
        await run(js)
    await fill(intake, "INTAKE", SUPPORT, 1)
    assert await topology.received(js) == {SUPPORT: 16, SALES: 6}
    entry = await (await js.key_value("config")).get(s.purged(SUPPORT))
    assert json.loads(entry.value or b"")["count"] == 15


async def test_the_operator_can_count_what_was_received(js: JetStreamContext, as_user: Connect) -> None:
    await fill(await as_user("intake"), "INTAKE", SUPPORT, 3)
    await acknowledge(js, "INTAKE", "router", 2)
    await run(js)
    assert await topology.received((await as_user("operator")).jetstream(timeout=2)) == {SUPPORT: 3}


async def test_a_janitor_killed_between_counting_and_purging_counts_nothing_twice(
    js: JetStreamContext, as_user: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = await as_user("intake")
    await fill(intake, "INTAKE", SUPPORT, 5)
    await acknowledge(js, "INTAKE", "router", 5)

    async def killed(*_: object, **__: object) -> bool:
        raise ConnectionError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(js, "purge_stream", killed)
        with pytest.raises(ConnectionError):
            await run(js)
    assert await messages(js, "INTAKE") == (1, 5)
    await fill(intake, "INTAKE", SUPPORT, 2)
    assert await topology.received(js) == {SUPPORT: 7}
    await acknowledge(js, "INTAKE", "router", 2)
    assert await run(js) == {"INTAKE": 7}
    assert await topology.received(js) == {SUPPORT: 7}


async def test_two_janitors_at_once_count_everything_once(js: JetStreamContext, as_user: Connect) -> None:
    await fill(await as_user("intake"), "INTAKE", SUPPORT, 50)
    await acknowledge(js, "INTAKE", "router", 50)
    await asyncio.gather(run(js), run(js), run(js))
    assert await topology.received(js) == {SUPPORT: 50}
    assert (await messages(js, "INTAKE"))[1] == 0
