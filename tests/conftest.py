"""What all tests share: peers that may be missing, where the public data lies, and traffic that stays on this machine."""

import gc
import os
import re
import shutil
import socket
import ssl
import sys
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import httpx._transports.default
import hypothesis
import pytest

# A run starts some hundred processes of Trunkline. Where Python is told to keep no bytecode, each of them compiles everything anew,
# half a second of work, and each process of pytest eight seconds. Set here, it is the same for whoever starts the tests.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

ROOT = Path(__file__).resolve().parent.parent
PEERS = {
    "dovecot": "dovecot",
    "postfix": "postfix",
    "swaks": "swaks",
    "openssl": "openssl",
    "chromium": "chromium",
    "node": "node",
    "faketime": "faketime",
}
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")
missing: Counter[str] = Counter()


def pytest_configure() -> None:
    """Nothing of what is collected goes away before the tests do: looking for it takes a quarter of collecting, in each process."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on there is garbage, and what was collected is none."""
    gc.enable()
    gc.freeze()


# The same examples each time, and none fails for the time that it took: a busy machine is no bug of ours.
hypothesis.settings.register_profile(
    "trunkline",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("trunkline")

# Each client of httpx reads all root certificates, 20 ms of work, and a run makes thousands that speak no TLS: read once.
_authorities = lru_cache(maxsize=1)(httpx.create_ssl_context)


def _context(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
    if verify is True and cert is None:
        return _authorities()
    return httpx.create_ssl_context(verify, cert, trust_env)


httpx._transports.default.create_ssl_context = _context


def corpora() -> Path:
    """Where the public data lies; it may not exist."""
    return Path(os.environ.get("TRUNKLINE_CORPORA", ROOT.parent / "shared" / "corpora"))


def is_present(peer: str) -> bool:
    """Whether a program (by its name in `PEERS`) or the data (``corpora``) is on this machine."""
    if peer == "corpora":
        return corpora().is_dir()
    return shutil.which(PEERS[peer], path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is not None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole houses first: what takes longest must not be begun last, while the other processes have nothing left to do."""
    first = ("tests/system/", "tests/deploy/")
    items.sort(key=lambda item: not item.nodeid.startswith(first))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("peer"):
        for peer in mark.args:
            if is_present(peer):
                continue
            if os.environ.get("CI") == "true" and peer != "corpora":
                pytest.fail(f"peer {peer} is missing: .ci/run must install it", pytrace=False)
            pytest.skip(f"peer {peer} is not on this machine")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count here and not where the test was to run: that may be another process."""
    if report.skipped and isinstance(report.longrepr, tuple):
        found = re.search(r"peer (\w+) is not on this machine", report.longrepr[2])
        if found:
            missing[found[1]] += 1


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for peer, count in sorted(missing.items()):
        terminalreporter.write_line(f"peer {peer} missing: {count} test(s) not run")


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    sendto = socket.socket.sendto

    def guarded_sendto(self: socket.socket, data: Any, *rest: Any) -> int:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(rest[-1][0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to ask {rest[-1][0]}")
        return sendto(self, data, *rest)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "sendto", guarded_sendto)


@pytest.fixture
def corpora_path() -> Path:
    """The public data; use with ``@pytest.mark.peer("corpora")``."""
    return corpora()
