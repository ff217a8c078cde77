"""The console: milliseconds of its pages, and memory, with 50 consoles open on 100,000 tickets, on SQLite or PostgreSQL.

`python -m benchmarks consoles [--tickets N] [--messages N] [--consoles N] [--postgres] [--data DIR] [--port P]` fills a database
(`seeding`; a folder that has one already is used as it is), starts a house on it, signs agents in, opens consoles (lists and tickets, by
their web sockets) and has a mail come and a ticket change every second. Meanwhile it fetches pages one after the other. Beside each time
stands how many times that of the smallest page it is.
"""

import argparse
import asyncio
import os
import smtplib
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks._sitting import Console
from benchmarks.seeding import AGENTS, FIRST, LONG_MESSAGES, TEAMS, Size, agent_email, agent_id, is_long, seeded
from services.desk.sessions import COOKIE, digest, new_cookie
from services.store.engine import database_url, open_database
from services.store.models import table
from services.store.tables.signin import Session
from shared.identity import derive
from tests.console.browsing import COMPANY
from tests.store.postgres import Postgres
from tests.system.processes import Up

_ASKED: Final = 40
_BEFORE: Final = 8
"""Seconds for what opening fifty pages left behind to be over."""
_LISTS: Final = ("/console/tickets?view=all", "/console/tickets?view=mine", "/console/tickets?view=unassigned")
_SHOWN_WITHIN: Final = 60.0
_CONFIG: Final = COMPANY + "".join(
    f'\n[[team]]\nname = "{name}"\nmembers = {[agent_email(each) for each in range(place, AGENTS, len(TEAMS))]}\n'
    for place, name in enumerate(TEAMS)
)


async def signed_in(data: Path, url: str) -> list[str]:
    """A session for each agent; what their browsers keep."""
    database = open_database(database_url(url, data))
    now = datetime.now(UTC)
    cookies = [new_cookie() for _ in range(AGENTS)]
    rows = [
        {
            "id": derive("session", cookie), "agent_id": agent_id(index), "sha256": digest(cookie), "created_at": now, "seen_at": now,
            "expires_at": now + timedelta(days=1), "network": "", "browser": "", "revoked_at": None,
        }
        for index, cookie in enumerate(cookies)
    ]  # fmt: skip
    async with database.writer.begin() as connection:
        await connection.execute(table(Session).insert(), rows)
    await database.close()
    return cookies


@dataclass
class House:
    """The house that is measured."""

    up: Up
    size: Size
    asked: int
    cookies: list[str]
    http: httpx.AsyncClient

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.up.web}"

    @property
    def pid(self) -> int:
        """The process that has all services in it."""
        assert self.up.process is not None
        assert self.up.process.process is not None
        return self.up.process.process.pid

    def resident(self) -> float:
        """Megabytes of its process."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def cpu(self) -> float:
        """Seconds of processor that it used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def get(self, path: str) -> float:
        """Milliseconds for a page to be there. Raises `AssertionError` where there is none."""
        began = time.perf_counter()
        answer = await self.http.get(path, headers={"Cookie": f"{COOKIE}={self.cookies[0]}"})
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:200])
        return (time.perf_counter() - began) * 1000


async def bustle(house: House, stop: asyncio.Event) -> None:
    """A mail and a change of a ticket every second."""
    place = 0
    while not stop.is_set():
        began = time.monotonic()
        await mail(house, f"Seal broken {place}")
        number = FIRST + house.size.tickets - 1 - place % 200
        await asyncio.sleep(max(0.0, 0.5 - (time.monotonic() - began)))
        body = {"priority": ("low", "normal", "high")[place % 3]}
        await asyncio.to_thread(house.up.api, "PATCH", f"/api/v1/tickets/{number}", body)
        await asyncio.sleep(max(0.0, 1.0 - (time.monotonic() - began)))
        place += 1


async def mail(house: House, subject: str) -> None:
    """A customer writes."""
    message = EmailMessage()
    # Somebody else each time: who writes very often is answered in one ticket.
    name = f"customer{time.time_ns()}@customer.example"
    message["From"], message["To"], message["Subject"] = name, "support@acme.example", subject
    message["Message-ID"] = f"<{name}>"
    message.set_content(f"{subject}. Please help us, the machine stands still. {time.time_ns()}")

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", house.up.smtp, timeout=60) as server:
            server.send_message(message)

    await asyncio.to_thread(send)


async def shown(house: House, console: Console, times: int = 10) -> list[float]:
    """Milliseconds from a mail's acceptance to its row in an open list."""
    taken = []
    for place in range(times):
        words = f"Flange {place} number {time.time_ns()}"
        arrived = console.when(words)
        await mail(house, words)
        began = time.perf_counter()
        taken.append((await asyncio.wait_for(arrived, _SHOWN_WITHIN) - began) * 1000)
    return taken


def tell(label: str, taken: list[float], yardstick: float) -> None:
    """A row of the table."""
    middle, slow = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    ratio = f"{middle / yardstick:6.1f} x" if yardstick else ""
    print(f"{label:52} median {middle:7.1f} ms  p95 {slow:7.1f} ms  {ratio}", flush=True)


async def costed(house: House, label: str, path: str, yardstick: float) -> None:
    """A row, with the processor's time that all services took for one, when nothing else goes on."""
    await house.get(path)
    used = house.cpu()
    taken = await repeated(lambda: house.get(path), house.asked)
    tell(f"{label} [{(house.cpu() - used) / len(taken) * 1000:.0f} ms cpu]", taken, yardstick)


async def repeated(ask: Callable[[], Awaitable[float]], times: int) -> list[float]:
    """So many times, one after the other."""
    return [await ask() for _ in range(times)]


def pages(size: Size) -> dict[str, str]:
    """What is fetched."""
    long = next((each for each in range(size.tickets - 1, 0, -1) if is_long(each)), size.tickets - 1)
    return {
        "list, all": "/console/tickets?view=all",
        "list, mine": "/console/tickets?view=mine",
        "list, closed": "/console/tickets?view=closed",
        "search, a common word": "/console/tickets?q=pump",
        "search, two words": "/console/tickets?q=invoice+missing",
        "search, a number": f"/console/tickets?q={FIRST + size.tickets // 2}",
        "ticket": f"/console/ticket/{FIRST + size.tickets - 10}",
        f"ticket of {LONG_MESSAGES} messages": f"/console/ticket/{FIRST + long}",
    }


async def table_of(house: House, label: str) -> None:
    """Fetch each page, and print."""
    yardstick = statistics.median(await repeated(lambda: house.get("/console/preferences"), house.asked))
    print(f"{label}; the smallest page {yardstick:.1f} ms", flush=True)
    for name, path in pages(house.size).items():
        await costed(house, f"  page: {name}", path, yardstick)
    words = [f"/api/v1/tickets?q={each}" for each in ("pump", "invoice+missing", "faktury", "narud%C5%BEba")]
    asked = iter(words * house.asked)
    tell("  search alone (API)", await repeated(lambda: house.get(next(asked)), house.asked), yardstick)
    tell("  loop: a file", await repeated(lambda: house.get("/console/look/console.css"), 2 * house.asked), yardstick)


async def measure(house: House, count: int) -> None:
    """Everything, printed."""
    await house.get("/console/preferences")  # loads the console
    await table_of(house, "nothing else is open")
    before = house.resident()
    newest = FIRST + house.size.tickets - 1
    # Three of five look at a list, the others at a ticket of their own.
    paths = [_LISTS[each % 3] if each % 5 < 3 else f"/console/ticket/{newest - each}" for each in range(count)]
    consoles = [Console(house.url, house.cookies[place % AGENTS], path) for place, path in enumerate(paths)]
    for console in consoles:
        await console.open(house.http)
    await asyncio.sleep(_BEFORE)
    opened = house.resident()
    print(
        f"memory: {before:.0f} MB, with {count} consoles {opened:.0f} MB: {(opened - before) / count:.2f} MB each",
        flush=True,
    )
    stop = asyncio.Event()
    traffic = asyncio.create_task(bustle(house, stop))
    began, used = time.monotonic(), house.cpu()
    heard = sum(each.heard for each in consoles)
    try:
        await table_of(house, f"{count} consoles open, two events a second")
        tell("  mail to its row in an open list", await shown(house, consoles[0]), 0.0)
    finally:
        stop.set()
        seconds = time.monotonic() - began
        await traffic
    share, told = (house.cpu() - used) / seconds, (sum(each.heard for each in consoles) - heard) / seconds / 1024
    print(
        f"processor {share:.2f} of a core, {told:.0f} KiB/s to all consoles; memory at the end {house.resident():.0f} MB",
        flush=True,
    )
    for console in consoles:
        await console.close()


async def run(wanted: Any, data: Path, url: str) -> None:
    """Fill where nothing is, start, measure, stop."""
    size = Size(wanted.tickets, wanted.messages)
    if not wanted.url and not (data / "trunkline.sqlite").exists():
        await seeded(data, url, size)
    cookies = await signed_in(data, url)
    env = {"TRUNKLINE_DATABASE__URL": url} if url else {}
    up = Up(data.parent, config=_CONFIG, env=env, **({"web": wanted.port} if wanted.port else {}))
    assert up.data == data, "the data folder of a house is called data"
    await asyncio.to_thread(up.start)
    try:
        limits = httpx.Limits(max_connections=4)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{up.web}", timeout=60, limits=limits) as http:
            await measure(House(up, size, wanted.asked, cookies, http), wanted.consoles)
        assert up.process is not None
        for line in up.process.tracebacks():
            print(line)
    finally:
        up.stop()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks consoles")
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--consoles", type=int, default=50)
    parser.add_argument("--postgres", action="store_true", help="a real PostgreSQL instead of SQLite")
    parser.add_argument(
        "--data", type=Path, help="a data folder, called data, that `seed` filled with just these numbers"
    )
    parser.add_argument("--url", default="", help="a PostgreSQL that `seed --postgres` filled with just these numbers")
    parser.add_argument("--asked", type=int, default=_ASKED, help="how often each page is fetched")
    parser.add_argument("--port", type=int, default=0)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        data = (wanted.data or Path(name) / "data").resolve()
        data.mkdir(parents=True, exist_ok=True)
        if wanted.url or not wanted.postgres:
            asyncio.run(run(wanted, data, wanted.url))
            return 0
        server = Postgres()
        server.start()
        try:
            asyncio.run(run(wanted, data, server.url()))
        finally:
            server.remove()
    return 0
