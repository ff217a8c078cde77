"""Trunkline as a user runs it: real processes on free ports with folders of their own, waited for without sleeping."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from shared.bus.embedded import running_url
from shared.bus.errors import BusUnavailable
from tests import nursery
from tests.ports import free_port
from tests.system import asking

__all__ = ["ROOT", "TRUNKLINE", "Process", "Up", "command", "free_port", "wait_until"]

TRUNKLINE = (sys.executable, "-m", "services")
ROOT = Path(__file__).resolve().parent.parent.parent


def wait_until(met: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Look until ``met`` gives something true. Raises `AssertionError` naming ``what`` after so many seconds."""
    began = time.monotonic()
    while not met():
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        # A look costs the house more than a wait costs us: twenty a second are half a processor where a ticket is asked for.
        time.sleep(min(max(waited / 10, 0.05), 0.3))


def command(
    *arguments: str, env: Mapping[str, str], cwd: Path, stdin: str | None = None, check: bool = False
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, within a minute, with this environment."""
    if nursery.fits(env):
        raw = nursery.run(arguments, env=env, cwd=cwd, input=(stdin or "").encode())
        done = subprocess.CompletedProcess(raw.args, raw.returncode, raw.stdout.decode(), raw.stderr.decode())
    else:
        whole = [*TRUNKLINE, *arguments]
        done = subprocess.run(whole, capture_output=True, text=True, input=stdin, timeout=60, env=env, cwd=cwd)
    assert not check or done.returncode == 0, done.stderr
    return done


@dataclass
class Process:
    """One process of Trunkline. ``said`` holds its lines on stdout, ``log`` its stderr; ``program`` is what is run."""

    arguments: tuple[str, ...]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    program: tuple[str, ...] = TRUNKLINE
    said: list[str] = field(default_factory=list)
    process: "subprocess.Popen[str] | nursery.Child | None" = None
    _lines: "queue.Queue[str | None]" = field(default_factory=queue.Queue)

    def start(self) -> "Process":
        """Start it, without waiting."""
        base = {k: v for k, v in os.environ.items() if not k.startswith("TRUNKLINE_")}
        env = base | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)} | dict(self.env)
        with self.log.open("ab") as log:
            if len(self.program) == 3 and self.program[:2] == TRUNKLINE[:2] and nursery.fits(env):
                _, _, module = self.program
                where = self.log.parent
                self.process = nursery.start(self.arguments, env=env, cwd=where, stderr=log, module=module)
            else:
                self.process = subprocess.Popen(
                    [*self.program, *self.arguments],
                    stdout=subprocess.PIPE,
                    stderr=log,
                    stdin=subprocess.DEVNULL,
                    text=True,
                    env=env,
                    cwd=self.log.parent,
                )
        self._lines = queue.Queue()
        assert self.process.stdout is not None
        threading.Thread(target=self._read, args=(self.process.stdout, self._lines), daemon=True).start()
        return self

    @staticmethod
    def _read(stream: IO[str], lines: "queue.Queue[str | None]") -> None:
        for line in stream:
            lines.put(line.rstrip("\n"))
        lines.put(None)

    def ready(self, seconds: float = 60.0) -> "Process":
        """Wait for the line ``ready``. Raises `AssertionError` with the end of the log when it does not come."""
        until = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(until - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError(f"not ready within {seconds:g} s: {self.tail()}") from None
            if line is None:
                raise AssertionError(f"ended before it was ready: {self.tail()}")
            self.said.append(line)
            if line.startswith("ready"):
                return self

    def kill(self) -> None:
        """End it with SIGKILL, as a power failure would."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def pause(self) -> None:
        """Hold it still (SIGSTOP)."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def stop(self, seconds: float = 40.0) -> int:
        """End it as an operator would (SIGTERM) and give its exit code; SIGKILL after so many seconds."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not stop within {seconds:g} s: {self.tail()}") from None

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def tracebacks(self) -> list[str]:
        """Lines of its log that speak of an error nobody expected."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return [line for line in text.splitlines() if "Traceback (most recent" in line]


@dataclass
class Up:
    """`trunkline up` in a folder of its own; ``program`` stands in for the command ``trunkline``."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    config: str = ""
    smtp: int = field(default_factory=free_port)
    web: int = field(default_factory=free_port)
    program: tuple[str, ...] = TRUNKLINE
    process: Process | None = None
    _token: str = ""

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.folder / "data"

    def arguments(self) -> tuple[str, ...]:
        """``--config`` and ``--data`` as it was started with."""
        file = self.folder / "trunkline.toml"
        if self.config:
            file.write_text(self.config)
        return (*(("--config", str(file)) if self.config else ()), "--data", str(self.data))

    def environment(self) -> dict[str, str]:
        """The variables that it, and commands that speak to it, are run with."""
        return {
            "TRUNKLINE_WEB__LISTEN": f"127.0.0.1:{self.web}",
            "TRUNKLINE_SMTP__LISTEN": f"127.0.0.1:{self.smtp}",
            **self.env,
        }

    def start(self, seconds: float = 60.0) -> "Up":
        """Start it and wait until it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / "up.log"
        self.process = Process(("up", *self.arguments()), log, self.environment(), self.program).start()
        try:
            self.process.ready(seconds)
        except AssertionError:
            self.process.kill()
            raise
        return self

    def kill(self) -> None:
        """End it with SIGKILL."""
        assert self.process is not None
        self.process.kill()

    def stop(self) -> int:
        """End it in order; gives the exit code."""
        return self.process.stop() if self.process is not None else 0

    def run(self, *arguments: str, check: bool = True, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
        """A command that speaks to it."""
        env = {**os.environ, "PYTHONPATH": str(ROOT), **self.environment()}
        return command(*arguments, *self.arguments(), env=env, cwd=self.folder, stdin=stdin, check=check)

    def operator_url(self) -> str:
        """Its bus, as the user ``operator``. Raises `AssertionError` where none ever ran."""
        try:
            return running_url(self.data, "operator")
        except BusUnavailable as error:
            raise AssertionError(str(error)) from error

    @property
    def token(self) -> str:
        """An API token, made at the first use."""
        if not self._token:
            self._token = asking.new_token(self.operator_url(), "tests")
        return self._token

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A call of the API; gives the JSON of the answer. Raises `urllib.error.HTTPError`. Who is asked to come again, as by a
        busy house, comes again for a minute, with the same key."""
        key = {} if method == "GET" else {"Idempotency-Key": uuid4().hex}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.web}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"} | key | headers,
        )
        until = time.monotonic() + 60.0
        while True:
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code != 503 or time.monotonic() > until:
                    raise
                time.sleep(0.3)

    def tickets(self) -> list[dict[str, Any]]:
        """Every ticket with its messages and deliveries."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            answer = self.api("GET", f"/api/v1/tickets?page={page}")
            found += [self.api("GET", f"/api/v1/tickets/{item['number']}") for item in answer["items"]]
            if not answer["items"] or len(found) >= answer["total"]:
                return found
            page += 1

    def total(self) -> int:
        """How many tickets there are; -1 while nobody answers."""
        try:
            return int(self.api("GET", "/api/v1/tickets")["total"])
        except (urllib.error.URLError, OSError):
            return -1

    def ledger(self) -> list[dict[str, Any]]:
        """The ledger's lines."""
        return asking.ledger(self.operator_url())

    def at_rest(self) -> bool:
        """Nothing is in flight and every line of the ledger adds up."""
        with contextlib.suppress(AssertionError):
            return all(line["in_flight"] == 0 and line["adds_up"] for line in self.ledger())
        return False
