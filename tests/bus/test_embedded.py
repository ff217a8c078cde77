"""The embedded bus: it lives exactly as long as the process that wants it, and comes back on the same port."""

import asyncio
import fcntl
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from shared.bus import connection, topology
from shared.bus.embedded import DataFolderLock, EmbeddedBus, running_url, server_binary
from shared.bus.errors import BusRefused, BusUnavailable, DataFolderInUse, DataFolderUnusable, EmbeddedBusFailed
from shared.bus.publish import Publisher
from shared.bus.subjects import inbox_prefix

from .conftest import until

PARENT = """
import asyncio, sys
from pathlib import Path
from shared.bus.embedded import DataFolderLock, EmbeddedBus

async def main():
    folder = Path(sys.argv[1])
    lock = DataFolderLock(folder)
    lock.acquire()
    bus = EmbeddedBus(folder)
    await bus.start()
    print(bus.port, bus.supervisor_pid, bus.server_pid, flush=True)
    await asyncio.sleep(3600)

asyncio.run(main())
"""


async def store(bus: EmbeddedBus) -> connection.BusConnection:
    return await connection.connect(
        bus.url_for("store"), name="test", user_inbox_prefix=inbox_prefix("store"), timeout=60
    )


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[EmbeddedBus]:
    bus = EmbeddedBus(tmp_path)
    await bus.start()
    yield bus
    await bus.stop()


async def test_it_starts_with_secrets_only_its_owner_can_read(bus: EmbeddedBus, tmp_path: Path) -> None:
    nc = await store(bus)
    await topology.reconcile(nc.jetstream(), replicas=1, inboxes=[])
    assert nc.max_payload == 8 * 1024 * 1024
    await nc.close()
    for name in ("nats.conf", "users.json"):
        assert stat.S_IMODE((tmp_path / "bus" / name).stat().st_mode) == 0o600
    assert "sync_interval: always" in (tmp_path / "bus" / "nats.conf").read_text()
    assert running_url(tmp_path, "store") == bus.url_for("store")


async def test_a_wrong_password_is_told_at_once_and_not_repeated(bus: EmbeddedBus) -> None:
    with pytest.raises(BusRefused, match="refuses user 'store'") as refused:
        await connection.connect(f"nats://store:wrong@127.0.0.1:{bus.port}", name="test", timeout=30)
    assert "wrong" not in str(refused.value)


async def test_the_supervisor_is_small(bus: EmbeddedBus) -> None:
    assert psutil.Process(bus.supervisor_pid).memory_info().rss < 16 * 1024 * 1024


async def test_a_killed_server_comes_back_on_the_same_port_with_its_messages(bus: EmbeddedBus) -> None:
    nc = await store(bus)
    js = nc.jetstream()
    await topology.reconcile(js, replicas=1, inboxes=[])
    await Publisher(nc).publish("EVENT", "event.x", b"kept", message_id="1")
    first, port = bus.server_pid, bus.port
    assert first is not None
    os.kill(first, signal.SIGKILL)
    ack = await Publisher(nc).publish("EVENT", "event.x", b"after", message_id="2", timeout=60)
    assert ack.seq == 2
    assert (await js.get_msg("EVENT", 1)).data == b"kept"
    assert bus.server_pid != first
    assert bus.port == port
    await nc.close()


async def test_a_killed_supervisor_is_replaced_and_clients_only_reconnect(bus: EmbeddedBus) -> None:
    nc = await store(bus)
    supervisor, server = bus.supervisor_pid, bus.server_pid
    assert supervisor is not None
    assert server is not None
    os.kill(supervisor, signal.SIGKILL)
    await until(lambda: not psutil.pid_exists(server))  # it ends with its supervisor
    await until(lambda: bus.supervisor_pid not in (None, supervisor))
    await connection.wait_connected(nc, 60)
    await nc.jetstream().account_info()
    await nc.close()


async def test_a_server_that_met_a_full_disk_is_restarted_when_there_is_room(tmp_path: Path) -> None:
    bus = EmbeddedBus(tmp_path)
    bus.disk_check = 0.05
    await bus.start()
    server, supervisor = bus.server_pid, bus.supervisor_pid
    with (tmp_path / "bus" / "nats.log").open("a") as file:
        file.write("[1] [ERR] Filestore [INTAKE] Critical write error: write 1.blk: no space left on device\n")
    await until(lambda: bus.server_pid != server)
    nc = await store(bus)
    await nc.close()
    assert bus.supervisor_pid == supervisor
    assert not bus.disk_full
    await bus.stop()


async def test_stopping_leaves_no_process_behind(tmp_path: Path) -> None:
    bus = EmbeddedBus(tmp_path)
    await bus.start()
    processes = [psutil.Process(bus.supervisor_pid), psutil.Process(bus.server_pid)]
    await bus.stop()
    await until(lambda: not any(process.is_running() for process in processes))


async def test_a_second_one_on_the_same_folder_is_told_so_in_one_line(tmp_path: Path) -> None:
    with DataFolderLock(tmp_path), pytest.raises(DataFolderInUse) as refused:
        DataFolderLock(tmp_path).acquire()
    assert str(os.getpid()) in str(refused.value)
    assert "\n" not in str(refused.value)
    with DataFolderLock(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFolderUnusable) as refused:
        DataFolderLock(tmp_path / "file" / "data").acquire()
    assert "\n" not in str(refused.value)


async def test_after_a_kill_of_the_parent_its_server_ends_and_the_next_start_is_clean(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    async with asyncio.timeout(60):
        port, supervisor, server = map(int, (await parent.stdout.readline()).split())
    with pytest.raises(DataFolderInUse):
        DataFolderLock(tmp_path).acquire()
    orphans = [psutil.Process(supervisor), psutil.Process(server)]
    parent.kill()
    await parent.wait()
    with DataFolderLock(tmp_path):  # free at once: only the store has to be waited for
        bus = EmbeddedBus(tmp_path)
        await bus.start()
        assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in orphans)
        nc = await store(bus)
        await nc.close()
        assert bus.port == port  # free again, so it is kept
        await bus.stop()


async def test_a_start_waits_for_a_former_server_to_let_go_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "bus").mkdir()
    former = os.open(tmp_path / "bus" / "bus.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(former, fcntl.LOCK_EX)
    bus = EmbeddedBus(tmp_path)
    starting = asyncio.create_task(bus.start())
    await until(lambda: bus.supervisor_pid is not None)
    done, _ = await asyncio.wait({starting}, timeout=0.5)
    assert not done
    assert not (tmp_path / "bus" / "jetstream").exists()
    os.close(former)
    await starting
    await bus.stop()


async def test_a_server_that_cannot_start_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "bus").mkdir()
    (tmp_path / "bus" / "jetstream").write_text("not a folder")
    with pytest.raises(EmbeddedBusFailed) as failed:
        await EmbeddedBus(tmp_path).start(timeout=4)
    assert "jetstream" in str(failed.value).lower()
    assert "\n" not in str(failed.value)


async def test_passwords_stay_the_same_from_one_start_to_the_next(tmp_path: Path) -> None:
    urls = []
    for _ in range(2):
        bus = EmbeddedBus(tmp_path)
        await bus.start()
        urls.append(bus.url_for("intake"))
        await bus.stop()
    assert urls[0] == urls[1]


def test_without_a_running_one_the_command_line_gets_one_line(tmp_path: Path) -> None:
    with pytest.raises(BusUnavailable, match="trunkline up"):
        running_url(tmp_path, "operator")


def test_the_binary_is_that_of_the_wheel() -> None:
    assert os.access(server_binary(), os.X_OK)
