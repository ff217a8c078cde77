"""A real bus with our configuration, a real listener in front of it, and a client that says exactly what it is told to."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog

from services.intake.clerk.office import Office
from services.intake.limits import Gate
from services.intake.service import IntakeService
from shared.bus import rpc, subjects, topology
from shared.bus.blobs import Blobs
from shared.bus.connection import BusConnection
from shared.bus.permissions import Rights
from shared.bus.publish import Publisher
from shared.messages.inbound import Inbound
from shared.messages.ticket import LedgerNote
from shared.secrets import Keyring
from shared.service import Context
from shared.settings import load
from tests.natsserver import NatsServer

INBOXES = [("email", "support"), ("email", "sales")]
TWO_INBOXES = """
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"

[[inbox]]
name = "sales"
channel = "email"
address = "Sales@shop.example"
"""
TESTER = "tester"


async def until(condition: Callable[[], bool], timeout: float = 60.0) -> None:
    """Wait, bounded, until something is so."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.01)


async def until_async(condition: Callable[[], Awaitable[bool]], timeout: float = 60.0) -> None:
    async with asyncio.timeout(timeout):
        while not await condition():
            await asyncio.sleep(0.02)


class Server(NatsServer):
    """A nats-server on which ``tester`` may do everything."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, inboxes=INBOXES, externals={TESTER: Rights((">",), (">",))})


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("intake-bus"))
    server.start()

    async def declare() -> None:
        nc = await server.connect(TESTER)
        await topology.reconcile(nc.jetstream(), replicas=1, inboxes=INBOXES)
        await nc.close()

    asyncio.run(declare())
    yield server
    server.stop()


class Dialog:
    """An SMTP client without opinions: sends octets, reads replies."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, port: int, *, hello: bool = True) -> "Dialog":
        dialog = cls(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 20))
        if hello:
            assert (await dialog.reply()).startswith("220 ")
            assert (await dialog.say("EHLO client.example")).startswith("250")
        return dialog

    async def reply(self, timeout: float = 60.0) -> str:
        """The next reply, lines joined by newlines; empty at the end of the connection."""
        lines: list[str] = []
        async with asyncio.timeout(timeout):
            while True:
                line = (await self.reader.readline()).decode()
                if not line:
                    return "\n".join(lines)
                lines.append(line.rstrip("\r\n"))
                if line[3:4] != "-":
                    return "\n".join(lines)

    async def say(self, command: str | bytes, timeout: float = 60.0) -> str:
        octets = command.encode() if isinstance(command, str) else command
        self.writer.write(octets + b"\r\n")
        await self.writer.drain()
        return await self.reply(timeout)

    async def envelope(self, *recipients: str, sender: str = "ann@customer.example") -> None:
        """MAIL, RCPTs and DATA, all of which must be taken."""
        assert (await self.say(f"MAIL FROM:<{sender}>")).startswith("250")
        for recipient in recipients or ("support@acme.example",):
            assert (await self.say(f"RCPT TO:<{recipient}>")).startswith("250")
        assert (await self.say("DATA")).startswith("354")

    async def send(self, content: bytes, *recipients: str, sender: str = "ann@customer.example") -> str:
        """One mail with plain CR LF lines, its dots hidden; the reply after its end."""
        await self.envelope(*recipients, sender=sender)
        return await self.finish(content)

    async def finish(self, content: bytes) -> str:
        hidden = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
        self.writer.write(hidden + b"\r\n.\r\n")
        await self.writer.drain()
        return await self.reply(60)

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            return


class Place:
    """An intake in front of the bus, and what a test wants to know of both."""

    def __init__(self, server: Server, service: IntakeService, tester: BusConnection, notes: list[LedgerNote]) -> None:
        self.server = server
        self.service = service
        self.tester = tester
        self.notes = notes
        self.dialogs: list[Dialog] = []

    @property
    def port(self) -> int:
        return self.service.smtp_address.port

    async def dialog(self, *, hello: bool = True) -> Dialog:
        dialog = await Dialog.open(self.port, hello=hello)
        self.dialogs.append(dialog)
        return dialog

    async def close(self) -> None:
        for dialog in self.dialogs:
            await dialog.close()

    async def held(self) -> list[Inbound]:
        """Everything in INTAKE, oldest first."""
        js = self.tester.jetstream()
        state = (await js.stream_info("INTAKE")).state
        found = [await js.get_msg("INTAKE", seq) for seq in range(state.first_seq, state.last_seq + 1)]
        return [Inbound.decode(each.data or b"") for each in found]

    async def only(self) -> Inbound:
        (found,) = await self.held()
        return found

    async def ledger(self) -> dict[str, int]:
        """What intake told the store so far, after telling it the rest."""
        assert await self.service.ledger.flush()
        assert await self.service.ledger.flush()
        total: dict[str, int] = {}
        for note in {note.note_id: note for note in self.notes}.values():
            for key, count in note.counts.items():
                total[key] = total.get(key, 0) + count
        return total


Build = Callable[..., Awaitable[Place]]


@pytest.fixture
async def place(server: Server, tmp_path: Path) -> AsyncIterator[Build]:
    """Builds an intake: ``await place(toml, gate=…, ledger=…)``; everything is stopped after the test."""
    async with AsyncExitStack() as stack:

        async def build(
            toml: str = TWO_INBOXES,
            *,
            smtp: str = "",
            listen: str = "127.0.0.1:0",
            gate: Gate | None = None,
            office: Office | None = None,
            ledger: bool = True,
        ) -> Place:
            if server.process is None:
                server.start()
            tester, bus = await server.connect(TESTER), await server.connect("intake")
            stack.push_async_callback(tester.close)
            stack.push_async_callback(bus.close)
            await tester.jetstream().purge_stream("INTAKE")
            notes: list[LedgerNote] = []
            if ledger:
                await serve_ledger(tester, notes)
            config = tmp_path / "trunkline.toml"
            config.write_text(f'[smtp]\nlisten = "{listen}"\n{smtp}\n{toml}')
            settings = load(config, tmp_path)
            keyring = Keyring("a", {"a": b"0123456789abcdef"})
            service = IntakeService(
                Context(settings, keyring, tmp_path, bus, Publisher(bus), Blobs(bus), embedded=True),
                gate=gate,
                office=office,
            )
            await service.start()
            stack.push_async_callback(service.stop)
            here = Place(server, service, tester, notes)
            stack.push_async_callback(here.close)
            return here

        yield build


async def serve_ledger(tester: BusConnection, notes: list[LedgerNote]) -> rpc.Server:
    """Stands where the store answers ledger notes."""

    async def note(request: rpc.Request) -> bytes:
        notes.append(LedgerNote.decode(request.payload))
        return b""

    return await rpc.serve(tester, subjects.STORE_LEDGER, "store", note)


@pytest.fixture(autouse=True)
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[MutableMapping[str, Any]]]:
    """Every structured log entry of the test. No test may leave an exception in a log, ours or asyncio's."""
    with structlog.testing.capture_logs() as entries:
        yield entries
    broken = [entry for entry in entries if entry.get("exc_info") or entry["log_level"] in ("error", "critical")]
    assert not broken, broken
    traces = [record.getMessage() for record in caplog.records if record.exc_info or record.name == "asyncio"]
    assert not traces, traces


def mail(text: str = "It does not work.", *, subject: str = "Help", message_id: str | None = None) -> bytes:
    """A plain mail that is no other's duplicate."""
    identity = message_id or f"{secrets.token_hex(8)}@customer.example"
    return (
        f"From: Ann Smith <ann@Customer.Example>\r\nTo: support@acme.example\r\nSubject: {subject}\r\n"
        f"Date: Sat, 31 Jan 2026 10:00:00 +0000\r\nMessage-ID: <{identity}>\r\n\r\n{text}\r\n"
    ).encode()
