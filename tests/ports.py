"""Ports for servers that tests start. Each process of a test run takes them from a stretch of its own, below the stretch from which
the kernel gives ports to outgoing connections, so that nobody takes one between the look and its use."""

import itertools
import os
import socket

_FIRST, _STRETCH = 12_000, 2_000
# pytest-xdist names its processes gw0, gw1, …; a run without it has the stretch below theirs.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")
_start = _FIRST + (int(_worker) + 1) % 9 * _STRETCH
_ports = itertools.cycle(range(_start + os.getpid() % _STRETCH // 2, _start + _STRETCH))


def free_port() -> int:
    """A port of ours that nobody listens at."""
    for port in _ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("unreachable")
