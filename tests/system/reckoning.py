"""The reckoning after a house was killed and came to rest.

Nothing here is told what the outcome should be: the database (read only), the sink, the ledger, the blobs and the logs are read and
compared with what the senders were told.
"""

import asyncio
import contextlib
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.bus.blobs import Blobs
from shared.bus.connection import connect
from shared.bus.subjects import inbox_prefix
from tests.system import asking
from tests.system.houses import House, Row
from tests.system.mailing import Sink
from tests.system.processes import wait_until
from tests.system.writing import QUIET, Post

OPEN = "SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending')"


def rest(house: House, mails: int, seconds: float = QUIET) -> float:
    """Wait until every mail is stored, every delivery is over and the outbox is empty; gives the seconds that took."""
    began = time.monotonic()

    def still() -> str:
        ((stored,),) = house.rows("SELECT count(*) FROM message WHERE direction = 'in'")
        ((sending,),) = house.rows(OPEN)
        ((outbox,),) = house.rows("SELECT count(*) FROM outbox")
        return "" if stored >= mails and not sending and not outbox else f"{stored=} {sending=} {outbox=}"

    last = "nothing was looked at"
    while time.monotonic() - began < seconds:
        last = still()
        if not last:
            return time.monotonic() - began
        time.sleep(0.1)
    raise AssertionError(f"not at rest after {seconds:g} s, {mails} mails: {last}")


@dataclass
class Reckoning:
    """What a run came to; `Reckoning.of` raises `AssertionError` for anything lost, doubled or left over."""

    mails: int
    tickets: int
    repeated: int
    """Acknowledgements that went out twice, with the same Message-ID."""
    sent_again: int
    """Mails that their senders repeated although they had been taken."""
    complaints: Counter[str]
    """What the logs tell at level error, and how often."""

    @classmethod
    def of(cls, house: House, made: Post, sink: Sink, accepted: set[str]) -> "Reckoning":
        """Compare everything with everything."""
        assert accepted == set(made.mails)
        tickets = _each_mail_once(house, made)
        repeated = _each_ticket_acknowledged_once(house, sink, tickets)
        sent_again = _the_ledger_adds_up(house, len(made.mails))
        assert json.loads(house.command("dead", "list", "--json")) == []
        asyncio.run(all_content_is_there(house))
        return cls(len(made.mails), len(tickets), repeated, sent_again, complaints_in_logs(house))


def _each_mail_once(house: House, made: Post) -> set[int]:
    rows = house.rows(
        "SELECT message.header_id, ticket.number FROM message JOIN ticket ON ticket.id = message.ticket_id"
        " WHERE message.direction = 'in'"
    )
    found: dict[str, list[int]] = defaultdict(list)
    for header, number in rows:
        found[str(header).removesuffix("@client.example")].append(int(number))
    assert {name for name in made.mails if not found[name]} == set(), "accepted and lost"
    assert {name: numbers for name, numbers in found.items() if len(numbers) != 1} == {}, "stored more than once"
    assert set(found) == set(made.mails), "stored, and never sent"
    apart = [names for names in made.conversations if len({found[name][0] for name in names}) != 1]
    assert not apart, f"conversations in several tickets: {apart}"
    tickets = {number for (number,) in house.rows("SELECT number FROM ticket")}
    assert tickets == {numbers[0] for numbers in found.values()}, "tickets without a mail"
    return tickets


def _each_ticket_acknowledged_once(house: House, sink: Sink, tickets: set[int]) -> int:
    rows = house.rows(
        "SELECT ticket.number, delivery.kind, delivery.state FROM delivery JOIN ticket ON ticket.id = delivery.ticket_id"
    )
    assert Counter(number for number, _, _ in rows) == Counter(tickets), "deliveries that are missing or too many"
    assert {(kind, state) for _, kind, state in rows} == {("acknowledgement", "accepted")}
    ids: dict[int, Counter[str]] = defaultdict(Counter)
    for mail in (mail for mails in sink.got.values() for mail in mails):
        number = re.search(r"\[T-(\d+)\]", str(mail["Subject"]))
        assert number, f"what went out names no ticket: {mail['Subject']}"
        ids[int(number[1])][str(mail["Message-ID"])] += 1
    assert set(ids) == tickets, f"without an acknowledgement: {sorted(tickets - set(ids))}"
    several = {number: dict(found) for number, found in ids.items() if len(found) != 1}
    assert not several, f"acknowledged twice: {several}"
    return sum(found.total() - 1 for found in ids.values())


def _the_ledger_adds_up(house: House, mails: int) -> int:
    lines: list[dict[str, Any]] = []

    def settled() -> bool:
        lines[:] = asking.ledger(house.operator_url())
        return all(line["adds_up"] and not line["in_flight"] for line in lines)

    # What the door counted is told each second, what is in flight is done when its acknowledgement has reached the bus.
    with contextlib.suppress(AssertionError):
        wait_until(settled, "the ledger adds up with nothing in flight", 60)
    assert settled(), f"the ledger does not add up: {lines}"
    assert [(line["channel"], line["inbox"]) for line in lines if line["stored"]] == [("email", "support")]
    total = {what: sum(line[what] for line in lines) for what in ("stored", "duplicate", "quarantined", "dead")}
    assert (total["stored"], total["quarantined"], total["dead"]) == (mails, 0, 0), lines
    return total["duplicate"]


async def all_content_is_there(house: House) -> None:
    """Originals and attachments that are kept by reference can be read, and are what they are named after."""
    url = house.operator_url()
    bus = await connect(url, name="reckoning", user_inbox_prefix=inbox_prefix("operator"))
    try:
        keys = set(_keys(await asyncio.to_thread(house.rows, "SELECT original, attachments FROM message")))
        assert keys
        blobs = Blobs(bus)
        for key in keys:
            await blobs.get(key)
    finally:
        await bus.close()


def _keys(rows: list[Row]) -> Iterator[str]:
    for columns in rows:
        original, attachments = (json.loads(one) if isinstance(one, str) else one for one in columns)
        for stored in (original or {}, *(attachments or ())):
            if stored.get("blob"):
                yield stored["blob"]


def complaints_in_logs(house: House) -> Counter[str]:
    """What the logs tell at level error, and how often. Raises `AssertionError` for a traceback."""
    complaints: Counter[str] = Counter()
    for log in house.logs():
        text = log.read_text(errors="replace")
        assert "Traceback (most recent" not in text, f"{log}: {text[text.index('Traceback (most recent') :][:3000]}"
        complaints.update(_complaint(line) for line in text.splitlines() if _is_error(line))
    return complaints


def _is_error(line: str) -> bool:
    return '"level": "error"' in line or '"level":"error"' in line or "[error" in line


def _complaint(line: str) -> str:
    with contextlib.suppress(ValueError):
        return str(json.loads(line)["event"])[:100]
    return line[:140]
