"""Telegram through the whole house: bus, store, router, notifier and intake, with the simulator on both ends."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.intake.service import IntakeService
from services.notifier.service import NotifierService
from services.router.service import RouterService
from services.simulators import TelegramSimulator
from services.store.service import StoreService
from shared.bus import rpc, subjects, topology
from shared.bus.blobs import Blobs
from shared.bus.publish import Publisher
from shared.clock import now
from shared.messages.command import Command, CommandResult, Reply
from shared.messages.ticket import TicketAnswer, TicketQuery, TicketsPage, TicketsQuery, TicketView
from shared.secrets import Keyring
from shared.service import Context, Room
from shared.settings import effective, load
from tests.natsserver import NatsServer

CONFIG = """
[company]
name = "Acme"

[smtp]
listen = "127.0.0.1:0"

[[inbox]]
name = "bot"
channel = "telegram"
token = "{token}"
api_url = "{url}"
"""


class Whole:
    """All rooms but the desk."""

    def __init__(self, folder: Path, api: TelegramSimulator) -> None:
        self.folder, self.api = folder, api
        self.server = NatsServer(folder / "nats", durable=False)
        self.contexts: list[Context] = []
        self.rooms: list[Room] = []

    async def start(self) -> None:
        (self.folder / "trunkline.toml").write_text(CONFIG.format(token=self.api.bot.token, url=self.api.url))
        self.server.start()
        store = await self._context("store")
        await topology.reconcile(store.bus.jetstream(), replicas=1, inboxes=[("telegram", "bot")])
        keeper = StoreService(store, database_url="")
        await self._open(keeper)
        configuration = effective(store.settings)
        await keeper.commit_configuration(configuration, configuration["version"])
        await self._open(RouterService(await self._context("router")))
        await self._open(NotifierService(await self._context("notifier")))
        await self._open(IntakeService(await self._context("intake")))
        self.operator = await self._context("operator")

    async def _open(self, room: Any) -> None:
        await room.start()
        self.rooms.append(room)

    async def _context(self, user: str) -> Context:
        bus = await self.server.connect(user)
        settings = load(self.folder / "trunkline.toml", self.folder)
        keyring = Keyring("a", {"a": b"k" * 32})
        context = Context(settings, keyring, self.folder, bus, Publisher(bus), Blobs(bus), embedded=True)
        self.contexts.append(context)
        return context

    async def stop(self) -> None:
        for room in reversed(self.rooms):
            await room.stop()
        for context in self.contexts:
            await context.bus.close()
        self.server.kill()

    async def _query(self, name: str, query: Any) -> bytes:
        return await rpc.request(self.operator.bus, subjects.query(name), query.encode())

    async def tickets(self) -> list[TicketView]:
        page = TicketsPage.decode(await self._query("tickets", TicketsQuery()))
        numbers = sorted(int(item.number.removeprefix("T-")) for item in page.items)
        found = [TicketAnswer.decode(await self._query("ticket", TicketQuery(number=each))).ticket for each in numbers]
        return [ticket for ticket in found if ticket is not None]

    async def reply(self, number: int, text: str) -> None:
        action = Reply(number=number, text=text)
        command = Command(command_id=uuid4().hex, actor="system", channel="cli", at=now(), action=action)
        answer = await rpc.request(self.operator.bus, subjects.ROUTER_COMMAND, command.encode())
        assert CommandResult.decode(answer).error is None

    async def delivery(self, number: int, state: str) -> None:
        """Wait until the newest delivery of a ticket is in this state."""
        async with asyncio.timeout(60):
            while True:
                ticket = TicketAnswer.decode(await self._query("ticket", TicketQuery(number=number))).ticket
                assert ticket is not None
                if ticket.deliveries and ticket.deliveries[-1].state == state:
                    return
                await asyncio.sleep(0.05)


@pytest.fixture
async def whole(tmp_path: Path, bot_api: TelegramSimulator) -> AsyncIterator[Whole]:
    made = Whole(tmp_path, bot_api)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


async def test_a_burst_is_one_ticket_with_one_acknowledgement_and_answers_come_back_to_the_chat(
    whole: Whole, bot_api: TelegramSimulator
) -> None:
    ana = bot_api.customer(501, "Ana Kovač", "hr")
    ana.starts()
    ana.writes("Moj pisač ne radi od jučer ujutro")
    ana.sends_album([b"one", b"two"], "ovako izgleda")
    ana.writes("hvala")
    await bot_api.until(lambda: ana.texts, 60)
    async with asyncio.timeout(60):
        while len(found := await whole.tickets()) < 1 or len(found[0].messages or []) < 4:
            await asyncio.sleep(0.05)
    (ticket,) = await whole.tickets()
    number = int(ticket.number.removeprefix("T-"))
    assert (ticket.channel, ticket.inbox, ticket.language) == ("telegram", "bot", "hr")
    assert [point.value for point in ticket.contact.points if point.kind == "telegram"] == ["501"]
    assert [len(each.attachments) for each in (ticket.messages or [])] == [0, 1, 1, 0]
    await whole.reply(number, "Popravljeno je.")
    await bot_api.until(lambda: "Popravljeno je." in ana.texts)
    await whole.delivery(number, "accepted")
    assert len(ana.texts) == 2
    assert ticket.number in ana.texts[0]
    bot_api.faults.lose_response(on="sendMessage")
    await whole.reply(number, "Javite se.")
    await whole.delivery(number, "unknown")
    ana.blocks()
    await whole.reply(number, "Halo?")
    await whole.delivery(number, "failed")
    assert bot_api.times_sent(501, "Javite se.") == 1
    assert ana.texts[1:] == ["Popravljeno je.", "Javite se."]
    assert len(await whole.tickets()) == 1
