"""How fast the store writes: changesets of a typical new mail, a hundred to a request, into SQLite and PostgreSQL.

    .venv/bin/python benchmarks/store_commit.py [--rounds 60] [--size 100] [--profile] [--only sqlite|postgresql]

Prints, per database, changesets and rows per second and CPU milliseconds per changeset of this process (PostgreSQL's own processes
are not counted). Each changeset passes facts, commit, claim and delivery report; the outbox is confirmed by a publisher without a bus.
"""

import argparse
import asyncio
import cProfile
import importlib.util
import pstats
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parent.parent))

from services.store.engine import Database, database_url, open_database
from services.store.facts import gather
from services.store.group import ClaimUnit, CommitUnit, ReportUnit
from services.store.migrations import migrate
from services.store.reading import Reader
from services.store.relay import Relay
from services.store.writer import Writer
from shared.bus.publish import Ack
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.facts import FactsRequest, point_key, reference_key, source_key, ticket_key
from shared.messages.outbound import Claim, ClaimRequest, DeliveryReport, Outbound
from shared.messages.parts import Address, Point, Reason, Stored

WORDS = "the device does not start after the update and shows error 42 please help me soon"


class Nowhere:
    """A publisher that confirms everything at once."""

    async def publish(self, stream: str, subject: str, payload: bytes, *, message_id: str, **_: Any) -> Ack:
        """Confirm."""
        return Ack(stream, 1, False)


def typical(number: str) -> c.Changeset:
    """The changeset of a new customer's first mail of 2 KiB, with its acknowledgement."""
    at = now()
    cause = f"inbound:{number}:support"
    ticket, message, delivery = (derive(kind, cause) for kind in ("ticket", "message", "delivery"))
    point = Point(kind="email", value=f"customer-{number}@example.com")
    header = f"{number}@mail.example.com"
    text = " ".join(f"{word}{number[:3]}" if place % 7 == 0 else word for place, word in enumerate(WORDS.split() * 19))
    reasons = {"category": Reason(rule="words", evidence="error", confidence=0.8), "ticket": Reason(rule="new")}
    sender = Address(name="Customer", address=point.value)
    contact = derive("contact", point.value)
    bumps = [source_key(number), reference_key(header), point_key(point.kind, point.value), ticket_key(ticket)]
    return c.Changeset(
        cause=cause, fingerprint="f", relies=dict.fromkeys(bumps, 0), bumps=bumps, policy="p" * 16,
        ledger=c.Ledgered(channel="email", inbox="support", outcome="stored"),
        result={"ticket_id": ticket, "message_id": message},
        operations=[
            c.PutContact(contact_id=contact, name="Customer", points=[point]),
            c.OpenTicket(
                ticket_id=ticket, subject="It does not start", channel="email", inbox="support", language="en",
                contact_id=contact, customer=point.value, participants=[point.value], category="technical",
                created_at=at, first_response_due=at + timedelta(hours=4), problem=text[:200], reasons=reasons,
            ),
            c.AddMessage(
                message_id=message, ticket_id=ticket, direction="in", channel="email", inbox="support", author=sender,
                source_id=number, header_id=header, inboxes=["support"], audience=1, subject="It does not start",
                recipients=[Address(address="support@acme.example")], text=text, reply_text=text, language="en",
                original=Stored(sha256="0" * 64, size=2048, inline=b"x" * 2048), created_at=at,
                routed_by=Reason(rule="new"), correlation_id=number,
            ),
            c.AddReferences(ticket_id=ticket, own=header, audience=1, mentioned=[f"earlier-{header}"]),
            c.AddEvent(what="ticket.opened", ticket_id=ticket, message_id=message, actor="customer", channel="email", at=at),
            c.QueueDelivery(
                outbound=Outbound(
                    delivery_id=delivery, ticket_id=ticket, channel="email", inbox="support", kind="acknowledgement",
                    to=[sender], template="acknowledgement", variables={"hours": "4"}, in_reply_to=header,
                    references=[header], automatic=True, created_at=at, correlation_id=number,
                )
            ),
            c.CountAutomatic(point=point, ticket_id=ticket, at=at),
        ],
    )  # fmt: skip


async def one_round(database: Database, reader: Reader, writer: Writer, requests: dict[str, bytes]) -> None:
    """Facts, commit, claim and report of one batch, from bytes to bytes as over the bus."""
    asked = FactsRequest.decode(requests["facts"])
    (await reader.read(lambda connection: gather(connection, asked, now()))).encode()
    units = [CommitUnit(changeset) for changeset in c.CommitRequest.decode(requests["commit"]).changesets]
    await writer.submit(units)
    answers = [unit.answer for unit in units if unit.answer is not None]
    assert all(answer.outcome == "committed" for answer in answers), answers[0]
    c.CommitReply(results=answers).encode()
    claimed = ClaimRequest.decode(requests["claim"])
    await writer.submit([ClaimUnit(claimed.owner, claim) for claim in claimed.claims])
    reports = requests["reports"].split(b"\n")
    await writer.submit([ReportUnit(DeliveryReport.decode(report)) for report in reports])


def prepared(size: int) -> dict[str, bytes]:
    """The requests of one batch, encoded."""
    changesets = [typical(uuid4().hex) for _ in range(size)]
    deliveries = [derive("delivery", changeset.cause) for changeset in changesets]
    names = [changeset.cause.split(":")[1] for changeset in changesets]
    facts = FactsRequest(
        sources=names,
        references=[f"{name}@mail.example.com" for name in names],
        points=[Point(kind="email", value=f"customer-{name}@example.com") for name in names],
    )
    reports = [
        DeliveryReport(
            delivery_id=delivery, attempt=1, state="accepted", at=now(), channel="email", inbox="support",
            provider_id=f"{delivery}@acme.example", via="smtp://127.0.0.1",
        ).encode()
        for delivery in deliveries
    ]  # fmt: skip
    return {
        "facts": facts.encode(),
        "commit": c.CommitRequest(changesets=changesets).encode(),
        "claim": ClaimRequest(owner="benchmark", claims=[Claim(delivery_id=key) for key in deliveries]).encode(),
        "reports": b"\n".join(reports),
    }


async def measure(name: str, url: str, data: Path, rounds: int, size: int, profile: bool) -> None:
    """Write ``rounds`` batches and print what it took."""
    database = open_database(database_url(url, data))
    await migrate(database)
    writer: Writer
    relay = Relay(Nowhere(), lambda: writer.poke())  # type: ignore[arg-type]
    writer = Writer(database, relay, lambda _: None)
    writer.start()
    reader = Reader(database)
    await one_round(database, reader, writer, prepared(size))
    batches = [prepared(size) for _ in range(rounds)]
    profiler = cProfile.Profile() if profile else None
    began, cpu, loop = time.perf_counter(), time.process_time(), time.thread_time()
    if profiler:
        profiler.enable()
    for batch in batches:
        await one_round(database, reader, writer, batch)
    if profiler:
        profiler.disable()
    took, used, loop = time.perf_counter() - began, time.process_time() - cpu, time.thread_time() - loop
    done = rounds * size
    rows = (
        done * 15
    )  # cause, ticket, message, contact, point, 4 keys, 2 references, event, delivery, automatic, 2 outbox
    print(
        f"{name}: {done / took:,.0f} changesets/s, {rows / took:,.0f} rows/s, "
        f"{used / done * 1000:.3f} ms CPU per changeset (facts, commit, claim, report), "
        f"{loop / done * 1000:.3f} of them in the event loop's thread"
    )
    await relay.stop(1)
    await writer.stop()
    await database.close()
    if profiler:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(35)


def postgres() -> Any:
    """The tests' own PostgreSQL."""
    spec = importlib.util.spec_from_file_location(
        "postgres", Path(__file__).parent.parent / "tests" / "store" / "postgres.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Postgres()


def main() -> None:
    """Measure both databases, or one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        arguments = (Path(folder), given.rounds, given.size, given.profile)
        if given.only != "postgresql":
            asyncio.run(measure("sqlite", "", *arguments))
        if given.only != "sqlite":
            server = postgres()
            server.start()
            try:
                asyncio.run(measure("postgresql", server.url(), *arguments))
            finally:
                server.remove()


if __name__ == "__main__":
    main()
