"""Asking for a comparison of a mailbox with what is stored: from a request on the bus, through a real dovecot, to the report."""

import asyncio
import time
from pathlib import Path

import pytest

from services.composition.errors import CannotStart
from services.composition.reconciling import line, reconcile
from services.intake.imap.asked import Questions
from services.intake.imap.reconciling import Comparison
from shared.bus import rpc, subjects
from shared.bus.errors import NoResponders, RemoteError
from shared.clock import now
from shared.messages.mailbox import ReconcileReport, ReconcileRequest
from shared.settings import load
from tests.intake.conftest import Server, until
from tests.intake.imap.conftest import Begin, Post, letter, toml
from tests.intake.imap.dovecot import Dovecot
from tests.intake.imap.test_reading import put

HOUR, DAY = 3600, 86400
QUIET = {"start": "all", "reconcile": "0"}


async def ask(server: Server, days: float | None = None, inbox: str = "support") -> ReconcileReport:
    """As the command line does, with its rights on the bus."""
    bus = await server.connect("operator")
    try:
        question = ReconcileRequest(days=days).encode()
        return ReconcileReport.decode(await rpc.request(bus, subjects.reconcile(inbox), question, 20))
    finally:
        await bus.close()


def counts(report: ReconcileReport) -> dict[str, int]:
    """What there is of anything."""
    return {name: count for name, count in report.model_dump(include=_COUNTS).items() if count}


_COUNTS = {"on_server", "stored", "fetched", "unnamed", "refused", "young"}


async def listening(server: Server) -> None:
    """Wait until somebody takes questions."""
    async with asyncio.timeout(60):
        while True:
            try:
                await ask(server)
            except NoResponders:
                await asyncio.sleep(0.05)
            else:
                return


@pytest.mark.peer("dovecot")
async def test_what_is_on_the_server_and_not_stored_is_told_and_fetched(
    dovecot: Dovecot, user: str, begin: Begin, post: Post, server: Server
) -> None:
    nameless = b"\r\n".join(each for each in letter("nameless").split(b"\r\n") if not each.startswith(b"Message-ID"))
    await put(dovecot, user, letter("one"), date=time.time() - HOUR)
    await put(dovecot, user, letter("long ago"), date=time.time() - 9 * DAY)
    await put(dovecot, user, letter("too large", text="x" * 50_000), date=time.time() - HOUR)
    first = await begin(toml(dovecot, user, **QUIET), smtp='max_size = "20kB"')
    await post.until(2)
    await post.looked()
    await first.stop()
    await put(dovecot, user, letter("two"), nameless, date=time.time() - HOUR)
    await put(dovecot, user, letter("long ago, too"), date=time.time() - 9 * DAY)
    await post.move_cursor(6)  # the server showed them later than one behind them
    await put(dovecot, user, letter("young"))
    await begin(toml(dovecot, user, **QUIET), smtp='max_size = "20kB"')
    await post.until(3)
    await post.looked(post.intakes[1].mailboxes.readers[0])
    await listening(server)
    assert set(await post.subjects()) == {"one", "long ago", "young", "two", "nameless"}

    again = await ask(server)
    assert counts(again) == {"on_server": 5, "stored": 2, "fetched": 1, "unnamed": 1, "refused": 1, "young": 1}
    assert again.since is not None
    assert abs((now() - again.since).total_seconds() - 7 * DAY) < 60
    # It was there all the time: its content says so.
    assert (await post.subjects()).count("nameless") == 1
    wide = await ask(server, days=30)
    assert counts(wide) == {"on_server": 7, "stored": 3, "fetched": 2, "unnamed": 1, "refused": 1, "young": 1}
    assert "long ago, too" in await post.subjects()
    assert counts(await ask(server, days=30))["stored"] == 4
    assert "support: 7 mails since" in line(wide)
    assert "3 stored, 2 fetched now (1 without a Message-ID), 1 left there" in line(wide)


@pytest.mark.peer("dovecot")
async def test_a_question_is_answered_while_the_server_is_waited_for(
    dovecot: Dovecot, user: str, begin: Begin, post: Post, server: Server
) -> None:
    await begin(toml(dovecot, user, **QUIET))
    await post.looked()
    await listening(server)
    for _ in range(4):  # each wait for news is twice as long as the one before
        began = time.monotonic()
        assert (await ask(server)).on_server == 0
        assert time.monotonic() - began < 20.0  # a wait for news is a minute
    several = await asyncio.gather(*(ask(server) for _ in range(4)))
    assert [report.error for report in several] == [None] * 4


@pytest.mark.peer("dovecot")
async def test_what_is_done_to_mails_is_done_to_those_that_were_fetched_later(
    dovecot: Dovecot, user: str, begin: Begin, post: Post, server: Server
) -> None:
    first = await begin(toml(dovecot, user, after="flag", **QUIET))
    await put(dovecot, user, letter("one"), date=time.time() - HOUR)
    await post.until(1)
    await post.looked()
    await first.stop()
    await put(dovecot, user, letter("two"), date=time.time() - HOUR)
    await post.move_cursor(2)
    await begin(toml(dovecot, user, after="flag", **QUIET))
    await listening(server)
    await until(lambda: dovecot.flags(user) == ["\\Flagged", "\\Flagged"])
    assert await post.subjects() == ["one", "two"]


@pytest.mark.peer("dovecot")
async def test_a_mailbox_that_cannot_be_read_is_told_and_one_that_nobody_reads_too(
    dovecot: Dovecot, user: str, begin: Begin, post: Post, server: Server
) -> None:
    with pytest.raises(NoResponders):
        await ask(server)
    intake = await begin(toml(dovecot, user, password="wrong", **QUIET))
    await post.until_state(lambda state: state.failures >= 1)
    await listening(server)
    report = await ask(server)
    assert report.error is not None
    assert "refuses to let us in" in report.error
    assert "not compared: the mailbox can't be read" in line(report)
    await intake.stop()
    with pytest.raises(NoResponders):
        await ask(server)


async def test_questions_wait_in_turn_and_no_more_than_a_few(server: Server) -> None:
    bus, asking = await server.connect("intake"), await server.connect("operator")
    questions = Questions(bus, "turn")
    listen = asyncio.create_task(questions.listen())

    async def put_one(days: float | None = None) -> bytes:
        payload = ReconcileRequest(days=days).encode()
        while True:
            try:
                return await rpc.request(asking, subjects.reconcile("turn"), payload, 20)
            except NoResponders:
                await asyncio.sleep(0.02)

    try:
        waiting = [asyncio.create_task(put_one(1))]
        await until(questions.wanted.is_set)
        waiting.append(asyncio.create_task(put_one(2)))
        first = questions.next()
        assert first is not None
        assert first.window is not None
        assert first.window.days == 1
        questions.tell(first, Comparison(now(), on_server=3))
        assert ReconcileReport.decode(await waiting[0]).on_server == 3
        await until(questions.wanted.is_set)
        more = [asyncio.create_task(put_one()) for _ in range(8)]
        done, _ = await asyncio.wait(more, return_when=asyncio.FIRST_COMPLETED)
        with pytest.raises(RemoteError, match="others are asking"):
            await next(iter(done))
        questions.refuse("the line is down")
        answers = await asyncio.gather(waiting[1], *more, return_exceptions=True)
        told = [ReconcileReport.decode(each).error for each in answers if isinstance(each, bytes)]
        assert told == ["the line is down"] * 8
        assert not questions.wanted.is_set()
    finally:
        listen.cancel()
        await asyncio.gather(listen, return_exceptions=True)
        await bus.close()
        await asking.close()


async def test_only_an_inbox_that_is_read_by_imap_can_be_compared(tmp_path: Path) -> None:
    settings = load(None, tmp_path)
    with pytest.raises(CannotStart, match="no inbox is read by IMAP"):
        await reconcile(settings, None, None, False)
    with pytest.raises(CannotStart, match="'support' is no inbox"):
        await reconcile(settings, "support", None, False)
