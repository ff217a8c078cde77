"""A real nats-server with our configuration for the tests of the bus; each test gets it empty."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from nats.js import JetStreamContext

from shared.bus import permissions, topology
from shared.bus.connection import BusConnection, connect
from shared.bus.embedded import server_binary
from shared.bus.subjects import INTERNAL_USERS, inbox_prefix

INBOXES = [("email", "support"), ("email", "sales")]
EXTERNAL = "fax"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until(condition: Callable[[], bool], timeout: float = 15.0) -> None:
    """Wait, bounded, until something is so."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.01)


async def until_async(condition: Callable[[], Awaitable[bool]], timeout: float = 15.0) -> None:
    async with asyncio.timeout(timeout):
        while not await condition():
            await asyncio.sleep(0.02)


class Server:
    """A nats-server that a test may kill and start again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.passwords = {name: secrets.token_hex(8) for name in INTERNAL_USERS}
        self.passwords[permissions.external_user(EXTERNAL)] = secrets.token_hex(8)
        self.opened: list[BusConnection] = []
        self.process: subprocess.Popen[bytes] | None = None
        outside = permissions.external_user(EXTERNAL)
        config = permissions.server_config(
            store_dir=str(folder / "js"),
            listen=f"127.0.0.1:{self.port}",
            users={name: self.passwords[name] for name in INTERNAL_USERS},
            inboxes=INBOXES,
            externals={outside: (permissions.external(EXTERNAL, ["front"]), self.passwords[outside])},
            log_file=str(folder / "nats.log"),
        )
        (folder / "nats.conf").write_text(config)

    def start(self) -> None:
        self.process = subprocess.Popen([str(server_binary()), "-c", str(self.folder / "nats.conf")])
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, (self.folder / "nats.log").read_text()
                time.sleep(0.02)
        raise AssertionError("nats-server did not start")

    def kill(self) -> None:
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def restart_in_order(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(15)
        self.start()

    async def connect(self, user: str) -> BusConnection:
        nc = await connect(self.url(user), name=f"test-{user}", user_inbox_prefix=inbox_prefix(user), timeout=10)
        self.opened.append(nc)
        return nc

    async def close(self) -> None:
        for nc in self.opened:
            await nc.close()
        self.opened.clear()

    def url(self, user: str) -> str:
        return f"nats://{user}:{self.passwords[user]}@127.0.0.1:{self.port}"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("nats"))
    server.start()
    yield server
    server.kill()


Connect = Callable[..., Awaitable[BusConnection]]


@pytest.fixture
async def as_user(server: Server) -> AsyncIterator[Connect]:
    """Connect as one of the users; closed at the end of the test."""
    yield server.connect
    await server.close()


@pytest.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server for one test, which may kill it."""
    server = Server(tmp_path)
    server.start()
    yield server
    server.kill()
    await server.close()


@pytest.fixture
async def nc(as_user: Connect) -> BusConnection:
    """The store's connection, on a server that has nothing declared."""
    nc = await as_user("store")
    js = nc.jetstream()
    for stream in await js.streams_info():
        await js.delete_stream(str(stream.config.name))
    return nc


@pytest.fixture
async def js(nc: BusConnection) -> JetStreamContext:
    """JetStream as the store sees it, with everything declared."""
    js = nc.jetstream()
    await topology.reconcile(js, replicas=1, inboxes=INBOXES, limits={})
    return js
