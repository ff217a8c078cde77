"""`send` and `listen`: the short way onto the bus and off it keeps what the client library's own way promises."""

import asyncio

import nats.errors
import pytest
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from shared.bus.connection import settle

from .conftest import Connect


async def until(happened: asyncio.Event) -> None:
    async with asyncio.timeout(60):
        await happened.wait()


async def test_what_may_wait_goes_out_by_itself_and_in_order(js: JetStreamContext, as_user: Connect) -> None:
    nc = await as_user("router")
    came: list[bytes] = []
    inbox = nc.new_inbox()
    await nc.listen(inbox, lambda msg: came.append(msg.data))
    await settle(nc)  # nothing else is left that could take them along
    loop = asyncio.get_running_loop()
    soon = 0
    for number in range(5):
        began = loop.time()
        nc.send(inbox, b"first %d" % number, lazily=True)
        nc.send(inbox, b"second %d" % number, lazily=True)
        async with asyncio.timeout(60):
            while len(came) < 2 * (number + 1):
                await asyncio.sleep(0.01)
        soon += loop.time() - began < 1.0
    assert came == [b"%b %d" % (word, number) for number in range(5) for word in (b"first", b"second")]
    assert soon >= 3  # a ping of the server's, every few seconds, would also bring them out


async def test_a_listener_that_fails_does_not_end_the_reading(js: JetStreamContext, as_user: Connect) -> None:
    nc = await as_user("router")
    good = asyncio.Event()

    def take(msg: Msg) -> None:
        if msg.data == b"bad":
            raise RuntimeError("a fault")
        good.set()

    inbox = nc.new_inbox()
    await nc.listen(inbox, take)
    nc.send(inbox, b"bad")
    nc.send(inbox, b"good")
    await until(good)


@pytest.mark.parametrize("subject", ["", "a b", "a\r\nPUB x 0\r\n", "a\tb"])
async def test_a_subject_cannot_bring_a_command_along(js: JetStreamContext, as_user: Connect, subject: str) -> None:
    nc = await as_user("router")
    with pytest.raises(nats.errors.BadSubjectError):
        nc.send(subject, b"")


async def test_a_closed_connection_takes_nothing_more(js: JetStreamContext, as_user: Connect) -> None:
    nc = await as_user("router")
    await nc.close()
    with pytest.raises(nats.errors.ConnectionClosedError):
        nc.send("a", b"")
