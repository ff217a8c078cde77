"""Entries are changed only by whoever knows their revision."""

import asyncio

import pytest
from nats.js import JetStreamContext

from shared.bus import topology
from shared.bus.errors import BusUnavailable
from shared.bus.keyvalue import KeyValue, RevisionConflict
from shared.bus.subjects import CURSORS, PRESENCE

from .conftest import Connect


async def test_of_two_writers_who_read_the_same_entry_one_is_refused(js: JetStreamContext, as_user: Connect) -> None:
    first, second = KeyValue(await as_user("intake"), CURSORS), KeyValue(await as_user("intake"), CURSORS)
    assert await first.get("imap.x") is None
    revision = await first.update("imap.x", b"1", 0)
    with pytest.raises(RevisionConflict):
        await second.create("imap.x", b"2")
    moved = await second.update("imap.x", b"2", revision)
    with pytest.raises(RevisionConflict):
        await first.update("imap.x", b"3", revision)
    with pytest.raises(RevisionConflict):
        await first.delete("imap.x", revision)
    await second.delete("imap.x", moved)
    assert await first.get("imap.x") is None
    assert await first.create("imap.x", b"4") > moved


async def test_a_write_that_is_repeated_because_its_answer_was_lost_succeeds_once(
    js: JetStreamContext, as_user: Connect
) -> None:
    bucket = KeyValue(await as_user("intake"), CURSORS)
    revision = await bucket.create("imap.y", b"1")
    moved = await bucket.update("imap.y", b"2", revision)
    assert await bucket.update("imap.y", b"2", revision) == moved
    assert await bucket.create("imap.y", b"2") == moved


async def test_an_undeclared_bucket_and_a_lost_connection_are_told_in_time(
    js: JetStreamContext, as_user: Connect
) -> None:
    nc = await as_user("intake")
    with pytest.raises(BusUnavailable):
        await KeyValue(nc, "nothing", answer=0.3).get("x")
    await nc.close()
    with pytest.raises(BusUnavailable):
        await asyncio.wait_for(KeyValue(nc, CURSORS, answer=0.3).get("x"), 20)


async def test_cursors_are_never_forgotten_and_the_router_reads_leases_only(
    js: JetStreamContext, as_user: Connect
) -> None:
    assert not (await js.stream_info(f"KV_{CURSORS}")).config.max_age
    router = await as_user("router")
    assert await KeyValue(router, "leases").get("imap.support") is None
    with pytest.raises(BusUnavailable):
        await KeyValue(router, "leases", answer=0.3).create("imap.support", b"x")
    with pytest.raises(BusUnavailable):
        await KeyValue(router, CURSORS, answer=0.3).get("imap.support")


def test_the_shares_of_all_streams_fill_the_room_and_no_more() -> None:
    assert sum(topology.limits_for(10**9).values()) <= 10**9


async def test_all_that_is_there_is_listed_each_time_and_no_more_than_is_wanted(
    js: JetStreamContext, as_user: Connect
) -> None:
    board = KeyValue(await as_user("desk"), PRESENCE)
    assert await board.all() == {}
    for number in range(70):
        revision = await board.update(f"{number}", b"here", 0)
        if number % 7 == 0:
            await board.delete(f"{number}", revision)
    there = {f"{number}" for number in range(70) if number % 7}
    for _ in range(20):
        assert set(await board.all()) == there
    assert len(await board.all(most=9)) == 9
