"""Webhooks per second accepted to JetStream and to stored, beside a bare FastAPI that takes the same ones in the same run.

`python -m benchmarks webhooks [--count 4000] [--connections 32] [--rounds 3]`. Only the ratios count: machines are noisy.

Signed webhooks of Twilio's, each of another message and another person, over kept connections. The bare FastAPI reads the form and
answers; it checks nothing and keeps nothing. What it does when it reads the body and leaves the form in it alone is printed too.
Accepted: answered with 200, which is when the bus has it on disk. Stored: in a ticket, in SQLite. `trunkline up` does all that in one
process. Twilio can't be reached for the acknowledgements, which are no part of either figure.
"""

import argparse
import asyncio
import contextlib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psutil
import uvloop

from benchmarks._web import post
from services.simulators.twilio.signing import HEADER, sign
from tests.system.processes import Up, free_port

ACCOUNT, TOKEN, OURS = "AC" + "0123456789abcdef" * 2, "fedcba9876543210" * 2, "+15005550006"
CONFIG = """
[company]
public_url = "http://127.0.0.1:{web}"
[[inbox]]
name = "sms"
channel = "sms"
number = "{ours}"
account_sid = "{account}"
auth_token = "{token}"
api_url = "http://127.0.0.1:{dead}"
reconcile = "0s"
"""
LONGEST = 300.0


def webhooks(count: int, run: int, port: int, path: str = "/hooks/twilio/sms") -> Iterator[bytes]:
    """Requests, made before they are needed. ``run`` tells those of one run from another's."""
    url = f"http://127.0.0.1:{port}{path}"
    return iter([_request(url, _form(run, place)) for place in range(count)])


def _form(run: int, place: int) -> dict[str, str]:
    sid = f"SM{run:08x}{place:024x}"
    places = {f"{end}{part}": "" for end in ("From", "To") for part in ("City", "State", "Zip", "Country")}
    return places | {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "Body": f"My device has been making a strange noise since yesterday, what should I do? Order {place}",
        "From": f"+38591{run % 10}{place:06}",
        "MessageSid": sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": OURS,
    }


def _request(url: str, form: dict[str, str]) -> bytes:
    parts, body = urlsplit(url), urlencode(form).encode()
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"{HEADER}: {sign(TOKEN, url, form)}\r\nUser-Agent: TwilioProxy/1.1\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass
class Result:
    """One round: rates per second, latencies in milliseconds, CPU in milliseconds a webhook."""

    bare: float
    unread: float
    accepted: float
    stored: float
    p50: float
    p99: float
    cpu: float

    def __str__(self) -> str:
        return (
            f"bare FastAPI {self.bare:.0f}/s (form unread {self.unread:.0f}/s),"
            f" accepted {self.accepted:.0f}/s (ratio {self.accepted / self.bare:.3f}),"
            f" stored {self.stored:.0f}/s (ratio {self.stored / self.bare:.3f});"
            f" to 200 p50 {self.p50:.0f} ms, p99 {self.p99:.0f} ms; {self.cpu:.2f} ms CPU a webhook"
        )


async def _bare(count: int, connections: int) -> tuple[float, float]:
    """Webhooks per second that it takes, and those whose form it leaves unread."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks._web"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(await asyncio.to_thread(process.stdout.readline))
        await post(port, webhooks(500, 1, port), connections)
        loads = [
            await post(port, webhooks(count, 2, port, path), connections) for path in ("/hooks/twilio/sms", "/body")
        ]
        assert not any(load.failed for load in loads), "bare FastAPI refused some"
        return loads[0].rate, loads[1].rate
    finally:
        process.kill()
        process.wait()


def _count(up: Up) -> int:
    path = up.data / "trunkline.sqlite"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
        return int(database.execute("SELECT count(*) FROM message WHERE direction = 'in'").fetchone()[0])


async def _stored(up: Up, count: int) -> float:
    """Wait for so many; gives when they were there, to 20 ms."""
    until = time.perf_counter() + LONGEST
    while (found := await asyncio.to_thread(_count, up)) < count:
        assert time.perf_counter() < until, f"{found} of {count} are stored after {LONGEST:g} s"
        await asyncio.sleep(0.02)
    return time.perf_counter()


async def _round(count: int, connections: int) -> Result:
    bare = await _bare(count, connections)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        up = Up(Path(folder), env={"TRUNKLINE_LOGGING__LEVEL": "warning"})
        up.config = CONFIG.format(web=up.web, ours=OURS, account=ACCOUNT, token=TOKEN, dead=free_port())
        await asyncio.to_thread(up.start)
        try:
            return await _measure(up, bare, count, connections)
        finally:
            await asyncio.to_thread(up.kill)


async def _measure(up: Up, bare: tuple[float, float], count: int, connections: int) -> Result:
    await post(up.web, webhooks(500, 1, up.web), connections)
    await _stored(up, 500)
    assert up.process is not None
    assert up.process.process is not None
    family = psutil.Process(up.process.process.pid)
    spent, ours = _cpu(family), webhooks(count, 2, up.web)
    load = await post(up.web, ours, connections)
    assert len(load.seconds) == count, f"{load.failed} of {count} were not taken: {up.process.tail()}"
    last = await _stored(up, 500 + count)
    return Result(
        bare=bare[0],
        unread=bare[1],
        accepted=load.rate,
        stored=count / (last - load.began),
        p50=load.percentile(0.5),
        p99=load.percentile(0.99),
        cpu=1000 * (_cpu(family) - spent) / count,
    )


def _cpu(parent: psutil.Process) -> float:
    return float(sum(sum(one.cpu_times()[:2]) for one in (parent, *parent.children(recursive=True))))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks webhooks")
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    results = []
    for number in range(wanted.rounds):
        results.append(uvloop.run(_round(wanted.count, wanted.connections)))
        print(f"round {number + 1}: {results[-1]}", flush=True)
    for what, mark in (("accepted", 0.3), ("stored", 0.15)):
        ratio = statistics.median(getattr(each, what) / each.bare for each in results)
        print(f"median ratio {what} {ratio:.3f} (mark: {mark})")


if __name__ == "__main__":
    main()
