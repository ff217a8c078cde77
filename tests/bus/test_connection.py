"""Connecting: patient, bounded, and silent about passwords."""

import asyncio
import logging

import pytest

from shared.bus.connection import connect, without_password
from shared.bus.errors import BusUnavailable

from .conftest import Server, free_port, until


async def test_where_nothing_listens_it_gives_up_in_time_with_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    url = f"nats://store:s3cret@127.0.0.1:{free_port()}"
    with pytest.raises(BusUnavailable) as error:
        await connect(url, name="test", timeout=0.6)
    assert "\n" not in str(error.value)
    assert "s3cret" not in str(error.value) + caplog.text


async def test_it_waits_for_a_server_that_comes_up_late(own_server: Server) -> None:
    own_server.kill()
    waiting = asyncio.create_task(own_server.connect("store"))
    await asyncio.sleep(0)
    own_server.start()
    assert (await waiting).is_connected


async def test_one_of_several_servers_is_enough_and_one_password_serves_all(own_server: Server) -> None:
    url = f"nats://store:{own_server.passwords['store']}@127.0.0.1:{free_port()},nats://127.0.0.1:{own_server.port}"
    nc = await connect(url, name="test", user_inbox_prefix="_INBOX_store", timeout=60)
    await nc.jetstream().account_info()
    await nc.close()


async def test_a_lost_server_is_found_again_and_listeners_hear_of_it(own_server: Server) -> None:
    nc = await own_server.connect("store")
    heard = asyncio.Event()
    nc.on_reconnect(heard.set)
    own_server.kill()
    await until(lambda: not nc.is_connected)
    own_server.start()
    async with asyncio.timeout(60):
        await heard.wait()


async def test_a_close_we_asked_for_is_not_reported_and_one_we_did_not_is(own_server: Server) -> None:
    closed: list[str] = []

    def report(name: str):  # type: ignore[no-untyped-def]
        async def on_closed() -> None:
            closed.append(name)

        return on_closed

    url = own_server.url("store")
    ours = await connect(url, name="ours", user_inbox_prefix="_INBOX_store", on_closed=report("ours"))
    await ours.close()
    theirs = await connect(url, name="theirs", user_inbox_prefix="_INBOX_store", on_closed=report("theirs"))
    # A protocol error is one of the things after which the client library closes for good.
    await theirs._process_err("'unknown protocol operation'")
    await until(lambda: closed == ["theirs"])


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("nats://a:b@h:1", "nats://h:1"),
        ("nats://a:b@h:1,nats://i:2", "nats://h:1,nats://i:2"),
        ("a:p@x@h:1", "nats://h:1"),
        ("h", "nats://h"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown
