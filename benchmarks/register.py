"""`trunkline export register`: seconds and memory for 50,000 tickets with entries and an audit trail, on SQLite.

`python -m benchmarks register [--tickets N]` fills a database with the store's own writing, starts `trunkline up` on it and exports twice:
all columns, and a tenth of it. Memory of the command and of the house is looked at five times a second.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from services.store.engine import database_url, open_database
from services.store.group import CommitUnit, write_group
from services.store.migrations import migrate
from shared.identity import derive
from shared.messages.changeset import AddEvent, AddMessage, Changeset, ChangeTicket, OpenTicket, PutContact
from shared.messages.life import PutEntry
from shared.messages.parts import Address, Point
from tests.ports import free_port
from tests.system.processes import TRUNKLINE, Up

_BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
_TEXT = "the pump in our cellar leaks at the flange since yesterday and the floor is wet please send somebody soon "
_GROUP = 200


def changeset(number: int) -> Changeset:
    """A complaint of two kilobytes with two actions, a promise, a call, and what happened to it."""
    at = _BEGAN + timedelta(minutes=number)
    ticket, contact = derive("ticket", str(number)), derive("contact", str(number % 5_000))
    point = Point(kind="email", value=f"customer{number % 5_000}@client.example")
    fields = {
        "details": _TEXT * 4, "solution": _TEXT * 2, "root_cause": _TEXT, "preventive_action": _TEXT, "tested": _TEXT,
        "status": "closed", "closed_at": (at + timedelta(days=9)).isoformat(), "solved_by": "Anna",
        "satisfaction": {"score": number % 5 + 1, "words": _TEXT},
    }  # fmt: skip

    def entry(kind: Any, place: int, **data: Any) -> PutEntry:
        when = at + timedelta(hours=place)
        return PutEntry(
            entry_id=derive("entry", str(number), str(place)), ticket_id=ticket, kind=kind, data=data, by="Anna",
            due_at=when, done_at=when, created_at=when, updated_at=when,
        )  # fmt: skip

    def event(what: str, **data: Any) -> AddEvent:
        return AddEvent(what=what, ticket_id=ticket, actor="agent:anna", channel="api", data=data, at=at)

    asked = {"what": _TEXT, "department": "technical", "requested_at": at.isoformat(), "evidence": []}
    return Changeset(
        cause=f"test:{number}",
        operations=[
            PutContact(contact_id=contact, name=f"Customer {number % 5_000}", points=[point]),
            OpenTicket(
                ticket_id=ticket, subject=f"Pump {number}", channel="email", inbox="support", language="en",
                contact_id=contact, customer=point.value, category="complaint", kind="complaint", team="technical",
                problem=_TEXT * 8, created_at=at, product="P100", impact=_TEXT,
            ),
            AddMessage(
                message_id=derive("message", str(number)), ticket_id=ticket, direction="in", channel="email",
                inbox="support", author=Address(address=point.value), text=_TEXT * 8, reply_text=_TEXT * 8, created_at=at,
            ),
            ChangeTicket(ticket_id=ticket, fields=fields),
            *(entry("action", place, **asked) for place in (1, 2)),
            entry("promise", 3, what=_TEXT, kept=True, moved=[], evidence=[]),
            entry("call", 4, direction="out", who="Ana", what=_TEXT, at=at.isoformat(), evidence=[]),
            event("ticket_opened"),
            event("ticket_changed", fields=["team"], changes={"team": ["sales", "technical"]}),
            event("ticket_changed", fields=["impact"], changes={}),
            event("status_asked"),
            event("status_changed", **{"from": "solved", "to": "closed"}),
        ],
    )  # fmt: skip


async def fill(folder: Path, tickets: int) -> None:
    """Write so many tickets."""
    folder.mkdir(parents=True)
    database = open_database(database_url("", folder))
    await migrate(database)
    for start in range(0, tickets, _GROUP):
        units = [CommitUnit(changeset(number)) for number in range(start, min(start + _GROUP, tickets))]
        async with database.writer.begin() as connection:
            await connection.run_sync(write_group, units, [], _BEGAN)
        assert all(unit.answer is not None and unit.answer.outcome == "committed" for unit in units)
    async with database.writer.begin() as connection:
        # What is not to be sent by the house that is started on this.
        await connection.exec_driver_sql("DELETE FROM outbox")
    await database.close()


FORMATS = ("csv", "xlsx", "docx", "pdf")


def export(up: Up, format: str, *arguments: str) -> tuple[float, float, float]:
    """Seconds, and the largest memory of the command and of the house with its bus, in megabytes."""
    assert up.process is not None
    assert up.process.process is not None
    house = up.process.process.pid
    out = up.folder / f"register.{format}"
    process = subprocess.Popen(
        [*TRUNKLINE, "export", "register", "--format", format, "--out", str(out), *arguments, *up.arguments()],
        env={**psutil.Process().environ(), **up.environment()},
    )
    began, most, over = time.monotonic(), [0.0, 0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            most[:] = (max(had, _memory(pid)) for had, pid in zip(most, (process.pid, house), strict=True))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    seconds = time.monotonic() - began
    over.set()
    watcher.join()
    assert code == 0
    return seconds, most[0], most[1]


def _memory(pid: int) -> float:
    try:
        parent = psutil.Process(pid)
        return float(sum(each.memory_info().rss for each in (parent, *parent.children(recursive=True)))) / 1e6
    except psutil.NoSuchProcess:
        return 0.0


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks register")
    parser.add_argument("--tickets", type=int, default=50_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        up = Up(Path(name) / "house", smtp=free_port(), web=free_port())
        began = time.monotonic()
        asyncio.run(fill(up.data, wanted.tickets))
        print(f"{wanted.tickets} tickets written in {time.monotonic() - began:.0f} s", flush=True)
        up.start()
        try:
            idle = _memory(up.process.process.pid) if up.process and up.process.process else 0.0
            until = (_BEGAN + timedelta(minutes=wanted.tickets // 10)).isoformat()
            runs = [
                (format, what, more)
                for format in FORMATS
                for what, more in (("a tenth", ("--until", until)), ("all", ()))
            ]
            for format, what, arguments in runs:
                seconds, command, house = export(up, format, *arguments)
                size = (up.folder / f"register.{format}").stat().st_size / 1e6
                print(
                    f"{format}, {what}: {seconds:.1f} s, {size:.0f} MB; command {command:.0f} MB, house {house:.0f} MB (idle {idle:.0f})",
                    flush=True,
                )
        finally:
            up.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
