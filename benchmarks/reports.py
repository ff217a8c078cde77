"""Reports: seconds for each figure and for all of them on 100,000 tickets, and for how long they hold the loop, on SQLite or PostgreSQL.

`python -m benchmarks reports [--tickets N] [--postgresql]` fills a database with the store's own writing: two years of tickets with clocks,
time, answers, solutions, reopenings and ratings. Then it asks for a month, a quarter and all of it, each compared with the period before.
"""

import argparse
import asyncio
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.composition.running import leave_what_stays_to_itself
from services.store.engine import Database, database_url, open_database
from services.store.group import CommitUnit, write_group
from services.store.migrations import migrate
from services.store.queries.report import make_report
from services.store.reading import QueryContext, Reader
from shared.identity import derive
from shared.messages.changeset import AddEvent, AddMessage, Changeset, ChangeTicket, OpenTicket, PutContact
from shared.messages.parts import Address, Point
from shared.messages.reports import ReportQuery
from shared.reports import NAMES
from shared.settings import load
from tests.store.postgres import Postgres

_BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
_DAYS = 730
_GROUP = 500
_TEAMS, _CHANNELS = ("sales", "technical", "billing"), ("email", "sms", "telegram", "form", "whatsapp")
_CATEGORIES = ("order", "technical", "billing", "complaint", "offer")


def _run(clock: str, start: datetime, seconds: float, target: float = 14_400) -> dict[str, Any]:
    end = start + timedelta(seconds=seconds)
    run = {
        "clock": clock, "cycle": 1, "started_at": start.isoformat(), "policy": "standard", "target_seconds": target,
        "elapsed_seconds": seconds * 0.4, "paused_seconds": 0.0, "met_at": end.isoformat(), "ended_at": end.isoformat(),
    }  # fmt: skip
    if seconds * 0.4 > target:
        run["breached_at"] = (start + timedelta(seconds=target * 2.5)).isoformat()
    return run


def changeset(number: int, tickets: int, words: list[str]) -> Changeset:
    """A ticket with its history."""
    chance = random.Random(number)
    at = _BEGAN + timedelta(days=_DAYS) * (number / tickets)
    ticket, contact = derive("ticket", str(number)), derive("contact", str(number % 20_000))
    point = Point(kind="email", value=f"customer{number % 20_000}@client.example")
    answered = at + timedelta(seconds=chance.expovariate(1 / 9_000))
    solved = answered + timedelta(seconds=chance.expovariate(1 / 200_000))
    team, agent = chance.choice(_TEAMS), f"agent{chance.randrange(12)}@acme.example"
    past = [_run("first_response", at, (answered - at).total_seconds())]
    past.append(_run("resolution", at, (solved - at).total_seconds(), 100_000))
    parts = [
        ["new", team, None, 900, 600],
        ["open", team, agent, 60_000, 20_000],
        ["pending", team, agent, 9_000, 3_000],
    ]
    state = {
        "sla": {"open": [], "past": past, "numbers": {"first_response": 1, "resolution": 1}, "hours": "", "version": "v"},
        "time": {"to": solved.isoformat(), "in": ["solved", team, agent], "hours": "", "parts": parts},
        "suggested": {"category": {"value": "order", "confidence": 0.7, "words": ["a", "b"], "model": "m", "decided": True}},
    }  # fmt: skip
    text = " ".join(chance.choices(words, k=60))
    fields = {
        "status": "closed", "first_responded_at": answered.isoformat(), "solved_at": solved.isoformat(),
        "closed_at": solved.isoformat(), "assignee": agent, "satisfaction": {"score": chance.randint(1, 5), "words": "fine"},
    }  # fmt: skip

    def event(what: str, when: datetime, **data: Any) -> AddEvent:
        return AddEvent(what=what, ticket_id=ticket, actor="token:desk", channel="api", data=data, at=when)

    return Changeset(
        cause=f"test:{number}",
        operations=[
            PutContact(contact_id=contact, name=f"Customer {number % 20_000}", points=[point]),
            OpenTicket(
                ticket_id=ticket, subject=" ".join(chance.choices(words, k=5)), channel=chance.choice(_CHANNELS), inbox="support",
                language="en", contact_id=contact, customer=point.value, category=chance.choice(_CATEGORIES), team=team,
                problem=text, created_at=at,
            ),
            AddMessage(
                message_id=derive("message", str(number)), ticket_id=ticket, direction="in", channel="email",
                inbox="support", author=Address(address=point.value), text=text, reply_text=text, created_at=at,
            ),
            ChangeTicket(ticket_id=ticket, fields=fields, state=state),
            event("ticket_opened", at),
            event("message_sent", answered),
            event("status_changed", answered, **{"from": "new", "to": "open"}),
            event("status_changed", solved, **{"from": "open", "to": "solved"}),
            event("satisfaction_given", solved + timedelta(hours=1), score=chance.randint(1, 5), words=True),
        ],
    )  # fmt: skip


async def fill(database: Database, tickets: int) -> None:
    """Write so many tickets, each at its time."""
    chance = random.Random(7)
    words = ["".join(chance.choices("abcdefghijklmnoprstuvz", k=chance.randint(3, 11))) for _ in range(8_000)]
    await migrate(database)
    for start in range(0, tickets, _GROUP):
        last = min(start + _GROUP, tickets)
        units = [CommitUnit(changeset(number, tickets, words)) for number in range(start, last)]
        async with database.writer.begin() as connection:
            await connection.run_sync(write_group, units, [], _BEGAN + timedelta(days=_DAYS) * (last / tickets))
        assert all(unit.answer is not None and unit.answer.outcome == "committed" for unit in units)
    if database.dialect == "postgresql":
        async with database.writer.begin() as connection:  # as autovacuum would have
            await connection.exec_driver_sql("ANALYZE")


async def held(stop: asyncio.Event) -> float:
    """The most seconds for which one turn of the loop had it: of the processor's time, so that it does not matter what else the machine
    has to do."""
    most = 0.0
    while not stop.is_set():
        began = time.thread_time()
        await asyncio.sleep(0)
        most = max(most, time.thread_time() - began)
    return most


async def measure(folder: Path, url: str, tickets: int) -> None:
    """Fill, ask, print."""
    database = open_database(database_url(url, folder))
    began = time.monotonic()
    await fill(database, tickets)
    print(f"{tickets} tickets on {database.dialect} written in {time.monotonic() - began:.0f} s", flush=True)
    # The queries that are asked here look at nothing on the bus.
    context = QueryContext(Reader(database), None, folder, load(None, folder))  # type: ignore[arg-type]
    leave_what_stays_to_itself()  # as a process that serves does: a collection of all that is loaded takes 100 ms
    until = _BEGAN + timedelta(days=_DAYS)
    asked: list[tuple[str, tuple[str, ...], int]] = [(name, (name,), _DAYS) for name in NAMES]
    asked += [(f"all, {days} days", NAMES, days) for days in (30, 90, _DAYS)]
    for label, names, days in asked:
        stop = asyncio.Event()
        holding = asyncio.create_task(held(stop))
        began = time.perf_counter()
        query = ReportQuery(names=list(names), since=until - timedelta(days=days), until=until, compare=days != _DAYS)
        answer = await make_report(context, query)
        seconds = time.perf_counter() - began
        stop.set()
        size, most = len(answer.encode()) / 1024, await holding * 1000
        print(
            f"{label:24} {seconds:6.2f} s, {answer.looked_at} tickets, {size:.0f} KiB, the loop held for {most:.0f} ms at most",
            flush=True,
        )
    await database.close()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks reports")
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--postgresql", action="store_true", help="a real PostgreSQL instead of SQLite")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if not wanted.postgresql:
            asyncio.run(measure(Path(name), "", wanted.tickets))
            return 0
        server = Postgres()
        server.start()
        try:
            asyncio.run(measure(Path(name), server.url(), wanted.tickets))
        finally:
            server.remove()
    return 0
