"""Handing an archive in on a real bus, to a store and a router that do as the test says."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import pytest_asyncio
from nats.aio.msg import Msg

from services.composition.importing import handing
from services.composition.importing.catalogue import Catalogue
from services.composition.importing.handing import Handing, Result
from services.composition.importing.ours import Ours
from services.intake.recipients import Recipients
from shared.bus import rpc, subjects, topology
from shared.bus.connection import BusConnection
from shared.bus.janitor import janitor
from shared.bus.pull import ContinuousPull
from shared.clock import now
from shared.messages.importing import StoredAnswer, StoredQuery
from shared.messages.inbound import Inbound
from tests.natsserver import NatsServer

BEGAN = datetime(2019, 5, 6, 9, tzinfo=UTC)
ROOM = 300_000
"""Octets that stream INTAKE may take."""


@dataclass
class House:
    """A store that knows what its router was given. The router takes all, but what ``loses`` names is not stored, ``holds`` held."""

    store: BusConnection
    router: BusConnection
    intake: BusConnection
    got: list[Inbound] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    loses: frozenset[str] = frozenset()
    holds: frozenset[str] = frozenset()
    stored: dict[str, list[str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    closing: list[Callable[[], object]] = field(default_factory=list)

    async def serve(self) -> None:
        """Open the store."""
        server = await rpc.serve(self.store, subjects.query("stored"), "store", self._answer)
        self.closing.append(server.stop)

    async def work(self) -> None:
        """Open the router."""
        pull = ContinuousPull(self.router, subjects.INTAKE, subjects.ROUTER.name, self._take)
        await pull.start()
        self.closing.append(pull.stop)

    async def _answer(self, request: rpc.Request) -> bytes:
        wanted = StoredQuery.decode(request.payload).source_ids
        stored = {each: self.stored[each] for each in wanted if each in self.stored}
        return StoredAnswer(stored=stored, held=[each for each in wanted if each in self.held]).encode()

    async def _take(self, batch: list[Msg]) -> None:
        for msg in batch:
            message = Inbound.decode(msg.data)
            self.got.append(message)
            if message.subject in self.holds:
                self.held.add(message.source_id)
            elif message.subject not in self.loses:
                self.stored[message.source_id] = message.inboxes
            await msg.ack()

    def handing(self, archive: Path, open_since: datetime | None = None) -> Handing:
        """What imports an archive."""
        catalogue = Catalogue(archive, now(), 1_000_000)
        for _ in catalogue.scan():
            pass
        ours = Ours(["support@acme.example"], [])
        return Handing(self.intake, catalogue, "support", Recipients(()), ours, open_since, self.said.append)

    async def import_(self, archive: Path, open_since: datetime | None = None) -> Result:
        """Import an archive; gives what became of it."""
        one = self.handing(archive, open_since)
        async with asyncio.timeout(60):
            await one.run()
        assert one.on_the_way == 0
        return one.result


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """One for each test: what it has seen once it takes for seen, whatever became of it."""
    started = NatsServer(tmp_path_factory.mktemp("bus"), durable=False)
    started.start()
    yield started
    started.kill()


@pytest_asyncio.fixture
async def house(server: NatsServer) -> AsyncIterator[House]:
    store, router, intake = [await server.connect(user) for user in ("store", "router", "intake")]
    js = store.jetstream()
    await topology.reconcile(js, replicas=1, inboxes=[("email", "support")], limits={subjects.INTAKE: ROOM})
    built = House(store, router, intake)
    yield built
    for close in reversed(built.closing):
        await close()  # type: ignore[misc]
    for bus in (store, router, intake):
        await bus.close()


def write(
    folder: Path,
    name: str,
    hours: float,
    refs: tuple[str, ...] = (),
    text: str = "",
    sender: str = "ana@customer.example",
) -> None:
    """One .eml file; ``name`` is its subject."""
    lines = [
        f"From: {sender}",
        "To: support@acme.example, ana@customer.example",
        f"Subject: {name}",
        f"Message-ID: <{name}@mua>",
        f"Date: {format_datetime(BEGAN + timedelta(hours=hours))}",
        *([f"References: {' '.join(f'<{ref}@mua>' for ref in refs)}"] if refs else []),
    ]
    (folder / f"{abs(hash(name))}.eml").write_text("\n".join([*lines, "", text or f"This is {name}.", ""]))


@pytest.mark.asyncio
async def test_threads_are_handed_in_oldest_first_whatever_their_files_are_called(house: House, tmp_path: Path) -> None:
    names = [f"{thread}.{place}" for thread in range(12) for place in range(6)]
    for name in names:
        thread, place = map(int, name.split("."))
        write(tmp_path, name, thread * 10 + place, tuple(f"{thread}.{before}" for before in range(place)))
    await house.serve()
    await house.work()
    result = await house.import_(tmp_path)
    assert (result.imported, result.failed, result.duplicates) == (len(names), 0, 0)
    for thread in range(12):
        told = [message.subject for message in house.got if message.subject.startswith(f"{thread}.")]
        assert told == [f"{thread}.{place}" for place in range(6)]
    again = await house.import_(tmp_path)
    assert (again.imported, again.duplicates, len(house.got)) == (0, len(names), len(names))


@pytest.mark.asyncio
async def test_what_was_given_up_begins_no_further_mail_although_no_cancellation_arrived(
    house: House, tmp_path: Path
) -> None:
    names = [f"one.{place}" for place in range(200)]
    for place, name in enumerate(names):
        write(tmp_path, name, place, tuple(names[:place][-1:]))
    await house.serve()
    await house.work()
    one = house.handing(tmp_path)
    running = asyncio.create_task(one.run())
    async with asyncio.timeout(60):
        while not house.got:
            await asyncio.sleep(0.001)
        one.give_up()
        await running
    assert 0 < len(house.got) < len(names)


@pytest.mark.asyncio
async def test_what_is_handed_in_says_that_it_is_old(house: House, tmp_path: Path) -> None:
    write(tmp_path, "question", 0)
    write(tmp_path, "answer", 5, ("question",), sender="Support@Acme.example")
    write(tmp_path, "young", 24 * 365 * 5)
    await house.serve()
    await house.work()
    await house.import_(tmp_path, BEGAN + timedelta(days=30))
    told = {message.subject: message for message in house.got}
    assert {message.imported and message.silent for message in house.got} == {True}
    assert {message.authentication is not None for message in house.got} == {True}, (
        "nobody is to be asked about old mail"
    )
    assert {name: message.direction for name, message in told.items()} == {
        "question": "in",
        "answer": "out",
        "young": "in",
    }
    assert {name: message.unfinished for name, message in told.items()} == {
        "question": False,
        "answer": False,
        "young": True,
    }
    assert told["answer"].received_at == BEGAN + timedelta(hours=5)
    assert told["question"].inboxes == ["support"]


@pytest.mark.asyncio
async def test_while_the_bus_is_full_it_waits_and_says_so_and_then_goes_on(house: House, tmp_path: Path) -> None:
    for number in range(80):
        write(tmp_path, f"mail {number}", number, text="a long text " * 300)
    await house.serve()
    importing = asyncio.create_task(house.import_(tmp_path))
    async with asyncio.timeout(60):
        while "the bus is full; waiting for room" not in house.said:
            await asyncio.sleep(0.02)
        await house.work()
        while not importing.done():  # as the janitor does, in its own time
            await janitor(house.store.jetstream(), {subjects.INTAKE: 0.0})
            await asyncio.sleep(0.05)
    assert (await importing).imported == 80
    assert len({message.source_id for message in house.got}) == len(house.got) == 80
    assert house.said[-1] == ""


@pytest.mark.asyncio
async def test_while_the_store_is_away_it_waits_and_says_so(house: House, tmp_path: Path) -> None:
    write(tmp_path, "question", 0)
    await house.work()
    importing = asyncio.create_task(house.import_(tmp_path))
    async with asyncio.timeout(60):
        while not house.said:
            await asyncio.sleep(0.02)
        assert house.got == [], "what may be there already is not handed in"
        await house.serve()
        assert (await importing).imported == 1
    assert house.said[0] == "the store does not answer; waiting for it"


@pytest.mark.asyncio
async def test_what_the_router_passes_without_storing_it_is_named_at_the_end(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing, "_STUCK", 0.3)
    monkeypatch.setattr(handing, "STRAGGLERS", 0.5)
    house.loses, house.holds = frozenset({"lost"}), frozenset({"hostile"})
    for number, name in enumerate(("first", "lost", "hostile", "last")):
        write(tmp_path, name, number)
    await house.serve()
    await house.work()
    result = await house.import_(tmp_path)
    assert (result.imported, result.held, result.failed, result.done) == (2, 1, 1, 4)
    (failure,) = result.failures
    assert b"Subject: lost" in Path(failure.name).read_bytes()
    assert "dead list" in failure.why


@pytest.mark.asyncio
async def test_a_mail_that_lies_twice_in_the_archive_is_handed_in_once(house: House, tmp_path: Path) -> None:
    for folder in ("a", "b", "c"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, "question", 0)
    await house.serve()
    await house.work()
    result = await house.import_(tmp_path)
    assert (result.imported, result.duplicates, len(house.got)) == (1, 2, 1)


@pytest.mark.asyncio
async def test_a_mail_that_cannot_be_read_in_full_is_imported_as_far_as_it_can_and_named(
    house: House, tmp_path: Path
) -> None:
    bomb = b"From: a@b.example\nSubject: deep\nMIME-Version: 1.0\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (level, level) for level in range(10_000)
    )
    (tmp_path / "deep.eml").write_bytes(bomb)
    write(tmp_path, "after", 1)
    await house.serve()
    await house.work()
    result = await house.import_(tmp_path)
    assert (result.imported, result.failed) == (2, 0)
    deep = next(message for message in house.got if message.subject == "deep")
    assert deep.original is not None
    assert deep.original.size == len(bomb)
