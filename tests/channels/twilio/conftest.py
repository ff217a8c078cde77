"""A house at Twilio's: bus, store, intake's web part and notifier, and the simulator over real HTTP on both sides."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from services.composition.web import WebServer
from services.intake.accepting import Accepting
from services.intake.backlog import Backlog
from services.intake.ledger import LedgerNotes
from services.intake.twilio.making import Takers
from services.intake.twilio.reader import Reader
from services.intake.web import create_app
from services.notifier.service import NotifierService
from services.simulators import TwilioSimulator
from services.store.models import Delivery
from services.store.service import StoreService
from shared.bus import rpc, subjects, topology
from shared.bus.blobs import Blobs
from shared.bus.connection import BusConnection
from shared.bus.permissions import Rights
from shared.bus.publish import Publisher
from shared.identity import derive
from shared.messages.changeset import (
    AddMessage,
    Changeset,
    CommitReply,
    CommitRequest,
    OpenTicket,
    PutContact,
    QueueDelivery,
)
from shared.messages.inbound import Inbound
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Point
from shared.secrets import Keyring
from shared.service import Context
from shared.settings import Settings
from shared.settings.quantities import Listen
from tests.natsserver import NatsServer, free_port
from tests.store import template

from .payloads import TEMPLATE

CHANNELS = ("sms", "whatsapp", "messenger")
INBOXES = [(channel, channel) for channel in CHANNELS]
KEYRING = Keyring("a", {"a": b"k" * 32})
TESTER = "tester"
OURS = {"sms": "+15005550006", "whatsapp": "whatsapp:+15005550006", "messenger": "messenger:110000000001"}
ANA = {"sms": "+385912345678", "whatsapp": "whatsapp:+385912345678", "messenger": "messenger:2470000000000001"}


async def until(condition: Callable[[], Awaitable[object]], timeout: float = 60.0) -> None:
    """Wait, bounded, until something is so."""
    async with asyncio.timeout(timeout):
        while not await condition():
            await asyncio.sleep(0.02)


def outbound(text: str = "It is repaired.", *, name: str = "one", channel: str = "sms", **fields: Any) -> Outbound:
    """A reply to Ana; ``name`` tells it from others."""
    values: dict[str, Any] = {
        "delivery_id": derive("delivery", name),
        "ticket_id": derive("ticket", name),
        "channel": channel,
        "inbox": channel,
        "kind": "reply",
        "to": [Address(address=ANA[channel].rpartition(":")[2])],
        "text": text,
        "created_at": datetime.now(UTC),
    }
    return Outbound(**values | fields)


class House:
    """Everything but router and desk. ``public`` is where intake's web part listens."""

    def __init__(self, server: NatsServer, twilio: TwilioSimulator, folder: Path) -> None:
        self.server, self.twilio, self.folder = server, twilio, folder
        self.port = free_port()
        self.public = f"http://127.0.0.1:{self.port}"
        self.opened: list[BusConnection] = []
        self.notifiers: list[NotifierService] = []
        self.readers: list[Reader] = []
        self.store: StoreService | None = None

    async def context(self, user: str) -> Context:
        bus = await self.server.connect(user)
        self.opened.append(bus)
        inboxes = [
            {
                "name": channel,
                "channel": channel,
                "number": OURS[channel],
                "account_sid": self.twilio.account.sid,
                "auth_token": self.twilio.account.token,
                "api_url": self.twilio.url,
                "templates": {"reply": TEMPLATE} if channel == "whatsapp" else {},
            }
            for channel in CHANNELS
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
        for channel in CHANNELS:
            self.twilio.register(OURS[channel], f"{self.public}/hooks/twilio/{channel}", opt_out="advanced")
        context = await self.context("intake")
        self.ledger = LedgerNotes(context.bus)
        self.accepting = Accepting(
            context.bus, context.publisher, context.blobs, Backlog(context.bus, 1000), self.ledger
        )
        self.intake = context
        for channel in CHANNELS:
            await self.reader(channel).begin()
        self.app = create_app(context, self.accepting, CHANNELS)
        self.web = WebServer(self.app, Listen("127.0.0.1", self.port), "web")
        self.web.bind()
        await self.web.start()

    async def remember(self) -> StoreService:
        """Start the store."""
        template.provide(self.folder)
        self.store = StoreService(await self.context("store"), database_url="")
        await self.store.start()
        return self.store

    async def notifier(self) -> NotifierService:
        room = NotifierService(await self.context("notifier"))
        self.notifiers.append(room)
        await room.start()
        return room

    async def crash(self, room: NotifierService) -> None:
        """End a notifier as a kill would: nothing is reported, acknowledged or given back."""
        self.notifiers.remove(room)
        for lane in room._lanes:
            for task in [*lane._tasks, *lane._workers, *lane._finishing, *lane._pull._tasks, *lane._pump._pull._tasks]:
                task.cancel()
        await room._context.bus.close()

    def reader(self, channel: str = "sms", **options: Any) -> Reader:
        """What works in the background for an inbox; the test says when."""
        takers = Takers(self.intake, self.accepting)
        self.readers.append(Reader(self.intake, takers.by_name[channel], takers.pending[channel], **options))
        return self.readers[-1]

    async def close(self) -> None:
        for room in self.notifiers:
            await room.stop()
        for reader in self.readers:
            await reader.stop()
        await self.web.stop()
        if self.store is not None:
            await self.store.stop()
        for bus in self.opened:
            await bus.close()

    # -- what a test looks at -------------------------------------------------------------------------------------------

    async def held(self) -> list[Inbound]:
        """Everything in INTAKE, oldest first."""
        js = self.tester.jetstream()
        state = (await js.stream_info("INTAKE")).state
        found = [await js.get_msg("INTAKE", seq) for seq in range(max(state.first_seq, 1), state.last_seq + 1)]
        return [Inbound.decode(each.data or b"") for each in found]

    async def until_held(self, count: int) -> list[Inbound]:
        async def there() -> bool:
            return len(await self.held()) >= count

        await until(there)
        return await self.held()

    async def post(self, path: str, content: str | bytes, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            return await client.post(f"{self.public}{path}", content=content, headers=kind | headers)

    async def commit(self, *messages: Outbound, wrote: datetime | None = None) -> None:
        """Tickets with these deliveries; ``wrote``: when their customers last did."""
        sets = [self._changeset(message, wrote) for message in messages]
        data = await rpc.request(self.asker, subjects.STORE_COMMIT, CommitRequest(changesets=sets).encode(), timeout=60)
        assert {each.outcome for each in CommitReply.decode(data).results} == {"committed"}

    @staticmethod
    def _changeset(message: Outbound, wrote: datetime | None) -> Changeset:
        contact, ticket = derive("contact", message.to[0].address), str(message.ticket_id)
        place: dict[str, Any] = {"channel": message.channel, "inbox": message.inbox}
        operations: list[Any] = [
            PutContact(contact_id=contact, points=[Point(kind="phone", value=message.to[0].address)]),
            OpenTicket(
                ticket_id=ticket, subject="", language="en", contact_id=contact, created_at=datetime.now(UTC), **place
            ),
            QueueDelivery(outbound=message),
        ]
        if wrote is not None:
            author = Address(address=message.to[0].address)
            operations.append(
                AddMessage(
                    message_id=derive("message", ticket), ticket_id=ticket, direction="in", author=author, created_at=wrote, **place
                )
            )  # fmt: skip
        return Changeset(cause=f"test:{message.delivery_id}", operations=operations)

    async def until_events(self, what: str) -> None:
        """Wait until this was announced."""
        js = self.tester.jetstream()

        async def there() -> bool:
            found = await js.streams_info()
            state = next(each for each in found if each.config.name == "EVENT").state
            subjects_of = [
                (await js.get_msg("EVENT", seq)).subject for seq in range(state.first_seq, state.last_seq + 1)
            ]
            return subjects.event(what) in subjects_of

        await until(there)

    async def recorded(self) -> dict[str, tuple[str, str]]:
        """State and error of every delivery."""
        assert self.store is not None
        columns = Delivery.__table__.c  # type: ignore[attr-defined]
        async with self.store.reader.snapshot() as connection:
            rows = await connection.execute(select(columns.id, columns.state, columns.error))
            return {row[0]: (row[1], row[2]) for row in rows}

    async def until_state(self, message: Outbound, state: str, timeout: float = 60.0) -> str:
        """Wait until the delivery is in this state; its error."""

        async def there() -> bool:
            return (await self.recorded())[message.delivery_id][0] == state

        await until(there, timeout)
        return (await self.recorded())[message.delivery_id][1]


@pytest.fixture(scope="session")
def bus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    server = NatsServer(
        tmp_path_factory.mktemp("twilio-bus"), externals={TESTER: Rights((">",), (">",))}, durable=False
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioSimulator]:
    async with TwilioSimulator() as started:
        yield started


@pytest.fixture
async def house(bus_server: NatsServer, twilio: TwilioSimulator, tmp_path: Path) -> AsyncIterator[House]:
    if bus_server.process is None:
        bus_server.start()
    house = House(bus_server, twilio, tmp_path)
    await house.open()
    yield house
    await house.close()
