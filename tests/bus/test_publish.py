"""Publishing: confirmed, deduplicated, and refused with a reason that can be decided by."""

import asyncio

import pytest
from nats.js import JetStreamContext

from shared.bus import headers as hdr
from shared.bus import topology
from shared.bus.errors import BusFull, BusUnavailable, PayloadTooLarge, PublishRejected
from shared.bus.publish import Publisher

from .conftest import INBOXES, Connect, Server


async def test_a_message_is_stored_once_per_id(js: JetStreamContext, as_user: Connect) -> None:
    publisher = Publisher(await as_user("intake"))
    first = await publisher.publish("INTAKE", "intake.email.support", b"x", message_id="m1|email|support")
    again = await publisher.publish("INTAKE", "intake.email.support", b"x", message_id="m1|email|support")
    assert (first.duplicate, again.duplicate, again.seq) == (False, True, first.seq)


async def test_an_id_counts_for_the_whole_stream_so_each_route_needs_its_own(
    js: JetStreamContext, as_user: Connect
) -> None:
    publisher = Publisher(await as_user("intake"))
    await publisher.publish("INTAKE", "intake.email.support", b"x", message_id="m1")
    same_id = await publisher.publish("INTAKE", "intake.email.sales", b"x", message_id="m1")
    own_id = await publisher.publish("INTAKE", "intake.email.sales", b"x", message_id="m1|email|sales")
    assert same_id.duplicate
    assert not own_id.duplicate


async def test_odd_ids_stay_different(js: JetStreamContext, as_user: Connect) -> None:
    publisher = Publisher(await as_user("intake"))
    ids = ["a b", "a\rb", "a\nb", " a b", "a  b", "", "ż", "x" * 2000, "x" * 2001]
    acks = [await publisher.publish("INTAKE", "intake.email.support", b"x", message_id=one) for one in ids]
    assert not any(ack.duplicate for ack in acks)


async def test_a_header_cannot_bring_another_header_along(js: JetStreamContext, as_user: Connect) -> None:
    publisher = Publisher(await as_user("intake"))
    ack = await publisher.publish(
        "INTAKE", "intake.email.support", b"x", message_id="m", headers={"X-Name": "a\r\nNats-Rollup: all\r\n\r\nb"}
    )
    stored = await js.get_msg("INTAKE", ack.seq)
    assert stored.headers is not None
    assert "Nats-Rollup" not in stored.headers
    assert stored.headers["X-Name"] == "a Nats-Rollup: all b"


async def test_a_full_stream_refuses_and_forgets_nothing(js: JetStreamContext, as_user: Connect) -> None:
    await topology.reconcile(js, replicas=1, inboxes=INBOXES, limits={"INTAKE": 20_000})
    publisher = Publisher(await as_user("intake"))
    attempts = [
        publisher.publish("INTAKE", "intake.email.support", b"x" * 1000, message_id=f"m{number}")
        for number in range(100)
    ]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    stored = sum(not isinstance(one, BaseException) for one in results)
    refused = [one for one in results if isinstance(one, BaseException)]
    assert refused
    assert all(isinstance(one, BusFull) and "maximum bytes" in str(one) for one in refused)
    state = (await js.stream_info("INTAKE")).state
    assert (state.messages, state.first_seq) == (stored, 1)


async def test_what_is_too_large_is_refused_before_it_ends_the_connection(
    js: JetStreamContext, as_user: Connect
) -> None:
    nc = await as_user("intake")
    publisher = Publisher(nc)
    with pytest.raises(PayloadTooLarge):
        await publisher.publish("INTAKE", "intake.email.support", b"x" * (nc.max_payload - 50), message_id="m")
    assert (await publisher.publish("INTAKE", "intake.email.support", b"x", message_id="m")).seq == 1


async def test_nothing_is_published_into_the_void(js: JetStreamContext, as_user: Connect) -> None:
    publisher = Publisher(await as_user("store"))
    with pytest.raises(PublishRejected):
        await publisher.publish("OUTBOUND", "event.x", b"x", message_id="m")
    await js.delete_stream("EVENT")
    with pytest.raises(BusUnavailable):
        await publisher.publish("EVENT", "event.x", b"x", message_id="m")


async def test_without_a_server_publishing_says_so_and_goes_on_afterwards(own_server: Server) -> None:
    nc = await own_server.connect("store")
    js = nc.jetstream()
    await topology.reconcile(js, replicas=1, inboxes=INBOXES)
    publisher = Publisher(nc)
    own_server.kill()
    with pytest.raises(BusUnavailable):
        await publisher.publish("EVENT", "event.x", b"x", message_id="m1", timeout=0.3)
    waiting = asyncio.create_task(publisher.publish("EVENT", "event.x", b"x", message_id="m2", timeout=60))
    own_server.start()
    assert (await waiting).seq >= 1


async def test_many_at_once_are_all_confirmed(js: JetStreamContext, as_user: Connect) -> None:
    publisher = Publisher(await as_user("intake"))
    acks = await asyncio.gather(
        *(publisher.publish("INTAKE", "intake.email.support", b"x" * 500, message_id=f"m{i}") for i in range(500))
    )
    assert {ack.seq for ack in acks} == set(range(1, 501))


def test_a_value_of_any_type_becomes_one_line() -> None:
    assert hdr.clean("a\r\n\x00b") == "a b"
    assert hdr.clean(5) == "5"
    assert hdr.clean_ascii("é" * 1000, 10) == "\\xe9\\xe9\\x"
