"""Some or all rooms in one process: connected, started in the order of the house, stopped in reverse.

The store comes first (it declares the bus's streams and hands out the configuration), intake last: nobody is told "got it"
before everything behind is there. Stopping begins at the door.
"""

import asyncio
import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import structlog
from fastapi import FastAPI

from services.composition import keeping
from services.composition.dispatching import Dispatcher
from services.composition.users import user_of
from services.composition.web import WebServer
from shared.bus.blobs import Blobs
from shared.bus.connection import BusConnection, connect
from shared.bus.publish import Publisher
from shared.bus.subjects import inbox_prefix
from shared.bus.topology import wait_until_declared
from shared.ending import end
from shared.secrets import Keyring
from shared.service import Context, Room
from shared.settings import Settings
from shared.settings.quantities import Listen, UnixListen
from shared.web import health_routes

log = structlog.get_logger()

ORDER = ("store", "router", "notifier", "desk", "intake")
_CLASSES = {
    "store": ("services.store.service", "StoreService"),
    "router": ("services.router.service", "RouterService"),
    "notifier": ("services.notifier.service", "NotifierService"),
    "desk": ("services.desk.service", "DeskService"),
    "intake": ("services.intake.service", "IntakeService"),
}
HEALTH = ("/healthz", "/readyz", "/metrics")
CONNECTED_WITHIN = 30.0
DECLARED_WITHIN = 120.0
SAID_AFTER = 3.0


@contextmanager
def _waiting(said: str, at_most: float) -> Iterator[None]:
    """Say what is waited for, where it takes longer than a moment. ``at_most``: seconds."""
    late = asyncio.get_running_loop().call_later(SAID_AFTER, lambda: log.warning(said, at_most=at_most))
    try:
        yield
    finally:
        late.cancel()


@runtime_checkable
class StoreRoom(Protocol):
    """The room that hands out the configuration."""

    async def commit_configuration(self, effective: dict[str, Any], version: str) -> None:
        """Record it and hand it to everybody."""


@runtime_checkable
class WebRoom(Protocol):
    """A room with web pages. ``paths``: where they are, so that rooms can share a port; none: wherever no other room's are."""

    app: FastAPI
    paths: tuple[str, ...]


@runtime_checkable
class SignInRoom(Protocol):
    """A room at which people sign in."""

    async def first_sign_in(self) -> str:
        """The page where the first admin is made; empty once there is one."""


@runtime_checkable
class MailRoom(Protocol):
    """A room that takes mail."""

    smtp_address: Listen
    lmtp_address: Listen | UnixListen | None


@dataclass
class House:
    """The rooms of one process. ``url_for`` gives the bus address of a room's own user; ``only`` limits intake's channels."""

    settings: Settings
    keyring: Keyring
    data: Path
    rooms: Sequence[str]
    url_for: Callable[[str], str]
    embedded: bool
    on_lost: Callable[[], None]
    only: Sequence[str] = ()
    running: list[Room] = field(default_factory=list)
    connections: list[BusConnection] = field(default_factory=list)
    web: list[WebServer] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    pages: Dispatcher = field(default_factory=Dispatcher)
    lost: bool = False

    async def start(self) -> None:
        """Take the web ports, connect and start every room; on any failure everything is stopped again."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        health = FastAPI(title="Trunkline", docs_url=None, redoc_url=None, openapi_url=None)
        health.include_router(health_routes(self.ready, self.settings.web.metrics_from))
        listening = [self._bind(listen, key) for listen, key in self._planned()]
        self.pages.add(health, HEALTH)
        if (
            "desk" not in self.rooms
        ):  # health alone tells from the beginning what is waited for; pages come with their room
            await self._serve(listening)
        for name in (room for room in ORDER if room in self.rooms):
            room = await self._open(name)
            if isinstance(room, WebRoom):
                self.pages.add(room.app, room.paths)
        if "desk" in self.rooms:
            await self._serve(listening)
        for room in self.running:
            if isinstance(room, MailRoom) and (not self.only or "email" in self.only):
                self.addresses.append(f"smtp://{room.smtp_address}")
                if isinstance(room.lmtp_address, UnixListen):
                    self.addresses.append(f"lmtp:{room.lmtp_address}")
                elif room.lmtp_address is not None:
                    self.addresses.append(f"lmtp://{room.lmtp_address}")

    async def _open(self, name: str) -> Room:
        context = await self._context(name)
        if name == "store":
            await keeping.declare(context)
        else:
            await self._declared(context)
        room = build(name, context, self.only)
        self.running.append(room)
        await room.start()
        if isinstance(room, StoreRoom):
            handed_out = keeping.handed_out(self.settings)
            await keeping.patiently(lambda: room.commit_configuration(*handed_out), "hand out the configuration")
            self.tasks.append(asyncio.create_task(keeping.keep_tidy(context), name="janitor"))
        return room

    @staticmethod
    async def _declared(context: Context) -> None:
        with _waiting("the store has not declared the bus's streams yet; waiting for it", DECLARED_WITHIN):
            await wait_until_declared(context.bus.jetstream(), DECLARED_WITHIN)

    @staticmethod
    async def _serve(listening: list[WebServer]) -> None:
        for server in listening:
            await server.start()

    def _planned(self) -> list[tuple[Listen, str]]:
        web = self.settings.web
        if "desk" in self.rooms:
            return [(web.listen, "web.listen")]
        if "intake" in self.rooms and web.intake_listen is not None:
            return [(web.intake_listen, "web.intake_listen")]
        if web.health_listen is not None:
            return [(web.health_listen, "web.health_listen")]
        return []

    def _bind(self, listen: Listen, key: str) -> WebServer:
        server = WebServer(self.pages, listen, key)
        self.web.append(server)
        self.addresses.append(server.bind())
        return server

    async def _context(self, room: str) -> Context:
        url = self.url_for(room)
        with _waiting("the bus does not answer yet; waiting for it", CONNECTED_WITHIN):
            bus = await connect(
                url,
                name=f"trunkline-{room}",
                user_inbox_prefix=inbox_prefix(user_of(url) or room),
                timeout=CONNECTED_WITHIN,
                on_closed=self._bus_lost,
            )
        self.connections.append(bus)
        return Context(
            settings=self.settings,
            keyring=self.keyring,
            data=self.data,
            bus=bus,
            publisher=Publisher(bus),
            blobs=Blobs(bus),
            embedded=self.embedded,
        )

    async def _bus_lost(self) -> None:
        log.error("the connection to the bus is closed for good; stopping, so that a supervisor starts anew")
        self.lost = True
        self.on_lost()

    def ready(self) -> dict[str, bool]:
        """The readiness of every room, by ``room: check``."""
        checks = {f"{room.name}: {check}": ok for room in self.running for check, ok in room.ready().items()}
        started = {room.name for room in self.running}
        return checks | {f"{name}: started": False for name in self.rooms if name not in started}

    async def stop(self) -> None:
        """Close the door first, finish what is inside, then let go of the bus."""
        await end(self.tasks)
        for server in self.web:
            await server.stop()
        for room in reversed(self.running):
            try:
                await room.stop()
            except Exception as error:
                log.error("a room did not stop in order", room=room.name, exc_info=error)
        for connection in self.connections:
            try:
                async with asyncio.timeout(5):
                    await connection.drain()
            except Exception as error:  # noqa: BLE001 - it is the end anyway; what was not sent is on disk
                log.warning("a bus connection did not close in order", error=str(error) or type(error).__name__)
        for held in (self.running, self.connections, self.web, self.tasks):
            held.clear()  # a start that failed has stopped everything already


def build(name: str, context: Context, only: Sequence[str] = ()) -> Room:
    """The room of that name. Imported only now: a process holds no room that it does not run."""
    module, cls = _CLASSES[name]
    made: Any = getattr(importlib.import_module(module), cls)
    more: dict[str, dict[str, Any]] = {
        "store": {"database_url": context.settings.database.url.get_secret_value()},
        "intake": {"only": tuple(only)},
    }
    room: Room = made(context, **more.get(name, {}))
    return room
