"""A house for tests: a real nats-server, store and router, and the desk served on a port. Also used by the tests of the queries."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import uvicorn

from services.desk.gate import Gate
from services.desk.service import DeskService
from services.router.service import RouterService
from services.store.service import StoreService
from shared.bus import rpc, subjects, topology
from shared.bus.blobs import Blobs
from shared.bus.publish import Publisher
from shared.clock import now
from shared.messages.base import Versioned
from shared.messages.command import Command, CommandResult, CreateToken
from shared.secrets import Keyring
from shared.service import Context
from shared.settings import effective, load
from tests.natsserver import NatsServer, free_port
from tests.store import template

TOKEN = "a-token-of-the-tests"
INBOXES = [("email", "support")]


async def until(condition: Callable[[], Awaitable[bool]], timeout: float = 60.0) -> None:
    """Wait, bounded, until something is so."""
    async with asyncio.timeout(timeout):
        while not await condition():
            await asyncio.sleep(0.02)


async def context_for(server: NatsServer, user: str, data: Path) -> Context:
    bus = await server.connect(user)
    return Context(
        settings=load(None, data),
        keyring=Keyring("a", {"a": b"k" * 32}),
        data=data,
        bus=bus,
        publisher=Publisher(bus),
        blobs=Blobs(bus),
    )


def _be_patient(gate: Gate) -> None:
    """Wait longer for store and router than in life: a busy machine is no reason for another answer."""
    request = gate._request

    async def patiently(subject: str, message: Versioned, timeout: float) -> bytes:
        return await request(subject, message, 10 * timeout)

    gate._request = patiently  # type: ignore[method-assign]


class House:
    """Store, router and desk on one bus. ``api`` calls the desk over HTTP with a good token."""

    PATIENT = True
    """Whether it waits longer for its rooms than in life."""

    def __init__(self, server: NatsServer, data: Path, database_url: str) -> None:
        self.server, self.data, self.database_url = server, data, database_url
        self.contexts: dict[str, Context] = {}

    async def start(self) -> None:
        for user in ("store", "router", "desk", "operator", "intake"):
            self.contexts[user] = await context_for(self.server, user, self.data)
        js = self.contexts["store"].bus.jetstream()
        await topology.reconcile(js, replicas=1, inboxes=INBOXES, limits=topology.limits_for(1024**3))
        if not self.database_url:
            template.provide(self.data)
        self.store = StoreService(self.contexts["store"], database_url=self.database_url)
        await self.store.start()
        await self.configure()
        await self.start_router()
        self.desk = DeskService(self.contexts["desk"])
        if self.PATIENT:
            _be_patient(self.desk.app.state.backend.gate)
        await self.desk.start()
        await self._serve()
        await self.create_token("tests", TOKEN)
        self.api = self.client(TOKEN)

    async def start_router(self) -> None:
        self.router = RouterService(self.contexts["router"])
        await self.router.start()

    async def configure(self) -> None:
        configuration = effective(self.contexts["store"].settings)
        await self.store.commit_configuration(configuration, configuration["version"])

    async def _serve(self) -> None:
        config = uvicorn.Config(self.desk.app, log_config=None, lifespan="off", proxy_headers=False)
        self.web = uvicorn.Server(config)
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.serving = asyncio.create_task(self.web.serve(sockets=[self.listener]))

        async def started() -> bool:
            return self.web.started

        await until(started)

    async def create_token(self, name: str, token: str) -> None:
        done = await self.command(CreateToken(name=name, sha256=hashlib.sha256(token.encode()).hexdigest()))
        assert done.error is None, done

    async def command(self, action: Any) -> CommandResult:
        command = Command(command_id=uuid4().hex, actor="operator", channel="cli", at=now(), action=action)
        bus = self.contexts["operator"].bus
        return CommandResult.decode(await rpc.request(bus, subjects.ROUTER_COMMAND, command.encode()))

    def client(self, token: str | None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60, trust_env=False)

    async def stop(self) -> None:
        await self.api.aclose()
        self.web.should_exit = True
        await self.serving
        self.listener.close()
        await self.desk.stop()
        await self.router.stop()
        await self.store.stop()
        for context in self.contexts.values():
            await context.bus.close()


Kind = TypeVar("Kind", bound=House)


@asynccontextmanager
async def running(
    folder: Path,
    database_url: str = "",
    kind: type[Kind] = House,  # type: ignore[assignment]
    inboxes: Sequence[tuple[str, str]] | None = None,
) -> AsyncIterator[Kind]:
    """A whole house in a temporary folder. With ``inboxes`` its bus has rights for these alone."""
    server = NatsServer(folder / "nats", inboxes=inboxes, durable=False)
    server.start()
    house = kind(server, folder, database_url)
    try:
        await house.start()
        try:
            yield house
        finally:
            await house.stop()
    finally:
        server.kill()


__all__ = ["INBOXES", "TOKEN", "House", "NatsServer", "context_for", "free_port", "running", "until"]
