"""A desk of three years, written in bulk through the store's own tables: tickets, messages, contacts, events, deliveries, agents.

Three of a hundred tickets are living, all else is over; every thousandth has two hundred messages. The full-text indexes come by the
database's own triggers and generated columns. The same numbers give the same database.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table

from benchmarks._language import LANGUAGES, Writer
from services.store.copying import finish
from services.store.engine import Database, database_url, open_database
from services.store.migrations import migrate
from services.store.models import Agent, AuditEvent, Contact, ContactPoint, Delivery, Message, Row, Ticket, table
from shared.identity import derive
from shared.messages.facts import point_key
from shared.messages.outbound import RANK, Outbound
from shared.messages.parts import Address

FIRST: Final = 1001
"""The first ticket's number."""
AGENTS: Final = 50
TEAMS: Final = ("sales", "technical", "billing")
_DAYS: Final = 3 * 365
_CONTACTS: Final = 20_000
_GROUP: Final = 1_000
_LONG: Final = 1_000
LONG_MESSAGES: Final = 200
_LIVING: Final = ("new", "open", "open", "open", "pending", "on_hold")
_CHANNELS: Final = ("email", "email", "email", "email", "sms", "telegram", "form")
_CATEGORIES: Final = ("order", "technical", "billing", "complaint", "offer")
_PRIORITIES: Final = ("low", "normal", "normal", "normal", "high", "urgent")
Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Size:
    """How much is written."""

    tickets: int = 100_000
    messages: int = 1_000_000


def agent_email(index: int) -> str:
    """The address of an agent, from 0."""
    return f"agent{index}@acme.example"


def agent_id(index: int) -> str:
    """The id of an agent, from 0."""
    return derive("agent", f"seeded{index}")


def is_long(index: int) -> bool:
    """Whether a ticket, from 0, has `LONG_MESSAGES` messages."""
    return index % _LONG == _LONG - 1


@dataclass
class Seeder:
    """Draws rows. ``until`` is when the newest ticket came."""

    size: Size
    until: datetime
    _chance: random.Random = field(default_factory=lambda: random.Random(7))

    def __post_init__(self) -> None:
        self._writer = Writer(self._chance)
        # Long texts are drawn once and shared: drawing them is slower than writing them.
        self._texts = {each: [self._writer.text(each) for _ in range(4_000)] for each in LANGUAGES}
        self._defaults = {one.__tablename__: _defaults(one) for one in (Ticket, Message, AuditEvent, Delivery)}
        self._outbound = {
            each: Outbound(
                delivery_id="", channel=each, inbox="support", kind="reply", to=[Address(address="c@client.example")],
                created_at=self.until, text="…",
            ).encode()
            for each in sorted(set(_CHANNELS))
        }  # fmt: skip

    def people(self) -> Rows:
        """Agents, and everybody who ever wrote."""
        began = self.until - timedelta(days=_DAYS)
        rows: Rows = {"agent": [], "contact": [], "contact_point": []}
        for index in range(AGENTS):
            role = "admin" if index == 0 else "agent"
            values = {"id": agent_id(index), "email": agent_email(index), "name": f"Agent {index}", "role": role}
            rows["agent"].append(_defaults(Agent) | values | {"created_at": began})
        for index in range(min(_CONTACTS, self.size.tickets)):
            contact, value = derive("contact", str(index)), f"customer{index}@client.example"
            language = LANGUAGES[index % 3]
            given = {"id": contact, "name": f"Customer {index}", "language": language, "created_at": began}
            rows["contact"].append(_defaults(Contact) | given)
            point = {"key": point_key("email", value), "kind": "email", "value": value, "contact_id": contact}
            rows["contact_point"].append(_defaults(ContactPoint) | point)
        return rows

    def groups(self) -> Iterator[Rows]:
        """The tickets with all that is theirs, a thousand at a time."""
        each = self.size.messages / self.size.tickets
        usual = max(1.0, (each - LONG_MESSAGES / _LONG) * _LONG / (_LONG - 1))
        owed = 0.0
        for start in range(0, self.size.tickets, _GROUP):
            rows: Rows = {"ticket": [], "message": [], "event": [], "delivery": []}
            for index in range(start, min(start + _GROUP, self.size.tickets)):
                count = LONG_MESSAGES
                if not is_long(index):
                    # Around the mean, and what one has too few of, a later one has more.
                    owed += usual
                    count = max(1, min(round(owed), round(self._chance.uniform(0.2, 1.8) * usual)))
                    count = max(count, round(owed - 2 * usual))
                    owed -= count
                self._ticket(index, count, rows)
            yield rows

    def _ticket(self, index: int, count: int, rows: Rows) -> None:
        chance = self._chance
        at = self.until - timedelta(days=_DAYS) * (1 - index / self.size.tickets)
        # Whoever wrote lately is more often still waiting: the living are among the newest tenth.
        recent = index >= self.size.tickets * 9 // 10
        living = chance.random() < (0.3 if recent else 0.0)
        status = chance.choice(_LIVING) if living else chance.choices(("closed", "solved", "spam"), (95, 3, 2))[0]
        language, channel = LANGUAGES[index % 3], chance.choice(_CHANNELS)
        customer = chance.randrange(min(_CONTACTS, self.size.tickets))
        holder = chance.randrange(AGENTS)
        ticket = derive("ticket", f"seeded{index}")
        last = at + (self.until - at if living else timedelta(days=5)) * chance.random()
        answered = count > 1
        text = chance.choice(self._texts[language])
        over = None if living else last
        rows["ticket"].append(
            self._defaults["ticket"]
            | {
                "id": ticket, "number": FIRST + index, "subject": self._writer.subject(language), "status": status,
                "priority": chance.choice(_PRIORITIES), "category": chance.choice(_CATEGORIES), "channel": channel,
                "inbox": "support", "language": language, "team": chance.choice(TEAMS),
                "assignee": None if status == "new" else agent_email(holder), "contact_id": derive("contact", str(customer)),
                "customer": f"customer{customer}@client.example", "problem": text, "created_at": at, "updated_at": last,
                "tags": ["vip"] if chance.random() < 0.05 else [],
                "collaborators": [agent_email((holder + 1) % AGENTS)] if chance.random() < 0.1 else [],
                "first_response_due": at + timedelta(hours=8), "first_responded_at": at + timedelta(hours=2) if answered else None,
                "resolution_due": self.until + timedelta(hours=chance.uniform(-8, 240)) if living else at + timedelta(days=5),
                "snoozed_until": self.until + timedelta(days=2) if living and chance.random() < 0.05 else None,
                "solved_at": over, "closed_at": over if status == "closed" else None, "status_since": last,
                "solution": None if living else chance.choice(self._texts[language])[:200],
            }
        )  # fmt: skip
        self._events(ticket, at, last, status, rows)
        for place in range(count):
            self._message(ticket, (index, place), at + (last - at) * (place / count), rows)

    def _message(self, ticket: str, place: tuple[int, int], at: datetime, rows: Rows) -> None:
        chance, parent = self._chance, rows["ticket"][-1]
        text = chance.choice(self._texts[parent["language"]])
        out = place[1] % 2 == 1
        message = derive("message", f"seeded{place[0]}/{place[1]}")
        rows["message"].append(
            self._defaults["message"]
            | {
                "id": message, "ticket_id": ticket, "direction": "out" if out else "in", "channel": parent["channel"],
                "inbox": "support", "author_name": "Agent" if out else f"Customer {place[0]}",
                "author_kind": "agent" if out else "customer",
                "author_address": (parent["assignee"] or agent_email(0)) if out else parent["customer"], "subject": parent["subject"],
                "text": text, "reply_text": text, "created_at": at, "date": at, "language": parent["language"],
                "source_id": None if out else f"seeded:{message}",
            }
        )  # fmt: skip
        if out:
            rows["delivery"].append(
                self._defaults["delivery"]
                | {
                    "id": derive("delivery", message), "ticket_id": ticket, "message_id": message, "channel": parent["channel"],
                    "inbox": "support", "kind": "reply", "to": parent["customer"], "state": "delivered", "rank": RANK["delivered"],
                    "attempt": 1, "outbound": self._outbound[parent["channel"]], "created_at": at, "updated_at": at,
                }
            )  # fmt: skip

    def _events(self, ticket: str, at: datetime, last: datetime, status: str, rows: Rows) -> None:
        told: list[tuple[str, datetime, dict[str, Any]]] = [("ticket_opened", at, {})]
        told.append(("status_changed", last, {"from": "open", "to": status}))
        for what, when, data in told:
            given = {"id": derive("event", ticket, what), "what": what, "ticket_id": ticket, "actor": "router"}
            rows["event"].append(self._defaults["event"] | given | {"data": data, "at": when})


def _defaults(model: type[Row]) -> dict[str, Any]:
    """A row of a table with what stands in it when nothing is said."""
    given = {name: each.get_default(call_default_factory=True) for name, each in model.model_fields.items()}
    return {name: value for name, value in given.items() if name != "seq"}


async def fill(database: Database, size: Size, until: datetime) -> None:
    """Write a whole desk into an empty database."""
    await migrate(database)
    tables: dict[str, Table] = {
        one.__tablename__: table(one) for one in (Agent, Contact, ContactPoint, Ticket, Message, AuditEvent, Delivery)
    }
    seeder = Seeder(size, until)

    async def write(rows: Rows) -> None:
        async with database.writer.begin() as connection:
            for name, values in rows.items():
                await connection.execute(tables[name].insert(), values)

    await write(seeder.people())
    for rows in seeder.groups():
        await write({name: values for name, values in rows.items() if values})
    await finish(database, FIRST + size.tickets - 1)
    async with database.writer.begin() as connection:  # as autovacuum would have, and as a large SQLite is advised to
        if database.dialect == "postgresql":
            await connection.exec_driver_sql("ANALYZE")


async def seeded(folder: Path, url: str, size: Size, until: datetime | None = None) -> None:
    """Write a whole desk for the house whose data folder this is, and say what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    database = open_database(database_url(url, folder))
    try:
        await fill(database, size, until or datetime.now(UTC).replace(minute=0, second=0, microsecond=0))
        print(
            f"{size.tickets} tickets, {size.messages} messages on {database.dialect} written in "
            f"{time.monotonic() - began:.0f} s",
            flush=True,
        )
    finally:
        await database.close()
