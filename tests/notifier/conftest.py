"""What the tests of the notifier share: a nats-server, SMTP sinks, a room in its context, and the deliveries it is to send."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.notifier.service import NotifierService
from shared.bus import permissions, subjects, topology
from shared.bus.blobs import Blobs
from shared.bus.connection import BusConnection, connect
from shared.bus.embedded import server_binary
from shared.bus.publish import Publisher
from shared.identity import derive
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from shared.secrets import Keyring
from shared.service import Context
from shared.settings import EmailInbox, Settings

from .sink import Sink
from .storing import StoreDouble

INBOXES = [("email", "support"), ("email", "sales")]
KEYRING = Keyring("a", {"a": b"k" * 32})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Bus:
    """A nats-server that a test may kill and start again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.passwords = {name: secrets.token_hex(8) for name in subjects.INTERNAL_USERS}
        self.process: subprocess.Popen[bytes] | None = None
        config = permissions.server_config(
            store_dir=str(folder / "js"),
            listen=f"127.0.0.1:{self.port}",
            users=self.passwords,
            inboxes=INBOXES,
            log_file=str(folder / "nats.log"),
        )
        (folder / "nats.conf").write_text(config)

    def start(self) -> None:
        self.process = subprocess.Popen([str(server_binary()), "-c", str(self.folder / "nats.conf")])
        until = time.monotonic() + 15
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

    async def connect(self, user: str) -> BusConnection:
        url = f"nats://{user}:{self.passwords[user]}@127.0.0.1:{self.port}"
        return await connect(url, name=f"test-{user}", user_inbox_prefix=subjects.inbox_prefix(user), timeout=15)


@pytest.fixture(scope="session")
def bus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bus]:
    bus = Bus(tmp_path_factory.mktemp("nats"))
    bus.start()
    yield bus
    bus.kill()


@pytest.fixture
async def sinks() -> AsyncIterator[Callable[..., Awaitable[Sink]]]:
    """Start SMTP sinks on free ports."""
    started: list[Sink] = []

    async def start(**options: Any) -> Sink:
        sink = Sink(**options)
        await sink.start()
        started.append(sink)
        return sink

    yield start
    for sink in started:
        await sink.stop()


def outbound(name: str = "one", **fields: Any) -> Outbound:
    """A delivery to a customer; ``name`` tells it from others."""
    values: dict[str, Any] = {
        "delivery_id": derive("delivery", name),
        "ticket_id": derive("ticket", name),
        "ticket_number": 1001,
        "channel": "email",
        "inbox": "support",
        "kind": "reply",
        "to": [Address(name="", address=f"{name}@customer.example")],
        "subject": "Printer",
        "text": f"Hello {name},\nit is repaired.",
        "created_at": datetime.now(UTC),
        "correlation_id": f"c-{name}",
    }
    return Outbound(**{**values, **fields})


class House:
    """The bus with everything declared, a store and as many notifiers as a test wants."""

    def __init__(self, bus: Bus, data: Path) -> None:
        self.bus, self.data = bus, data
        self.opened: list[BusConnection] = []
        self.rooms: list[NotifierService] = []

    async def connect(self, user: str) -> BusConnection:
        nc = await self.bus.connect(user)
        self.opened.append(nc)
        return nc

    async def open(self) -> None:
        nc = await self.connect("store")
        js = nc.jetstream()
        for stream in await js.streams_info():
            await js.delete_stream(str(stream.config.name))
        await topology.reconcile(js, replicas=1, inboxes=INBOXES, limits={})
        self.store = StoreDouble(nc)
        self.blobs = Blobs(nc)
        await self.store.start()

    async def notifier(self, send: dict[str, list[str]], **options: Any) -> NotifierService:
        """A started notifier whose inboxes use these relays; no relay: Maildir."""
        nc = await self.connect("notifier")
        inboxes = tuple(
            EmailInbox.model_validate(
                {"name": name, "channel": "email", "address": f"{name}@acme.example", "send": relays}
            )
            for name, relays in send.items()
        )
        context = Context(
            settings=Settings.model_validate({"company": {"name": "Acme"}, "inbox": inboxes}),
            keyring=KEYRING,
            data=self.data,
            bus=nc,
            publisher=Publisher(nc),
            blobs=Blobs(nc),
        )
        room = NotifierService(context, **options)
        await room.start()
        self.rooms.append(room)
        return room

    async def crash(self, room: NotifierService) -> None:
        """End a notifier as a kill would: nothing is reported, acknowledged or given back."""
        self.rooms.remove(room)
        for lane in room._lanes:
            for task in [*lane._tasks, *lane._workers, *lane._finishing, *lane._pull._tasks, *lane._pump._pull._tasks]:
                task.cancel()
        await room._context.bus.close()

    async def close(self) -> None:
        for room in self.rooms:
            await room.stop()
        await self.store.stop()
        for nc in self.opened:
            await nc.close()


@pytest.fixture
async def house(bus_server: Bus, tmp_path: Path) -> AsyncIterator[House]:
    house = House(bus_server, tmp_path)
    await house.open()
    yield house
    await house.close()


async def until(condition: Callable[[], bool], timeout: float = 15.0) -> None:
    """Wait, bounded, until something is so."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.01)
