"""A real nats-server for tests: our configuration and rights, a free port, a folder of its own; it may be killed and started again."""

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from shared.bus import permissions
from shared.bus.connection import BusConnection, connect
from shared.bus.embedded import server_binary
from shared.bus.permissions import Rights
from shared.bus.subjects import INTERNAL_USERS, inbox_prefix
from tests.ports import free_port

__all__ = ["NatsServer", "free_port"]


class NatsServer:
    """One server. ``externals`` are further users with their rights. Not ``durable``: without a sync per message, many times faster,
    for tests in which nobody pulls the plug."""

    def __init__(
        self,
        folder: Path,
        *,
        inboxes: Sequence[tuple[str, str]] | None = None,
        externals: Mapping[str, Rights] | None = None,
        durable: bool = True,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None
        more = dict(externals or {})
        self.passwords = {name: secrets.token_hex(8) for name in (*INTERNAL_USERS, *more)}
        config = permissions.server_config(
            store_dir=str(folder / "js"),
            listen=f"127.0.0.1:{self.port}",
            users={name: self.passwords[name] for name in INTERNAL_USERS},
            inboxes=inboxes,
            externals={name: (rights, self.passwords[name]) for name, rights in more.items()},
            log_file=str(folder / "nats.log"),
        )
        (folder / "nats.conf").write_text(
            config if durable else config.replace("sync_interval: always", "sync_interval: 120s")
        )

    def start(self) -> None:
        """Start it and wait until it listens."""
        self.process = subprocess.Popen([str(server_binary()), "-c", str(self.folder / "nats.conf")])
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, (self.folder / "nats.log").read_text()
                time.sleep(0.02)
        raise AssertionError("nats-server did not start")

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it by this signal and wait for that."""
        if self.process is not None:
            os.kill(self.process.pid, how)
            self.process.wait(60)
            self.process = None

    def kill(self) -> None:
        """End it as a power failure would."""
        self.stop()

    def restart_in_order(self) -> None:
        """End it as an operator would, and start it again."""
        self.stop(signal.SIGTERM)
        self.start()

    def url(self, user: str) -> str:
        """The address with the user's password."""
        return f"nats://{user}:{self.passwords[user]}@127.0.0.1:{self.port}"

    async def connect(self, user: str = "store") -> BusConnection:
        """A connection as this user."""
        return await connect(self.url(user), name=f"test-{user}", user_inbox_prefix=inbox_prefix(user), timeout=60)
