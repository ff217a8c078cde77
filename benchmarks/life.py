"""Assignment, ladders and timers with 200 agents and 50,000 open tickets: mails a second, and how late 10,000 timers of one minute are.

`python -m benchmarks life [--tickets N] [--timers N] [--mails N] [--only sqlite|postgresql] [--burst]` decides the tickets with the
router's own code and writes them with the store's; then a store and a router run on a durable bus, as in one process of `trunkline up`.
Timers are those of SLAs and of customers who wait too long, spread over a minute (`--burst`: all at one moment); each is late by the time
from when it was due until what came of it was committed and on the bus. Mails are measured with and without giving them to agents.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import uvloop
from nats.aio.msg import Msg
from prometheus_client import REGISTRY

from services.router.deciding import life
from services.router.deciding.evidence import needs, read
from services.router.deciding.folding import fold
from services.router.deciding.inbound import decide_inbound
from services.router.deciding.policy import Policy, build
from services.router.service import RouterService
from services.store.engine import Database, database_url, open_database
from services.store.facts import gather
from services.store.group import CommitUnit, write_group
from services.store.migrations import migrate
from services.store.service import StoreService
from shared.bus import subjects, topology
from shared.bus.blobs import Blobs
from shared.bus.publish import Publisher
from shared.clock import now
from shared.identity import derive
from shared.messages.changeset import AddAgent, Changeset, CountAutomatic, QueueDelivery
from shared.messages.facts import Facts
from shared.messages.inbound import Inbound
from shared.messages.outbound import Event
from shared.messages.parts import Address
from shared.secrets import Keyring
from shared.service import Context
from shared.settings import Settings, effective, load
from tests.natsserver import NatsServer
from tests.store.postgres import Postgres

TEAMS = {"technical": "error", "billing": "invoice", "order": "delivery", "complaint": "defective"}
AGENTS = 200
GROUP = 250
AHEAD = timedelta(hours=6)
"""After so long SLAs warn and customers have waited too long."""
KEYRING = Keyring("a", {"a": b"k" * 32})
INBOXES = [("email", "support")]


def configuration(mode: str) -> str:
    """Four teams of fifty; an SLA that warns after six hours, a ladder for who waits as long for an invoice."""
    size = AGENTS // len(TEAMS)
    # What each member of a team is told of is not what is measured.
    parts = [f'[assignment]\nmode = "{mode}"\ncapacity = 5000\n[agents]\nnotify = false\n']
    for place, name in enumerate(TEAMS):
        members = ", ".join(f'"a{number}@acme.example"' for number in range(place * size, (place + 1) * size))
        parts.append(f'[[team]]\nname = "{name}"\nmembers = [{members}]\n')
        parts.append(f'[[category]]\nname = "{name}"\nteam = "{name}"\n')
    parts.append('[[sla]]\nname = "all"\nfirst_response = "8h"\nresolution = "5d"\nwarn_at = 0.75\n')
    parts.append(
        '[[escalation]]\nname = "waiting"\nwhen = {category = ["billing"], unanswered = "6h"}\n'
        'step = [{to = "lead", priority = "high"}, {after = "2h", notify = ["lead"]}]\n'
    )
    return "\n".join(parts)


def mail(name: str, team: str, at: datetime) -> Inbound:
    """A mail about something of that team's."""
    text = (
        f"There is a problem, {name}: {TEAMS[team]}. " + "It has been like this since Friday and we cannot work. " * 6
    )
    return Inbound.model_validate(
        {
            "source_id": f"source-{name}",
            "channel": "email",
            "inbox": "support",
            "inboxes": ["support"],
            "received_at": at,
            "correlation_id": name,
            "message_id": f"{name}@customer.example",
            "from": Address(address=f"{name}@customer.example"),
            "to": [Address(address="support@acme.example")],
            "subject": f"About {TEAMS[team]} {name}",
            "text": text,
            "reply_text": text,
            "language": "en",
            "language_confidence": 1.0,
        }
    )


async def hire(database: Database, policy: Policy) -> Facts:
    """The agents, one in ten of them a lead; gives what a decision knows of them."""
    agents = [
        AddAgent(
            agent_id=f"id-{n}", email=f"a{n}@acme.example", name=f"Agent {n}", role="agent" if n % 10 else "lead", at=now()
        )
        for n in range(AGENTS)
    ]  # fmt: skip
    await write(database, [Changeset(cause="agents", operations=list(agents))])
    message = mail("nobody", "order", now())
    request = life.inbound_needs(needs([(message, read(message, policy))]), policy)
    return await database.read(lambda connection: gather(connection, request, now()))


async def seed(database: Database, policy: Policy, facts: Facts, mails: Iterator[Inbound]) -> float:
    """Decide and write them; gives how many a second."""
    began, count = time.monotonic(), 0
    batch: list[Changeset] = []
    for message in mails:
        changeset = decide_inbound(message, facts, policy, message.received_at)
        fold(facts, changeset)
        # Nobody is written to of what was there before; nor does what is known of it matter for the next one.
        changeset.operations = [op for op in changeset.operations if not isinstance(op, QueueDelivery | CountAutomatic)]
        for some in (facts.tickets, facts.sources, facts.references, facts.contacts, facts.contents, facts.last_agents):
            some.clear()
        batch.append(changeset)
        count += 1
        if len(batch) == GROUP:
            await write(database, batch)
            batch = []
    await write(database, batch)
    await database.write(lambda connection: connection.exec_driver_sql("DELETE FROM outbox"))
    return count / (time.monotonic() - began)


async def write(database: Database, changesets: list[Changeset]) -> None:
    """Commit them in one transaction."""
    units = [CommitUnit(each) for each in changesets]
    for unit in units:
        unit.changeset.relies.clear()
    await database.write(lambda connection: write_group(connection, units, [], now()))
    bad = [unit.answer for unit in units if unit.answer is None or unit.answer.outcome != "committed"]
    assert not bad, bad[0]


class House:
    """A store and a router on a bus of their own."""

    def __init__(self, data: Path, url: str, name: str) -> None:
        self.data, self.url = data, url
        self.server = NatsServer(data / name, inboxes=INBOXES)
        self.contexts: list[Context] = []

    async def context(self, user: str, settings: Settings) -> Context:
        """As the composition root makes it."""
        bus = await self.server.connect(user)
        made = Context(
            settings=settings, keyring=KEYRING, data=self.data, bus=bus, publisher=Publisher(bus), blobs=Blobs(bus)
        )
        self.contexts.append(made)
        return made

    @asynccontextmanager
    async def running(self, settings: Settings, routers: int = 1) -> AsyncIterator[Context]:
        """They run; gives what mails are published with."""
        self.server.start()
        try:
            store = await self.context("store", settings)
            await topology.reconcile(store.bus.jetstream(), replicas=1, inboxes=INBOXES, limits={})
            service = StoreService(store, database_url=self.url)
            await service.start()
            configured = effective(settings)
            await service.commit_configuration(configured, configured["version"])
            several = [RouterService(await self.context("router", settings)) for _ in range(routers)]
            for router in several:
                await router.start()
            yield await self.context("intake", settings)
            for router in several:
                await router.stop()
            await service.stop()
        finally:
            for context in self.contexts:
                await context.bus.close()
            self.server.kill()


class Heard:
    """When what happened to which ticket was on the bus."""

    def __init__(self) -> None:
        self.at: dict[tuple[str, str], datetime] = {}
        self.counts: dict[str, int] = {}

    async def listen(self, house: House, settings: Settings) -> None:
        """From now on."""
        js = (await house.context("store", settings)).bus.jetstream()
        await js.subscribe("event.>", stream=subjects.EVENT, ordered_consumer=True, cb=self._hear)

    async def _hear(self, msg: Msg) -> None:
        event = Event.decode(msg.data)
        self.counts[event.what] = self.counts.get(event.what, 0) + 1
        self.at.setdefault((event.what, event.ticket_id or ""), now())

    async def until(self, what: str, count: int, most: float) -> None:
        """Wait until so many were heard of, at most so many seconds."""
        limit = time.monotonic() + most
        while self.counts.get(what, 0) < count and time.monotonic() < limit:
            await asyncio.sleep(0.05)


def late(heard: Heard, due: dict[tuple[str, str], datetime]) -> str:
    """How late they were, as a line."""
    assert heard.at, "nothing was heard of"
    behind = sorted((heard.at[key] - at).total_seconds() for key, at in due.items() if key in heard.at)
    missing = len(due) - len(behind)
    at = lambda share: behind[min(int(len(behind) * share), len(behind) - 1)]  # noqa: E731
    over = sum(each > 5 for each in behind) + missing
    return (
        f"{len(due):,} timers: p50 {at(0.5):.2f} s, p95 {at(0.95):.2f} s, p99 {at(0.99):.2f} s, at most {behind[-1]:.2f} s late; "
        f"{over} by more than 5 s" + (f", {missing} never" if missing else "")
    )


async def timers(house: House, settings: Settings, due: dict[tuple[str, str], datetime]) -> None:
    """Let them fall due, and print how late each was."""
    heard = Heard()
    async with house.running(settings):
        await heard.listen(house, settings)
        first, last = min(due.values()), max(due.values())
        left = (first - now()).total_seconds()
        assert left > 0, "seeding took longer than was left; take fewer tickets, or a larger --margin"
        print(f"  all is ready {left:.0f} s before the first timer")
        wanted = sum(what == "sla_warning" for what, _ in due)
        await heard.until("sla_warning", wanted, (last - now()).total_seconds() + 60)
        await heard.until("escalated", len(due) - wanted, 30)
    print(f"  {late(heard, due)}; {heard.counts.get('escalated', 0):,} tickets were raised besides")


def conflicts() -> float:
    """How many changesets were decided again because another router was first."""
    return float(REGISTRY.get_sample_value("trunkline_router_decisions_total", {"outcome": "conflict"}) or 0)


async def rate(house: House, settings: Settings, count: int, routers: int = 1) -> None:
    """Publish so many mails and print how many a second are decided."""
    heard, day, before = Heard(), now(), conflicts()
    async with house.running(settings, routers) as intake:
        await heard.listen(house, settings)
        names = [f"new{settings.assignment.mode}{routers}-{number}" for number in range(count)]
        messages = [mail(name, list(TEAMS)[place % len(TEAMS)], day) for place, name in enumerate(names)]
        began = time.monotonic()
        for start in range(0, count, 200):
            await asyncio.gather(
                *(
                    intake.publisher.publish(
                        subjects.INTAKE, subjects.intake("email", "support"), each.encode(), message_id=each.bus_id
                    )
                    for each in messages[start : start + 200]
                )
            )
        await heard.until("ticket_opened", count, 300)
        took = time.monotonic() - began
    given = heard.counts.get("assigned", 0)
    again = f", {conflicts() - before:.0f} decided again because another router was first" if routers > 1 else ""
    print(
        f"  mode {settings.assignment.mode}, {routers} router(s): {count / took:.0f} mails a second, "
        f"{given:,} of {count:,} given to agents{again}"
    )


async def measure(name: str, url: str, folder: Path, wanted: argparse.Namespace) -> None:
    """Fill one database and measure on it."""
    settings = {}
    for mode in ("least_busy", "off"):
        path = folder / f"{mode}.toml"
        path.write_text(configuration(mode))
        settings[mode] = load(path, folder)
    policy = build(settings["least_busy"], KEYRING, "benchmark")
    database = open_database(database_url(url, folder))
    await migrate(database)
    print(f"{name}:")
    rest = wanted.tickets - wanted.timers * 5 // 6
    names = list(TEAMS)
    old = now() - timedelta(hours=1)
    facts = await hire(database, policy)
    many = (mail(f"old{n}", names[n % 4], old + timedelta(seconds=n * 3000 / rest)) for n in range(rest))
    speed = await seed(database, policy, facts, many)
    # What falls due: six tickets in a dozen with their SLA's timer only, two with another one for who waits too long.
    several = wanted.timers * 5 // 6
    first = now() + timedelta(seconds=several / speed * wanted.margin + 20)
    due: dict[tuple[str, str], datetime] = {}

    def falling() -> Iterator[Inbound]:
        for number in range(several):
            at = first if wanted.burst else first + timedelta(seconds=60 * number / several)
            team = "billing" if number % 5 == 0 else names[0]
            ticket = derive("ticket", f"source-due{number}")
            due["sla_warning", ticket] = at
            if team == "billing":
                due["escalation_begun", ticket] = at
            yield mail(f"due{number}", team, at - AHEAD)

    await seed(database, policy, facts, falling())
    await database.close()
    print(f"  {wanted.tickets:,} open tickets, {AGENTS} agents; written {speed:.0f} a second")
    await timers(House(folder, url, "timers"), settings["least_busy"], due)
    for mode in ("off", "least_busy"):
        await rate(House(folder, url, f"rate-{mode}"), settings[mode], wanted.mails)
    await rate(House(folder, url, "rate-two"), settings["least_busy"], wanted.mails, routers=2)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks life")
    parser.add_argument("--tickets", type=int, default=50_000)
    parser.add_argument("--timers", type=int, default=10_000)
    parser.add_argument("--mails", type=int, default=2_000)
    parser.add_argument("--margin", type=float, default=2.0)
    parser.add_argument("--burst", action="store_true")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    wanted = parser.parse_args()
    for name in ("sqlite", "postgresql"):
        if wanted.only in (None, name):
            with tempfile.TemporaryDirectory() as folder:
                server = Postgres() if name == "postgresql" else None
                if server is not None:
                    server.start()
                try:
                    uvloop.run(measure(name, server.url() if server else "", Path(folder), wanted))
                finally:
                    if server is not None:
                        server.remove()
    return 0
