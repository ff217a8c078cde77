"""A real nats-server with our configuration for the tests of the bus; each test gets it empty."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from nats.js import JetStreamContext

from shared.bus import permissions, topology
from shared.bus.connection import BusConnection
from tests.natsserver import NatsServer, free_port

__all__ = ["free_port"]

INBOXES = [("email", "support"), ("email", "sales")]
EXTERNAL = "fax"


async def until(condition: Callable[[], bool], timeout: float = 60.0) -> None:
    """Wait, bounded, until something is so."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.01)


async def until_async(condition: Callable[[], Awaitable[bool]], timeout: float = 60.0) -> None:
    async with asyncio.timeout(timeout):
        while not await condition():
            await asyncio.sleep(0.02)


class Server(NatsServer):
    """A nats-server that remembers the connections made to it."""

    def __init__(self, folder: Path) -> None:
        outside = permissions.external_user(EXTERNAL)
        super().__init__(folder, inboxes=INBOXES, externals={outside: permissions.external(EXTERNAL, ["front"])})
        self.opened: list[BusConnection] = []

    async def connect(self, user: str = "store") -> BusConnection:
        self.opened.append(await super().connect(user))
        return self.opened[-1]

    async def close(self) -> None:
        for nc in self.opened:
            await nc.close()
        self.opened.clear()


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
