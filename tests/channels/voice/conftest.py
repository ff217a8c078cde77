"""A house with a telephone: bus, store, router, notifier and intake's web part, and Twilio's stand-in over real HTTP on both sides."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.composition.web import WebServer
from services.intake.accepting import Accepting
from services.intake.backlog import Backlog
from services.intake.ledger import LedgerNotes
from services.intake.voice import asking
from services.intake.voice.making import takers
from services.intake.voice.reader import Reader
from services.intake.web import create_app
from services.notifier.service import NotifierService
from services.notifier.voice import sender
from services.router.service import RouterService
from services.simulators import TwilioSimulator
from services.simulators.twilio.records import Call
from services.store.service import StoreService
from shared.bus import rpc, subjects, topology
from shared.bus.blobs import Blobs
from shared.bus.connection import BusConnection
from shared.bus.permissions import Rights
from shared.bus.publish import Publisher
from shared.messages.command import Action, Command, CommandResult
from shared.messages.inbound import Inbound
from shared.messages.ticket import TicketAnswer, TicketQuery, TicketsPage, TicketsQuery, TicketView
from shared.secrets import Keyring
from shared.service import Context
from shared.settings import Settings, effective
from shared.settings.quantities import Listen
from tests.natsserver import NatsServer, free_port
from tests.store import template

INBOXES = [("voice", "phone"), ("sms", "sms")]
KEYRING = Keyring("a", {"a": b"k" * 32})
TESTER = "tester"
OURS = "+15005550006"
ANA, LANDLINE, AGENT, BRIT = "+48600100200", "+48221234567", "+48600100300", "+447400123456"
SAID = b"ID3" + b"voice" * 400


async def until(condition: Callable[[], Awaitable[object]], timeout: float = 60.0) -> None:
    """Wait, bounded, until something is so."""
    async with asyncio.timeout(timeout):
        while not await condition():
            await asyncio.sleep(0.02)


class House:
    """All rooms but the desk. ``public`` is where intake's web part listens."""

    def __init__(self, server: NatsServer, twilio: TwilioSimulator, folder: Path) -> None:
        self.server, self.twilio, self.folder = server, twilio, folder
        self.port = free_port()
        self.public = f"http://127.0.0.1:{self.port}"
        self.opened: list[BusConnection] = []
        self.rooms: list[Any] = []

    async def context(self, user: str) -> Context:
        bus = await self.server.connect(user)
        self.opened.append(bus)
        account = self.twilio.account
        at_twilio = {
            "number": OURS,
            "account_sid": account.sid,
            "auth_token": account.token,
            "api_url": self.twilio.url,
        }
        inboxes = [
            {"name": "phone", "channel": "voice", "transcribe": True, **at_twilio},
            {"name": "sms", "channel": "sms", **at_twilio},
        ]
        company = {"name": "Acme", "public_url": self.public}
        settings = Settings.model_validate({"company": company, "inbox": inboxes, "fetch": {"allow": ["127.0.0.0/8"]}})
        return Context(settings, KEYRING, self.folder, bus, Publisher(bus), Blobs(bus))

    async def open(self) -> None:
        self.tester = await self.server.connect(TESTER)
        self.asker = await self.server.connect("router")
        self.desk = await self.server.connect("desk")
        self.opened += [self.tester, self.asker, self.desk]
        js = self.tester.jetstream()
        for stream in await js.streams_info():
            await js.delete_stream(str(stream.config.name))
        await topology.reconcile(js, replicas=1, inboxes=INBOXES)
        self.twilio.public_url, self.twilio.target = self.public, self.public
        hook = f"{self.public}/hooks/twilio/phone"
        self.twilio.register(OURS, f"{self.public}/hooks/twilio/sms", voice=hook, voice_status=f"{hook}/status")
        self.intake = await self.context("intake")
        self.ledger = LedgerNotes(self.intake.bus)
        self.accepting = Accepting(
            self.intake.bus, self.intake.publisher, self.intake.blobs, Backlog(self.intake.bus, 1000), self.ledger
        )
        self.app = create_app(self.intake, self.accepting, ["voice", "sms"])
        self.web = WebServer(self.app, Listen("127.0.0.1", self.port), "web")
        self.web.bind()
        await self.web.start()

    async def whole(self) -> None:
        """Start store, router and notifier."""
        template.provide(self.folder)
        store = StoreService(await self.context("store"), database_url="")
        await self._start(store)
        configuration = effective(self.intake.settings)
        await store.commit_configuration(configuration, configuration["version"])
        await self._start(RouterService(await self.context("router")))
        await self._start(NotifierService(await self.context("notifier")))

    async def _start(self, room: Any) -> None:
        self.rooms.append(room)
        await room.start()

    def reader(self) -> Reader:
        """What works in the background; the test says when. Without grace: the list may bring what is only just over."""
        (taking,) = takers(self.intake, self.accepting)
        self.rooms.append(Reader(self.intake, taking, grace=timedelta(seconds=-5), late_every=0.0))
        return self.rooms[-1]

    async def close(self) -> None:
        for room in reversed(self.rooms):
            await room.stop()
        await self.web.stop()
        for bus in self.opened:
            await bus.close()

    # -- what a test does and looks at ------------------------------------------------------------------------------------

    async def call(self, number: str = ANA, **how: Any) -> Call:
        """Somebody calls, and it is over when this returns, with all its callbacks."""
        call = self.twilio.phone(number).calls(to=OURS, **how)
        await self.over(call)
        return call

    async def over(self, call: Call) -> None:
        await self.twilio.until(lambda: call.is_over and self.twilio.callbacks.is_idle, 60)

    async def held(self) -> list[Inbound]:
        """Everything in INTAKE, oldest first."""
        js = self.tester.jetstream()
        state = (await js.stream_info("INTAKE")).state
        found = [await js.get_msg("INTAKE", seq) for seq in range(max(state.first_seq, 1), state.last_seq + 1)]
        return [Inbound.decode(each.data or b"") for each in found]

    async def post(self, path: str, content: str, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            return await client.post(f"{self.public}{path}", content=content, headers=kind | headers)

    async def tickets(self) -> list[TicketView]:
        page = TicketsPage.decode(await rpc.request(self.asker, subjects.query("tickets"), TicketsQuery().encode()))
        found = []
        for number in sorted(int(item.number.removeprefix("T-")) for item in page.items):
            asked = TicketQuery(number=number).encode()
            found.append(TicketAnswer.decode(await rpc.request(self.asker, subjects.query("ticket"), asked)).ticket)
        return [each for each in found if each is not None]

    async def until_tickets(self, count: int, messages: int = 1) -> list[TicketView]:
        """Wait for so many tickets, with so many messages in the first."""

        async def there() -> bool:
            found = await self.tickets()
            return len(found) >= count and len(found[0].messages or []) >= messages

        await until(there)
        return await self.tickets()

    async def until_decided(self) -> None:
        """Wait until the router has read everything that came in."""
        js = self.tester.jetstream()

        async def read() -> bool:
            state = await js.consumer_info("INTAKE", subjects.ROUTER.name)
            return not state.num_pending and not state.num_ack_pending

        await until(read)

    async def do(self, action: Action, key: str = "") -> CommandResult:
        command = Command(command_id=key or uuid4().hex, actor="operator", at=datetime.now(UTC), action=action).encode()
        return CommandResult.decode(await rpc.request(self.desk, subjects.ROUTER_COMMAND, command, timeout=60))


@pytest.fixture(scope="session")
def bus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    # Nobody pulls the plug here: what is written survives the end of the server.
    server = NatsServer(tmp_path_factory.mktemp("voice-bus"), externals={TESTER: Rights((">",), (">",))}, durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioSimulator]:
    async with TwilioSimulator() as started:
        yield started


@pytest.fixture
async def house(
    bus_server: NatsServer, twilio: TwilioSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """Intake alone."""
    monkeypatch.setattr(sender, "LOOK_AFTER", 0.0)
    # A busy machine is no reason for another answer.
    monkeypatch.setattr(asking, "ANSWER", 10.0)
    monkeypatch.setattr(asking, "PATIENCE", 13.0)
    if bus_server.process is None:
        bus_server.start()
    made = House(bus_server, twilio, tmp_path)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def whole(house: House) -> House:
    """The whole house."""
    await house.whole()
    return house
