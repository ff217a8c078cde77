"""Webhooks per second accepted to JetStream and to stored, beside a bare FastAPI that takes the same ones in the same run.

`python -m benchmarks webhooks [--count 4000] [--connections 32] [--rounds 3] [--up | --split]`. Only the ratios count: machines are noisy.

Signed webhooks of Twilio's, each of another message and another person, over kept connections. The bare FastAPI reads the form and
answers; it checks nothing and keeps nothing. It is measured as it is installed (with h11), which is what the marks were set beside, and
with httptools, which our console's framework brings along and ours then uses too; both ratios are printed. Accepted: answered with 200,
which is when the bus has it on disk. Stored: in a ticket, in SQLite. `trunkline up` does all that in one process; split, intake and
router are processes of their own beside one for store and notifier. Twilio can't be reached for the acknowledgements, which are no part
of either figure.
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
from shared.bus.permissions import Rights
from tests.natsserver import NatsServer
from tests.system.processes import Process, Up, free_port

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
    quick: float
    accepted: float
    stored: float
    p50: float
    p99: float
    cpu: float

    def __str__(self) -> str:
        return (
            f"bare FastAPI {self.bare:.0f}/s (with httptools {self.quick:.0f}/s),"
            f" accepted {self.accepted:.0f}/s (ratio {self.accepted / self.bare:.3f}, {self.accepted / self.quick:.3f}),"
            f" stored {self.stored:.0f}/s (ratio {self.stored / self.bare:.3f}, {self.stored / self.quick:.3f});"
            f" to 200 p50 {self.p50:.0f} ms, p99 {self.p99:.0f} ms; {self.cpu:.2f} ms CPU a webhook"
        )


async def _bare(http: str, count: int, connections: int) -> float:
    """Webhooks per second that it takes with this parser of HTTP."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks._web", http], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(await asyncio.to_thread(process.stdout.readline))
        await post(port, webhooks(500, 1, port), connections)
        load = await post(port, webhooks(count, 2, port), connections)
        assert not load.failed, "bare FastAPI refused some"
        return load.rate
    finally:
        process.kill()
        process.wait()


class Whole:
    """`trunkline up`."""

    name = "up"

    def __init__(self, folder: Path) -> None:
        self._up = Up(folder, env={"TRUNKLINE_LOGGING__LEVEL": "warning"})
        self.web, self.data = self._up.web, self._up.data
        self._up.config = _config(self.web)

    def start(self) -> None:
        """Start it and wait until it is ready."""
        self._up.start()

    @property
    def pids(self) -> list[int]:
        """Its process."""
        assert self._up.process is not None
        assert self._up.process.process is not None
        return [self._up.process.process.pid]

    def tail(self) -> str:
        """The end of its log."""
        return self._up.process.tail() if self._up.process else ""

    def end(self) -> None:
        """Kill it."""
        if self._up.process is not None:
            self._up.kill()


class Split:
    """`trunkline run intake`, `run router` and `run store notifier`, on a bus of their own."""

    name = "split"

    def __init__(self, folder: Path) -> None:
        self.web, self.data = free_port(), folder / "data"
        self.data.mkdir()
        self._bus = NatsServer(
            folder / "bus", inboxes=[("sms", "sms")], externals={"house": Rights(publish=(">",), subscribe=(">",))}
        )
        file = folder / "trunkline.toml"
        file.write_text(_config(self.web))
        place = ("--config", str(file), "--data", str(self.data))
        common = {
            "TRUNKLINE_LOGGING__LEVEL": "warning",
            "TRUNKLINE_SECRETS__KEY": "k" * 40,
            "TRUNKLINE_SMTP__LISTEN": f"127.0.0.1:{free_port()}",
            "TRUNKLINE_WEB__INTAKE_LISTEN": f"127.0.0.1:{self.web}",
        }
        self._processes = [
            Process(
                ("run", *rooms, *place),
                folder / f"{rooms[0]}.log",
                common | {"TRUNKLINE_BUS__URL": self._bus.url(user)},
            )
            for user, rooms in (("house", ("store", "notifier")), ("house", ("router",)), ("intake", ("intake",)))
        ]

    def start(self) -> None:
        """Start everything and wait until it is ready."""
        self._bus.start()
        for process in self._processes:
            process.start()
        for process in self._processes:
            process.ready(120)

    @property
    def pids(self) -> list[int]:
        """Its processes, the bus among them."""
        started = [self._bus.process, *(each.process for each in self._processes)]
        return [each.pid for each in started if each is not None]

    def tail(self) -> str:
        """The ends of its logs."""
        return "".join(each.tail() for each in self._processes)

    def end(self) -> None:
        """Kill everything."""
        for process in self._processes:
            process.kill()
        self._bus.kill()


House = Whole | Split


def _config(web: int) -> str:
    return CONFIG.format(web=web, ours=OURS, account=ACCOUNT, token=TOKEN, dead=free_port())


def _count(house: House) -> int:
    path = house.data / "trunkline.sqlite"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
        return int(database.execute("SELECT count(*) FROM message WHERE direction = 'in'").fetchone()[0])


async def _stored(house: House, count: int) -> float:
    """Wait for so many; gives when they were there, to 20 ms."""
    until = time.perf_counter() + LONGEST
    while (found := await asyncio.to_thread(_count, house)) < count:
        assert time.perf_counter() < until, f"{found} of {count} are stored after {LONGEST:g} s"
        await asyncio.sleep(0.02)
    return time.perf_counter()


async def _round(kind: type[Whole] | type[Split], count: int, connections: int) -> Result:
    bare, quick = [await _bare(http, count, connections) for http in ("h11", "httptools")]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        house = kind(Path(folder))
        try:
            await asyncio.to_thread(house.start)
            return await _measure(house, bare, quick, count, connections)
        finally:
            await asyncio.to_thread(house.end)


async def _measure(house: House, bare: float, quick: float, count: int, connections: int) -> Result:
    await post(house.web, webhooks(500, 1, house.web), connections)
    await _stored(house, 500)
    family = [psutil.Process(pid) for pid in house.pids]
    spent, ours = sum(map(_cpu, family)), webhooks(count, 2, house.web)
    load = await post(house.web, ours, connections)
    assert len(load.seconds) == count, f"{load.failed} of {count} were not taken: {house.tail()}"
    last = await _stored(house, 500 + count)
    return Result(
        bare=bare,
        quick=quick,
        accepted=load.rate,
        stored=count / (last - load.began),
        p50=load.percentile(0.5),
        p99=load.percentile(0.99),
        cpu=1000 * (sum(map(_cpu, family)) - spent) / count,
    )


def _cpu(parent: psutil.Process) -> float:
    return float(sum(sum(one.cpu_times()[:2]) for one in (parent, *parent.children(recursive=True))))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks webhooks")
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--up", action="store_true", help="only `trunkline up`")
    which.add_argument("--split", action="store_true", help="only with intake as a process of its own")
    wanted = parser.parse_args()
    kinds = [Whole] * (not wanted.split) + [Split] * (not wanted.up)
    results: dict[str, list[Result]] = {kind.name: [] for kind in kinds}
    for number in range(wanted.rounds):
        for kind in kinds:
            result = uvloop.run(_round(kind, wanted.count, wanted.connections))
            results[kind.name].append(result)
            print(f"round {number + 1}, {kind.name}: {result}", flush=True)
    for name, rounds in results.items():
        for what, mark in (("accepted", 0.3), ("stored", 0.15)):
            ratio = statistics.median(getattr(each, what) / each.bare for each in rounds)
            strict = statistics.median(getattr(each, what) / each.quick for each in rounds)
            print(f"{name}: median ratio {what} {ratio:.3f} (mark: {mark}); of the one with httptools {strict:.3f}")


if __name__ == "__main__":
    main()
