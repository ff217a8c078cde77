"""Mails per second from SMTP DATA to stored and acknowledgement delivered, beside a bare aiosmtpd in the same run.

`python -m benchmarks throughput [--mails 3000] [--sessions 32] [--rounds 3] [--lean] [--skeleton]`.
Only the ratio counts: machines are noisy.
Each mail has its own sender, because automatic answers have a budget per address.

Sender, server and sink share the machine, so the bare rate depends on what the sender costs. The sender is aiosmtplib on the
standard event loop, as a mail program would be; ``--lean`` takes one that costs next to nothing and shows what the bare server
itself could do. ``--skeleton`` measures in each round, too, the least that the design asks (`benchmarks._skeleton`).
"""

import argparse
import asyncio
import itertools
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import uvloop

from benchmarks._smtp import Load, send, send_ordinarily, sink
from tests.system.processes import Up

_REPLY_TO_WHAT = re.compile(rb"In-Reply-To:\s*<([^>]+)>", re.IGNORECASE)
_BODY = b"\r\n".join(
    [b"My device has been making a strange noise since yesterday and I would like to know what to do."] * 18
)


def mails(count: int, run: str) -> Iterator[tuple[str, bytes]]:
    """Mails of about 2 KiB, each from somebody else, made before they are needed."""
    made = []
    for i in range(count):
        sender = f"customer{i}.{run}@people{i % 97}.example"
        head = (
            f"From: Customer {i} <{sender}>\r\nTo: support@localhost\r\nSubject: Question {i} about my device\r\n"
            f"Message-ID: <{run}.{i}@people.example>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        )
        made.append((sender, head.encode() + _BODY))
    return iter(made)


@dataclass
class Result:
    """One round: rates per second, latencies in milliseconds, memory in MB."""

    bare: float
    accepted: float
    whole: float
    p50: float
    p99: float
    idle: float
    memory: float
    cpu: float

    @property
    def ratio(self) -> float:
        """End to end, as a share of what bare aiosmtpd accepts."""
        return self.whole / self.bare


Sender = Callable[[int, Iterator[tuple[str, bytes]], int], Awaitable[Load]]


async def _bare(count: int, sessions: int, sender: Sender) -> Load:
    process = subprocess.Popen([sys.executable, "-m", "benchmarks._bare"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        await sender(port, mails(min(count, 300), "warm"), sessions)
        load = await sender(port, mails(count, "bare"), sessions)
        assert len(load.seconds) == count, f"bare aiosmtpd took {len(load.seconds)} of {count}"
        return load
    finally:
        process.kill()
        process.wait()


class _Acknowledgements:
    def __init__(self) -> None:
        self.came: dict[bytes, float] = {}
        self.changed = asyncio.Event()

    def take(self, mail: bytes) -> None:
        found = _REPLY_TO_WHAT.search(mail)
        self.came[found[1] if found else b""] = time.perf_counter()
        self.changed.set()

    async def wait(self, count: int, run: str, seconds: float = 300.0) -> float:
        """Wait for so many of a run; gives when the last of them came."""
        prefix = f"{run}.".encode()
        async with asyncio.timeout(seconds):
            while (had := sum(1 for key in self.came if key.startswith(prefix))) < count:
                self.changed.clear()
                await self.changed.wait()
                if count - had > 50:
                    await asyncio.sleep(0.02)
        return max(at for key, at in self.came.items() if key.startswith(prefix))


async def _skeleton(count: int, sessions: int, sender: Sender) -> tuple[float, float]:
    """Mails per second from DATA to delivered, and ms of CPU a mail, of what does nothing but pass them on."""
    came = _Acknowledgements()
    server, relay = await sink(came.take)
    command = [sys.executable, "-m", "benchmarks._skeleton", str(relay)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(await asyncio.to_thread(process.stdout.readline))
        await sender(port, mails(300, "warm"), sessions)
        await came.wait(300, "warm")
        spent = _cpu(process.pid)
        load = await sender(port, mails(count, "skeleton"), sessions)
        last = await came.wait(count, "skeleton")
        return count / (last - load.began), 1000 * (_cpu(process.pid) - spent) / count
    finally:
        process.communicate(timeout=30)
        server.close()


async def _round(count: int, sessions: int, sender: Sender) -> Result:
    bare = await _bare(count, sessions, sender)
    came = _Acknowledgements()
    server, port = await sink(came.take)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        config = f'[[inbox]]\nname = "support"\nchannel = "email"\nsend = "smtp://127.0.0.1:{port}"\n'
        up = Up(Path(folder), config=config, env={"TRUNKLINE_LOGGING__LEVEL": "warning"})
        await asyncio.to_thread(up.start)
        try:
            return await _measure(up, came, bare, count, sessions, sender)
        finally:
            await asyncio.to_thread(up.stop)
            server.close()


async def _measure(up: Up, came: _Acknowledgements, bare: Load, count: int, sessions: int, sender: Sender) -> Result:
    await send(up.smtp, mails(300, "warm"), sessions)
    await came.wait(300, "warm")
    idle = []
    for i in range(10):
        one = await send(up.smtp, mails(1, f"idle{i}"), 1)
        idle.append(1000 * (await came.wait(1, f"idle{i}") - one.began))
    assert up.process is not None
    assert up.process.process is not None
    spent = _cpu(up.process.process.pid)
    load = await sender(up.smtp, mails(count, "load"), sessions)
    last = await came.wait(count, "load")
    spent = _cpu(up.process.process.pid) - spent
    return Result(
        bare=bare.rate,
        accepted=load.rate,
        whole=count / (last - load.began),
        p50=load.percentile(0.5),
        p99=load.percentile(0.99),
        idle=statistics.median(idle),
        memory=_memory(up.process.process.pid),
        cpu=1000 * spent / count,
    )


def _family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def _memory(pid: int) -> float:
    return sum(process.memory_info().rss for process in _family(pid)) / 1e6


def _cpu(pid: int) -> float:
    return float(sum(sum(process.cpu_times()[:2]) for process in _family(pid)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks throughput")
    parser.add_argument("--mails", type=int, default=3000)
    parser.add_argument("--sessions", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lean", action="store_true")
    parser.add_argument("--skeleton", action="store_true")
    wanted = parser.parse_args()
    results = []
    for number in itertools.count(1):
        result = (
            uvloop.run(_round(wanted.mails, wanted.sessions, send))
            if wanted.lean
            else asyncio.run(_round(wanted.mails, wanted.sessions, send_ordinarily))
        )
        results.append(result)
        if wanted.skeleton:
            rate, cpu = (
                uvloop.run(_skeleton(wanted.mails, wanted.sessions, send))
                if wanted.lean
                else asyncio.run(_skeleton(wanted.mails, wanted.sessions, send_ordinarily))
            )
            print(f"skeleton: {rate:.0f}/s, ratio {rate / result.bare:.3f}; {cpu:.2f} ms CPU a mail")
        print(
            f"round {number}: bare {result.bare:.0f}/s, accepted {result.accepted:.0f}/s, end to end {result.whole:.0f}/s,"
            f" ratio {result.ratio:.3f}; to 250 p50 {result.p50:.0f} ms, p99 {result.p99:.0f} ms;"
            f" idle mail to acknowledgement {result.idle:.0f} ms; {result.cpu:.2f} ms CPU a mail; {result.memory:.0f} MB",
            flush=True,
        )
        if number >= wanted.rounds:
            break
    print(f"median ratio {statistics.median(r.ratio for r in results):.3f} (mark: 0.25)")


if __name__ == "__main__":
    main()
