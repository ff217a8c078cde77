"""The kill test with every channel at once: customers who write on all of them, a house that is killed under them, and the reckoning.

SMS, WhatsApp and Telegram come from the providers' stand-ins, which have faults to order; a mail is repeated by its sender until it has
its 250 and a message of the API until it has its 202, as clients do. Twilio makes a webhook once: what was lost of it has to be found in
its list. The outcome is read from the database, the stand-ins, the sink and the ledger, and told by nobody.
"""

import asyncio
import contextlib
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.simulators import TelegramSimulator, TwilioSimulator
from tests.system.killing import PAUSE, QUIET, Alone, Row, Slow, all_content_is_there, complaints_in_logs
from tests.system.mailing import Postman, Sink, letter
from tests.system.processes import wait_until

CHANNELS = ("sms", "whatsapp", "telegram", "api", "email")
OURS = {"sms": "+15005550006", "whatsapp": "whatsapp:+15005550007"}
SETTLED = {"accepted", "delivered", "read"}
SENDING = "POST /2010"
LISTING = "GET /2010"

CONFIG = """
[company]
name = "Acme"
public_url = "http://127.0.0.1:{web}"
[fetch]
allow = ["127.0.0.0/8"]
[smtp]
listen = "127.0.0.1:{smtp}"
[web]
listen = "127.0.0.1:{web}"
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
send = ["{relay}"]
[[inbox]]
name = "api"
channel = "api"
[[inbox]]
name = "bot"
channel = "telegram"
token = "{bot}"
api_url = "{telegram}"
"""
AT_TWILIO = """
[[inbox]]
name = "{channel}"
channel = "{channel}"
number = "{number}"
account_sid = "{account}"
auth_token = "{token}"
api_url = "{twilio}"
reconcile = "1s"
"""


@dataclass(frozen=True)
class Said:
    """One message: ``mark`` is a word that no other message has."""

    channel: str
    person: int
    mark: str

    @property
    def text(self) -> str:
        """What is written."""
        return f"Hello, the printer does not start. My matter is {self.mark}."


def said(people: int, seed: int) -> list[Said]:
    """So many people on each channel, one to three messages each, in an order by chance; each person keeps theirs."""
    chance, made = random.Random(seed), []
    for channel in CHANNELS:
        for person in range(people):
            count = 1 if channel in ("api", "email") else chance.choices((1, 2, 3), (70, 20, 10))[0]
            made += [Said(channel, person, _mark(channel, person, place)) for place in range(count)]
    chance.shuffle(made)
    return made


def _mark(channel: str, person: int, place: int) -> str:
    # Letters only: the number of a ticket, or an id, must not look like it.
    letters = "".join("abcdefghij"[int(digit)] for digit in f"{person:03}{place}")
    return f"zq{channel}{letters}"


class Town:
    """Customers, and what stands in for the providers."""

    def __init__(self, folder: Path) -> None:
        self.sink = Slow(PAUSE)
        self.sink.start()
        self.twilio, self.telegram = TwilioSimulator().start(), TelegramSimulator().start()
        self.house = Alone(folder, self.sink)
        up = self.house.up
        up.config = CONFIG.format(
            web=up.web, smtp=up.smtp, relay=self.sink.url, bot=self.telegram.bot.token, telegram=self.telegram.url
        )
        for channel, number in OURS.items():
            account = self.twilio.account
            up.config += AT_TWILIO.format(
                channel=channel, number=number, account=account.sid, token=account.token, twilio=self.twilio.url
            )
            self.twilio.register(number, f"http://127.0.0.1:{up.web}/hooks/twilio/{channel}", opt_out="advanced")
        self._threads: list[threading.Thread] = []
        self._failures: list[BaseException] = []
        self.over = threading.Event()

    def write(self, some: list[Said]) -> None:
        """Let these be written: at the providers at once, by mail and API until they are taken."""
        for one in some:
            if one.channel == "telegram":
                self.telegram.customer(10_000 + one.person, f"Person {one.person}").writes(one.text)
            elif one.channel in OURS:
                self.twilio.phone(self.address(one), f"Person {one.person}").texts(one.text)
        self._later(self._mail, [one for one in some if one.channel == "email"])
        self._later(self._post, [one for one in some if one.channel == "api"])

    def _later(self, work: Callable[[list[Said]], None], some: list[Said]) -> None:
        def run() -> None:
            try:
                work(some)
            except BaseException as error:  # noqa: BLE001 - told by `finish`, in the thread that asks
                self._failures.append(error)

        self._threads.append(threading.Thread(target=run, daemon=True))
        self._threads[-1].start()

    def _mail(self, some: list[Said]) -> None:
        mails = {}
        for one in some:
            mail = letter(one.mark, self.address(one), to="support@acme.example", text=f"{one.text}\n")
            if one.person % 3 == 0:  # what is kept by reference has to be there afterwards
                mail.add_attachment(one.mark.encode() * 2_000, maintype="image", subtype="png", filename="one.png")
            mails[one.mark] = (self.address(one), "support@acme.example", mail.as_bytes())
        postman = Postman(self.house.up.smtp, connections=4)
        asyncio.run(postman.send(mails))
        assert not postman.refused, postman.refused

    def _post(self, some: list[Said]) -> None:
        for one in some:
            person = {"name": f"Person {one.person}", "address": self.address(one)}
            body = json.dumps({"id": one.mark, "from": person, "text": one.text}).encode()
            while not self.over.is_set() and not self._taken(body):
                time.sleep(0.05)  # a client that waits a moment before it comes again

    def _taken(self, body: bytes) -> bool:
        headers = {"Authorization": f"Bearer {self.house.up.token}", "Content-Type": "application/json"}
        url = f"http://127.0.0.1:{self.house.up.web}/api/v1/messages"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
                return bool(answer.status == 202)
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
        except OSError:
            pass  # killed, and about to be started again
        return False

    @staticmethod
    def address(one: Said) -> str:
        """How the channel knows this person."""
        number = f"+38591234{one.person:04}"
        names = {"sms": number, "whatsapp": f"whatsapp:{number}", "telegram": str(10_000 + one.person)}
        return names.get(one.channel, f"person{one.person}@{one.channel}.example")

    @property
    def webhooks(self) -> Counter[int | None]:
        """How often a message's webhook was answered with each status; None: there was no answer."""
        with self.twilio.lock:
            return Counter(each.status for each in self.twilio.callbacks.attempts if each.outgoing.label == "inbound")

    def finish(self, seconds: float = QUIET) -> None:
        """Wait until every client has its answer. Raises `AssertionError`, or what one of them met."""
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0.01))
        if self._failures:
            raise self._failures[0]
        assert not any(thread.is_alive() for thread in self._threads), f"not all is taken after {seconds:g} s"
        # What waits for a second one to change places with has none to come.
        self.twilio.callbacks.release()

    def end(self) -> None:
        """End everything."""
        self.over.set()
        if self.house.up.process is not None:
            self.house.up.kill()
        self.sink.stop()
        self.twilio.stop()
        self.telegram.stop()


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
    if patient:
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
        town.house.start()
        town.write(shares[-1])
        town.finish()
        recovery = _rest(town, len(everything), 5 * QUIET if patient else QUIET)
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


def _rest(town: Town, messages: int, seconds: float) -> float:
    began, house = time.monotonic(), town.house
    seen = ""

    def resting() -> bool:
        nonlocal seen
        ((stored,),) = house.rows("SELECT count(*) FROM message WHERE direction = 'in'")
        waiting = house.rows("SELECT channel, state, error FROM delivery WHERE state IN ('queued', 'sending')")
        ((outbox,),) = house.rows("SELECT count(*) FROM outbox")
        seen = f"{stored=} of {messages}, {waiting=}, {outbox=}"
        return bool(stored >= messages and not waiting and not outbox and town.twilio.callbacks.is_idle)

    with contextlib.suppress(AssertionError):
        wait_until(resting, "at rest", seconds)
        return time.monotonic() - began
    raise AssertionError(f"not at rest after {seconds:g} s: {seen}")


def _reckon(town: Town, everything: list[Said], recovery: float) -> Outcome:
    """Compare everything with everything. Raises `AssertionError` for anything lost, doubled or left over."""
    house = town.house
    tickets = _each_message_once(house.rows(INCOMING), everything)
    states = _each_ticket_acknowledged(house.rows(DELIVERIES), tickets)
    _nothing_sent_twice(town, everything, tickets, states)
    _the_ledger_adds_up(town, everything)
    assert json.loads(house.command("dead", "list", "--json")) == []
    asyncio.run(all_content_is_there(house))
    complaints = complaints_in_logs(house)
    return Outcome(len(everything), len(tickets), house.kills, recovery, town.webhooks, states, complaints)


INCOMING = (
    "SELECT message.channel, message.text, ticket.number FROM message JOIN ticket ON ticket.id = message.ticket_id"
    " WHERE message.direction = 'in'"
)
DELIVERIES = (
    "SELECT ticket.number, delivery.channel, delivery.kind, delivery.state FROM delivery"
    " JOIN ticket ON ticket.id = delivery.ticket_id"
)


def _each_message_once(rows: list[Row], everything: list[Said]) -> dict[int, str]:
    """The channel of each ticket's number."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for channel, text, number in rows:
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


def _each_ticket_acknowledged(rows: list[Row], tickets: dict[int, str]) -> dict[str, Counter[str]]:
    """The deliveries' states by the ticket's channel."""
    assert {kind for _, _, kind, _ in rows} == {"acknowledgement"}
    assert Counter(number for number, _, _, _ in rows) == Counter(list(tickets)), (
        "deliveries that are missing or too many"
    )
    states: dict[str, Counter[str]] = defaultdict(Counter)
    for number, by, _, state in rows:
        assert by == ("email" if tickets[number] == "api" else tickets[number]), f"T-{number} is answered by {by}"
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
    for channel, wanted in ((name, [n for n, by in tickets.items() if by == name]) for name in (*OURS, "telegram")):
        counts = {number: sum(f"T-{number}" in text for text in texts[channel]) for number in wanted}
        several = {number: count for number, count in counts.items() if count > 1}
        assert not several, f"{channel}: acknowledged twice: {several}"
        missing = sum(not count for count in counts.values())
        assert missing <= states[channel]["unknown"], f"{channel}: {missing} have no acknowledgement"
        assert len(texts[channel]) == len(wanted) - missing, f"{channel}: something else was sent: {texts[channel]}"
    _each_mail_under_one_id(town.sink, sum(channel in ("api", "email") for channel in tickets.values()))


def _each_mail_under_one_id(sink: Sink, people: int) -> None:
    """A mail may go out again, under its Message-ID."""
    ids = {address: {str(mail["Message-ID"]) for mail in mails} for address, mails in sink.got.items() if mails}
    assert len(ids) == people, "somebody has no acknowledgement"
    assert {address: found for address, found in ids.items() if len(found) != 1} == {}, "acknowledged twice"


def _the_ledger_adds_up(town: Town, everything: list[Said]) -> None:
    written = Counter(one.channel for one in everything)
    lines: list[dict[str, object]] = []

    def settled() -> bool:
        lines[:] = town.house.up.ledger()
        return all(line["adds_up"] and not line["in_flight"] for line in lines)

    with contextlib.suppress(AssertionError):
        wait_until(settled, "the ledger adds up", 60)
    assert settled(), f"the ledger does not add up: {lines}"
    assert {line["channel"]: line["stored"] for line in lines if line["stored"]} == dict(written), lines
    assert not any(line["dead"] or line["quarantined"] for line in lines), lines
