"""Intakes with bots of the simulator: a real bus, the real library over real HTTP, and what a test wants to know of all three."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import nats.errors
import pytest

from services.composition.web import WebServer
from services.intake.accepting import Accepting
from services.intake.backlog import Backlog
from services.intake.ledger import LedgerNotes
from services.intake.telegram.bots import bots
from services.intake.telegram.reader import BotReader, Timing, readers
from services.intake.web import create_app
from services.simulators import TelegramSimulator
from shared.bus import topology
from shared.bus.blobs import Blobs
from shared.bus.connection import BusConnection
from shared.bus.permissions import Rights
from shared.bus.publish import Publisher
from shared.messages.inbound import Inbound
from shared.secrets import Keyring
from shared.service import Context
from shared.settings import Settings
from shared.settings.quantities import Listen
from tests.natsserver import NatsServer, free_port

QUICK = Timing(poll=10.0, first=0.05, longest=0.2, certain=0.05, webhook=0.2, files=0.1, renew=0.2, kept=1.5, ended=2.0)
KEYRING = Keyring("a", {"a": b"k" * 32})
INBOXES = [("telegram", "bot"), ("telegram", "second")]
SECOND = "7000002:another_simulated_bot_of_the_desk_x"
TESTER = "tester"


@pytest.fixture(scope="session")
def bus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    # Nobody pulls the plug here: what is written survives the end of the server.
    server = NatsServer(
        tmp_path_factory.mktemp("telegram-bus"), externals={TESTER: Rights((">",), (">",))}, durable=False
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def bot_api() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as started:
        yield started


def configured(
    api: TelegramSimulator, *, mode: str = "polling", port: int = 1, tokens: dict[str, str] | None = None
) -> Settings:
    """Inboxes with these bots; the simulator's first one unless told otherwise."""
    tokens = tokens or {"bot": api.bot.token}
    return Settings.model_validate(
        {
            "company": {"name": "Acme", "public_url": f"http://127.0.0.1:{port}"},
            "inbox": [
                {"name": name, "channel": "telegram", "token": token, "api_url": api.url, "mode": mode}
                for name, token in tokens.items()
            ],
        }
    )


@dataclass
class Intake:
    """The Telegram part of one intake."""

    readers: list[BotReader]
    ledger: LedgerNotes
    accepting: Accepting
    context: Context
    server: WebServer
    stopped: bool = False

    @property
    def reader(self) -> BotReader:
        return self.readers[0]

    async def stop(self) -> None:
        if not self.stopped:
            self.stopped = True
            await asyncio.gather(*(reader.stop() for reader in self.readers))
            await self.server.stop()
            await self.context.bus.close()


class House:
    """The bus behind the intakes of a test."""

    def __init__(self, server: NatsServer, tester: BusConnection, stack: AsyncExitStack) -> None:
        self.server, self.tester, self._stack = server, tester, stack

    async def intake(self, settings: Settings, *, port: int = 0, first_try: float = 8.0) -> Intake:
        bus = await self.server.connect("intake")
        context = Context(settings, KEYRING, Path(), bus, Publisher(bus), Blobs(bus))
        ledger = LedgerNotes(bus)
        accepting = Accepting(bus, context.publisher, context.blobs, Backlog(bus, 1000), ledger)
        server = WebServer(create_app(context, accepting, ("telegram",)), Listen("127.0.0.1", port), "web")
        server.bind()
        await server.start()
        made = list(readers(context, accepting))
        for one in bots(context, accepting).values():
            one.taker.first_try, one.taker.first_pause = first_try, 0.1
        intake = Intake(made, ledger, accepting, context, server)
        self._stack.push_async_callback(intake.stop)
        for reader in made:
            reader.timing = QUICK
            await reader.start()
        return intake

    async def held(self) -> list[Inbound]:
        """Everything in INTAKE, oldest first. A question goes down with a server that was killed meanwhile: then it is asked again."""
        for _ in range(20):
            try:
                return await self._held()
            except nats.errors.Error:
                continue
        return await self._held()

    async def _held(self) -> list[Inbound]:
        js = self.tester.jetstream(timeout=3)
        state = (await js.stream_info("INTAKE")).state
        found = [await js.get_msg("INTAKE", seq) for seq in range(max(state.first_seq, 1), state.last_seq + 1)]
        return [Inbound.decode(each.data or b"") for each in found]

    async def until(self, number: int, timeout: float = 60.0) -> list[Inbound]:
        """Wait until so many messages are on the bus, and give them."""
        async with asyncio.timeout(timeout):
            while len(held := await self.held()) < number:
                await asyncio.sleep(0.02)
        return held


@pytest.fixture
async def house(bus_server: NatsServer) -> AsyncIterator[House]:
    if bus_server.process is None:
        bus_server.start()
    tester = await bus_server.connect(TESTER)
    js = tester.jetstream()
    for stream in await js.streams_info():
        await js.delete_stream(str(stream.config.name))
    await topology.reconcile(js, replicas=1, inboxes=INBOXES)
    async with AsyncExitStack() as stack:
        yield House(bus_server, tester, stack)
    await tester.close()


Begin = Callable[..., Awaitable[Intake]]


@pytest.fixture
def polling(house: House, bot_api: TelegramSimulator) -> Begin:
    """Start an intake that asks for updates."""

    async def begin(**options: object) -> Intake:
        return await house.intake(configured(bot_api), **options)  # type: ignore[arg-type]

    return begin


@pytest.fixture
async def pushed(house: House, bot_api: TelegramSimulator) -> Intake:
    """An intake with a webhook that is set."""
    port = free_port()
    intake = await house.intake(configured(bot_api, mode="webhook", port=port), port=port)
    await bot_api.until(lambda: bot_api.bot.webhook is not None)
    return intake


async def until(condition: Callable[[], object], timeout: float = 60.0) -> None:
    """Wait, bounded, until something is so."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.01)
