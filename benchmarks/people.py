"""People's data: seconds and memory of takeout, erase, backup and restore in a large house, and how long other work waits meanwhile.

`python -m benchmarks people [--tickets N] [--messages N] [--of N] [--postgres]` fills a database (`seeding`), gives so many tickets to
one customer, starts a house on it and runs the commands as an operator would, while tickets are made one after the other. Of each it
prints how long it took, the most memory that the command had and the house has had until then, and how long the slowest ticket took.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import asyncpg
from sqlalchemy import select, update

from benchmarks.seeding import Size, seeded
from services.store.engine import database_url, open_database
from services.store.models import Contact, ContactPoint, Message, Ticket, table
from tests.store.postgres import Postgres
from tests.system.processes import ROOT, TRUNKLINE, Up

_PERSON: Final = "customer0@client.example"
_PAUSE: Final = 0.05


async def _give(data: Path, url: str, many: int) -> None:
    """Make so many tickets, spread over all, one person's."""
    ticket, message, contact, point = (table(each) for each in (Ticket, Message, Contact, ContactPoint))
    database = open_database(database_url(url, data))
    async with database.writer.begin() as connection:
        found = (await connection.execute(select(ticket.c.id).order_by(ticket.c.id).limit(many))).scalars().all()
        mine = select(point.c.contact_id).where(point.c.value == _PERSON)
        owner = (await connection.execute(select(contact.c.id).where(contact.c.id.in_(mine)))).scalar_one()
        for start in range(0, len(found), 500):
            some = found[start : start + 500]
            values = {"contact_id": owner, "customer": _PERSON}
            await connection.execute(update(ticket).where(ticket.c.id.in_(some)).values(values))
            written = message.c.ticket_id.in_(some), message.c.direction == "in"
            await connection.execute(update(message).where(*written).values(author_address=_PERSON))
    await database.close()


@dataclass
class Meanwhile:
    """Makes tickets one after the other; ``waits`` are the seconds that each took."""

    up: Up
    waits: list[float] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Meanwhile":
        self._thread = threading.Thread(target=self._work)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        number = 0
        while not self._over.is_set():
            number += 1
            body = {
                "subject": "Meanwhile",
                "text": "It goes on.",
                "contact": f"while{number}@other.example",
                "channel": "email",
            }
            began = time.monotonic()
            self.up.api("POST", "/api/v1/tickets", body, **{"Idempotency-Key": f"{id(self)}-{number}"})
            self.waits.append(time.monotonic() - began)
            self._over.wait(_PAUSE)


def _high(pid: int) -> int:
    """The most memory that a process has had, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


def _command(up: Up, *arguments: str) -> tuple[float, int]:
    """Seconds, and MB of the command."""
    before = time.monotonic()
    process = subprocess.Popen(
        [*TRUNKLINE, *arguments, *up.arguments()],
        env={**os.environ, "PYTHONPATH": str(ROOT), **up.environment()},
        cwd=up.folder,
    )
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{arguments} ended with {process.returncode}")
    return time.monotonic() - before, usage.ru_maxrss // 1024


def _say(what: str, seconds: float, memory: int, house: int, waits: list[float]) -> None:
    slow = f"{max(waits):.2f} s at most, {statistics.median(waits) * 1000:.0f} ms usually" if waits else "-"
    print(
        f"{what:16} {seconds:7.1f} s   command {memory:5} MB   house {house:5} MB   a ticket meanwhile: {slow}",
        flush=True,
    )


def _measure(folder: Path, url: str, fresh: str) -> None:
    env = {"TRUNKLINE_DATABASE__URL": url} if url else {}
    up = Up(folder / "house", env).start(180)
    pid = up.process.process.pid if up.process and up.process.process else 0
    try:
        with Meanwhile(up) as alone:
            time.sleep(5)
        _say("nothing", 5.0, 0, _high(pid), alone.waits)
        for name, arguments in {
            "takeout": ("takeout", _PERSON, "--out", "person.zip"),
            "backup": ("backup", "house.backup"),
            "erase --dry-run": ("erase", _PERSON, "--dry-run"),
            "erase": ("erase", _PERSON, "--yes"),
        }.items():
            with Meanwhile(up) as beside:
                seconds, memory = _command(up, *arguments)
            _say(name, seconds, memory, _high(pid), beside.waits)
    finally:
        up.stop()
    again = Up(folder / "again", {"TRUNKLINE_DATABASE__URL": fresh} if fresh else {})
    again.folder.mkdir()
    size = (folder / "house" / "house.backup").stat().st_size >> 20
    seconds, memory = _command(again, "restore", str(folder / "house" / "house.backup"))
    _say(f"restore {size} MB", seconds, memory, 0, [])


async def _database(server: Postgres, name: str) -> str:
    admin: Any = await asyncpg.connect(server.url())
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    return server.url(name)


def main() -> int:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks people")
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--of", type=int, default=500, help="tickets of the one person")
    parser.add_argument("--postgres", action="store_true", help="a real PostgreSQL instead of SQLite")
    wanted = parser.parse_args()
    server = Postgres() if wanted.postgres else None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            url = fresh = ""
            if server is not None:
                server.start()
                url, fresh = server.url(), asyncio.run(_database(server, "again"))
            asyncio.run(seeded(folder / "house" / "data", url, Size(wanted.tickets, wanted.messages)))
            asyncio.run(_give(folder / "house" / "data", url, wanted.of))
            _measure(folder, url, fresh)
        finally:
            if server is not None:
                server.remove()
    return 0
