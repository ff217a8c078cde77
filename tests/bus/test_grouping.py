"""Publishing together what is published at the same time: nothing lost, nothing doubled, each with its own answer."""

import asyncio

from nats.js import JetStreamContext

from shared.bus import headers as hdr
from shared.bus import topology
from shared.bus.errors import BusError, BusFull
from shared.bus.publish import Ack, Publisher

from .conftest import INBOXES, Connect, Server

SUBJECT = "intake.email.support"


async def _all(publisher: Publisher, names: list[str], size: int = 100) -> list[Ack | BaseException]:
    async def one(name: str) -> Ack:
        return await publisher.publish("INTAKE", SUBJECT, name.encode().ljust(size), message_id=name)

    return await asyncio.gather(*(one(name) for name in names), return_exceptions=True)


async def _stored(js: JetStreamContext) -> list[tuple[str, bool]]:
    """Each message of the stream, in order, and whether it came in a batch."""
    found = []
    for seq in range(1, (await js.stream_info("INTAKE")).state.messages + 1):
        message = await js.get_msg("INTAKE", seq)
        assert message.data is not None
        found.append((message.data.decode().strip(), hdr.BATCH_ID in (message.headers or {})))
    return found


async def test_what_is_published_at_once_is_stored_together_and_each_hears_its_own_place(
    js: JetStreamContext, as_user: Connect
) -> None:
    names = [f"m{number}" for number in range(300)]
    acks = await _all(Publisher(await as_user("intake")), names)
    stored = await _stored(js)
    assert [name for name, _ in stored] == names
    assert [(ack.seq, ack.duplicate) for ack in acks if isinstance(ack, Ack)] == [(n, False) for n in range(1, 301)]
    assert sum(batched for _, batched in stored) > 290


async def test_a_lone_message_waits_for_no_company(js: JetStreamContext, as_user: Connect) -> None:
    publisher = Publisher(await as_user("intake"))
    for name in ("m1", "m2", "m3"):
        await _all(publisher, [name])
    assert await _stored(js) == [("m1", False), ("m2", False), ("m3", False)]


async def test_one_that_was_there_already_keeps_none_of_its_neighbours_out(
    js: JetStreamContext, as_user: Connect
) -> None:
    publisher = Publisher(await as_user("intake"))
    await _all(publisher, ["m7"])
    acks = await _all(publisher, [f"m{number}" for number in range(20)])
    assert [ack.duplicate for ack in acks if isinstance(ack, Ack)] == [number == 7 for number in range(20)]
    assert sorted(name for name, _ in await _stored(js)) == sorted(f"m{number}" for number in range(20))


async def test_the_same_message_twice_at_once_is_stored_once(js: JetStreamContext, as_user: Connect) -> None:
    acks = await _all(Publisher(await as_user("intake")), [f"m{number % 20}" for number in range(40)])
    assert sum(ack.duplicate for ack in acks if isinstance(ack, Ack)) == 20
    assert len({name for name, _ in await _stored(js)}) == len(await _stored(js)) == 20


async def test_a_stream_without_room_for_all_takes_what_it_has_room_for(js: JetStreamContext, as_user: Connect) -> None:
    await topology.reconcile(js, replicas=1, inboxes=INBOXES, limits={"INTAKE": 20_000})
    results = await _all(Publisher(await as_user("intake")), [f"m{number}" for number in range(100)], size=1000)
    refused = [one for one in results if isinstance(one, BaseException)]
    assert refused
    assert all(isinstance(one, BusFull) for one in refused)
    confirmed = {name for name, one in zip((f"m{n}" for n in range(100)), results, strict=True) if isinstance(one, Ack)}
    assert confirmed == {name for name, _ in await _stored(js)}


async def test_a_bus_that_knows_no_batches_gets_single_messages(js: JetStreamContext, as_user: Connect) -> None:
    await js.delete_stream("INTAKE")
    await js.add_stream(name="INTAKE", subjects=["intake.>"], duplicate_window=60)
    publisher = Publisher(await as_user("intake"))
    for names in (["a1", "a2", *(f"b{n}" for n in range(30))], [f"c{n}" for n in range(30)]):
        assert all(isinstance(one, Ack) for one in await _all(publisher, names))
    stored = [name for name, _ in await _stored(js)]
    assert len(stored) == len(set(stored)) == 62


async def test_what_was_confirmed_is_there_once_although_the_bus_was_killed_again_and_again(
    own_server: Server,
) -> None:
    js = (await own_server.connect()).jetstream()
    await topology.reconcile(js, replicas=1, inboxes=INBOXES, limits={})
    publisher = Publisher(await own_server.connect("intake"))
    confirmed: set[str] = set()

    async def insist(name: str) -> None:
        while name not in confirmed:
            try:
                await publisher.publish("INTAKE", SUBJECT, name.encode(), message_id=name, timeout=2.0)
                confirmed.add(name)
            except BusError:
                continue

    async def load() -> None:
        for start in range(0, 3000, 100):
            await asyncio.gather(*(insist(f"m{number}") for number in range(start, start + 100)))

    sending = asyncio.create_task(load())
    for goal in (500, 1200, 2000):
        async with asyncio.timeout(60):
            while len(confirmed) < goal:
                await asyncio.sleep(0.001)
        own_server.kill()
        own_server.start()
    async with asyncio.timeout(120):
        await sending
    payloads = [name for name, _ in await _stored(js)]
    assert len(payloads) == len(set(payloads)) == 3000
