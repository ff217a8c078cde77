"""The drill at three in the morning: a house at work is backed up, lost, and restored in another folder."""

import asyncio
import json
import os
import shutil
import smtplib
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from services.composition.house import House
from services.composition.operating import operator
from services.composition.running import whole
from shared.bus.permissions import Rights
from shared.messages.people import HeldDeliveries, HeldDeliveriesQuery
from shared.messages.ticket import TicketsPage, TicketsQuery
from shared.settings import Settings, load
from tests.natsserver import NatsServer
from tests.people.conftest import made
from tests.people.patience import SECONDS, until
from tests.ports import free_port
from tests.store.postgres import Postgres
from tests.system.mailing import Sink, letter
from tests.system.processes import ROOT, TRUNKLINE


def settings_for(folder: Path, data: Path, relay: str, more: str = "") -> Settings:
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
{more}"""
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
    with smtplib.SMTP(settings.smtp.listen.host, settings.smtp.listen.port, timeout=60) as client:
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


async def trunkline(settings: Settings, *arguments: str, code: int = 0) -> str:
    """What the command prints, run as an operator would."""
    place = ("--config", str(settings.data.parent / "trunkline.toml"), "--data", str(settings.data))
    base = {key: value for key, value in os.environ.items() if not key.startswith("TRUNKLINE_")}
    process = await asyncio.create_subprocess_exec(
        *TRUNKLINE,
        *arguments,
        *place,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=base | {"PYTHONPATH": str(ROOT)},
        cwd=settings.data.parent,
    )
    async with asyncio.timeout(SECONDS):
        said, complained = await process.communicate()
    assert process.returncode == code, (arguments, said, complained)
    assert b"Traceback" not in complained, complained.decode()
    return (complained if code else said).decode()


async def forgotten(old: Settings, name: str) -> None:
    """Somebody is handed what is theirs, and forgotten."""
    address = f"{name}@client.example"
    assert "1 tickets, 1 messages" in await trunkline(old, "takeout", address, "--out", f"{name}.zip")
    told = json.loads(await trunkline(old, "erase", address.upper(), "--yes", "--json"))
    assert (told["tickets"], told["contacts"]) == (1, 1), told


async def lost(folder: Path, old: Settings, sink: Sink) -> list[str]:
    """A house at work, its backup, and its end; whose mails it had taken before the backup began."""
    first, unsent, unrouted = ["a1", "a2", "a3"], ["b1", "b2"], ["c1", "c2", "c3"]
    async with at_work(old) as house:
        await asyncio.to_thread(post, old, *first)
        await until(lambda: _is(sink.count == 3))
        await forgotten(old, "a1")
        sink.stop()  # what is answered from now on waits for the relay
        await asyncio.to_thread(post, old, *unsent)

        async def opened() -> bool:
            return len(await ask_tickets(old)) == 5

        await until(opened)
        (router,) = [room for room in house.running if room.name == "router"]
        await router.stop()  # what comes now is accepted, and lies on the bus
        await asyncio.to_thread(post, old, *unrouted)
        load_ = asyncio.create_task(asyncio.to_thread(post, old, *(f"d{n}" for n in range(5))))
        about = json.loads(await trunkline(old, "backup", "safe.backup", "--json"))
        await load_
    assert stat.S_IMODE((folder / "safe.backup").stat().st_mode) == 0o600
    assert about["tickets"] == 5
    assert about["open"]["INTAKE"] >= 3
    shutil.rmtree(old.data)
    return [*first[1:], *unsent, *unrouted]


async def drill(folder: Path, sink: Sink, database_url: str, bus: NatsServer) -> None:
    (folder / "old").mkdir()
    old = settings_for(folder / "old", folder / "old" / "data", sink.url)
    taken = await lost(folder / "old", old, sink)
    sink.start()
    more = f'[database]\nurl = "{database_url}"\n[bus]\nurl = "{bus.url("everything")}"\n'
    (folder / "new").mkdir()
    new = settings_for(folder / "new", folder / "new" / "data", sink.url, more)
    told = json.loads(await trunkline(new, "restore", str(folder / "old" / "safe.backup"), "--json"))
    assert told["settled"]
    assert sink.count == 3, "restoring has sent something"
    async with at_work(new):
        tickets = await ask_tickets(new)
        there = {point.value.partition("@")[0] for each in tickets for point in each.contact.points}
        assert set(taken) <= there
        assert "a1" not in there
        assert await ledger_adds_up(new) == len(tickets)
        waiting = await held(new)
        assert {each.to.partition("@")[0] for each in waiting} == there - {"a2", "a3"}
        assert sink.count == 3, "what is held was sent"
        again = settings_for(folder / "new", folder / "new" / "more", sink.url, more)
        backup = str(folder / "old" / "safe.backup")
        released, refused = await asyncio.gather(
            trunkline(new, "deliveries", "release", "--all"),
            trunkline(again, "restore", backup, code=1),
        )
        assert released == f"released {len(waiting)}\n"
        assert "is at work on this bus" in refused
        await until(lambda: _is(sink.count == 3 + len(waiting)))
        assert not await held(new)
        assert all(len(mails) == 1 for mails in sink.got.values()), "somebody was answered twice"
        # A number that was given after the backup, and told to somebody, is nobody else's.
        await asyncio.to_thread(post, new, "later")
        await until(lambda: _is("later@client.example" in sink.got))
        assert "T-2" in str(sink.got["later@client.example"][0]["Subject"])


async def _is(what: bool) -> bool:
    return what


def test_what_was_lost_comes_back_whole_and_nothing_is_sent_until_somebody_releases_it(
    tmp_path: Path, postgres: Postgres
) -> None:
    """By the commands that an operator has, from SQLite and the bus in the house onto PostgreSQL and a bus elsewhere."""
    sink = Sink().start()
    bus = NatsServer(tmp_path / "bus", externals={"everything": Rights((">",), (">",))}, durable=False)
    try:
        bus.start()
        asyncio.run(drill(tmp_path, sink, asyncio.run(made(postgres)), bus))
    finally:
        bus.kill()
        sink.stop()
