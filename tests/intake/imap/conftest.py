"""Intakes that read a real dovecot's mailboxes onto a real bus, and what a test wants to know of all three."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.intake.imap.reader import MailboxReader, Timing
from services.intake.service import IntakeService
from shared.bus import rpc, subjects
from shared.bus.blobs import Blobs
from shared.bus.connection import BusConnection
from shared.bus.keyvalue import Entry, KeyValue
from shared.bus.publish import Publisher
from shared.messages.inbound import Inbound
from shared.messages.mailbox import KnownAnswer, KnownQuery, MailboxState
from shared.messages.ticket import LedgerNote
from shared.secrets import Keyring
from shared.service import Context
from shared.settings import load
from tests.intake.conftest import TESTER, Server, serve_ledger, until
from tests.intake.imap.dovecot import Dovecot

QUICK = Timing(slice=60.0, first=0.05, longest=0.2, certain=0.05, certain_longest=0.2, renew=0.2, kept=1.5, ended=2.0)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    server = Dovecot().start()
    yield server
    server.remove()


@pytest.fixture
def user() -> str:
    """Somebody whose mailbox is empty."""
    return f"u{secrets.token_hex(4)}"


def toml(dovecot: Dovecot, user: str, *, name: str = "support", password: str = "secret", **more: str) -> str:
    """An inbox that is read from this user's mailbox."""
    return toml_of(dovecot.port, user, name=name, password=password, **more)


def toml_of(port: int, user: str, *, name: str = "support", password: str = "secret", **more: str) -> str:
    """An inbox that is read from a mailbox on this port."""
    lines = {"host": "127.0.0.1", "port": str(port), "tls": "none", "user": user, "password": password, **more}
    table = "".join(
        f"{key} = {value if key in ('port', 'oauth') else json.dumps(value)}\n" for key, value in lines.items()
    )
    address = f"{name}@acme.example"
    return (
        f'[[inbox]]\nname = "{name}"\nchannel = "email"\naddress = "{address}"\nreceive = "imap"\n[inbox.imap]\n{table}'
    )


class Post:
    """The bus behind the intakes of a test; what is on it counts as stored."""

    def __init__(self, server: Server, tester: BusConnection) -> None:
        self.server = server
        self.tester = tester
        self.notes: list[LedgerNote] = []
        self.intakes: list[IntakeService] = []

    @property
    def reader(self) -> MailboxReader:
        """The first intake's first reader."""
        return self.intakes[0].mailboxes.readers[0]

    async def held(self) -> list[Inbound]:
        """Everything in INTAKE, oldest first."""
        js = self.tester.jetstream()
        state = (await js.stream_info("INTAKE")).state
        found = [await js.get_msg("INTAKE", seq) for seq in range(state.first_seq, state.last_seq + 1)]
        return [Inbound.decode(each.data or b"") for each in found]

    async def subjects(self) -> list[str]:
        """The subjects of what was taken, in order."""
        return [each.subject for each in await self.held()]

    async def until(self, number: int, timeout: float = 60.0) -> list[str]:
        """Wait until so many mails are on the bus; their subjects."""
        async with asyncio.timeout(timeout):
            while (await self.tester.jetstream().stream_info("INTAKE")).state.messages < number:
                await asyncio.sleep(0.02)
        return await self.subjects()

    async def looked(self, reader: MailboxReader | None = None) -> None:
        """Wait until a reader is connected and has nothing left to take."""
        reader = reader or self.reader
        try:
            await until(lambda: reader.lease.held and reader.lease.state.connected)
        except TimeoutError:
            raise AssertionError(f"held: {reader.lease.held}, {reader.lease.state}") from None

    async def cursor(self) -> dict[str, Any]:
        """The only cursor there is."""
        found: dict[str, Any] = json.loads((await self._entry()).value)
        return found

    async def _entry(self) -> Entry:
        entry = await KeyValue(self.tester, "cursors").get(await self._key())
        assert entry is not None
        return entry

    async def _key(self) -> str:
        info = await self.tester.jetstream().stream_info("KV_cursors", subjects_filter="$KV.cursors.imap.>")
        (subject,) = info.state.subjects or {}
        return subject.removeprefix("$KV.cursors.")

    async def move_cursor(self, uid: int) -> None:
        """Have it stand behind this UID."""
        bucket, key, entry = KeyValue(self.tester, "cursors"), await self._key(), await self._entry()
        await bucket.update(key, json.dumps({**json.loads(entry.value), "uid": uid}).encode(), entry.revision)

    async def state(self, inbox: str = "support") -> MailboxState | None:
        """What the lease says."""
        entry = await KeyValue(self.tester, subjects.LEASES).get(subjects.mailbox_lease(inbox))
        return MailboxState.read(entry.value) if entry is not None else None

    async def until_state(self, wanted: Callable[[MailboxState], bool], inbox: str = "support") -> MailboxState:
        async with asyncio.timeout(60):
            while True:
                state = await self.state(inbox)
                if state is not None and wanted(state):
                    return state
                await asyncio.sleep(0.05)

    async def ledger(self, intake: IntakeService | None = None) -> dict[str, int]:
        """What intake counted beside what is on the bus."""
        ledger = (intake or self.intakes[0]).ledger
        assert await ledger.flush()
        assert await ledger.flush()
        total: dict[str, int] = {}
        for note in {note.note_id: note for note in self.notes}.values():
            for key, count in note.counts.items():
                total[key] = total.get(key, 0) + count
        return total


Begin = Callable[..., Awaitable[IntakeService]]


@pytest.fixture
async def post(server: Server) -> AsyncIterator[Post]:
    if server.process is None:
        server.start()
    tester = await server.connect(TESTER)
    js = tester.jetstream()
    for stream in ("INTAKE", "KV_cursors", "KV_leases"):
        await js.purge_stream(stream)
    here = Post(server, tester)
    await serve_ledger(tester, here.notes)

    async def known(request: rpc.Request) -> bytes:
        asked = KnownQuery.decode(request.payload).message_ids
        there = {each.message_id for each in await here.held()}
        return KnownAnswer(message_ids=[each for each in asked if each in there]).encode()

    await rpc.serve(tester, subjects.query("known"), "store", known)
    yield here
    await tester.close()


@pytest.fixture
async def begin(server: Server, post: Post, tmp_path: Path) -> AsyncIterator[Begin]:
    """Starts an intake: ``await begin(toml, timing=…)``; all are stopped after the test."""
    async with AsyncExitStack() as stack:

        async def build(
            text: str, *, timing: Timing = QUICK, smtp: str = "", keyring: Keyring | None = None
        ) -> IntakeService:
            bus = await server.connect("intake")
            stack.push_async_callback(bus.close)
            config = tmp_path / "trunkline.toml"
            config.write_text(f'[smtp]\nlisten = "127.0.0.1:0"\n{smtp}\n{text}')
            keyring = keyring or Keyring("a", {"a": b"0123456789abcdef"})
            service = IntakeService(Context(load(config, tmp_path), keyring, tmp_path, bus, Publisher(bus), Blobs(bus)))
            service.mailboxes.timing = timing
            stack.push_async_callback(service.stop)
            await service.start()
            post.intakes.append(service)
            return service

        yield build


def metric(name: str, **labels: str) -> float | None:
    """A figure as it is measured now in this process."""
    return REGISTRY.get_sample_value(name, labels)


def letter(subject: str, *, text: str = "It does not work.", headers: str = "") -> bytes:
    """A plain mail that is no other's duplicate."""
    return (
        f"From: Ann <ann@customer.example>\r\nTo: support@acme.example\r\nSubject: {subject}\r\n{headers}"
        f"Message-ID: <{secrets.token_hex(8)}@customer.example>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\n{text}\r\n"
    ).encode()
