"""Large and odd mail is read beside the event loop."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import pytest

from shared.mail import MailReader, needs_worker, parse_mail
from shared.mail.worker import _Child

PDF = b"%PDF-1.7 and so on " * 8000
BIG = (
    b"From: a@b.example\r\nMessage-ID: <big@b.example>\r\nSubject: big\r\nDate: Sat, 31 Jan 2026 11:00:00 +0100\r\n"
    b"Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nSee the attached file ref:"
    + b"a"
    * 30
    + b"\r\n--q\r\n"
    b"Content-Type: application/pdf; name=x.pdf\r\n\r\n" + PDF + b"\r\n--q--\r\n"
)


@pytest.fixture
async def reader() -> AsyncIterator[MailReader]:
    reader = MailReader()
    yield reader
    await reader.close()


async def test_a_large_mail_comes_out_as_if_read_here(reader: MailReader) -> None:
    assert needs_worker(BIG)
    apart, here = await reader.read(BIG), parse_mail(BIG)
    assert apart == here
    assert apart.attachments[0].content == PDF
    assert apart.body_tokens == ["a" * 30]


async def test_an_ordinary_mail_needs_no_process(reader: MailReader) -> None:
    parsed = await reader.read(b"From: a@b.example\nSubject: x\n\nhello there, all of you\n")
    assert parsed.text == "hello there, all of you\n"
    assert not reader._children


async def test_several_mails_share_the_processes() -> None:
    reader = MailReader(workers=2)
    read = await asyncio.gather(*(reader.read(BIG.replace(b"big@", b"%d@" % number)) for number in range(6)))
    assert [each.message_id for each in read] == [f"{number}@b.example" for number in range(6)]
    assert len(reader._children) == 2
    await reader.close()


async def test_a_mail_that_takes_too_long_is_read_degraded_and_the_process_replaced(
    reader: MailReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reader.read(BIG)
    (child,) = reader._children
    assert child._process is not None
    os.kill(child._process.pid, signal.SIGSTOP)
    reader._time_limit = 0.2
    parsed = await reader.read(BIG)
    assert parsed.defects == ["reading-timed-out"]
    assert (parsed.subject, parsed.message_id, parsed.from_.address) == ("big", "big@b.example", "a@b.example")
    assert parsed.text.startswith("See the attached file")
    assert parsed.source_id.startswith("mail-")
    assert child._process.returncode is not None
    reader._time_limit = 10.0
    assert (await reader.read(BIG)).defects == []


async def test_a_process_that_dies_gives_a_degraded_mail_and_is_replaced(reader: MailReader) -> None:
    await reader.read(BIG)
    (child,) = reader._children
    assert child._process is not None
    child._process.kill()
    assert (await reader.read(BIG)).defects == ["reading-failed"]
    assert (await reader.read(BIG)).defects == []


async def test_a_process_out_of_memory_never_hurts_the_reader() -> None:
    reader = MailReader(memory_limit=1 << 20)
    assert (await reader.read(BIG)).defects == ["reading-failed"]
    await reader.close()


async def test_a_cancelled_reading_leaves_nothing_behind(reader: MailReader) -> None:
    await reader.read(BIG)
    task = asyncio.create_task(reader.read(BIG))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await reader.read(BIG)).subject == "big"


async def test_the_loop_turns_while_attack_mails_are_read(reader: MailReader) -> None:
    await reader.start()
    await reader.read(BIG)
    longest = 0.0

    async def turn() -> None:
        nonlocal longest
        while True:
            begun = time.thread_time()
            await asyncio.sleep(0.005)
            longest = max(longest, time.thread_time() - begun)

    turning = asyncio.create_task(turn())
    for attack in (
        b"Subject: x\n\n" + b"y" * 35_000_000,
        b"Content-Type: multipart/mixed; boundary=q\n\n" + b"--q\n\nx\n" * 1_000_000,
        b"Content-Type: multipart/mixed; boundary=q\n\n" * 3_000,
        BIG.replace(PDF, PDF * 200),
    ):
        await reader.read(attack)
    turning.cancel()
    # The promise is 100 ms; by the thread's own time, as other programs do not count; a slow machine gets more.
    assert longest < 0.5


async def test_the_child_ends_when_its_input_closes() -> None:
    child = _Child(1 << 30)
    await child.start()
    assert child._process is not None
    assert child._process.stdin is not None
    child._process.stdin.close()
    assert await asyncio.wait_for(child._process.wait(), 60) == 0


async def test_a_closed_reader_reads_no_more() -> None:
    reader = MailReader()
    await reader.read(BIG)
    await reader.close()
    with pytest.raises(RuntimeError):
        await reader.read(BIG)
