"""Requests: an answer, or an error that says what is known."""

import asyncio

import pytest
from nats.js import JetStreamContext

from shared.bus import headers as hdr
from shared.bus.errors import BusUnavailable, NoResponders, PayloadTooLarge, RemoteError, RequestTimeout
from shared.bus.rpc import Request, request, serve

from .conftest import Connect, Server, until


async def test_a_question_is_answered(js: JetStreamContext, as_user: Connect) -> None:
    async def echo(asked: Request) -> bytes:
        return asked.subject.encode() + b":" + asked.payload

    server = await serve(await as_user("store"), "store.query.*", "store", echo)
    assert await request(await as_user("desk"), "store.query.tickets", b"x") == b"store.query.tickets:x"
    await server.stop()


async def test_when_nobody_serves_the_asker_hears_it_at_once(js: JetStreamContext, as_user: Connect) -> None:
    with pytest.raises(NoResponders):
        await request(await as_user("router"), "store.facts", b"", timeout=60)


async def test_an_error_comes_back_with_its_kind(js: JetStreamContext, as_user: Connect) -> None:
    async def refuse(asked: Request) -> bytes:
        if asked.payload == b"typed":
            raise RemoteError("conflict", "łąka\r\nX: y")
        raise ValueError("a bug")

    server = await serve(await as_user("store"), "store.commit", "store", refuse)
    router = await as_user("router")
    with pytest.raises(RemoteError) as typed:
        await request(router, "store.commit", b"typed")
    assert typed.value.kind == "conflict"
    assert "\n" not in typed.value.text
    with pytest.raises(RemoteError, match="ValueError: a bug"):
        await request(router, "store.commit", b"")
    await server.stop()


async def test_a_request_whose_deadline_has_passed_is_never_begun(js: JetStreamContext, as_user: Connect) -> None:
    begun: list[bytes] = []
    go_on = asyncio.Event()

    async def slow(asked: Request) -> bytes:
        begun.append(asked.payload)
        await go_on.wait()
        return b"done"

    server = await serve(await as_user("store"), "store.commit", "store", slow, concurrency=1)
    router = await as_user("router")
    first = asyncio.create_task(request(router, "store.commit", b"first", timeout=60))
    await until(lambda: begun == [b"first"])
    with pytest.raises(RequestTimeout):
        await request(router, "store.commit", b"second", timeout=0.2)
    go_on.set()
    assert await first == b"done"
    await until(lambda: server.dropped == 1)
    assert begun == [b"first"]
    await server.stop()


async def test_no_more_than_the_bound_are_handled_at_a_time(js: JetStreamContext, as_user: Connect) -> None:
    now = most = 0

    async def count(asked: Request) -> bytes:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        return b""

    server = await serve(await as_user("store"), "store.facts", "store", count, concurrency=5)
    router = await as_user("router")
    await asyncio.gather(*(request(router, "store.facts", b"") for _ in range(50)))
    assert most == 5
    await server.stop()


async def test_stopping_answers_what_has_arrived(js: JetStreamContext, as_user: Connect) -> None:
    arrived = asyncio.Event()

    async def slow(asked: Request) -> bytes:
        arrived.set()
        await asyncio.sleep(0.1)
        return b"done"

    server = await serve(await as_user("store"), "store.facts", "store", slow)
    asking = asyncio.create_task(request(await as_user("router"), "store.facts", b""))
    await arrived.wait()
    await server.stop()
    assert await asking == b"done"


async def test_too_large_is_an_error_in_both_directions(js: JetStreamContext, as_user: Connect) -> None:
    async def large(asked: Request) -> bytes:
        return b"x" * (9 * 1024 * 1024)

    server = await serve(await as_user("store"), "store.facts", "store", large)
    router = await as_user("router")
    with pytest.raises(PayloadTooLarge):
        await request(router, "store.facts", b"x" * router.max_payload)
    with pytest.raises(RemoteError, match="too-large"):
        await request(router, "store.facts", b"")
    await server.stop()


async def test_a_malformed_deadline_is_no_deadline(js: JetStreamContext, as_user: Connect) -> None:
    async def echo(asked: Request) -> bytes:
        return f"{asked.deadline}".encode()

    server = await serve(await as_user("store"), "store.facts", "store", echo)
    nc = await as_user("router")
    answer = await nc.request("store.facts", b"", timeout=60, headers={hdr.DEADLINE: "soon"})
    assert answer.data == b"None"
    await server.stop()


async def test_without_a_server_nothing_is_asked(own_server: Server) -> None:
    nc = await own_server.connect("router")
    own_server.kill()
    await until(lambda: not nc.is_connected)
    with pytest.raises(BusUnavailable, match="nothing was sent"):
        await request(nc, "store.facts", b"", timeout=0.2)
