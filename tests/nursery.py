"""Processes of Trunkline for tests, forked from one that has imported it: starting Python and importing the house are most of the work
of a start, and a run starts hundreds. All else is as when a user starts it: a process of its own with its own arguments, environment,
folder, files and signals, which ends as it would have ended. What is about starting itself (help, usage, first lines of a command) and
what wants another clock or Python starts `TRUNKLINE` instead.

`start` and `run` ask; run as a module, this is the process that forks.
"""

import array
import atexit
import contextlib
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent

# What a process that runs imports, and what commands import besides. Not the console: no house has it before somebody signs in.
IMPORTED = (
    "services.cli",
    "services.composition.running",
    "services.composition.configuring",
    "services.composition.checking",
    "services.composition.explaining",
    "services.composition.exporting.command",
    "services.composition.importing.command",
    "services.composition.listing",
    "services.composition.parsing",
    "services.composition.quarantining",
    "services.composition.rules",
    "services.composition.staffing",
    "services.desk.service",
    "services.intake.api.routes",
    "services.intake.service",
    "services.notifier.service",
    "services.router.service",
    "services.store.migrations.upgrading",
    "services.store.service",
    "aiosqlite",
    "alembic.ddl.postgresql",
    "asyncpg",
    "mako.template",
    "uvicorn.lifespan.off",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
    "uvloop",
)
# Variables that are read when Python starts, or are about which: a forked process would have those of its nursery.
EARLY = ("PYTHON", "LD_", "LC_", "LANG", "MALLOC_", "FAKETIME", "TZ")
ALLOWED = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
_LENGTH = 4


# -- those who ask --------------------------------------------------------------------------------------------------------


class Child:
    """A process that a nursery forked, with what tests use of `subprocess.Popen`. ``stdout`` is there after `start`."""

    def __init__(self, arguments: Sequence[str], link: socket.socket, stdout: IO[str] | None) -> None:
        self.args, self.stdout = tuple(arguments), stdout
        self.returncode: int | None = None
        self._link, self._lock = link, threading.Lock()
        self.pid = int.from_bytes(_exactly(link, _LENGTH), "big")
        self._handle: int | None = None
        with contextlib.suppress(ProcessLookupError):
            self._handle = os.pidfd_open(self.pid)

    def poll(self) -> int | None:
        """How it ended, as `subprocess.Popen.poll`; `None` while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises `subprocess.TimeoutExpired`."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal; nothing happens where it has ended."""
        if self._handle is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.Signals(number))

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _look(self, seconds: float | None) -> int | None:
        with self._lock:
            if self.returncode is None and select.select([self._link], [], [], seconds)[0]:
                self.returncode = int.from_bytes(_exactly(self._link, _LENGTH), "big", signed=True)
                self._link.close()
                if self._handle is not None:
                    os.close(self._handle)
                    self._handle = None
            return self.returncode


anew = False
"""Whether every process is started anew all the same; what measures starts and memory wants that."""


def fits(environment: Mapping[str, str]) -> bool:
    """Whether a forked process can be what one started with this environment would be."""
    if anew:
        return False
    told = {key: value for key, value in environment.items() if key.startswith(EARLY)}
    ours = {key: value for key, value in os.environ.items() if key.startswith(EARLY)}
    return all(ALLOWED.get(key, ours.get(key)) == value for key, value in told.items()) and ours.keys() <= (
        told.keys() | ALLOWED.keys()
    )


def start(
    arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path, stderr: IO[Any], module: str = "services"
) -> Child:
    """Start a module with these arguments and nothing on stdin. Its stdout is a pipe, of which the child has the end."""
    with open(os.devnull, "rb") as nothing:
        reading, writing = os.pipe()
        try:
            files = nothing.fileno(), writing, stderr.fileno()
            return _asked(module, arguments, env, cwd, files, os.fdopen(reading))
        finally:
            os.close(writing)


def run(
    arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path, input: bytes = b"", timeout: float = 60
) -> "subprocess.CompletedProcess[bytes]":
    """Run ``trunkline`` to its end. Raises `subprocess.TimeoutExpired`, when it was killed."""
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as wrong:
        told.write(input)
        told.seek(0)
        files = told.fileno(), said.fileno(), wrong.fileno()
        child = _asked("services", arguments, env, cwd, files, None)
        try:
            code = child.wait(timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise
        texts = []
        for file in (said, wrong):
            file.seek(0)
            texts.append(file.read())
        return subprocess.CompletedProcess(tuple(arguments), code, *texts)


_asking = threading.Lock()
_nursery: socket.socket | None = None


def _asked(
    module: str,
    arguments: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    files: tuple[int, int, int],
    stdout: IO[str] | None,
) -> Child:
    ours, theirs = socket.socketpair()
    try:
        request = json.dumps([module, list(arguments), dict(env), str(cwd)]).encode()
        with _asking:
            nursery = _open()
            rights = array.array("i", [*files, theirs.fileno()])
            head = len(request).to_bytes(_LENGTH, "big")
            nursery.sendmsg([head], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            nursery.sendall(request)
        theirs.close()
        return Child(arguments, ours, stdout)
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()


def _open() -> socket.socket:
    """The way to this process's nursery, which is started at the first use."""
    global _nursery
    if _nursery is None:
        ours, theirs = socket.socketpair()
        base = {key: value for key, value in os.environ.items() if not key.startswith("TRUNKLINE_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.nursery", str(theirs.fileno())],
            env=base | {"PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        _nursery = ours
        atexit.register(_close, ours, process)
    return _nursery


def _close(way: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    way.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


def _exactly(link: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        more = link.recv(length - len(found))
        if not more:
            raise RuntimeError("the nursery ended")
        found += more
    return found


# -- the process that forks -----------------------------------------------------------------------------------------------


def _serve(way: socket.socket) -> Callable[[], None] | None:
    """Fork until nobody asks any more. Gives what to do next, in each forked process; `None` in this one, at the end."""
    links: dict[int, tuple[int, socket.socket]] = {}
    while True:
        ready, _, _ = select.select([way, *links], [], [])
        for handle in ready:
            if handle is way:
                continue
            pid, link = links.pop(handle)
            os.close(handle)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            with link, contextlib.suppress(OSError):
                link.sendall(code.to_bytes(_LENGTH, "big", signed=True))
        if way not in ready:
            continue
        head, files, _, _ = socket.recv_fds(way, _LENGTH, 4)
        if not head:
            return None
        module, arguments, environment, folder = json.loads(_exactly(way, int.from_bytes(head, "big")))
        pid = os.fork()
        if not pid:
            for handle, (_, link) in links.items():
                os.close(handle)
                link.close()
            way.close()
            return lambda: _become(module, arguments, environment, folder, files)
        link = socket.socket(fileno=files.pop())
        for file in files:
            os.close(file)
        link.sendall(pid.to_bytes(_LENGTH, "big"))
        links[os.pidfd_open(pid)] = pid, link


def _become(module: str, arguments: list[str], environment: dict[str, str], folder: str, files: list[int]) -> None:
    """Be what was asked for: from here on this is a process of Trunkline."""
    from services.store import batch

    for number, file in enumerate(files[:3]):
        os.dup2(file, number)
    for file in files:
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=stream is sys.stderr or "PYTHONUNBUFFERED" in environment)  # type: ignore[union-attr]
    batch._process = os.urandom(5).hex()  # each process has its own, made when it is imported
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _main() -> None:
    import gc

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for those who ask, and for what was forked
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy's: threads do not come along
    gc.disable()
    for name in IMPORTED:
        importlib.import_module(name)
    importlib.import_module("shared.mail.reading").warm_up()
    importlib.import_module("services.intake.authentication.domains").warm_up()
    gc.enable()
    gc.collect()
    gc.freeze()  # so that a collection in a forked process touches, and so copies, none of it
    assert len(os.listdir("/proc/self/task")) == 1, "a fork takes one thread only"
    child = _serve(socket.socket(fileno=int(sys.argv[1])))
    if child is not None:
        child()


if __name__ == "__main__":
    _main()
