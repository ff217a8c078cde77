"""Houses whose processes are killed under their mails: all in one, or every service by itself."""

import asyncio
import contextlib
import os
import secrets
import signal
import sqlite3
import subprocess
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import psutil

from shared.bus.embedded import server_binary
from shared.bus.permissions import server_config
from shared.bus.subjects import INTERNAL_USERS
from tests.system.mailing import Sink
from tests.system.processes import ROOT, Process, Up, command, free_port
from tests.system.writing import ADDRESS

Row = tuple[Any, ...]


class House(Protocol):
    """What the reckoning asks."""

    def rows(self, statement: str) -> list[Row]:
        """What the database answers, read only."""

    def command(self, *arguments: str) -> str:
        """What a command says on stdout."""

    def operator_url(self) -> str:
        """The bus, as its user ``operator``."""

    def logs(self) -> list[Path]:
        """The logs of all its processes."""


def configuration(sink: Sink, *, smtp: int, web: int) -> str:
    """One inbox that answers through the sink."""
    return (
        f'[smtp]\nlisten = "127.0.0.1:{smtp}"\n[web]\nlisten = "127.0.0.1:{web}"\n'
        f'[[inbox]]\nname = "support"\nchannel = "email"\naddress = "{ADDRESS}"\nsend = ["{sink.url}"]\n'
    )


class Alone:
    """`trunkline up`, with its own bus and SQLite."""

    def __init__(self, folder: Path, sink: Sink) -> None:
        self.up = Up(folder)
        self.up.config = configuration(sink, smtp=self.up.smtp, web=self.up.web)
        self.kills = 0

    def start(self) -> None:
        """Start it, and wait until it is ready; several suites may be running on this machine."""
        self.up.start(seconds=120)

    def kill(self, *, all_of_it: bool = False) -> None:
        """SIGKILL for `up`; with ``all_of_it`` for its bus too, in the same moment. Raises `AssertionError` if anything survives."""
        assert self.up.process is not None
        assert self.up.process.process is not None
        children = psutil.Process(self.up.process.process.pid).children(recursive=True)
        if all_of_it:
            for child in children:
                _kill(child)
        self.up.kill()
        self.kills += 1
        _, alive = psutil.wait_procs(children, timeout=60)
        assert not alive, f"these survive their parent: {alive}"

    def stop(self) -> None:
        """End it in order."""
        assert self.up.stop() == 0, self.up.process and self.up.process.tail()

    def rows(self, statement: str) -> list[Row]:
        """See `House`."""
        path = self.up.data / "trunkline.sqlite"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
            return list(database.execute(statement))

    def command(self, *arguments: str) -> str:
        """See `House`."""
        return self.up.run(*arguments).stdout

    def operator_url(self) -> str:
        """See `House`."""
        return self.up.operator_url()

    def logs(self) -> list[Path]:
        """See `House`."""
        return [self.up.folder / "up.log"]


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


class Bus:
    """A nats-server of its own, with a user for each service."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.users = {user: secrets.token_urlsafe(16) for user in INTERNAL_USERS}
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        text = server_config(
            store_dir=str(folder / "jetstream"),
            users=self.users,
            listen=f"127.0.0.1:{self.port}",
            inboxes=[("email", "support")],
            log_file=str(folder / "nats.log"),
        )
        (folder / "nats.conf").write_text(text)

    def url(self, user: str) -> str:
        """The address for a user."""
        return f"nats://{user}:{self.users[user]}@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, without waiting: everybody else has to bear with that."""
        with (self.folder / "out").open("ab") as out:
            command = [str(server_binary()), "-c", str(self.folder / "nats.conf")]
            self.process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Split:
    """Every service a process of its own, two routers and two notifiers, on one bus and one database (empty: SQLite)."""

    ROOMS = ("store", "router-1", "router-2", "notifier-1", "notifier-2", "desk", "intake")
    VICTIMS = ("intake", "router-1", "store", "notifier-1", "bus", "router-2", "notifier-2")

    def __init__(self, folder: Path, sink: Sink, database: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.database, self.kills = folder, database, 0
        self.smtp, self.web = free_port(), free_port()
        self.bus = Bus(folder / "bus")
        self.file = folder / "trunkline.toml"
        self.file.write_text(configuration(sink, smtp=self.smtp, web=self.web))
        self._key = secrets.token_urlsafe(32)
        self.processes = {name: self._process(name) for name in self.ROOMS}

    def _process(self, name: str) -> Process:
        room = name.partition("-")[0]
        return Process(("run", room, *self._place()), self.folder / f"{name}.log", self._environment(room))

    def _place(self) -> tuple[str, ...]:
        return ("--config", str(self.file), "--data", str(self.folder / "data"))

    def _environment(self, user: str) -> dict[str, str]:
        return {
            "TRUNKLINE_BUS__URL": self.bus.url(user),
            "TRUNKLINE_DATABASE__URL": self.database,
            "TRUNKLINE_SECRETS__KEY": self._key,
        }

    def start(self) -> None:
        """Start everything and wait until it is ready."""
        (self.folder / "data").mkdir(exist_ok=True)
        self.bus.start()
        for process in self.processes.values():
            process.start()
        for process in self.processes.values():
            process.ready(180)

    def kill(self, victim: str) -> None:
        """SIGKILL for one of `VICTIMS`, which is started again at once; waits until a service is ready again."""
        self.kills += 1
        if victim == "bus":
            self.bus.kill()
            self.bus.start()
            return
        self.processes[victim].kill()
        self.processes[victim].start().ready(120)

    def stop(self) -> None:
        """End the services in order, then the bus. Raises `AssertionError` when one does not end well."""
        codes = {name: self.processes[name].stop() for name in reversed(self.ROOMS)}
        self.bus.kill()
        assert not any(codes.values()), codes

    def end(self) -> None:
        """End whatever still runs, after a failure."""
        for process in self.processes.values():
            process.kill()
        if self.bus.process is not None and self.bus.process.poll() is None:
            self.bus.kill()

    def rows(self, statement: str) -> list[Row]:
        """See `House`."""
        if self.database:
            return asyncio.run(_asked(self.database, statement))
        path = self.folder / "data" / "trunkline.sqlite"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
            return list(database.execute(statement))

    def command(self, *arguments: str) -> str:
        """See `House`."""
        env = {**os.environ, "PYTHONPATH": str(ROOT), **self._environment("operator")}
        return command(*arguments, *self._place(), env=env, cwd=self.folder, check=True).stdout

    def operator_url(self) -> str:
        """See `House`."""
        return self.bus.url("operator")

    def logs(self) -> list[Path]:
        """See `House`."""
        return [process.log for process in self.processes.values()]


async def _asked(url: str, statement: str) -> list[Row]:
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(readonly=True):
            return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()
