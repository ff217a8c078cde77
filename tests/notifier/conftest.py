"""What the tests of the notifier share: a nats-server, SMTP sinks, a room in its context, and the deliveries it is to send."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.notifier.service import NotifierService
from shared.bus import topology
from shared.bus.blobs import Blobs
from shared.bus.connection import BusConnection
from shared.bus.publish import Publisher
from shared.identity import derive
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from shared.secrets import Keyring
from shared.service import Context
from shared.settings import EmailInbox, Settings
from tests.natsserver import NatsServer

from .sink import Sink
from .storing import StoreDouble

INBOXES = [("email", "support"), ("email", "sales"), ("api", "crm"), ("api", "dead"), ("telegram", "bot")]
KEYRING = Keyring("a", {"a": b"k" * 32})


@pytest.fixture(scope="session")
def bus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    bus = NatsServer(tmp_path_factory.mktemp("nats"), inboxes=INBOXES)
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

    def __init__(self, bus: NatsServer, data: Path) -> None:
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
async def house(bus_server: NatsServer, tmp_path: Path) -> AsyncIterator[House]:
    house = House(bus_server, tmp_path)
    await house.open()
    yield house
    await house.close()


async def until(condition: Callable[[], bool], timeout: float = 60.0) -> None:
    """Wait, bounded, until something is so."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.01)
