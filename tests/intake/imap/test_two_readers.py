"""One mailbox and several intakes: one reads, another goes on within seconds, and whoever wakes too late moves nothing."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.intake.imap.errors import Fenced
from services.intake.mail import Envelope
from tests.conftest import ROOT
from tests.intake.conftest import Server, until
from tests.intake.imap.conftest import Begin, Post, letter, toml
from tests.intake.imap.dovecot import Dovecot

pytestmark = pytest.mark.peer("dovecot")
SOON = 25.0
"""Seconds that a busy machine has for what takes three."""


class Alone:
    """An intake in another process."""

    def __init__(self, server: Server, folder: Path, text: str) -> None:
        folder.mkdir()
        (folder / "trunkline.toml").write_text(f'[smtp]\nlisten = "127.0.0.1:0"\n{text}')
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.intake.imap.alone", server.url("intake"), str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    async def says(self, word: str, timeout: float = 60.0) -> None:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(asyncio.to_thread(self.process.stdout.readline), timeout)
        assert line.strip() == word

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> None:
        self.process.kill()
        self.process.wait(60)
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def alone(server: Server, post: Post, dovecot: Dovecot, user: str, tmp_path: Path) -> Iterator[Alone]:
    if server.process is None:
        server.start()
    process = Alone(server, tmp_path / "alone", toml(dovecot, user))
    yield process
    process.end()


async def put(dovecot: Dovecot, user: str, *mails: bytes) -> None:
    await asyncio.to_thread(dovecot.put, *mails, user=user)


async def test_of_two_intakes_one_reads_and_the_other_goes_on_when_it_stops(
    dovecot: Dovecot, user: str, begin: Begin, post: Post
) -> None:
    first, second = await begin(toml(dovecot, user)), await begin(toml(dovecot, user))
    readers = [first.mailboxes.readers[0], second.mailboxes.readers[0]]
    await until(lambda: any(reader.lease.state.connected for reader in readers))
    await put(dovecot, user, letter("one"))
    await post.until(1)
    assert [reader.lease.held for reader in readers].count(True) == 1
    holder = readers[0].lease.held
    before = await post.state()
    assert before is not None
    await (first if holder else second).stop()
    left = await post.state()
    assert left is not None
    assert left.yields or left.owner != before.owner, "not given back: others wait until it has ended"
    await post.looked(readers[1] if holder else readers[0])
    await put(dovecot, user, letter("two"))
    assert await post.until(2) == ["one", "two"]


async def test_a_paused_or_killed_reader_is_replaced_within_seconds_and_changes_nothing_when_it_wakes(
    alone: Alone, dovecot: Dovecot, user: str, begin: Begin, post: Post
) -> None:
    await alone.says("taken")
    await put(dovecot, user, letter("one"))
    await post.until(1)
    await begin(toml(dovecot, user))
    assert not post.reader.lease.held
    alone.signal(signal.SIGSTOP)
    began = time.monotonic()
    await until(lambda: post.reader.lease.state.connected and post.reader.lease.held, SOON)
    assert time.monotonic() - began < SOON
    await put(dovecot, user, letter("two"))
    assert await post.until(2) == ["one", "two"]
    await post.looked()
    before = await post.cursor()
    alone.signal(signal.SIGCONT)
    await alone.says("lost")
    await put(dovecot, user, letter("three"))
    assert await post.until(3) == ["one", "two", "three"]
    after = await post.cursor()
    assert (before["reader"], after["reader"]) == (post.reader._name, post.reader._name)
    assert post.reader.lease.held
    await post.intakes[0].stop()
    await alone.says("taken")
    await begin(toml(dovecot, user))
    alone.signal(signal.SIGKILL)
    await put(dovecot, user, letter("four"))
    assert (await post.until(4, SOON))[3] == "four"


async def test_a_reader_that_believes_in_its_lease_cannot_move_the_cursor_of_another(
    dovecot: Dovecot, user: str, begin: Begin, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeper = await begin(toml(dovecot, user))
    reader = post.reader
    await post.looked()
    asleep, wake = asyncio.Event(), asyncio.Event()
    accept = sleeper._acceptance.accept

    async def paused(raw: bytes, envelope: Envelope) -> object:
        asleep.set()
        await wake.wait()
        return await accept(raw, envelope)

    async def renewed() -> None:
        return

    errors: list[type[Exception]] = []
    move = reader._place.move

    async def moved(cursor: object) -> None:
        try:
            await move(cursor)  # type: ignore[arg-type]
        except Fenced:
            errors.append(Fenced)
            raise

    monkeypatch.setattr(sleeper._acceptance, "accept", paused)
    monkeypatch.setattr(reader.lease, "renew", renewed)  # no renewals, and a clock that stands still: paused
    now = reader.lease._monotonic()
    monkeypatch.setattr(reader.lease, "_monotonic", lambda: now)
    monkeypatch.setattr(reader._place, "move", moved)
    await put(dovecot, user, letter("one"))
    await asyncio.wait_for(asleep.wait(), 60)
    other = (await begin(toml(dovecot, user))).mailboxes.readers[0]
    assert await post.until(1) == ["one"]
    await post.looked(other)
    before = await post.cursor()
    assert reader.lease.held  # or so it believes
    wake.set()
    await until(lambda: errors == [Fenced])
    assert await post.cursor() == before
    assert await post.subjects() == ["one"]
