"""compose.yaml without Docker: its commands with its environment as processes of this machine.

Only what a container changes is replaced: names of hosts and their ports by ports on loopback, folders of a container by temporary ones.
"""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from nats.js import api

from shared.bus.connection import connect
from shared.bus.subjects import inbox_prefix
from tests.deploy import composefile
from tests.ports import free_port
from tests.store.postgres import Postgres
from tests.system.houses import Row
from tests.system.processes import ROOT, TRUNKLINE, Process, command
from tests.system.writing import ADDRESS

NODES = ("nats1", "nats2", "nats3")
SERVICES = ("store", "router", "notifier", "desk", "intake")
PROGRAMS = {"trunkline": TRUNKLINE, "python": (sys.executable,)}
_OWN = re.compile(r"(?<![\w.])(?:0\.0\.0\.0|127\.0\.0\.1):(\d{2,5})(?!\w)")


def environment_file(folder: Path, relay: str, **more: str) -> dict[str, str]:
    """What an operator's .env says: made by deploy/make-env, with a relay and a configuration of one's own."""
    file = folder / "made.env"
    subprocess.run([ROOT / "deploy" / "make-env", file], check=True, capture_output=True, timeout=30)
    config = folder / "trunkline.toml"
    example = (ROOT / "deploy" / "trunkline.toml").read_text()
    assert "support@support.example.com" in example
    config.write_text(example.replace("support@support.example.com", ADDRESS))
    return composefile.variables(file) | {"TRUNKLINE_RELAY": relay, "TRUNKLINE_CONFIG_FILE": str(config)} | more


@dataclass
class Container:
    """One replica of a service: its process, and the ports of this machine that stand for its own."""

    name: str
    service: dict[str, Any]
    process: Process
    ports: dict[str, int] = field(default_factory=dict)

    def port(self, inside: int) -> int:
        """The port of this machine for a port of the container."""
        return self.ports.setdefault(str(inside), free_port())

    def healthy(self) -> bool:
        """What its health check says."""
        program, *arguments = self.service["healthcheck"]["test"][1:]
        command = [*PROGRAMS[program], *(self.own(argument) for argument in arguments)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False).returncode == 0

    def own(self, text: str) -> str:
        """A text with this container's own addresses replaced."""
        return _OWN.sub(lambda found: f"127.0.0.1:{self.port(int(found[1]))}", text)


class House:
    """Everything in compose.yaml, with ``replicas`` of some services, in a folder."""

    def __init__(self, folder: Path, environment: dict[str, str], **replicas: int) -> None:
        self.folder = folder
        self.file = composefile.read(environment)
        self.postgres = Postgres()
        self._prepared = False
        self._hosts: dict[str, Container] = {}
        for name in NODES:
            self._add(name, name)
        for name in SERVICES:
            for number in range(1, replicas.get(name, 1) + 1):
                self._add(name, f"{name}-{number}")
        for container in self._hosts.values():
            container.process.env = self._environment(container)

    def _add(self, name: str, called: str) -> None:
        service = self.file["services"][name]
        program, *arguments = service["command"]
        folder = self.folder / called
        (folder / "data").mkdir(parents=True)
        shown = self._config() | {script: str(ROOT / script) for script in arguments if script.startswith("deploy/")}
        process = Process(tuple(shown.get(one, one) for one in arguments), folder / "log", program=PROGRAMS[program])
        self._hosts[called] = Container(called, service, process)

    def _config(self) -> dict[str, str]:
        """Paths inside of containers, and the files that are shown there."""
        return {"/etc/trunkline/trunkline.toml": str((ROOT / self.file["configs"]["trunkline"]["file"]).resolve())}

    def _environment(self, container: Container) -> dict[str, str]:
        stated = {name: str(value) for name, value in container.service["environment"].items()}
        data = str(self.folder / container.name / "data")
        moved = {name: self._moved(value, container) for name, value in stated.items()}
        return moved | {"TRUNKLINE_DATA": data} if container.name not in NODES else moved

    def _moved(self, text: str, container: Container) -> str:
        """A value of a variable, with hosts, ports and folders of containers replaced."""
        if _OWN.fullmatch(text):  # where it listens; what stands inside of an address is somebody else
            return container.own(text)
        for node in NODES:
            pattern = rf"(?<![\w.]){node}:(\d{{2,5}})(?!\w)"
            text = re.sub(pattern, lambda found, host=node: f"127.0.0.1:{self[host].port(int(found[1]))}", text)  # type: ignore[misc]
        text = text.replace("@postgres:5432/", f"@127.0.0.1:{self.postgres.port}/")
        if text.startswith(("/data", "/tmp/")):
            text = str(self.folder / container.name / text.lstrip("/"))
        return text

    def __getitem__(self, name: str) -> Container:
        return self._hosts[name]

    @property
    def services(self) -> list[Container]:
        """The containers that are no nodes of the bus."""
        return [container for name, container in self._hosts.items() if name not in NODES]

    # -- life -----------------------------------------------------------------------------------------------------------

    def start(self, *names: str) -> "House":
        """Start these without waiting, in the order given; without names everything, and wait until all is ready."""
        for name in names or (*self._hosts,):
            if name.startswith("store") and not self._prepared:
                self.start_database()
            self[name].process.start()
        if not names:
            for container in self.services:
                container.process.ready(240)
        return self

    def start_database(self) -> None:
        """PostgreSQL as the image makes it: user, password and database of the environment."""
        self.postgres.start()
        self._prepared = True
        stated = self.file["services"]["postgres"]["environment"]

        async def prepare() -> None:
            connection = await asyncpg.connect(self.postgres.url())
            await connection.execute(f"CREATE DATABASE {stated['POSTGRES_DB']}")
            await connection.execute(f"ALTER USER {stated['POSTGRES_USER']} PASSWORD '{stated['POSTGRES_PASSWORD']}'")
            await connection.close()

        asyncio.run(prepare())

    def stop(self) -> dict[str, int]:
        """End everything in order, with the signals and in the time that compose.yaml gives; exit codes by name."""
        codes = {}
        for container in reversed(self._hosts.values()):
            codes[container.name] = _stopped(container)
        return codes

    def end(self) -> None:
        """End whatever still runs."""
        for container in self._hosts.values():
            container.process.kill()
        self.postgres.remove()

    # -- what the reckoning asks (tests.system.houses.House) ---------------------------------------------------------

    def rows(self, statement: str) -> list[Row]:
        """What the database answers, read only."""
        url = self["store-1"].process.env["TRUNKLINE_DATABASE__URL"]

        async def asked() -> list[Row]:
            connection = await asyncpg.connect(url)
            try:
                async with connection.transaction(readonly=True):
                    return [tuple(row) for row in await connection.fetch(statement)]
            finally:
                await connection.close()

        return asyncio.run(asked())

    def command(self, *arguments: str) -> str:
        """What a command says on stdout: ``docker compose run --rm cli …``."""
        cli = self.file["services"]["cli"]
        (program,) = cli["entrypoint"]
        stand_in = Container("cli", cli, Process((), self.folder / "cli.log"))
        stated = {name: self._moved(str(value), stand_in) for name, value in cli["environment"].items()}
        # The container works in the folder where its configuration is shown.
        where = Path(self._config()["/etc/trunkline/trunkline.toml"]).parent
        assert PROGRAMS[program] == TRUNKLINE
        env = {k: v for k, v in os.environ.items() if not k.startswith("TRUNKLINE_")} | {"PYTHONPATH": str(ROOT)}
        return command(*arguments, env=env | stated, cwd=where, check=True).stdout

    def operator_url(self) -> str:
        """The bus, as its user ``operator``."""
        stand_in = Container("cli", {}, Process((), self.folder / "cli.log"))
        return self._moved(self.file["services"]["cli"]["environment"]["TRUNKLINE_BUS__URL"], stand_in)

    def logs(self) -> list[Path]:
        """The logs of all services."""
        return [container.process.log for container in self.services]

    # -- the bus --------------------------------------------------------------------------------------------------------

    def streams(self) -> dict[str, api.StreamInfo]:
        """Every stream as the bus tells the operator."""
        return asyncio.run(self._streams())

    async def _streams(self) -> dict[str, api.StreamInfo]:
        url = self["store-1"].process.env["TRUNKLINE_BUS__URL"]
        bus = await connect(url, name="looking", user_inbox_prefix=inbox_prefix("store"), timeout=60)
        try:
            return {str(info.config.name): info for info in await bus.jetstream(timeout=20).streams_info()}
        finally:
            await bus.close()

    def complete(self) -> bool:
        """Whether every stream has a leader and two replicas that know all it knows."""
        try:
            clusters = [info.cluster for info in self.streams().values()]
        except Exception:  # noqa: BLE001 - whatever the bus answers while it elects
            return False
        return all(
            c and c.leader and len(c.replicas or []) == 2 and all(r.current for r in c.replicas or []) for c in clusters
        )

    def leader_of(self, stream: str) -> str:
        """The node that leads a stream."""
        cluster = self.streams()[stream].cluster
        assert cluster is not None
        assert cluster.leader in NODES
        return str(cluster.leader)


def _stopped(container: Container) -> int:
    process = container.process.process
    assert process is not None
    number = signal.Signals[container.service.get("stop_signal", "SIGTERM")]
    if process.poll() is None:
        process.send_signal(number)
    with contextlib.suppress(subprocess.TimeoutExpired):
        return process.wait(composefile.seconds(container.service["stop_grace_period"]))
    raise AssertionError(f"{container.name} would be killed: {container.process.tail()}")
