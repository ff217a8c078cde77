"""A house with forms and the API channel: bus, store, router and intake, its pages on a real port. One for a whole module."""

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from services.composition.web import WebServer
from services.intake.form import tokens
from services.intake.service import IntakeService
from services.router.service import RouterService
from services.store.service import StoreService
from shared.bus import rpc, subjects, topology
from shared.bus.blobs import Blobs
from shared.bus.permissions import system, system_user
from shared.bus.publish import Publisher
from shared.clock import now
from shared.messages.command import Command, CommandResult, CreateToken
from shared.messages.documents import SaveDocument
from shared.messages.inbound import Inbound
from shared.messages.ticket import LedgerAnswer, LedgerQuery, TicketAnswer, TicketQuery, TicketsPage, TicketsQuery
from shared.secrets import Keyring
from shared.service import Context
from shared.settings import effective, load
from shared.settings.quantities import Listen
from tests.natsserver import NatsServer
from tests.store import template

CONFIG = """
[company]
name = "Acme <b>& Sons</b>"

[smtp]
listen = "127.0.0.1:0"

[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"

[[inbox]]
name = "contact"
channel = "form"
embed_on = ["https://www.acme.example", "http://localhost:*"]
fields = [
  {name = "order", label = {en = "Order number", pl = "Numer zamówienia"}, kind = "text"},
  {name = "about", label = {en = "What is it about?", pl = "Czego dotyczy?"}, kind = "choice", required = true, choices = [
    "Delivery", "Invoice"]},
  {name = "photo", label = {en = "Photos"}, kind = "file"},
  {name = "terms", label = {en = "You may keep what I wrote"}, kind = "consent", required = true},
]

[[inbox]]
name = "plain"
channel = "form"
embed_on = []

[[inbox]]
name = "shop"
channel = "api"
"""
INBOXES = [("email", "support"), ("form", "contact"), ("form", "plain"), ("api", "shop")]
TOKEN = "a-token-of-the-shop"
GOOD = {
    "name": "Ana Kovač",
    "subject": "",
    "message": "The parcel arrived open.\nWhat shall I do?",
    "own-about": "Delivery",
    "own-terms": "yes",
}


class House:
    """Everything but the desk and the notifier."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        systems = {system_user("shop"): system("shop")}
        self.server = NatsServer(folder / "nats", durable=False, externals=systems)
        self.contexts: dict[str, Context] = {}
        self.keyring = Keyring("a", {"a": b"k" * 32})

    async def start(self) -> None:
        (self.folder / "trunkline.toml").write_text(CONFIG)
        for user in ("store", "router", "intake", "operator"):
            self.contexts[user] = await self._context(user)
        store = self.contexts["store"]
        await topology.reconcile(
            store.bus.jetstream(), replicas=1, inboxes=INBOXES, limits=topology.limits_for(1024**3)
        )
        template.provide(store.data)
        self.store = StoreService(store, database_url="")
        await self.store.start()
        configuration = effective(store.settings)
        await self.store.commit_configuration(configuration, configuration["version"])
        await self.start_router()
        self.intake = IntakeService(self.contexts["intake"])
        await self.intake.start()
        self.web = WebServer(self.intake.app, Listen("127.0.0.1", 0), "web.intake_listen")
        self.url = self.web.bind()
        await self.web.start()
        self.http = httpx.AsyncClient(base_url=self.url, timeout=60, trust_env=False)
        await self.create_token("shop", TOKEN)

    async def start_router(self) -> None:
        self.router = RouterService(self.contexts["router"])
        await self.router.start()

    async def _context(self, user: str) -> Context:
        bus = await self.server.connect(user)
        settings = load(self.folder / "trunkline.toml", self.folder)
        return Context(settings, self.keyring, self.folder, bus, Publisher(bus), Blobs(bus), embedded=True)

    async def stop(self) -> None:
        await self.http.aclose()
        await self.web.stop()
        for room in (self.intake, self.router, self.store):
            await room.stop()
        for context in self.contexts.values():
            await context.bus.close()

    # -- what a test asks ----------------------------------------------------------------------------------------------

    async def create_token(self, name: str, token: str) -> None:
        await self.command(CreateToken(name=name, sha256=hashlib.sha256(token.encode()).hexdigest()))

    async def article(self, name: str, visibility: str = "public", **titles: str) -> None:
        """A published article; its titles by language."""
        texts = {language: {"title": title, "body": "Text"} for language, title in titles.items()}
        body = {"texts": texts, "visibility": visibility, "status": "published"}
        await self.command(SaveDocument(kind="article", id=name, body=body))

    async def command(self, action: Any) -> None:
        command = Command(command_id=uuid4().hex, actor="operator", channel="cli", at=now(), action=action)
        data = await rpc.request(self.contexts["operator"].bus, subjects.ROUTER_COMMAND, command.encode())
        done = CommandResult.decode(data)
        assert done.error is None, done

    async def query(self, name: str, query: Any, answer: Any) -> Any:
        data = await rpc.request(self.contexts["operator"].bus, subjects.query(name), query.encode())
        return answer.decode(data)

    async def ticket(self, number: int) -> Any:
        return (await self.query("ticket", TicketQuery(number=number), TicketAnswer)).ticket

    async def tickets(self) -> int:
        return int((await self.query("tickets", TicketsQuery(), TicketsPage)).total)

    async def refused(self, inbox: str) -> dict[str, int]:
        """What the ledger says was refused, by reason, of a form."""
        await self.intake.ledger.flush()
        await self.intake.ledger.flush()
        lines = (await self.query("ledger", LedgerQuery(), LedgerAnswer)).lines
        found = [line for line in lines if line.inbox == inbox]
        return {reason: count for line in found for reason, count in line.reasons.items()}

    async def published(self, source_id: str) -> Inbound:
        js = self.contexts["operator"].bus.jetstream()
        state = (await js.stream_info("INTAKE")).state
        for sequence in range(state.last_seq, 0, -1):
            inbound = Inbound.decode((await js.get_msg("INTAKE", sequence)).data or b"")
            if inbound.source_id == source_id:
                return inbound
        raise AssertionError(source_id)

    async def last(self) -> Inbound:
        js = self.contexts["operator"].bus.jetstream()
        state = (await js.stream_info("INTAKE")).state
        return Inbound.decode((await js.get_msg("INTAKE", state.last_seq)).data or b"")

    def page_token(self, inbox: str = "contact", age: float = 60.0) -> str:
        """A token as it stands in a page that was made some seconds ago."""
        return tokens.make(self.keyring, inbox, time.time() - age)

    async def send(
        self, inbox: str = "contact", *, age: float = 60.0, files: Any = None, **changes: str
    ) -> httpx.Response:
        """Post a form that is filled in well but for the changes."""
        data = {"token": self.page_token(inbox, age), "website": "", **GOOD, **changes}
        # An address of its own for each page, as customers have: an address has a budget.
        data.setdefault("email", f"ana.{data['token'][8:16]}@Customer.Example")
        headers = {name: data.pop(name) for name in ("sec-fetch-site", "origin", "accept-language") if name in data}
        return await self.http.post(f"/form/{inbox}", data=data, files=files, headers=headers)


def number_in(page: httpx.Response) -> int:
    """The ticket's number on a confirmation."""
    found = re.search(r'class="number">T-(\d+)<', page.text)
    assert found, page.text
    return int(found[1])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = await asyncio.to_thread(tmp_path_factory.mktemp, "forms")
    house = House(folder)
    house.server.start()
    try:
        await house.start()
        yield house
        await house.stop()
    finally:
        house.server.kill()
