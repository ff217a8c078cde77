"""A stream full of what is done with makes room; what nobody has acknowledged stays."""

import asyncio

import pytest
from nats.js import JetStreamContext

from shared.bus import subjects as s
from shared.bus import topology
from shared.bus.connection import BusConnection
from shared.bus.errors import BusFull
from shared.bus.janitor import NEARLY_FULL, make_room
from shared.bus.publish import Publisher

from .conftest import INBOXES, Connect
from .test_janitor import SUPPORT, acknowledge

MONTH = 30 * 86400.0
SMALL = 1_000_000


async def fill_up(nc: BusConnection) -> int:
    """Publish until INTAKE refuses; gives how many it took."""
    publisher = Publisher(nc)
    for count in range(1000):
        try:
            await publisher.publish(s.INTAKE, SUPPORT, b"x" * 20_000, message_id=f"room-{count}")
        except BusFull:
            return count
    raise AssertionError("the stream did not get full")


async def used(js: JetStreamContext) -> int:
    return (await js.stream_info(s.INTAKE)).state.bytes


@pytest.fixture
async def small(js: JetStreamContext) -> JetStreamContext:
    await topology.reconcile(js, replicas=1, inboxes=INBOXES, limits={s.INTAKE: SMALL})
    return js


async def test_a_stream_full_of_processed_messages_takes_new_ones_again(
    small: JetStreamContext, as_user: Connect
) -> None:
    intake = await as_user("intake")
    took = await fill_up(intake)
    await acknowledge(small, s.INTAKE, "router", took)
    freed = await make_room(small, {s.INTAKE: MONTH})
    assert freed[s.INTAKE] > 0
    assert await used(small) <= NEARLY_FULL * SMALL
    await Publisher(intake).publish(s.INTAKE, SUPPORT, b"x" * 20_000, message_id="after")
    assert (await topology.received(small))[SUPPORT] == took + 1


async def test_a_stream_full_of_unprocessed_messages_stays_full(small: JetStreamContext, as_user: Connect) -> None:
    intake = await as_user("intake")
    await fill_up(intake)
    assert await make_room(small, {s.INTAKE: MONTH}) == {}
    with pytest.raises(BusFull):
        await Publisher(intake).publish(s.INTAKE, SUPPORT, b"x" * 20_000, message_id="after")


async def test_a_stream_with_room_keeps_what_is_young(small: JetStreamContext, as_user: Connect) -> None:
    publisher = Publisher(await as_user("intake"))
    await asyncio.gather(*(publisher.publish(s.INTAKE, SUPPORT, b"x", message_id=f"few-{i}") for i in range(5)))
    await acknowledge(small, s.INTAKE, "router", 5)
    assert await make_room(small, {s.INTAKE: MONTH}) == {}
