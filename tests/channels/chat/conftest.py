"""A house with a chat: bus, store, two intakes on real ports and a notifier whose mail goes into a Maildir. What a router would decide is
committed by the tests, so that they are about the chat alone."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect

from services.composition.web import WebServer
from services.intake.service import IntakeService
from services.notifier.chat.sender import ChatSender
from services.notifier.service import NotifierService
from services.store.service import StoreService
from shared.bus import rpc, subjects, topology
from shared.bus.blobs import Blobs
from shared.bus.publish import Publisher
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.inbound import Inbound
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from shared.messages.ticket import LedgerAnswer, LedgerQuery, TicketAnswer, TicketQuery
from shared.secrets import Keyring
from shared.service import Context
from shared.settings import effective, load
from shared.settings.quantities import Listen
from tests.natsserver import NatsServer
from tests.store import template

SECRET = "a secret of the host site"
CONFIG = f"""
[company]
name = "Acme & Sons"

[smtp]
listen = "127.0.0.1:0"

[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"

[[inbox]]
name = "web"
channel = "chat"
secret = "{SECRET}"
embed_on = ["http://localhost:*"]

[[inbox]]
name = "night"
channel = "chat"
hours = "never"
fields = [{{name = "order", label = {{en = "Order number"}}, kind = "text", required = true}}]

[[hours]]
name = "never"
week = {{}}
"""
INBOXES = [("email", "support"), ("chat", "web"), ("chat", "night")]


async def until(condition: Callable[[], Awaitable[Any]], timeout: float = 60.0) -> Any:
    """Wait, bounded, until something gives a true value, and give that."""
    async with asyncio.timeout(timeout):
        while not (value := await condition()):
            await asyncio.sleep(0.02)
        return value


class Browser:
    """A browser's side of the WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.welcome: dict[str, Any] = {}

    async def say(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def hear(self, kind: str, timeout: float = 60.0) -> dict[str, Any]:
        """The next frame of this kind; others before it are left out."""
        async with asyncio.timeout(timeout):
            while True:
                frame: dict[str, Any] = json.loads(await self.socket.recv())
                if frame["t"] == kind:
                    return frame

    async def write(self, text: str, identity: str = "", **more: Any) -> str:
        """Send a message and wait until it is kept; gives its id."""
        identity = identity or uuid4().hex
        await self.say(t="message", id=identity, text=text, **more)
        assert (await self.hear("kept"))["id"] == identity
        return identity


class House:
    """All of it. ``keyring`` is everybody's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = NatsServer(folder / "nats", inboxes=INBOXES, durable=False)
        self.contexts: dict[str, Context] = {}
        self.keyring = Keyring("a", {"a": b"k" * 32})
        self.intakes: list[IntakeService] = []
        self.webs: list[WebServer] = []
        self.urls: list[str] = []

    async def start(self) -> None:
        self.server.start()
        (self.folder / "trunkline.toml").write_text(CONFIG)
        for user in ("store", "router", "notifier", "desk", "intake"):
            self.contexts[user] = await self.context(user)
        store = self.contexts["store"]
        limits = topology.limits_for(1024**3)
        await topology.reconcile(store.bus.jetstream(), replicas=1, inboxes=INBOXES, limits=limits)
        template.provide(store.data)
        self.store = StoreService(store, database_url="")
        await self.store.start()
        configuration = effective(store.settings)
        await self.store.commit_configuration(configuration, configuration["version"])
        self.notifier = NotifierService(self.contexts["notifier"])
        await self.notifier.start()
        for lane in self.notifier._lanes:
            if isinstance(lane._sender, ChatSender):  # whoever is gone is taken for gone sooner
                lane._sender._reloads, lane._sender._confirmed = (0.1, 0.2), 1.0
        await self.open_intake(self.contexts["intake"])
        await self.open_intake(await self.context("intake", "intake-2"))
        self.http = httpx.AsyncClient(base_url=self.urls[0], timeout=60, trust_env=False)

    async def context(self, user: str, name: str = "") -> Context:
        bus = await self.server.connect(user)
        settings = load(self.folder / "trunkline.toml", self.folder)
        made = Context(settings, self.keyring, self.folder, bus, Publisher(bus), Blobs(bus), embedded=True)
        self.contexts[name or user] = made
        return made

    async def open_intake(self, context: Context) -> None:
        intake = IntakeService(context)
        await intake.start()
        web = WebServer(intake.app, Listen("127.0.0.1", 0), "web.intake_listen")
        self.urls.append(web.bind())
        await web.start()
        self.intakes.append(intake)
        self.webs.append(web)

    async def stop(self) -> None:
        await self.http.aclose()
        for web in self.webs:
            await web.stop()
        for intake in self.intakes:
            await intake.stop()
        await self.notifier.stop()
        await self.store.stop()
        for context in self.contexts.values():
            await context.bus.close()
        self.server.stop()

    @asynccontextmanager
    async def browser(self, session: str = "", inbox: str = "web", at: int = 0, **more: Any) -> AsyncIterator[Browser]:
        """A browser that has been welcomed, at the intake of that number."""
        url = f"{self.urls[at].replace('http', 'ws')}/chat/{inbox}/socket"
        async with connect(url, proxy=None) as socket:
            browser = Browser(socket)
            await browser.say(t="hello", session=session, **more)
            browser.welcome = await browser.hear("welcome")
            yield browser

    async def inbound(self, session: str) -> list[Inbound]:
        """What is on the bus of a session, oldest first."""
        js = self.contexts["store"].bus.jetstream()
        state = (await js.stream_info("INTAKE")).state
        found = [await js.get_msg("INTAKE", seq) for seq in range(state.first_seq, state.last_seq + 1)]
        messages = [Inbound.decode(each.data or b"") for each in found]
        return [each for each in messages if each.from_ is not None and each.from_.address == session]

    async def route(self, session: str) -> str:
        """Do what a router does with the messages of a session: a ticket for the first, the others join it. Gives the ticket's id."""
        messages = await self.inbound(session)
        ticket = derive("ticket", messages[0].source_id)
        for first, message in zip([True] + [False] * len(messages), messages, strict=False):
            contact = derive("contact", session)
            operations: list[Any] = [
                c.AddMessage(
                    message_id=derive("message", message.source_id), ticket_id=ticket, direction="in", channel="chat",
                    inbox=message.inbox, author=message.from_ or Address(address=""), source_id=message.source_id,
                    header_id=message.message_id, inboxes=message.inboxes, text=message.text,
                    reply_text=message.reply_text, attachments=message.attachments, original=message.original,
                    created_at=message.received_at,
                )
            ]  # fmt: skip
            if first:
                opening = c.OpenTicket(
                    ticket_id=ticket, subject="", channel="chat", inbox=message.inbox, language="en",
                    contact_id=contact, customer=session, participants=[session], created_at=message.received_at,
                )  # fmt: skip
                operations = [c.PutContact(contact_id=contact, points=message.points), opening, *operations]
            ledger = c.Ledgered(channel="chat", inbox=message.inbox, outcome="stored")
            await self.commit(c.Changeset(cause=message.cause, operations=operations, ledger=ledger))
        return ticket

    async def answer(self, ticket: str, session: str, text: str = "", inbox: str = "web", **fields: Any) -> str:
        """Queue what an agent writes; gives the delivery's id."""
        delivery = uuid4().hex
        values: dict[str, Any] = {
            "delivery_id": delivery, "ticket_id": ticket, "channel": "chat", "inbox": inbox, "kind": "reply",
            "to": [Address(address=session)], "text": text, "author": "Anna Nowak", "created_at": now(),
        }  # fmt: skip
        queued = c.QueueDelivery(outbound=Outbound(**{**values, **fields}))
        await self.commit(c.Changeset(cause=f"test:{delivery}", operations=[queued]))
        return delivery

    async def commit(self, changeset: c.Changeset) -> None:
        bus = self.contexts["router"].bus
        reply = await rpc.request(bus, subjects.STORE_COMMIT, c.CommitRequest(changesets=[changeset]).encode())
        outcomes = [each.outcome for each in c.CommitReply.decode(reply).results]
        assert outcomes in (["committed"], ["repeated"]), reply

    async def delivery(self, ticket: str, delivery: str, *states: str, timeout: float = 60.0) -> Any:
        """The delivery, as soon as it is in one of these states."""
        bus = self.contexts["router"].bus

        async def found() -> Any:
            view = TicketAnswer.decode(await rpc.request(bus, subjects.query("ticket"), query.encode())).ticket
            assert view is not None
            return next((d for d in view.deliveries or [] if d.id == delivery and d.state in states), None)

        query = TicketQuery(message_id=await self._first_message(ticket))
        return await until(found, timeout)

    async def _first_message(self, ticket: str) -> str:
        js = self.contexts["store"].bus.jetstream()
        state = (await js.stream_info("INTAKE")).state
        for seq in range(state.first_seq, state.last_seq + 1):
            message = Inbound.decode((await js.get_msg("INTAKE", seq)).data or b"")
            if derive("ticket", message.source_id) == ticket:
                return derive("message", message.source_id)
        raise AssertionError("no such ticket")

    async def ledger(self, inbox: str = "web") -> dict[str, int]:
        """The reasons that the ledger has for an inbox."""
        await self.intakes[0].ledger.flush()
        bus = self.contexts["router"].bus
        answer = LedgerAnswer.decode(await rpc.request(bus, subjects.query("ledger"), LedgerQuery().encode()))
        return next((line.reasons for line in answer.lines if line.inbox == inbox), {})

    def mails(self) -> list[str]:
        """Everything that was sent as mail."""
        return [file.read_text() for file in (self.folder / "maildir").rglob("*") if file.is_file()]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    house = House(tmp_path_factory.mktemp("chat"))
    await house.start()
    yield house
    await house.stop()
