"""`trunkline run`, one service at a time or some together: what it says when something is missing, and that it can be stopped meanwhile."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.bus.embedded import server_binary
from tests.ports import free_port
from tests.store.postgres import Postgres
from tests.system.houses import Bus
from tests.system.processes import ROOT, Process, command, wait_until

KEY = "00112233445566778899aabbccddeeff"


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    """One node with a user for each service."""
    started = Bus(tmp_path / "bus")
    started.start()
    try:
        _wait_for_server(tmp_path / "bus" / "nats.log")
        yield started
    finally:
        started.kill()


@pytest.fixture
def open_bus(tmp_path: Path) -> Iterator[str]:
    """A bus without users, as somebody may have one already."""
    port, log = free_port(), tmp_path / "open.log"
    command = [server_binary(), "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", tmp_path / "open", "-l", log]
    process = subprocess.Popen([*map(str, command)], stdin=subprocess.DEVNULL)
    try:
        _wait_for_server(log)
        yield f"nats://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _wait_for_server(log: Path) -> None:
    wait_until(lambda: log.exists() and "Server is ready" in log.read_text(), "the bus is ready", 60)


def run(folder: Path, *rooms: str, **variables: str) -> Process:
    """`trunkline run` with these rooms, not yet started."""
    return Process(("run", *rooms, "--data", str(folder / "data")), folder / f"{rooms[0]}.log", variables)


def failure(folder: Path, *rooms: str, **variables: str) -> str:
    """What it says when it cannot start: a line per fault on stderr, nothing on stdout, exit 1."""
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "TRUNKLINE_LOGGING__LEVEL": "error", **variables}
    done = command("run", *rooms, "--data", str(folder / "data"), env=env, cwd=folder)
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert all(line.startswith("trunkline: ") for line in lines), done.stderr
    return "\n".join(line.removeprefix("trunkline: ") for line in lines)


def checks(port: int) -> dict[str, Any]:
    """What ``/readyz`` answers; empty while nothing does."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        return dict(json.load(error))
    except OSError:
        return {}


def test_a_wrong_bus_password_is_told_at_once(tmp_path: Path, bus: Bus) -> None:
    url = bus.url("intake").replace(bus.users["intake"], "wrong")
    said = failure(tmp_path, "intake", TRUNKLINE_BUS__URL=url, TRUNKLINE_SECRETS__KEY=KEY)
    assert said == (
        f"the bus at nats://127.0.0.1:{bus.port} refuses user 'intake': check the user and password in bus.url"
    )


def test_a_bus_user_without_the_rights_for_a_service_is_told_at_once(tmp_path: Path, bus: Bus) -> None:
    said = failure(tmp_path, "store", "router", TRUNKLINE_BUS__URL=bus.url("store"), TRUNKLINE_SECRETS__KEY=KEY)
    assert said.startswith("bus.url names the bus user store, whose rights are not those of router")
    assert "\n" not in said


def test_more_replicas_than_nodes_are_told_as_such(tmp_path: Path, bus: Bus) -> None:
    said = failure(
        tmp_path, "store", TRUNKLINE_BUS__URL=bus.url("store"), TRUNKLINE_SECRETS__KEY=KEY, TRUNKLINE_BUS__REPLICAS="3"
    )
    assert said.startswith("the bus refuses the settings of INTAKE: replicas")
    assert "\n" not in said


def test_a_database_that_refuses_is_told_with_its_address(tmp_path: Path, bus: Bus) -> None:
    server = Postgres()
    try:
        server.start()
        said = failure(
            tmp_path, "store", TRUNKLINE_BUS__URL=bus.url("store"), TRUNKLINE_SECRETS__KEY=KEY,
            TRUNKLINE_DATABASE__URL=server.url(password="wrong"),
        )  # fmt: skip
        assert said == (
            f"PostgreSQL at 127.0.0.1:{server.port} refuses user 'trunkline': check user and password in database.url."
        )
    finally:
        server.remove()


def test_without_a_bus_or_a_signing_key_each_is_named(tmp_path: Path) -> None:
    bus, key = failure(tmp_path, "router").splitlines()
    assert bus.startswith("bus.url: services on their own need")
    assert key.startswith("secrets.key: services on their own need")
    assert failure(tmp_path, "router", TRUNKLINE_SECRETS__KEY=KEY) == bus
    assert failure(tmp_path, "router", TRUNKLINE_BUS__URL="nats://127.0.0.1:1") == key


@pytest.mark.parametrize("room", ["router", "notifier", "intake"])
def test_a_service_that_waits_for_the_store_says_so_is_alive_but_not_ready_and_can_be_stopped(
    tmp_path: Path, bus: Bus, room: str
) -> None:
    health = free_port()
    process = run(
        tmp_path, room, TRUNKLINE_BUS__URL=bus.url(room), TRUNKLINE_SECRETS__KEY=KEY,
        TRUNKLINE_WEB__HEALTH_LISTEN=f"127.0.0.1:{health}", TRUNKLINE_SMTP__LISTEN=f"127.0.0.1:{free_port()}",
    ).start()  # fmt: skip
    try:
        wait_until(lambda: "waiting for it" in process.tail(), "it says what it waits for", 90)
        assert checks(health)["failing"] == [f"{room}: started"]
        with urllib.request.urlopen(f"http://127.0.0.1:{health}/healthz", timeout=30) as answer:
            assert answer.status == 200
        assert process.stop() == 0
        assert process.tracebacks() == []
    finally:
        process.kill()


def test_all_services_in_one_process_run_on_a_bus_that_has_no_users(tmp_path: Path, open_bus: str) -> None:
    web, smtp = free_port(), free_port()
    (tmp_path / "data").mkdir()
    process = run(
        tmp_path, "intake", "desk", "notifier", "router", "store", TRUNKLINE_BUS__URL=open_bus,
        TRUNKLINE_SECRETS__KEY=KEY, TRUNKLINE_WEB__LISTEN=f"127.0.0.1:{web}",
        TRUNKLINE_SMTP__LISTEN=f"127.0.0.1:{smtp}",
    ).start()  # fmt: skip
    try:
        process.ready(120)
        first_sign_in = process.said.pop(2)
        assert first_sign_in.startswith(f"first sign-in: http://127.0.0.1:{web}/set-up/")
        assert process.said == [
            f"http://127.0.0.1:{web}", f"smtp://127.0.0.1:{smtp}", "ready store router notifier desk intake"
        ]  # fmt: skip
        wait_until(lambda: checks(web).get("ready") is True, "it is ready", 60)
        assert process.stop() == 0
        assert process.tracebacks() == []
    finally:
        process.kill()


def test_a_channel_or_a_service_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    for arguments, said in ((("run", "stor"), "is no service"), (("run", "intake", "--only", "fax"), "no channel")):
        done = subprocess.run(
            [sys.executable, "-m", "services", *arguments],
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False,
        )  # fmt: skip
        assert done.returncode == 2
        assert said in done.stderr
