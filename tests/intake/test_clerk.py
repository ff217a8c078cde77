"""While many mails come at once a second process reads them: the same messages, and nothing is lost with it."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.intake import mail as mails
from services.intake.clerk import office as offices
from services.intake.clerk.frames import Frames, Request, pack_answer, pack_request, unpack_answer, unpack_request
from services.intake.clerk.office import Failed, Office
from services.intake.mail import Blob, Envelope
from services.intake.writing import Written, write
from shared.mail import needs_worker, parse_mail
from tests.intake.conftest import Build, mail, until

ENVELOPE = Envelope(
    "c0ffee", "127.0.0.1", "ann@customer.example", ("Support@ACME.example", "ż@shop.example"), ("support", "sales")
)
NOW = datetime(2026, 1, 31, 10, 0, 0, 123456, tzinfo=UTC)
ATTACHED = (
    b"From: a@b.example\r\nMessage-ID: <1@b.example>\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nSee the file\r\n"
    b"--q\r\nContent-Type: application/pdf; name=x.pdf\r\n\r\n\x00\x01\xff pdf\r\n--q--\r\n"
)
LONG = mail("All of it is broken. " * 1000)


def request(raw: bytes) -> Request:
    return Request(raw, ENVELOPE, NOW, 1 << 20)


def here(raw: bytes) -> Written:
    return write(parse_mail(raw), raw, mails.fingerprint(raw), ENVELOPE, NOW, 1 << 20)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = Office(hire_after=0)
    await hired(office)
    yield office
    await office.close()


async def hired(office: Office) -> None:
    await until(lambda: office.takes(offices.CROWD), 60)


def pid(office: Office) -> int:
    assert office._clerk is not None
    assert office._clerk.process is not None
    return office._clerk.process.get_pid()


@pytest.mark.parametrize("raw", [mail("Grüße, es geht nicht."), ATTACHED, LONG, b"", b"\xff\x00 no mail at all"])
async def test_the_clerk_writes_what_would_be_written_here(office: Office, raw: bytes) -> None:
    assert await office.write(request(raw)) == here(raw)


async def test_each_of_many_gets_the_answer_to_its_own_mail(office: Office) -> None:
    raws = [mail(f"number {number} " * (1 + number % 50)) for number in range(200)]
    assert await asyncio.gather(*(office.write(request(raw)) for raw in raws)) == [here(raw) for raw in raws]


async def test_nobody_is_hired_for_mails_that_come_alone_or_in_a_short_burst() -> None:
    office = Office()
    assert not any(office.takes(1) for _ in range(1000))
    assert not any(office.takes(offices.CROWD) for _ in range(offices.HIRE_AFTER))
    assert office._hiring is None
    await office.close()


async def test_a_busy_clerk_is_given_no_more(office: Office) -> None:
    os.kill(pid(office), signal.SIGSTOP)
    waiting = [asyncio.ensure_future(office.write(request(mail()))) for _ in range(offices.MOST)]
    await asyncio.sleep(0)
    assert not office.takes(offices.CROWD)
    os.kill(pid(office), signal.SIGCONT)
    await asyncio.gather(*waiting)
    assert office.takes(offices.CROWD)


async def test_a_clerk_that_dies_tells_everybody_who_waits_and_rests_before_the_next(office: Office) -> None:
    os.kill(pid(office), signal.SIGSTOP)
    waiting = [asyncio.ensure_future(office.write(request(mail()))) for _ in range(3)]
    await asyncio.sleep(0)
    os.kill(pid(office), signal.SIGKILL)
    assert {type(each) for each in await asyncio.gather(*waiting, return_exceptions=True)} == {Failed}
    assert not office.takes(offices.CROWD)
    assert office._hiring is None
    office._rest_until = 0.0
    await hired(office)
    assert await office.write(request(ATTACHED)) == here(ATTACHED)


async def test_a_clerk_that_does_not_answer_is_ended() -> None:
    office = Office(hire_after=0, time_limit=0.2)
    await hired(office)
    os.kill(pid(office), signal.SIGSTOP)
    with pytest.raises(Failed):
        await asyncio.wait_for(office.write(request(mail())), 60)
    await office.close()


async def test_a_clerk_without_work_is_let_go_and_another_hired_when_needed() -> None:
    office = Office(hire_after=0, idle=0.0)
    await hired(office)
    clerk = office._clerk
    assert clerk is not None
    await asyncio.wait_for(clerk.ended.wait(), 60)
    assert not clerk.failed
    await hired(office)
    await office.close()


async def test_the_answer_to_a_mail_that_was_given_up_is_nobody_elses(office: Office) -> None:
    task = asyncio.create_task(office.write(request(mail("given up"))))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await office.write(request(ATTACHED)) == here(ATTACHED)


async def test_a_closed_office_leaves_no_process(office: Office) -> None:
    process = pid(office)
    await office.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert not office.takes(offices.CROWD)


async def test_a_clerk_that_cannot_be_started_costs_no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.intake.clerk.office.sys.executable", "/nowhere/python")
    office = Office(hire_after=0)
    assert not office.takes(offices.CROWD)
    await until(lambda: office._hiring is None)
    assert not office.takes(offices.CROWD)
    await office.close()


def test_frames_come_out_whole_however_they_were_cut() -> None:
    sent = b"".join(pack_request(number, request(raw)) for number, raw in enumerate((ATTACHED, b"", LONG)))
    for size in (1, 7, 1000, len(sent)):
        frames = Frames()
        found = [each for at in range(0, len(sent), size) for each in frames.feed(sent[at : at + size])]
        assert [(number, unpack_request(body)) for number, body in found] == [
            (0, request(ATTACHED)),
            (1, request(b"")),
            (2, request(LONG)),
        ]


def test_an_answer_says_which_blob_is_the_mail_itself() -> None:
    written = Written(
        "mail-1", b"{}", [Blob("a" * 64, LONG, "message/rfc822"), Blob("b" * 64, b"\x00pdf", "application/pdf")]
    )
    packed = pack_answer(7, LONG, written)
    assert len(packed) < 1000
    ((number, body),) = Frames().feed(packed)
    assert (number, unpack_answer(body, LONG)) == (7, written)


@pytest.mark.parametrize("broken", [b"\x00", b"\x00\x00\x00\x09nonsense!", b"\x00\x00\x00\x02[]"])
def test_a_broken_answer_is_noticed(broken: bytes) -> None:
    with pytest.raises(ValueError):
        unpack_answer(broken, b"")


def test_a_frame_that_cannot_be_is_noticed() -> None:
    with pytest.raises(ValueError):
        list(Frames().feed(b"\xff" * 12))


@pytest.mark.peer("corpora")
async def test_real_and_broken_mail_is_written_by_the_clerk_as_it_would_be_here(
    office: Office, corpora_path: Path
) -> None:
    files = sorted(file for file in (corpora_path / "mail").rglob("*") if file.is_file())
    raws = [file.read_bytes() for file in random.Random(7).sample(files, min(len(files), 150))]
    for raw in raws:
        if not needs_worker(raw):
            assert await office.write(request(raw)) == here(raw)


async def test_mails_in_a_crowd_are_all_kept_though_the_clerk_is_killed_among_them(
    place: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offices, "CROWD", 1)
    office = Office(hire_after=0)
    here = await place(office=office)
    dialogs = [await here.dialog() for _ in range(8)]
    killed = asyncio.Event()
    kept: list[str] = []

    async def send(number: int) -> None:
        # Some before the clerk came, some in its hands when it is killed, and one after that.
        last = False
        while not last:
            last = killed.is_set()
            reply = await dialogs[number].send(mail(f"mail of {number}"))
            assert reply.startswith("250"), reply
            kept.append(reply)

    async def kill() -> None:
        await until(lambda: office._clerk is not None and office._clerk.ready, 60)
        while office._clerk is not None and not office._clerk.open:
            await asyncio.sleep(0)
        os.kill(pid(office), signal.SIGKILL)
        killed.set()

    async with asyncio.timeout(180), asyncio.TaskGroup() as group:
        group.create_task(kill())
        for number in range(len(dialogs)):
            group.create_task(send(number))
    held = await here.held()
    assert len(held) == len(kept)
    assert not [each.defects for each in held if each.defects]
