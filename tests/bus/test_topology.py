"""Declaring: what this version wants is what the server has, however often and by however many it is declared."""

import asyncio

import pytest
from nats.js import JetStreamContext, api
from nats.js.errors import NotFoundError

from shared.bus import subjects as s
from shared.bus import topology
from shared.bus.connection import BusConnection
from shared.bus.errors import TopologyError

from .conftest import INBOXES, Connect


async def test_declaring_twice_changes_nothing_the_second_time(nc: BusConnection) -> None:
    js = nc.jetstream()
    assert await topology.reconcile(js, replicas=1, inboxes=INBOXES)
    assert await topology.reconcile(js, replicas=1, inboxes=INBOXES) == []


async def test_two_processes_may_declare_at_once(nc: BusConnection) -> None:
    js = nc.jetstream()
    await asyncio.gather(*(topology.reconcile(js, replicas=1, inboxes=INBOXES) for _ in range(4)))
    assert await topology.reconcile(js, replicas=1, inboxes=INBOXES) == []


async def test_what_a_process_that_is_gone_had_in_hand_can_be_delivered_again_at_once(
    js: JetStreamContext, as_user: Connect
) -> None:
    intake = (await as_user("intake")).jetstream()
    for _ in range(30):
        await intake.publish("intake.email.support", b"x")
    gone = await js.pull_subscribe_bind(s.ROUTER.name, s.INTAKE)
    held = {msg.metadata.sequence.stream for msg in await gone.fetch(30, timeout=5)}
    await gone.unsubscribe()
    await topology.deliver_again(js, INBOXES)
    alive = await js.pull_subscribe_bind(s.ROUTER.name, s.INTAKE)
    again: set[int] = set()
    async with asyncio.timeout(s.ACK_WAIT / 2):
        while not held <= again:
            again |= {msg.metadata.sequence.stream for msg in await alive.fetch(len(held), timeout=5)}
    assert (await js.consumer_info(s.INTAKE, s.ROUTER.name)).config.ack_wait == s.ACK_WAIT


async def test_no_stream_forgets_by_age_or_to_make_room(js: JetStreamContext) -> None:
    for name in s.STREAMS:
        config = (await js.stream_info(name)).config
        assert not config.max_age
        assert config.discard == "new"
        assert config.retention == "limits"
        assert config.max_bytes is not None
        assert config.max_bytes > 0
    assert (await js.stream_info("INTAKE")).config.duplicate_window == 600


async def test_settings_that_differ_are_brought_back(js: JetStreamContext) -> None:
    await js.add_consumer(
        "INTAKE", api.ConsumerConfig(durable_name="router", ack_wait=1, max_ack_pending=1, filter_subject="intake.>")
    )
    await js.update_stream((await js.stream_info("INTAKE")).config.evolve(max_bytes=1000, duplicate_window=5))
    changed = await topology.reconcile(js, replicas=1, inboxes=INBOXES, limits={"EVENT": 12345})
    assert set(changed) == {"INTAKE", "EVENT", "router"}
    config = (await js.consumer_info("INTAKE", "router")).config
    assert (config.ack_wait, config.max_ack_pending) == (s.ACK_WAIT, s.HOT_ACK_PENDING)
    assert (await js.stream_info("EVENT")).config.max_bytes == 12345


async def test_a_new_inbox_gets_its_consumers_and_an_old_one_keeps_its_position(js: JetStreamContext) -> None:
    changed = await topology.reconcile(js, replicas=1, inboxes=[("sms", "a.b")])
    assert changed == ["notifier-sms-a=2Eb", "retry-notifier-sms-a=2Eb"]
    assert (await js.consumer_info("OUTBOUND", "notifier-email-sales")).name


async def test_what_the_server_refuses_is_told_in_one_line(js: JetStreamContext) -> None:
    await js.delete_consumer("TIMER", "router-timer")
    await js.add_consumer(
        "TIMER", api.ConsumerConfig(durable_name="router-timer", ack_policy=api.AckPolicy.ALL, ack_wait=3)
    )
    with pytest.raises(TopologyError, match="router-timer"):
        await topology.reconcile(js, replicas=1, inboxes=INBOXES)


async def test_a_service_waits_until_the_store_has_declared(nc: BusConnection, as_user: Connect) -> None:
    theirs = (await as_user("router")).jetstream(timeout=10)
    with pytest.raises(TopologyError, match="is the store running"):
        await topology.wait_until_declared(theirs, 0.3)
    waiting = asyncio.create_task(topology.wait_until_declared(theirs, 60))
    await topology.reconcile(nc.jetstream(), replicas=1, inboxes=INBOXES)
    await waiting
    await topology.wait_until_declared(theirs, 60, needed=["notifier-email-sales"])
    with pytest.raises(TopologyError, match="notifier-email-new"):
        await topology.wait_until_declared(theirs, 0.3, needed=["notifier-email-new"])


@pytest.mark.parametrize("user", ["intake", "router", "notifier", "desk", "operator"])
async def test_every_user_can_see_that_it_is_declared(js: JetStreamContext, as_user: Connect, user: str) -> None:
    await topology.wait_until_declared((await as_user(user)).jetstream(timeout=10), 60)


async def test_leases_end_by_themselves_and_configuration_does_not(js: JetStreamContext) -> None:
    assert (await js.stream_info("KV_leases")).config.max_age == topology.LEASE_TTL
    assert not (await js.stream_info("KV_config")).config.max_age
    bucket = await js.key_value("leases")
    await bucket.put("imap.support", b"me")
    assert (await bucket.get("imap.support")).value == b"me"
    with pytest.raises(NotFoundError):
        await bucket.get("imap.sales")


def test_limits_never_exceed_the_room_they_share() -> None:
    assert sum(topology.limits_for(10_000_000).values()) <= 10_000_000
