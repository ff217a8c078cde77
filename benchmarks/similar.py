"""`store.query.similar`: milliseconds on 100,000 tickets, beside the plain search of the same words, on SQLite or PostgreSQL.

`python -m benchmarks similar [--tickets N] [--postgresql]` fills a database with the store's own writing: mails of sixty words, drawn as
words are in a language (Zipf), a tenth of the tickets about one of a hundred troubles that come again. Then it asks for what is like the
newest tickets, and searches for two words of each.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

from services.store.engine import Database, database_url, open_database
from services.store.group import CommitUnit, write_group
from services.store.migrations import migrate
from services.store.queries.similar import find_similar
from services.store.queries.tickets import find_tickets
from services.store.reading import QueryContext, Reader
from shared.identity import derive
from shared.messages.changeset import AddMessage, Changeset, ChangeTicket, OpenTicket, PutContact
from shared.messages.parts import Address, Point
from shared.messages.similar import SimilarQuery
from shared.messages.ticket import TicketsQuery
from shared.settings import load
from tests.store.postgres import Postgres

_BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
_GROUP = 500
_WORDS = 60
_TROUBLES = 100
_ASKED = 200


class Language:
    """Made-up words, some of them far more frequent than others."""

    def __init__(self, size: int = 30_000) -> None:
        self.random = random.Random(6)  # the same database every time
        syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
        self.words = ["".join(self.random.choices(syllables, k=self.random.randint(1, 5))) for _ in range(size)]
        self.sums = list(accumulate(1 / (rank + 1) for rank in range(size)))
        self.troubles = [self.text(12, 500) for _ in range(_TROUBLES)]

    def text(self, count: int, rarer: int = 0) -> list[str]:
        """So many words; none of the ``rarer`` most frequent ones."""
        words = self.words[rarer:] if rarer else self.words
        return self.random.choices(words, cum_weights=self.sums[: len(words)], k=count)


def changeset(number: int, language: Language) -> Changeset:
    """A ticket with a mail, most of them solved."""
    at = _BEGAN + timedelta(minutes=number)
    ticket, contact = derive("ticket", str(number)), derive("contact", str(number % 20_000))
    point = Point(kind="email", value=f"customer{number % 20_000}@client.example")
    trouble = language.random.choice(language.troubles) if number % 10 == 0 else []
    words = " ".join([*language.random.sample(trouble, len(trouble) * 2 // 3), *language.text(_WORDS - len(trouble))])
    fields = {"solution": " ".join(language.text(20)), "status": "closed"} if number % 5 else {}
    return Changeset(
        cause=f"test:{number}",
        operations=[
            PutContact(contact_id=contact, name=f"Customer {number % 20_000}", points=[point]),
            OpenTicket(
                ticket_id=ticket, subject=" ".join([*trouble[:2], *language.text(4)]), channel="email", inbox="support",
                language="en", contact_id=contact, customer=point.value, problem=words, created_at=at,
            ),
            AddMessage(
                message_id=derive("message", str(number)), ticket_id=ticket, direction="in", channel="email",
                inbox="support", author=Address(address=point.value), text=words, reply_text=words, created_at=at,
            ),
            ChangeTicket(ticket_id=ticket, fields=fields),
        ],
    )  # fmt: skip


async def fill(database: Database, tickets: int) -> Language:
    """Write so many tickets."""
    language = Language()
    await migrate(database)
    for start in range(0, tickets, _GROUP):
        units = [CommitUnit(changeset(number, language)) for number in range(start, min(start + _GROUP, tickets))]
        async with database.writer.begin() as connection:
            await connection.run_sync(write_group, units, [], _BEGAN)
        assert all(unit.answer is not None and unit.answer.outcome == "committed" for unit in units)
    if database.dialect == "postgresql":
        async with database.writer.begin() as connection:  # as autovacuum would have
            await connection.exec_driver_sql("ANALYZE")
    return language


async def timed(ask: Callable[[int], Awaitable[Any]], numbers: list[int]) -> tuple[list[float], int]:
    """Milliseconds of each, and how many found anything."""
    taken, found = [], 0
    for number in numbers:
        began = time.perf_counter()
        answer = await ask(number)
        taken.append((time.perf_counter() - began) * 1000)
        found += bool(answer.items)
    return taken, found


async def measure(folder: Path, url: str, tickets: int) -> None:
    """Fill, ask, print."""
    database = open_database(database_url(url, folder))
    began = time.monotonic()
    await fill(database, tickets)
    print(f"{tickets} tickets on {database.dialect} written in {time.monotonic() - began:.0f} s", flush=True)
    # The queries that are asked here look at nothing on the bus.
    context = QueryContext(Reader(database), None, folder, load(None, folder))  # type: ignore[arg-type]
    last = (await find_tickets(context, TicketsQuery(per_page=1))).items[0]
    newest = int(last.number.removeprefix("T-"))
    numbers = list(range(newest - _ASKED + 1, newest + 1))
    pages = await find_tickets(context, TicketsQuery(per_page=_ASKED))
    words = {int(each.number.removeprefix("T-")): " ".join(each.subject.split()[2:4]) for each in pages.items}

    async def similar(number: int) -> Any:
        return await find_similar(context, SimilarQuery(number=number))

    async def search(number: int) -> Any:
        return await find_tickets(context, TicketsQuery(q=words[number]))

    told = {}
    for name, ask in (("plain search", search), ("similar tickets", similar)):
        await timed(ask, numbers[:10])
        taken, found = await timed(ask, numbers)
        told[name] = statistics.median(taken)
        print(
            f"{name:16} median {told[name]:6.1f} ms, p95 {statistics.quantiles(taken, n=20)[-1]:6.1f} ms, "
            f"longest {max(taken):6.1f} ms, something found for {found} of {len(numbers)}"
        )
    print(f"ratio of the medians {told['similar tickets'] / told['plain search']:.1f}")
    await database.close()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks similar")
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
