"""The continuous pull: at once when idle, in batches under load, and alive through everything that happens to a bus."""

import asyncio
import dataclasses
import time
from collections import Counter

import pytest
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from shared.bus import subjects as s
from shared.bus import topology
from shared.bus.connection import BusConnection
from shared.bus.publish import Publisher
from shared.bus.pull import ContinuousPull

from .conftest import INBOXES, Connect, Server, until, until_async


class Sink:
    """Acknowledges everything and remembers what it got."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.handled: Counter[bytes] = Counter()

    async def __call__(self, messages: list[Msg]) -> None:
        self.sizes.append(len(messages))
        for msg in messages:
            self.handled[msg.data] += 1
            await msg.ack()


async def fill(nc: BusConnection, count: int, *, start: int = 0, size: int = 0) -> None:
    publisher = Publisher(nc)
    await asyncio.gather(
        *(
            publisher.publish(
                "INTAKE", "intake.email.support", f"{i}".encode().ljust(size, b" "), message_id=f"{i}", timeout=15
            )
            for i in range(start, start + count)
        )
    )


async def nothing_pending(js: JetStreamContext) -> bool:
    info = await js.consumer_info("INTAKE", "router")
    return not info.num_ack_pending and not info.num_pending


async def test_what_arrives_is_handed_over_at_once(js: JetStreamContext, as_user: Connect) -> None:
    intake, sink = await as_user("intake"), Sink()
    pull = ContinuousPull(await as_user("router"), "INTAKE", "router", sink)
    await pull.start()
    took = []
    for number in range(20):
        began = time.perf_counter()
        await fill(intake, 1, start=number)
        await until(lambda number=number: len(sink.handled) > number)  # type: ignore[misc]
        took.append(time.perf_counter() - began)
    assert sorted(took)[10] < 0.3  # a pull that asks from time to time would take half a second and more
    assert pull.healthy
    await pull.stop()


async def test_batches_are_bounded_by_count_and_bytes(js: JetStreamContext, as_user: Connect) -> None:
    intake, sink = await as_user("intake"), Sink()
    await fill(intake, 100, size=10_000)
    await fill(intake, 3, start=100, size=100_000)
    sizes = []

    async def measure(messages: list[Msg]) -> None:
        sizes.append((len(messages), sum(len(msg.data) for msg in messages)))
        await sink(messages)

    pull = ContinuousPull(await as_user("router"), "INTAKE", "router", measure, batch_messages=20, batch_bytes=90_000)
    await pull.start()
    await until(lambda: len(sink.handled) == 103)
    await pull.stop()
    assert max(count for count, _ in sizes) <= 9
    assert all(size <= 90_000 or count == 1 for count, size in sizes)


async def test_everything_of_a_large_backlog_is_handled_exactly_once(js: JetStreamContext, as_user: Connect) -> None:
    await fill(await as_user("intake"), 3000)
    sink = Sink()
    pull = ContinuousPull(await as_user("router"), "INTAKE", "router", sink)
    await pull.start()
    await until(lambda: len(sink.handled) == 3000)
    await pull.stop()
    assert set(sink.handled.values()) == {1}
    assert max(sink.sizes) <= 200
    await until_async(lambda: nothing_pending(js))


async def test_two_pulls_share_a_durable_without_handling_anything_twice(
    js: JetStreamContext, as_user: Connect
) -> None:
    one, two = Sink(), Sink()
    pulls = [ContinuousPull(await as_user("router"), "INTAKE", "router", sink) for sink in (one, two)]
    for pull in pulls:
        await pull.start()
    await fill(await as_user("intake"), 2000)
    await until(lambda: len(one.handled) + len(two.handled) == 2000)
    assert not set(one.handled) & set(two.handled)
    assert one.handled
    assert two.handled
    for pull in pulls:
        await pull.stop()


async def test_a_handler_that_raises_costs_its_batch_a_delay_and_nothing_else(
    js: JetStreamContext, as_user: Connect
) -> None:
    sink = Sink()
    failures = 0

    async def shaky(messages: list[Msg]) -> None:
        nonlocal failures
        if failures < 2:
            failures += 1
            raise RuntimeError("a bug")
        await sink(messages)

    pull = ContinuousPull(await as_user("router"), "INTAKE", "router", shaky, nak_delay=0.2)
    await pull.start()
    await fill(await as_user("intake"), 50)
    await until(lambda: len(sink.handled) == 50)
    assert set(sink.handled.values()) == {1}
    await pull.stop()


async def test_stopping_finishes_the_batch_and_gives_the_rest_back_at_once(
    js: JetStreamContext, as_user: Connect
) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()
    slow = Sink()

    async def wait_then_ack(messages: list[Msg]) -> None:
        began.set()
        await go_on.wait()
        await slow(messages)

    # Nothing comes back by itself while this test waits, however busy the machine is: what comes was given back.
    patient = dataclasses.replace(s.ROUTER, ack_wait=600.0)
    await js.add_consumer("INTAKE", topology.consumer_config(patient))
    await fill(await as_user("intake"), 150)
    first = ContinuousPull(
        await as_user("router"), "INTAKE", "router", wait_then_ack, batch_messages=10, ack_wait=600.0
    )
    await first.start()
    await began.wait()
    await until(lambda: first.held == 150)
    stopping = asyncio.create_task(first.stop())
    rest = Sink()
    second = ContinuousPull(await as_user("router"), "INTAKE", "router", rest, ack_wait=600.0)
    await second.start()
    await until(lambda: len(rest.handled) == 140)
    go_on.set()
    await stopping
    assert len(slow.handled) == 10
    assert not set(slow.handled) & set(rest.handled)
    await second.stop()


async def test_a_long_batch_is_kept_alive_so_that_nobody_else_gets_it(js: JetStreamContext, as_user: Connect) -> None:
    quick = s.Durable("quick", "INTAKE", ("intake.>",), ack_wait=1.0)
    await js.add_consumer("INTAKE", topology.consumer_config(quick))
    deliveries: list[int] = []

    async def long(messages: list[Msg]) -> None:
        deliveries.extend(msg.metadata.num_delivered for msg in messages)
        await asyncio.sleep(1.5)  # the work itself; longer than ack_wait
        for msg in messages:
            await msg.ack()

    await fill(await as_user("intake"), 4)
    pull = ContinuousPull(await as_user("store"), "INTAKE", "quick", long, ack_wait=1.0, batch_messages=2)
    await pull.start()
    await until(lambda: len(deliveries) == 4)
    await pull.stop()
    assert deliveries == [1, 1, 1, 1]
    assert (await js.consumer_info("INTAKE", "quick")).num_redelivered in (0, None)


async def test_a_deleted_consumer_is_noticed_declared_again_and_pulled_on(
    js: JetStreamContext, as_user: Connect
) -> None:
    calls: list[float] = []
    allowed = asyncio.Event()

    async def declare() -> None:
        calls.append(time.monotonic())
        if allowed.is_set():
            await topology.reconcile(js, replicas=1, inboxes=INBOXES)

    sink = Sink()
    pull = ContinuousPull(await as_user("router"), "INTAKE", "router", sink, on_missing=declare, heartbeat=1)
    await pull.start()
    intake = await as_user("intake")
    await fill(intake, 10)
    await until(lambda: len(sink.handled) == 10)
    await js.delete_consumer("INTAKE", "router")
    await until(lambda: len(calls) >= 2)
    assert not pull.healthy
    assert calls[1] - calls[0] > 0.05  # no hot loop
    allowed.set()
    await fill(intake, 10, start=10)
    await until(lambda: len(sink.handled) == 20)
    await until(lambda: pull.healthy)
    assert len(calls) < 10
    await pull.stop()


async def test_a_pull_may_start_before_its_consumer_exists(nc: BusConnection, as_user: Connect) -> None:
    sink = Sink()
    pull = ContinuousPull(await as_user("router"), "INTAKE", "router", sink)
    await pull.start()
    await until(lambda: not pull.healthy)
    await topology.reconcile(nc.jetstream(), replicas=1, inboxes=INBOXES)
    await fill(await as_user("intake"), 5)
    await until(lambda: len(sink.handled) == 5)
    await pull.stop()


async def test_after_an_orderly_restart_of_the_server_each_message_is_handled_exactly_once(own_server: Server) -> None:
    store = await own_server.connect("store")
    await topology.reconcile(store.jetstream(), replicas=1, inboxes=INBOXES)
    sink = Sink()
    pull = ContinuousPull(await own_server.connect("router"), "INTAKE", "router", sink)
    await pull.start()
    intake = await own_server.connect("intake")
    await fill(intake, 100)
    await until(lambda: len(sink.handled) == 100)
    await until_async(lambda: nothing_pending(store.jetstream()))
    own_server.restart_in_order()
    await fill(intake, 100, start=100)
    await until(lambda: len(sink.handled) == 200)
    await until_async(lambda: nothing_pending(store.jetstream()))
    assert sum(sink.handled.values()) == 200
    await until(lambda: pull.healthy)
    await pull.stop()


async def test_nothing_is_lost_and_no_delivery_acknowledged_twice_when_the_server_is_killed_under_load(
    own_server: Server,
) -> None:
    store = await own_server.connect("store")
    await topology.reconcile(store.jetstream(), replicas=1, inboxes=INBOXES)
    # What was on the wire, and what was acknowledged in the last moment before the kill, comes back after ack_wait.
    quick = dataclasses.replace(s.ROUTER, ack_wait=2.0)
    await store.jetstream().add_consumer("INTAKE", topology.consumer_config(quick))
    sink = Sink()
    pull = ContinuousPull(await own_server.connect("router"), "INTAKE", "router", sink, ack_wait=2.0)
    await pull.start()
    publisher = Publisher(await own_server.connect("intake"))
    sent: set[bytes] = set()

    async def send(number: int) -> None:
        payload = f"{number}".encode()
        while payload not in sent:
            try:
                await publisher.publish("INTAKE", "intake.email.support", payload, message_id=f"{number}", timeout=1)
                sent.add(payload)
            except Exception:  # noqa: BLE001  # the point: repeat until confirmed
                await asyncio.sleep(0.05)

    sending = asyncio.gather(*(send(number) for number in range(3000)))
    await until(lambda: len(sink.handled) > 300)
    own_server.kill()
    own_server.start()
    await sending
    await until(lambda: set(sink.handled) == sent)
    await until_async(lambda: nothing_pending(store.jetstream()))
    await pull.stop()


@pytest.mark.parametrize("status", ["409", "404"])
async def test_a_strangers_status_header_is_an_ordinary_message(
    js: JetStreamContext, as_user: Connect, status: str
) -> None:
    sink = Sink()
    pull = ContinuousPull(await as_user("router"), "INTAKE", "router", sink)
    await pull.start()
    await Publisher(await as_user("intake")).publish(
        "INTAKE", "intake.email.support", b"", message_id=status, headers={"Status": status}
    )
    await until(lambda: sink.handled[b""] == 1)
    await pull.stop()
