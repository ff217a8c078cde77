"""Outages under a steady load: the bus, the store or a relay is away for a while, and comes back. Nothing else is touched.

What was promised is reckoned as in the kill test; here, in addition, who had to wait and who had not, and for how long.
"""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path

import aiosmtplib

from tests.system.houses import Split
from tests.system.mailing import Sink, letter
from tests.system.processes import Up, free_port, wait_until
from tests.system.reckoning import Reckoning, rest
from tests.system.writing import Mail, Post

PATIENCE = 120.0
"""Seconds for what takes a fraction of that on a machine with nothing else to do."""

# -- the load -------------------------------------------------------------------------------------------------------------


class Steady:
    """Senders who go on writing until `finish`; each repeats its mail until it is accepted."""

    def __init__(self, port: int, mails: Iterator[tuple[str, Mail]], *, sessions: int = 6, pause: float = 0.3) -> None:
        self.sent: dict[str, Mail] = {}
        self.accepted: set[str] = set()
        self.put_off = 0
        self._port, self._mails, self._sessions, self._pause = port, mails, sessions, pause
        self._stop = threading.Event()
        self._refused: list[str] = []
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def start(self) -> "Steady":
        """Begin."""
        self._thread.start()
        return self

    def finish(self) -> None:
        """Begin no more mails; wait until those begun are accepted. Raises `AssertionError` when one is not."""
        self._stop.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), f"never accepted: {sorted(set(self.sent) - self.accepted)}"
        assert not self._refused, self._refused

    def wait_for_more(self, count: int) -> None:
        """Wait until so many more are accepted."""
        goal = len(self.accepted) + count
        wait_until(lambda: len(self.accepted) >= goal, f"{count} more mails are accepted", PATIENCE)

    async def _run(self) -> None:
        await asyncio.gather(*(self._session() for _ in range(self._sessions)))

    async def _session(self) -> None:
        client: aiosmtplib.SMTP | None = None
        while not self._stop.is_set():
            name, mail = next(self._mails)
            self.sent[name] = mail
            accepted = False
            while not accepted:
                try:
                    client = client or await self._connect()
                    await client.sendmail(mail[0], [mail[1]], mail[2])
                    accepted = True
                except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
                    if getattr(error, "code", 0) >= 500:
                        self._refused.append(f"{name}: {error}")
                        return
                    self.put_off += 1
                    if client is not None:
                        client.close()
                    client = None
                    await asyncio.sleep(0.2)
            self.accepted.add(name)
            await asyncio.sleep(self._pause)
        if client is not None:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await client.quit()

    async def _connect(self) -> aiosmtplib.SMTP:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=self._port, timeout=60)
        await client.connect()
        return client


def to(*inboxes: str) -> Iterator[tuple[str, Mail]]:
    """Mails to these inboxes in turn, without end, each from somebody else; the name says where to. Some are so large that their
    original is kept apart."""
    for i in itertools.count():
        inbox = inboxes[i % len(inboxes)]
        text = "" if i % 7 else "How are things? " * 1500
        name, sender, address = f"{inbox}{i}", f"customer{i}@client.example", f"{inbox}@acme.example"
        yield name, (sender, address, letter(name, sender, to=address, text=text).as_bytes())


# -- bus and store --------------------------------------------------------------------------------------------------------


@dataclass
class Outage:
    """``accepted``: mails that got their 250 meanwhile; ``put_off``: those asked to come later; ``recovery``: seconds from the
    end of the outage until all that was accepted before is stored."""

    what: str
    seconds: float
    accepted: int = 0
    put_off: int = 0
    recovery: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.what}, {self.seconds:g} s: {self.accepted} mails accepted meanwhile, {self.put_off} attempts put off,"
            f" all stored {self.recovery:.1f} s after its end"
        )


Step = Callable[[], None]


def _away(
    what: str, seconds: float, begin: Step, end: Step, load: Steady, stored: Callable[[], int], shows: str = ""
) -> Outage:
    """One outage. With ``shows`` (``accepted`` or ``put_off``) it lasts until senders have met it in that way, at least ``seconds``."""
    load.wait_for_more(5)
    accepted, put_off = len(load.accepted), load.put_off
    begin()
    time.sleep(seconds)  # what is tested is that so much time passes
    met = {"accepted": lambda: len(load.accepted) > accepted, "put_off": lambda: load.put_off > put_off}
    if shows:
        wait_until(met[shows], f"a mail is {shows} while: {what}", PATIENCE)
    found = Outage(what, seconds, len(load.accepted) - accepted, load.put_off - put_off)
    end()
    began, goal = time.monotonic(), len(load.accepted)
    wait_until(lambda: stored() >= goal, f"{goal} mails are stored after: {what}", PATIENCE)
    found.recovery = time.monotonic() - began
    load.wait_for_more(5)
    return found


def split_outages(folder: Path, seconds: float) -> list[Outage]:
    """In the split set-up: the bus paused, the bus gone; the store paused, the store gone. Raises `AssertionError` for anything lost,
    doubled, or for a process that had to be started anew."""
    sink = Sink().start()
    house = Split(folder, sink, "")
    try:
        house.start()
        pids = _pids(house, house.ROOMS)
        load = Steady(house.smtp, to("support")).start()
        found = [
            _away(*step, load, lambda: _stored(house), "put_off" if step[0].startswith("bus") else "accepted")
            for step in _steps(house, seconds)
        ]
        load.finish()
        rest(house, len(load.sent))
        Reckoning.of(house, Post(load.sent, [[name] for name in load.sent]), sink, load.accepted)
        others = [room for room in house.ROOMS if room != "store"]
        assert _pids(house, others) == {room: pids[room] for room in others}, "something was started anew"
        house.stop()
        return found
    finally:
        with contextlib.suppress(ProcessLookupError, AssertionError):
            house.processes["store"].resume()
        house.end()
        sink.stop()


def _steps(house: Split, seconds: float) -> Iterator[tuple[str, float, Step, Step]]:
    bus, store = house.bus, house.processes["store"]

    def signal_bus(number: int) -> Step:
        return lambda: os.kill(bus.process.pid, number) if bus.process else None

    yield "bus paused", seconds, signal_bus(signal.SIGSTOP), signal_bus(signal.SIGCONT)
    yield "bus gone", seconds, bus.kill, bus.start
    yield "store paused", seconds, store.pause, store.resume
    yield "store gone", seconds, store.kill, lambda: store.start() and None


def _pids(house: Split, rooms: Sequence[str]) -> dict[str, int]:
    found = {}
    for room in rooms:
        process = house.processes[room].process
        assert process is not None
        assert process.poll() is None, f"{room} has ended: {house.processes[room].tail()}"
        found[room] = process.pid
    return found


def _stored(house: Split) -> int:
    ((count,),) = house.rows("SELECT count(*) FROM message WHERE direction = 'in'")
    return int(count)


def embedded_outages(up: Up, load: Steady, seconds: float) -> list[Outage]:
    """`up` with its own bus paused, then killed (its supervisor starts it again). The house is started, the load is running."""

    def bus(number: int) -> Step:
        return lambda: os.kill(int((up.data / "bus" / "nats.pid").read_text()), number)

    def stored() -> int:
        with contextlib.suppress(AssertionError):  # nobody answers yet
            return sum(line["stored"] for line in up.ledger())
        return -1

    pause, resume = bus(signal.SIGSTOP), bus(signal.SIGCONT)
    paused = _away("embedded bus paused", seconds, pause, resume, load, stored, "put_off")
    return [paused, _away("embedded bus killed", 0, bus(signal.SIGKILL), lambda: None, load, stored)]


# -- relays ---------------------------------------------------------------------------------------------------------------


@dataclass
class Relay:
    """A relay in a process of its own, which can be paused (it still takes connections, and says nothing) and killed."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> "Relay":
        """Start it and wait until it listens."""
        command = ["-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{self.port}", "-c", "aiosmtpd.handlers.Mailbox"]
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", *command, str(self.folder)], stdin=subprocess.DEVNULL
        )
        wait_until(self._listens, "the relay listens", PATIENCE)
        return self

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def signal(self, number: int) -> None:
        """SIGSTOP or SIGCONT."""
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def answered(self) -> dict[str, set[str]]:
        """Message-IDs that were delivered, by the id of the mail that they answer."""
        found: dict[str, set[str]] = defaultdict(set)
        for path in (self.folder / "new").iterdir() if (self.folder / "new").is_dir() else ():
            mail = message_from_bytes(path.read_bytes())
            found[str(mail["In-Reply-To"])].add(str(mail["Message-ID"]))
        return found


def answered(sink: Sink) -> dict[str, set[str]]:
    """As `Relay.answered`."""
    found: dict[str, set[str]] = defaultdict(set)
    for mail in [one for mails in list(sink.got.values()) for one in list(mails)]:
        found[str(mail["In-Reply-To"])].add(str(mail["Message-ID"]))
    return found


def two_inboxes(relay: Relay, sink: Sink) -> str:
    """The configuration: ``sales`` sends through the relay that will fail, ``support`` through the sink."""
    return "".join(
        f'[[inbox]]\nname = "{name}"\nchannel = "email"\naddress = "{name}@acme.example"\nsend = "{url}"\n'
        for name, url in (("sales", f"smtp://127.0.0.1:{relay.port}"), ("support", sink.url))
    )


def relay_outages(up: Up, relay: Relay, sink: Sink, load: Steady, seconds: float) -> list[Outage]:
    """The relay of ``sales`` paused, then gone. Raises `AssertionError` when ``support`` has to wait for it, or anything is lost."""

    def ids(inbox: str) -> set[str]:
        return {f"<{name}@client.example>" for name in list(load.accepted) if name.startswith(inbox)}

    def others_go_on() -> None:
        load.wait_for_more(10)
        mine = ids("support")
        wait_until(lambda: mine <= set(answered(sink)), "customers of the other relay have their answers", PATIENCE)

    def outage(what: str, begin: Step, end: Step) -> Outage:
        accepted, put_off = len(load.accepted), load.put_off
        begin()
        until = time.monotonic() + seconds
        others_go_on()
        time.sleep(max(until - time.monotonic(), 0))
        others_go_on()
        found = Outage(what, seconds, len(load.accepted) - accepted, load.put_off - put_off)
        behind = ids("sales")
        assert not behind <= set(relay.answered()), "it was not away at all"
        end()
        began = time.monotonic()
        wait_until(lambda: behind <= set(relay.answered()), f"everybody has an answer after: {what}", PATIENCE)
        found.recovery = time.monotonic() - began
        return found

    load.wait_for_more(10)
    found = [
        outage("relay paused", lambda: relay.signal(signal.SIGSTOP), lambda: relay.signal(signal.SIGCONT)),
        outage("relay gone", relay.kill, lambda: relay.start() and None),
    ]
    load.finish()
    wanted = {"sales": relay.answered, "support": lambda: answered(sink)}
    for inbox, look in wanted.items():
        wait_until(lambda: ids(inbox) == set(look()), f"all of {inbox} is answered", PATIENCE)  # noqa: B023
        twice = {key: found for key, found in look().items() if len(found) != 1}
        assert not twice, f"answered twice: {twice}"
    wait_until(up.at_rest, "the ledger adds up", PATIENCE)
    assert sum(line["stored"] for line in up.ledger()) == len(load.sent) == up.total()
    return found
