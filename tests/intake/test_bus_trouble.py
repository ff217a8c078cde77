"""The bus dead, full or far behind: senders are asked to come back, nothing is called accepted that is not, and it recovers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import structlog
from nats.js import JetStreamContext

from services.intake import acceptance
from services.intake import mail as building
from shared.bus.errors import BusUnavailable
from shared.bus.publish import Publisher
from tests.intake.conftest import Build, Dialog, Place, mail, serve_ledger, until, until_async


async def attempt(dialog: Dialog) -> str:
    """The first reply that is not a yes, or the last one."""
    for command in ("MAIL FROM:<ann@customer.example>", "RCPT TO:<support@acme.example>", "DATA"):
        reply = await dialog.say(command)
        if reply[:1] not in "23":
            await dialog.say("RSET")
            return reply
    return await dialog.finish(mail())


async def test_while_the_bus_is_dead_senders_get_451_and_afterwards_250(place: Build) -> None:
    here = await place()
    dialog = await here.dialog()
    assert (await dialog.send(mail())).startswith("250")
    here.server.stop()
    await until(lambda: not here.service.ready()["intake-bus"])
    replies = [await attempt(dialog) for _ in range(3)]
    assert [reply[:9] for reply in replies] == ["451 4.3.0"] * 3
    here.server.start()
    await until(lambda: here.service.ready()["intake-bus"])
    await until_async(lambda: accepted(dialog))
    counts = await here.ledger()
    assert counts["email//refused/unavailable"] >= 3
    assert set(counts) <= {"email//refused/unavailable", "email/support/refused/unavailable"}


async def accepted(dialog: Dialog) -> bool:
    return (await attempt(dialog)).startswith("250")


async def test_a_bus_that_dies_while_a_mail_is_sent_gives_451(place: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acceptance, "PUBLISH_LIMIT", 1.0)
    here = await place()
    dialog = await here.dialog()
    await dialog.envelope()
    here.server.stop()
    try:
        assert (await dialog.finish(mail())).startswith("451 4.3.0")
    finally:
        here.server.start()
    await until(lambda: here.service.ready()["intake-bus"])
    await until_async(lambda: accepted(dialog))
    assert (await here.ledger())["email/support/refused/unavailable"] == 1


async def test_every_250_given_while_the_bus_is_killed_again_and_again_is_on_it(place: Build) -> None:
    here = await place()
    sent: dict[str, str] = {}
    stop = asyncio.Event()

    async def client(name: int) -> None:
        dialog = await here.dialog()
        number = 0
        while not stop.is_set():
            number += 1
            identity = f"{name}-{number}-{id(here)}@customer.example"
            if (await dialog.say("MAIL FROM:<ann@customer.example>")).startswith("250"):
                await dialog.say("RCPT TO:<support@acme.example>")
                await dialog.say("DATA")
                if (await dialog.finish(mail(message_id=identity))).startswith("250"):
                    sent[identity] = "yes"
            else:
                await asyncio.sleep(0.01)

    clients = [asyncio.create_task(client(name)) for name in range(8)]
    for _ in range(3):
        before = len(sent)
        await until(lambda before=before: len(sent) > before + 20)  # type: ignore[misc]
        here.server.stop()
        here.server.start()
    before = len(sent)
    await until(lambda: len(sent) > before + 20)
    stop.set()
    await asyncio.gather(*clients)
    held = [message.message_id for message in await here.held()]
    assert set(sent) <= set(held)
    assert len(held) == len(set(held))


@asynccontextmanager
async def limited(here: Place, octets: int) -> AsyncIterator[JetStreamContext]:
    """INTAKE with room for so many octets only."""
    js = here.tester.jetstream()
    config = (await js.stream_info("INTAKE")).config
    before, config.max_bytes = config.max_bytes, octets
    await js.update_stream(config)
    try:
        yield js
    finally:
        config.max_bytes = before
        await js.update_stream(config)


async def test_while_the_stream_is_full_senders_get_452_and_nothing_old_is_lost(place: Build) -> None:
    here = await place()
    dialog = await here.dialog()
    async with limited(here, 20_000):
        replies = [await dialog.send(mail("x" * 3000)) for _ in range(10)]
        codes = [reply[:9] for reply in replies]
        yes = codes.count("250 2.0.0")
        assert 0 < yes < 10
        assert codes[yes:] == ["452 4.3.1"] * (10 - yes)
        assert len(await here.held()) == yes
    assert (await dialog.send(mail())).startswith("250")
    assert await here.ledger() == {"email/support/refused/full": 10 - yes}


async def test_while_too_many_messages_wait_senders_get_452_and_later_250(place: Build) -> None:
    here = await place(TWO_WAITING)
    dialog = await here.dialog()
    for _ in range(3):
        assert (await dialog.send(mail())).startswith("250")
    await here.service.backlog.look()
    assert here.service.backlog.waiting == 3
    assert (await dialog.say("MAIL FROM:<ann@customer.example>")).startswith("452 4.3.1")
    await here.tester.jetstream().purge_stream("INTAKE")
    await until(lambda: not here.service.backlog.over)
    assert (await dialog.send(mail())).startswith("250")
    assert await here.ledger() == {"email//refused/backlog": 1}


TWO_WAITING = """
[bus]
max_backlog = 2

[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
"""


async def test_a_blob_that_cannot_be_stored_is_451_and_no_message(
    place: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await place()
    publish = Publisher.publish

    async def without_blobs(self: Publisher, stream: str, *args: object, **kwargs: object) -> object:
        if stream.startswith("OBJ_"):
            raise BusUnavailable("no leader")
        return await publish(self, stream, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Publisher, "publish", without_blobs)
    dialog = await here.dialog()
    assert (await dialog.send(mail("x" * 20_000))).startswith("451 4.3.0")
    assert await here.held() == []
    assert (await dialog.send(mail("small"))).startswith("250")


async def test_a_slip_of_ours_is_451_logged_and_counted(place: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    here = await place()
    monkeypatch.setattr(building, "build", lambda *_: 1 / 0)
    with structlog.testing.capture_logs() as entries:
        dialog = await here.dialog()
        assert (await dialog.send(mail())).startswith("451 4.3.0")
        monkeypatch.undo()
        assert (await dialog.send(mail())).startswith("250")
    (entry,) = [entry for entry in entries if entry["log_level"] == "error"]
    assert isinstance(entry["exc_info"], ZeroDivisionError)
    assert len(entry["correlation_id"]) == 16
    assert await here.ledger() == {"email/support/refused/failed": 1}


async def test_counts_wait_for_the_store_and_a_repeated_note_keeps_its_id(place: Build) -> None:
    here = await place(ledger=False)
    ledger = here.service.ledger
    ledger.count("refused", "support", "full")
    assert not await ledger.flush(0.2)
    ledger.count("refused", "support", "full")
    ledger.count("duplicate", "sales", "bus")
    assert not await ledger.flush(0.2)
    assert ledger.waiting == {"email/support/refused/full": 2, "email/sales/duplicate/bus": 1}
    open_note = ledger._open
    assert open_note is not None
    await serve_ledger(here.tester, here.notes)
    assert await here.ledger() == {"email/support/refused/full": 2, "email/sales/duplicate/bus": 1}
    assert here.notes[0].note_id == open_note.note_id
    assert here.notes[0].counts == {"email/support/refused/full": 1}
    assert ledger.waiting == {}


async def test_stopping_hands_the_last_counts_over(place: Build) -> None:
    here = await place()
    here.service.ledger.count("refused", "", "busy")
    await here.service.stop()
    assert [note.counts for note in here.notes] == [{"email//refused/busy": 1}]
