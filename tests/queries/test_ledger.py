"""The ledger adds up: at rest, and at any moment on the way there."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.store.queries.ledger import read_ledger
from services.store.reading import QueryContext
from shared.bus import headers as hdr
from shared.bus import rpc, subjects
from shared.bus.dead import list_dead, replay
from shared.bus.errors import RemoteError
from shared.bus.janitor import janitor
from shared.clock import now
from shared.messages.inbound import Inbound
from shared.messages.parts import Address
from shared.messages.ticket import LedgerAnswer, LedgerLine, LedgerNote, LedgerQuery
from tests.desk.house import House, running, until


def inbound(source_id: str, inbox: str = "support") -> Inbound:
    return Inbound(
        source_id=source_id,
        channel="email",
        inbox=inbox,
        inboxes=[inbox],
        received_at=now(),
        correlation_id="test",
        message_id=f"{source_id}@customer.example",
        from_=Address(name="Ana", address=f"{source_id}@customer.example"),
        to=[Address(address="support@acme.example")],
        subject=f"About {source_id}",
        text="Hello.",
        reply_text="Hello.",
    )


class Books:
    """A house whose intake is the test."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.intake, self.js = house.contexts["intake"], house.contexts["store"].bus.jetstream()

    async def publish(self, message: Inbound, message_id: str = "") -> None:
        await self.intake.publisher.publish(
            subjects.INTAKE,
            subjects.intake(message.channel, message.inbox),
            message.encode(),
            message_id=message_id or message.bus_id,
        )

    async def lines(self, query: LedgerQuery | None = None) -> dict[str, LedgerLine]:
        request = (query or LedgerQuery()).encode()
        data = await rpc.request(self.house.contexts["desk"].bus, subjects.query("ledger"), request, 20)
        return {f"{line.channel}/{line.inbox}": line for line in LedgerAnswer.decode(data).lines}

    async def line(self, query: LedgerQuery | None = None) -> LedgerLine:
        return (await self.lines(query)).get("email/support") or LedgerLine(channel="email", inbox="support")

    async def stored(self, number: int) -> None:
        async def there() -> bool:
            return (await self.line()).stored >= number

        await until(there)

    async def note(self, counts: dict[str, int]) -> None:
        note = LedgerNote(note_id=uuid4().hex, counts=counts)
        await rpc.request(self.house.contexts["intake"].bus, "store.ledger", note.encode())


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    async with running(tmp_path) as house:
        yield Books(house)


async def test_what_was_received_is_stored(books: Books) -> None:
    for number in range(20):
        await books.publish(inbound(f"mail-{number}"))
    await books.stored(20)
    line = await books.line()
    assert (line.received, line.stored, line.in_flight) == (20, 20, 0)
    assert line.adds_up


async def test_what_the_router_has_not_seen_is_in_flight(books: Books) -> None:
    await books.publish(inbound("before"))
    await books.stored(1)
    await books.house.router.stop()
    for number in range(5):
        await books.publish(inbound(f"mail-{number}"))
    line = await books.line()
    assert (line.received, line.stored, line.in_flight) == (6, 1, 5)
    since = await books.line(LedgerQuery(since=now() - timedelta(hours=1)))
    assert (since.received, since.stored, since.in_flight) == (6, 1, 5)
    assert (await books.lines(LedgerQuery(since=now() + timedelta(hours=1)))) == {}


async def test_what_was_given_up_is_dead_until_it_is_replayed(books: Books) -> None:
    await books.house.router.stop()
    good, bad = inbound("good"), inbound("bad")
    await books.publish(good)
    await books.publish(bad)
    # As a router does that fails on a message: a copy in RETRY, then in DEAD, the original done with.
    letters = await _take_all(books)
    head = {hdr.ORIGINAL_ID: bad.bus_id, hdr.ORIGINAL_SEQUENCE: f"INTAKE:{letters[bad.bus_id][0]}"}
    publisher = books.house.contexts["store"].publisher
    subject = subjects.intake("email", "support")
    await publisher.publish("RETRY", subjects.retry(subject), bad.encode(), message_id="r1", headers=head)
    assert (await books.line()).in_flight == 2, "in INTAKE and in RETRY it is one message"
    await letters[bad.bus_id][1].ack_sync()
    assert (await books.line()).in_flight == 2
    await publisher.publish("DEAD", subjects.dead(subject), bad.encode(), message_id="d1", headers=head)
    line = await books.line()
    assert (line.dead, line.in_flight, line.adds_up) == (1, 1, True)
    since = await books.line(LedgerQuery(since=now() - timedelta(hours=1)))
    assert (since.dead, since.in_flight, since.adds_up) == (1, 1, True)
    await letters[good.bus_id][1].nak()
    await books.house.start_router()
    (letter,) = await list_dead(books.js)
    await replay(books.js, publisher, letter.id)
    await books.stored(2)
    line = await books.line()
    assert (line.received, line.stored, line.dead, line.in_flight) == (2, 2, 0, 0)


async def _take_all(books: Books) -> dict[str, tuple[int, object]]:
    reader = await books.js.pull_subscribe_bind(durable="router", stream="INTAKE")
    messages = await reader.fetch(2, timeout=60)
    return {message.headers[hdr.MESSAGE_ID]: (message.metadata.sequence.stream, message) for message in messages}


async def test_a_message_that_came_twice_is_a_duplicate(books: Books) -> None:
    message = inbound("twice")
    await books.publish(message)
    await books.stored(1)
    # The bus forgot the id meanwhile; here another id stands for that.
    await books.publish(message, message_id=f"{message.bus_id}:later")

    async def counted() -> bool:
        return (await books.line()).duplicate == 1

    await until(counted)
    line = await books.line()
    assert (line.received, line.stored, line.duplicate, line.in_flight) == (2, 1, 1, 0)


async def test_what_intake_turned_away_counts_on_both_sides(books: Books) -> None:
    await books.note({"email/support/refused/too-large": 3, "email//refused/unknown-recipient": 2})
    await books.note({"email/support/duplicate/": 1})
    lines = await books.lines()
    support = lines["email/support"]
    assert (support.received, support.refused, support.duplicate, support.adds_up) == (4, 3, 1, True)
    assert support.reasons["refused: too-large"] == 3
    assert lines["email/"].refused == 2
    assert (await books.line(LedgerQuery(since=now()))).refused == 3


async def test_what_the_janitor_removed_is_still_received(books: Books) -> None:
    for number in range(5):
        await books.publish(inbound(f"mail-{number}"))
    await books.stored(5)

    async def done() -> bool:
        return (await books.js.consumer_info("INTAKE", "router")).num_ack_pending == 0

    await until(done)
    await janitor(books.js, {"INTAKE": 0.0}, now=now().timestamp() + 60)
    assert (await books.js.stream_info("INTAKE")).state.messages == 0
    line = await books.line()
    assert (line.received, line.stored, line.adds_up) == (5, 5, True)


async def test_a_lost_message_does_not_add_up(books: Books) -> None:
    """The ledger must be able to fail: a message that was acknowledged and recorded nowhere shows."""
    await books.house.router.stop()
    await books.publish(inbound("lost"))
    for _, message in (await _take_one(books)).values():
        await message.ack_sync()  # type: ignore[attr-defined]
    line = await books.line()
    assert (line.received, line.in_flight, line.adds_up) == (1, 0, False)
    assert not (await books.line(LedgerQuery(since=now() - timedelta(hours=1)))).adds_up


async def _take_one(books: Books) -> dict[str, tuple[int, object]]:
    reader = await books.js.pull_subscribe_bind(durable="router", stream="INTAKE")
    messages = await reader.fetch(1, timeout=60)
    return {message.headers[hdr.MESSAGE_ID]: (message.metadata.sequence.stream, message) for message in messages}


async def test_under_load_nothing_is_missing_at_any_moment(books: Books) -> None:
    """While messages pour in the two sides may differ by what came in during one count, and never the other way round."""

    async def pour() -> None:
        for start in range(0, 400, 20):
            await asyncio.gather(*(books.publish(inbound(f"mail-{start + number}")) for number in range(20)))

    pouring = asyncio.create_task(pour())
    seen = []
    while not pouring.done():
        seen.append(await books.line())
    await pouring
    await books.stored(400)
    assert (await books.line()).adds_up
    ended = [line.stored + line.in_flight for line in seen]
    for line, sure in zip(seen, ended, strict=True):
        assert sure <= line.received + 40, line
        assert line.received - sure <= 0, f"{line} shows a loss that is none"


async def test_when_too_much_is_open_the_ledger_says_so(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.store.queries.ledger_bus.MOST", 3)
    await books.house.router.stop()
    for number in range(4):
        await books.publish(inbound(f"mail-{number}"))
    with pytest.raises(RemoteError, match="too-many"):
        await books.line()


async def test_without_the_bus_the_ledger_is_not_available(books: Books) -> None:
    store = books.house.store
    context = books.house.contexts["store"]
    query_context = QueryContext(store.reader, context.bus.jetstream(timeout=0.5), context.data, context.settings)
    books.house.server.kill()
    with pytest.raises(RemoteError, match="unavailable"):
        await read_ledger(query_context, LedgerQuery())
    books.house.server.start()


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_a_line_adds_up_only_when_everything_is_accounted_for(stored: int, dead: int, lost: int) -> None:
    line = LedgerLine(channel="email", inbox="a", received=stored + dead + lost, stored=stored, dead=dead)
    assert line.adds_up == (lost == 0)
