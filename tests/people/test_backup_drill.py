"""The drill at three in the morning: a house at work is backed up, lost, and restored in another folder."""

import asyncio
import os
import shutil
import smtplib
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from services.composition.backing.restoring import restore
from services.composition.backing.saving import backup
from services.composition.house import House
from services.composition.operating import operator
from services.composition.running import whole
from shared.messages.people import HeldDeliveries, HeldDeliveriesQuery, ReleaseDelivery
from shared.messages.ticket import TicketsPage, TicketsQuery
from shared.settings import Settings, load
from tests.desk.house import until
from tests.ports import free_port
from tests.system.mailing import Sink, letter


def settings_for(folder: Path, data: Path, relay: str) -> Settings:
    file = folder / "trunkline.toml"
    file.write_text(
        f"""
[web]
listen = "127.0.0.1:{free_port()}"
[smtp]
listen = "127.0.0.1:{free_port()}"
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
send = "{relay}"
"""
    )
    return load(file, data, {})


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[House]:
    async with whole(settings) as house:
        await house.start()
        try:
            yield house
        finally:
            await house.stop()


def post(settings: Settings, *names: str) -> None:
    with smtplib.SMTP(settings.smtp.listen.host, settings.smtp.listen.port, timeout=30) as client:
        for name in names:
            mail = letter(name, f"{name}@client.example", to="support@acme.example", text=f"{name} does not work.\n")
            mail.add_attachment(os.urandom(40_000), maintype="application", subtype="octet-stream", filename="log.bin")
            client.send_message(mail)


async def ask_tickets(settings: Settings) -> list[Any]:
    async with operator(settings) as running:
        return TicketsPage.decode(await running.ask("tickets", TicketsQuery(per_page=100).encode())).items


async def held(settings: Settings) -> list[Any]:
    async with operator(settings) as running:
        answer = await running.ask("held_deliveries", HeldDeliveriesQuery().encode())
        return HeldDeliveries.decode(answer).items


async def ledger_adds_up(settings: Settings) -> int:
    async with operator(settings) as running:
        (line,) = [each for each in await running.ledger(None) if each.inbox == "support"]
    assert line.received == line.stored + line.duplicate + line.quarantined + line.refused + line.dead, line
    assert line.in_flight == 0, line
    return line.received


async def drill(folder: Path, sink: Sink) -> None:
    old = settings_for(folder, folder / "data", sink.url)
    file = folder / "safe.backup"
    first, unsent, unrouted = ["a1", "a2", "a3"], ["b1", "b2"], ["c1", "c2", "c3"]
    async with at_work(old) as house:
        await asyncio.to_thread(post, old, *first)
        await until(lambda: _is(sink.count == 3))
        sink.stop()  # what is answered from now on waits for the relay
        await asyncio.to_thread(post, old, *unsent)

        async def opened() -> bool:
            return len(await ask_tickets(old)) == 5

        await until(opened)
        (router,) = [room for room in house.running if room.name == "router"]
        await router.stop()  # what comes now is accepted, and lies on the bus
        await asyncio.to_thread(post, old, *unrouted)
        load_ = asyncio.create_task(asyncio.to_thread(post, old, *(f"d{n}" for n in range(10))))
        about = await backup(old, file)
        await load_
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert about["database"]["rows"]["ticket"] == 5
    assert about["streams"]["messages"]["INTAKE"] >= 3
    shutil.rmtree(old.data)

    sink.start()
    new = settings_for(folder, folder / "elsewhere" / "data", sink.url)
    restored = await restore(new, file)
    assert restored.settled
    assert sink.count == 3, "restoring has sent something"
    async with at_work(new):
        tickets = await ask_tickets(new)
        there = {each.contact.points[0].value.partition("@")[0] for each in tickets}
        assert {*first, *unsent, *unrouted} <= there
        assert await ledger_adds_up(new) == len(tickets)
        waiting = await held(new)
        assert {each.to.partition("@")[0] for each in waiting} == there - set(first)
        assert sink.count == 3, "what is held was sent"
        async with operator(new) as running:
            for each in waiting:
                await running.do(ReleaseDelivery(delivery_id=each.id))
        await until(lambda: _is(sink.count == len(tickets)))
        assert not await held(new)
        assert all(len(mails) == 1 for mails in sink.got.values()), "somebody was answered twice"
        # A number that was given after the backup, and told to somebody, is nobody else's.
        await asyncio.to_thread(post, new, "later")
        await until(lambda: _is("later@client.example" in sink.got))
        assert "T-2" in str(sink.got["later@client.example"][0]["Subject"])


async def _is(what: bool) -> bool:
    return what


def test_what_was_lost_comes_back_whole_and_nothing_is_sent_until_somebody_releases_it(tmp_path: Path) -> None:
    sink = Sink().start()
    try:
        asyncio.run(drill(tmp_path, sink))
    finally:
        sink.stop()
