"""The kill test's parts: mails of all kinds, houses whose processes are killed under them, and the reckoning afterwards.

Nothing here is told what the outcome should be: the database (read only), the sink, the ledger, the blobs and the logs are read and
compared with what the senders were told.
"""

import asyncio
import contextlib
import json
import os
import random
import re
import secrets
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import psutil

from shared.bus.blobs import Blobs
from shared.bus.connection import connect
from shared.bus.embedded import server_binary
from shared.bus.permissions import server_config
from shared.bus.subjects import INTERNAL_USERS, inbox_prefix
from tests.system import asking
from tests.system.mailing import Postman, Sink
from tests.system.processes import ROOT, Process, Up, command, free_port, wait_until

ADDRESS = "support@acme.example"
Mail = tuple[str, str, bytes]
Row = tuple[Any, ...]

QUIET = 180.0
"""Seconds that a house has to come to rest on its own; on a machine that does nothing else it takes a fraction of them."""
PAUSE = 0.1
"""Seconds that the sink takes for its answer: so there is always something under way to be killed."""
OPEN = "SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending')"


# -- mails ----------------------------------------------------------------------------------------------------------------

TEXTS = (
    ("The device does not start", "it shows error {n} after the update, and nothing helps."),
    ("Faktura nr {n}", "proszę o kopię faktury {n}, dziękuję i pozdrawiam."),
    ("Narudžba {n} kasni", "gdje je moja narudžba {n}? Hvala lijepa."),
    ("Where is my order {n}?", "it was to be here last week. Could you please look?"),
)


@dataclass
class Post:
    """``mails`` maps a name (the local part of the Message-ID) to sender, recipient and bytes; ``conversations`` are the names that
    belong together: every reply names all the mails before it in References."""

    mails: dict[str, Mail] = field(default_factory=dict)
    conversations: list[list[str]] = field(default_factory=list)


def post(count: int, seed: int) -> Post:
    """So many mails, the same for the same seed. A sender writes four or so, below every budget for automatic answers."""
    chance, made = random.Random(seed), Post()
    while len(made.mails) < count:
        person = f"customer{chance.randrange(max(count // 3, 1))}.{seed}@client{chance.randrange(40)}.example"
        length = min(chance.choices((1, 2, 3, 4), (80, 10, 6, 4))[0], count - len(made.mails))
        names = [f"{seed}.{len(made.mails) + place}" for place in range(length)]
        for place, name in enumerate(names):
            mail = _mail(name, person, names[:place], chance)
            made.mails[name] = (str(mail["From"]), ADDRESS, mail.as_bytes())
        made.conversations.append(names)
    return made


def _mail(name: str, person: str, before: Sequence[str], chance: random.Random) -> EmailMessage:
    subject, text = (part.format(n=name) for part in chance.choice(TEXTS))
    mail = EmailMessage()
    colleague = person.replace("@", ".colleague@", 1)
    mail["From"], mail["To"] = person, ADDRESS
    if chance.random() < 0.1:
        mail["Cc"] = colleague
    mail["Subject"] = f"Re: {subject}" if before else subject
    mail["Message-ID"] = f"<{name}@client.example>"
    mail["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    if before:
        mail["In-Reply-To"] = f"<{before[-1]}@client.example>"
        mail["References"] = " ".join(f"<{one}@client.example>" for one in before)
    # Below 16 KiB an original travels in the message, above it by reference, above 64 KiB it is parsed by another process.
    size = chance.choices((0, 2_000, 24_000, 90_000), (50, 35, 10, 5))[0]
    # Each says something else, in words: what one sender says for the third time is not acknowledged.
    matter = name.translate(str.maketrans("0123456789.", "abcdefghijx"))
    mail.set_content(f"Hello, {text} My matter is {matter}.\n{_words(size, chance)}\n")
    if chance.random() < 0.12:
        content = chance.randbytes(chance.choice((800, 20_000, 70_000)))
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=f"{name}.bin")
    return mail


def _words(size: int, chance: random.Random) -> str:
    words = [f"{chance.choice(('part', 'cable', 'lamp', 'screen'))}{chance.randrange(1000)}" for _ in range(size // 8)]
    return "\n".join(" ".join(words[start : start + 9]) for start in range(0, len(words), 9))


class Sending:
    """A `Postman` at work in a thread of its own, while this one kills."""

    def __init__(self, port: int, mails: dict[str, Mail], *, seed: int) -> None:
        self.postman = Postman(port, connections=16, seed=seed)
        self._mails = mails
        self.seconds = 0.0
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "Sending":
        """Begin."""
        self._thread.start()
        return self

    def _run(self) -> None:
        began = time.monotonic()
        try:
            asyncio.run(self.postman.send(self._mails))
        except BaseException as error:  # noqa: BLE001 - told by `finish`, in the thread that asks
            self._error = error
        self.seconds = time.monotonic() - began

    @property
    def accepted(self) -> int:
        """Mails that got their 250."""
        return len(self.postman.accepted)

    @property
    def done(self) -> bool:
        """Everything was accepted, or refused for good."""
        return not self._thread.is_alive()

    def finish(self, seconds: float = QUIET) -> None:
        """Wait until all is accepted. Raises `AssertionError` when it is not, or one was refused."""
        self.postman.allowed = None
        self._thread.join(seconds)
        assert self.done, f"after {seconds:g} s only {self.accepted} of {len(self._mails)} mails are accepted"
        if self._error is not None:
            raise self._error
        assert not self.postman.refused, self.postman.refused


class Slow(Sink):
    """A relay that has taken a mail a while before it says so: a kill in between leaves the sender in doubt."""

    def __init__(self, pause: float) -> None:
        super().__init__()
        self._pause = pause

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(_server, _session, envelope)
        await asyncio.sleep(self._pause)
        return answer


# -- houses ---------------------------------------------------------------------------------------------------------------


class House(Protocol):
    """What the reckoning asks."""

    def rows(self, statement: str) -> list[Row]:
        """What the database answers, read only."""

    def command(self, *arguments: str) -> str:
        """What a command says on stdout."""

    def operator_url(self) -> str:
        """The bus, as its user ``operator``."""

    def logs(self) -> list[Path]:
        """The logs of all its processes."""


def configuration(sink: Sink, *, smtp: int, web: int) -> str:
    """One inbox that answers through the sink."""
    return (
        f'[smtp]\nlisten = "127.0.0.1:{smtp}"\n[web]\nlisten = "127.0.0.1:{web}"\n'
        f'[[inbox]]\nname = "support"\nchannel = "email"\naddress = "{ADDRESS}"\nsend = ["{sink.url}"]\n'
    )


class Alone:
    """`trunkline up`, with its own bus and SQLite."""

    def __init__(self, folder: Path, sink: Sink) -> None:
        self.up = Up(folder)
        self.up.config = configuration(sink, smtp=self.up.smtp, web=self.up.web)
        self.kills = 0

    def start(self) -> None:
        """Start it, and wait until it is ready; several suites may be running on this machine."""
        self.up.start(seconds=120)

    def kill(self, *, all_of_it: bool = False) -> None:
        """SIGKILL for `up`; with ``all_of_it`` for its bus too, in the same moment. Raises `AssertionError` if anything survives."""
        assert self.up.process is not None
        assert self.up.process.process is not None
        children = psutil.Process(self.up.process.process.pid).children(recursive=True)
        if all_of_it:
            for child in children:
                _kill(child)
        self.up.kill()
        self.kills += 1
        _, alive = psutil.wait_procs(children, timeout=60)
        assert not alive, f"these survive their parent: {alive}"

    def stop(self) -> None:
        """End it in order."""
        assert self.up.stop() == 0, self.up.process and self.up.process.tail()

    def rows(self, statement: str) -> list[Row]:
        """See `House`."""
        path = self.up.data / "trunkline.sqlite"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
            return list(database.execute(statement))

    def command(self, *arguments: str) -> str:
        """See `House`."""
        return self.up.run(*arguments).stdout

    def operator_url(self) -> str:
        """See `House`."""
        return self.up.operator_url()

    def logs(self) -> list[Path]:
        """See `House`."""
        return [self.up.folder / "up.log"]


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


class Bus:
    """A nats-server of its own, with a user for each service."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.users = {user: secrets.token_urlsafe(16) for user in INTERNAL_USERS}
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        text = server_config(
            store_dir=str(folder / "jetstream"),
            users=self.users,
            listen=f"127.0.0.1:{self.port}",
            inboxes=[("email", "support")],
            log_file=str(folder / "nats.log"),
        )
        (folder / "nats.conf").write_text(text)

    def url(self, user: str) -> str:
        """The address for a user."""
        return f"nats://{user}:{self.users[user]}@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, without waiting: everybody else has to bear with that."""
        with (self.folder / "out").open("ab") as out:
            command = [str(server_binary()), "-c", str(self.folder / "nats.conf")]
            self.process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Split:
    """Every service a process of its own, two routers and two notifiers, on one bus and one database (empty: SQLite)."""

    ROOMS = ("store", "router-1", "router-2", "notifier-1", "notifier-2", "desk", "intake")
    VICTIMS = ("intake", "router-1", "store", "notifier-1", "bus", "router-2", "notifier-2")

    def __init__(self, folder: Path, sink: Sink, database: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.database, self.kills = folder, database, 0
        self.smtp, self.web = free_port(), free_port()
        self.bus = Bus(folder / "bus")
        self.file = folder / "trunkline.toml"
        self.file.write_text(configuration(sink, smtp=self.smtp, web=self.web))
        self._key = secrets.token_urlsafe(32)
        self.processes = {name: self._process(name) for name in self.ROOMS}

    def _process(self, name: str) -> Process:
        room = name.partition("-")[0]
        return Process(("run", room, *self._place()), self.folder / f"{name}.log", self._environment(room))

    def _place(self) -> tuple[str, ...]:
        return ("--config", str(self.file), "--data", str(self.folder / "data"))

    def _environment(self, user: str) -> dict[str, str]:
        return {
            "TRUNKLINE_BUS__URL": self.bus.url(user),
            "TRUNKLINE_DATABASE__URL": self.database,
            "TRUNKLINE_SECRETS__KEY": self._key,
        }

    def start(self) -> None:
        """Start everything and wait until it is ready."""
        (self.folder / "data").mkdir(exist_ok=True)
        self.bus.start()
        for process in self.processes.values():
            process.start()
        for process in self.processes.values():
            process.ready(180)

    def kill(self, victim: str) -> None:
        """SIGKILL for one of `VICTIMS`, which is started again at once; waits until a service is ready again."""
        self.kills += 1
        if victim == "bus":
            self.bus.kill()
            self.bus.start()
            return
        self.processes[victim].kill()
        self.processes[victim].start().ready(120)

    def stop(self) -> None:
        """End the services in order, then the bus. Raises `AssertionError` when one does not end well."""
        codes = {name: self.processes[name].stop() for name in reversed(self.ROOMS)}
        self.bus.kill()
        assert not any(codes.values()), codes

    def end(self) -> None:
        """End whatever still runs, after a failure."""
        for process in self.processes.values():
            process.kill()
        if self.bus.process is not None and self.bus.process.poll() is None:
            self.bus.kill()

    def rows(self, statement: str) -> list[Row]:
        """See `House`."""
        if self.database:
            return asyncio.run(_asked(self.database, statement))
        path = self.folder / "data" / "trunkline.sqlite"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
            return list(database.execute(statement))

    def command(self, *arguments: str) -> str:
        """See `House`."""
        env = {**os.environ, "PYTHONPATH": str(ROOT), **self._environment("operator")}
        return command(*arguments, *self._place(), env=env, cwd=self.folder, check=True).stdout

    def operator_url(self) -> str:
        """See `House`."""
        return self.bus.url("operator")

    def logs(self) -> list[Path]:
        """See `House`."""
        return [process.log for process in self.processes.values()]


async def _asked(url: str, statement: str) -> list[Row]:
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(readonly=True):
            return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


# -- rest, and the reckoning ----------------------------------------------------------------------------------------------


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


# -- the runs -------------------------------------------------------------------------------------------------------------


@dataclass
class Figures:
    """What a run shows: ``load`` is the seconds until all was accepted, ``recovery`` those from the last ``ready`` to rest."""

    kills: int
    load: float
    recovery: float
    reckoning: Reckoning

    def lines(self) -> Iterator[str]:
        """For people."""
        found = self.reckoning
        yield f"{found.mails} mails, {found.tickets} tickets, {self.kills} kills"
        yield f"all accepted after {self.load:.1f} s; at rest {self.recovery:.1f} s after the last start was ready"
        yield f"taken although sent before: {found.sent_again}; acknowledgements repeated under their id: {found.repeated}"
        for complaint, count in found.complaints.most_common():
            yield f"logged {count} x {complaint}"


Moment = Callable[[Sending], None]
"""Waits, after a ``ready``, for the moment of the next kill."""


def after_a_second(sending: Sending) -> None:
    """As the promise says it: a second after each ``ready``; and just when a mail was accepted, so that it is in somebody's hands."""
    time.sleep(1)
    _accepted(sending, sending.accepted + 1)


def after_so_many(mails: int) -> Moment:
    """As soon as this life has accepted so many; the rest waits, so that a fast machine does not run out of mails between two kills."""

    def wait(sending: Sending) -> None:
        goal = sending.accepted + mails
        sending.postman.allowed = goal
        _accepted(sending, goal)

    return wait


def _accepted(sending: Sending, goal: int) -> None:
    until = time.monotonic() + QUIET
    while sending.accepted < goal and not sending.done:
        assert time.monotonic() < until, f"after {QUIET:g} s only {sending.accepted} mails are accepted"
        time.sleep(0.002)


def kill_up(folder: Path, made: Post, *, seed: int, moment: Moment, afterwards: int) -> Figures:
    """Kill `up` until all mails are accepted and so often afterwards, every second time with its bus; then leave it alone."""
    sink = Slow(PAUSE).start()
    house = Alone(folder, sink)
    sending: Sending | None = None
    try:
        while sending is None or not sending.done or afterwards > 0:
            house.start()
            sending = sending or Sending(house.up.smtp, made.mails, seed=seed).start()
            moment(sending)
            afterwards -= sending.done
            house.kill(all_of_it=house.kills % 2 == 1)
        house.start()
        sending.finish()
        recovery = rest(house, len(made.mails))
        found = Reckoning.of(house, made, sink, sending.postman.accepted)
        house.stop()
        return Figures(house.kills, sending.seconds, recovery, found)
    finally:
        if house.up.process is not None:
            house.up.kill()
        sink.stop()


def kill_split(
    folder: Path, made: Post, *, seed: int, database: str, victims: Sequence[str], moment: Moment, rounds: int = 1
) -> Figures:
    """Kill the ``victims`` in turn, until all mails are accepted and each was killed so often; then leave them alone."""
    sink = Slow(PAUSE).start()
    house = Split(folder, sink, database)
    try:
        house.start()
        sending = Sending(house.smtp, made.mails, seed=seed).start()
        while not sending.done or house.kills < rounds * len(victims):
            moment(sending)
            house.kill(victims[house.kills % len(victims)])
        sending.finish()
        recovery = rest(house, len(made.mails))
        found = Reckoning.of(house, made, sink, sending.postman.accepted)
        house.stop()
        return Figures(house.kills, sending.seconds, recovery, found)
    finally:
        house.end()
        sink.stop()
