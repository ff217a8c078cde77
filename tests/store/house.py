"""Stores on one database and one bus, to be started and looked into by tests."""

import asyncio
import signal
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.store.service import StoreService
from shared.bus import permissions, subjects
from shared.bus.blobs import Blobs
from shared.bus.connection import BusConnection, connect
from shared.bus.embedded import server_binary
from shared.bus.publish import Publisher
from shared.secrets import Keyring
from shared.service import Context
from shared.settings import load

INBOXES = [("email", "support"), ("sms", "sms")]


async def until(condition: Callable[[], Awaitable[Any]], timeout: float = 15.0) -> Any:
    """Wait, bounded, until something gives a true value, and give that."""
    async with asyncio.timeout(timeout):
        while not (value := await condition()):
            await asyncio.sleep(0.01)
        return value


class Nats:
    """A nats-server with our configuration; it may be killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None
        config = permissions.server_config(
            store_dir=str(folder / "js"),
            listen=f"127.0.0.1:{self.port}",
            users=dict.fromkeys(subjects.INTERNAL_USERS, "secret"),
            inboxes=INBOXES,
            log_file=str(folder / "nats.log"),
        )
        # Nobody pulls the plug of a test; without a sync for each message it is many times faster.
        (folder / "nats.conf").write_text(config.replace("sync_interval: always", "sync_interval: 120s"))

    def start(self) -> None:
        self.process = subprocess.Popen([str(server_binary()), "-c", str(self.folder / "nats.conf")])
        limit = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert time.monotonic() < limit, (self.folder / "nats.log").read_text()
                time.sleep(0.02)

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    async def connect(self, user: str = "store") -> BusConnection:
        url = f"nats://{user}:secret@127.0.0.1:{self.port}"
        return await connect(url, name=user, user_inbox_prefix=subjects.inbox_prefix(user), timeout=10)


@dataclass
class House:
    """What is needed to start stores on one database and one bus."""

    url: str
    data: Path
    nats: Nats
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
        await store.start()
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
