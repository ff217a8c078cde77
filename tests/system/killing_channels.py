"""The kill test with every channel at once: a house that is killed under its customers (`tests.system.channels`), and the reckoning.

The outcome is read from the database, the providers' stand-ins, the browsers, the sink and the ledger, and told by nobody.
"""

import asyncio
import contextlib
import hashlib
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.system.channels import BY_MAIL, CHANNELS, OURS, Said, Town, said
from tests.system.houses import Row
from tests.system.mailing import Sink
from tests.system.processes import wait_until
from tests.system.reckoning import all_content_is_there, complaints_in_logs
from tests.system.writing import QUIET

SETTLED = {"accepted", "delivered", "read"}
SENDING = "POST /2010"
LISTING = "GET /2010"
MEDIA = "/Media/"


def disorder(town: Town, *, patient: bool) -> None:
    """The providers' bad day, for one life of the house. ``patient``: with what takes a minute to be tried again."""
    twilio, telegram = town.twilio, town.telegram
    # What is left of the last one goes: in a row they would be an outage, which is waited out longer and longer.
    twilio.faults.clear()
    telegram.faults.clear()
    twilio.faults.slow(0.3, 3, on=SENDING)
    twilio.faults.lose_response(2, on=SENDING)
    twilio.faults.cut(1, on=SENDING)
    twilio.faults.broken(1, on=SENDING)
    twilio.faults.too_many(1, on=LISTING)
    twilio.faults.broken(1, on=LISTING)
    twilio.callbacks.lose(1, on="inbound")
    twilio.callbacks.duplicate(3, on="inbound")
    twilio.callbacks.reorder(2, on="inbound")
    twilio.callbacks.duplicate(1, on="status:sent")
    twilio.callbacks.lose(1, on="status:delivered")
    twilio.callbacks.reorder(2, on="status")
    telegram.faults.slow(0.3, 2, on="/sendMessage")
    telegram.faults.lose_response(1, on="/sendMessage")
    telegram.faults.cut(1, on="/getUpdates")
    telegram.faults.lose_response(1, on="/getUpdates")
    telegram.faults.too_many(1, on="/getUpdates")
    telegram.faults.broken(1, on="/file/")
    if patient:
        twilio.faults.broken(2, on=MEDIA)
        twilio.faults.cut(1, on=MEDIA)
        twilio.faults.too_many(2, on=SENDING)
        telegram.faults.too_many(1, on="/sendMessage")


@dataclass
class Outcome:
    """What a run came to."""

    messages: int
    tickets: int
    kills: int
    recovery: float
    webhooks: Counter[int | None]
    states: dict[str, Counter[str]]
    complaints: Counter[str] = field(default_factory=Counter)

    @property
    def unheard(self) -> int:
        """Webhooks that were answered with something else than 200, or not at all."""
        return self.webhooks.total() - self.webhooks[200]

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"{self.messages} messages on {len(CHANNELS)} channels, {self.tickets} tickets, {self.kills} kills"
        yield f"at rest {self.recovery:.1f} s after the last start was ready"
        yield f"webhooks without a 200: {self.unheard} of {self.webhooks.total()}"
        for channel in CHANNELS:
            states = ", ".join(f"{count} {state}" for state, count in self.states[channel].most_common())
            yield f"acknowledgements by {channel}: {states}"
        for complaint, count in self.complaints.most_common():
            yield f"logged {count} x {complaint}"


def kill_channels(folder: Path, *, people: int, kills: int, seed: int, patient: bool = False) -> Outcome:
    """Let everybody write, a share in each life of the house, and kill it in the midst of each but the last; then count."""
    everything = said(people, seed)
    town = Town(folder)
    try:
        shares = [everything[start :: kills + 1] for start in range(kills + 1)]
        for share in shares[:-1]:
            town.house.start()
            assert town.house.up.token
            if (
                patient or not town.house.kills
            ):  # once is enough for a short run: what is left over meets the next lives
                disorder(town, patient=patient)
            _in_the_midst(town, share)
            town.house.kill(all_of_it=town.house.kills % 2 == 1)
        if not patient:  # what fails twice is waited out longer and longer: the last life of a short run is calm
            town.twilio.faults.clear()
            town.telegram.faults.clear()
        town.house.start()
        town.write(shares[-1])
        town.finish()
        recovery = _rest(town, everything, 5 * QUIET if patient else QUIET)
        made = _reckon(town, everything, recovery)
        town.house.stop()
        return made
    finally:
        town.end()


def _in_the_midst(town: Town, share: list[Said]) -> None:
    """Have them written; back when some are stored and others on their way."""
    ((before,),) = town.house.rows("SELECT count(*) FROM message WHERE direction = 'in'")
    town.write(share)

    def some() -> bool:
        ((stored,),) = town.house.rows("SELECT count(*) FROM message WHERE direction = 'in'")
        return bool(stored >= before + len(share) // 3)

    until = time.monotonic() + QUIET
    while not some():
        assert time.monotonic() < until, "a third of what was written is not stored"
        time.sleep(0.005)


def _rest(town: Town, everything: list[Said], seconds: float) -> float:
    began, house = time.monotonic(), town.house
    messages, pictures, seen = len(everything), sum(one.picture is not None for one in everything), ""

    def resting() -> bool:
        nonlocal seen
        ((stored,),) = house.rows("SELECT count(*) FROM message WHERE direction = 'in' AND text LIKE '%zq%'")
        ((files,),) = house.rows(PICTURES)
        waiting = house.rows("SELECT channel, state, error FROM delivery WHERE state IN ('queued', 'sending')")
        ((outbox,),) = house.rows("SELECT count(*) FROM outbox")
        seen = f"{stored=} of {messages}, {files=} of {pictures}, {waiting=}, {outbox=}"
        there = stored >= messages and files >= pictures
        return bool(there and not waiting and not outbox and town.twilio.callbacks.is_idle and town.all_is_shown)

    with contextlib.suppress(AssertionError):
        wait_until(resting, "at rest", seconds)
        return time.monotonic() - began
    raise AssertionError(f"not at rest after {seconds:g} s: {seen}")


def _reckon(town: Town, everything: list[Said], recovery: float) -> Outcome:
    """Compare everything with everything. Raises `AssertionError` for anything lost, doubled or left over."""
    house = town.house
    rows = house.rows(INCOMING)
    late = [row for row in rows if str(row[1]).startswith(LATE)]
    tickets = _each_message_once([row for row in rows if row not in late], everything)
    _each_picture_once(rows, everything)
    states = _each_ticket_acknowledged(house.rows(DELIVERIES), tickets)
    _nothing_sent_twice(town, everything, tickets, states)
    _the_ledger_adds_up(town, Counter([*(one.channel for one in everything), *(str(row[0]) for row in late)]))
    assert json.loads(house.command("dead", "list", "--json")) == []
    asyncio.run(all_content_is_there(house))
    complaints = complaints_in_logs(house)
    return Outcome(len(everything), len(tickets), house.kills, recovery, town.webhooks, states, complaints)


INCOMING = (
    "SELECT message.channel, message.text, ticket.number, message.attachments"
    " FROM message JOIN ticket ON ticket.id = message.ticket_id WHERE message.direction = 'in'"
)
LATE = "📎"
"""What a file that comes after its message begins with."""
PICTURES = (
    "SELECT count(DISTINCT json_extract(file.value, '$.sha256')) FROM message, json_each(message.attachments) AS file"
    " WHERE message.direction = 'in' AND json_extract(file.value, '$.sha256') <> ''"
)
DELIVERIES = (
    "SELECT ticket.number, delivery.channel, delivery.kind, delivery.state FROM delivery"
    " JOIN ticket ON ticket.id = delivery.ticket_id"
)


def _each_message_once(rows: list[Row], everything: list[Said]) -> dict[int, str]:
    """The channel of each ticket's number."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for channel, text, number, _ in rows:
        marks = [word.strip(".") for word in str(text).split() if word.startswith("zq")]
        assert len(marks) == 1, f"nobody wrote this: {text!r}"
        found[str(channel), marks[0]].append(int(number))
    written = {(one.channel, one.mark) for one in everything}
    assert written - set(found) == set(), "kept and lost"
    assert set(found) - written == set(), "stored, and never written"
    assert {name: numbers for name, numbers in found.items() if len(numbers) != 1} == {}, "stored more than once"
    people: dict[tuple[str, int], set[int]] = defaultdict(set)
    for one in everything:
        people[one.channel, one.person].add(found[one.channel, one.mark][0])
    apart = {who: numbers for who, numbers in people.items() if len(numbers) != 1}
    assert not apart, f"conversations in several tickets: {apart}"
    tickets = {number: channel for (channel, _), numbers in people.items() for number in numbers}
    assert len(tickets) == len(people), "two people in one ticket"
    return tickets


def _each_picture_once(rows: list[Row], everything: list[Said]) -> None:
    """Each is there once, in the ticket of the message that it was sent with, at once or later."""
    tickets, found = {}, defaultdict(list)
    for _, text, number, files in rows:
        tickets.update({word.strip("."): number for word in str(text).split() if word.startswith("zq")})
        for file in json.loads(str(files)):
            if file["sha256"]:
                found[file["sha256"]].append(number)
    sent = {hashlib.sha256(one.picture).hexdigest(): one.mark for one in everything if one.picture is not None}
    assert set(found) == set(sent), "pictures that are lost, or that nobody sent"
    wrong = {mark: found[key] for key, mark in sent.items() if found[key] != [tickets[mark]]}
    assert not wrong, f"pictures that are elsewhere, or there more than once: {wrong}"


def _each_ticket_acknowledged(rows: list[Row], tickets: dict[int, str]) -> dict[str, Counter[str]]:
    """The deliveries' states by the ticket's channel."""
    assert {kind for _, _, kind, _ in rows} == {"acknowledgement"}
    assert Counter(number for number, _, _, _ in rows) == Counter(list(tickets)), (
        "deliveries that are missing or too many"
    )
    states: dict[str, Counter[str]] = defaultdict(Counter)
    for number, by, _, state in rows:
        assert by == ("email" if tickets[number] in BY_MAIL else tickets[number]), f"T-{number} is answered by {by}"
        states[tickets[number]][state] += 1
    for channel, found in states.items():
        allowed = SETTLED | ({"unknown"} if channel == "telegram" else set())
        assert set(found) <= allowed, f"{channel}: {dict(found)}"
    return states


def _nothing_sent_twice(
    town: Town, everything: list[Said], tickets: dict[int, str], states: dict[str, Counter[str]]
) -> None:
    """By what the providers have: the number of each ticket in exactly one message; Telegram's unknown ones in one at most."""
    assert town.twilio.sent_twice() == {}
    texts: dict[str, list[str]] = defaultdict(list)
    for one in {each.person: each for each in everything if each.channel == "telegram"}.values():
        texts["telegram"] += town.telegram.customer(10_000 + one.person).texts
    for channel in OURS:
        for one in {each.person: each for each in everything if each.channel == channel}.values():
            texts[channel] += town.twilio.phone(town.address(one)).texts_received
    texts["chat"] = [text for chat in town.visitors.chats.values() for text in chat.shown.values()]
    conversations = (*OURS, "telegram", "chat")
    for channel, wanted in ((name, [n for n, by in tickets.items() if by == name]) for name in conversations):
        counts = {number: sum(f"T-{number}" in text for text in texts[channel]) for number in wanted}
        several = {number: count for number, count in counts.items() if count > 1}
        assert not several, f"{channel}: acknowledged twice: {several}"
        missing = sum(not count for count in counts.values())
        assert missing <= states[channel]["unknown"], f"{channel}: {missing} have no acknowledgement"
        assert len(texts[channel]) == len(wanted) - missing, f"{channel}: something else was sent: {texts[channel]}"
    _each_mail_under_one_id(town.sink, sum(channel in BY_MAIL for channel in tickets.values()))


def _each_mail_under_one_id(sink: Sink, people: int) -> None:
    """A mail may go out again, under its Message-ID."""
    ids = {address: {str(mail["Message-ID"]) for mail in mails} for address, mails in sink.got.items() if mails}
    assert len(ids) == people, "somebody has no acknowledgement"
    assert {address: found for address, found in ids.items() if len(found) != 1} == {}, "acknowledged twice"


def _the_ledger_adds_up(town: Town, written: Counter[str]) -> None:
    lines: list[dict[str, object]] = []

    def settled() -> bool:
        lines[:] = town.house.up.ledger()
        return all(line["adds_up"] and not line["in_flight"] for line in lines)

    with contextlib.suppress(AssertionError):
        wait_until(settled, "the ledger adds up", 60)
    assert settled(), f"the ledger does not add up: {lines}"
    assert {line["channel"]: line["stored"] for line in lines if line["stored"]} == dict(written), lines
    assert not any(line["dead"] or line["quarantined"] for line in lines), lines
