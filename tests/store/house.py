"""Stores on one database and one bus, to be started and looked into by tests."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.store.service import StoreService
from shared.bus.blobs import Blobs
from shared.bus.connection import BusConnection
from shared.bus.publish import Publisher
from shared.secrets import Keyring
from shared.service import Context
from shared.settings import load
from tests.natsserver import NatsServer

INBOXES = [("email", "support"), ("sms", "sms")]


async def until(condition: Callable[[], Awaitable[Any]], timeout: float = 60.0) -> Any:
    """Wait, bounded, until something gives a true value, and give that."""
    async with asyncio.timeout(timeout):
        while not (value := await condition()):
            await asyncio.sleep(0.01)
        return value


@dataclass
class House:
    """What is needed to start stores on one database and one bus."""

    url: str
    data: Path
    nats: NatsServer
    opened: list[BusConnection] = field(default_factory=list)
    stores: list[StoreService] = field(default_factory=list)

    @property
    def dialect(self) -> str:
        return "postgresql" if self.url else "sqlite"

    async def bus(self, user: str = "store") -> BusConnection:
        connection = await self.nats.connect(user)
        self.opened.append(connection)
        return connection

    async def store(self) -> StoreService:
        """A store that serves."""
        bus = await self.bus()
        context = Context(
            settings=load(None, self.data, {}), keyring=Keyring("k", {"k": b"k" * 32}), data=self.data, bus=bus,
            publisher=Publisher(bus), blobs=Blobs(bus),
        )  # fmt: skip
        store = StoreService(context, database_url=self.url)
        try:
            await store.start()
        except BaseException:
            await store.stop()  # as the house does with a room that did not start
            raise
        self.stores.append(store)
        return store

    async def rows(self, statement: Any) -> list[dict[str, Any]]:
        """What is in the database."""
        async with self.stores[-1].reader.snapshot() as connection:
            return [dict(row) for row in (await connection.execute(statement)).mappings()]

    async def messages(self, stream: str) -> list[Any]:
        """All messages of a stream."""
        js = self.opened[0].jetstream()
        state = (await js.stream_info(stream)).state
        return (
            [await js.get_msg(stream, seq) for seq in range(state.first_seq, state.last_seq + 1)]
            if state.messages
            else []
        )

    async def close(self) -> None:
        for store in self.stores:
            await store.stop()
        for connection in self.opened:
            await connection.close()
