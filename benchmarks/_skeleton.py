"""The least that the design asks of a mail, and nothing else: what no speed of ours can go below. A process of its own; prints its port.

Accept with the bare server; publish, durably; pull; one row into SQLite (FULL) with its batch; publish an outgoing message; pull; send a
mail that is ready; publish a report; pull; mark the row. No reading, threading, deciding, claims, facts, events or ledger; the bus and the
relay are spoken to with our own fast clients.
"""

import asyncio
import contextlib
import sqlite3
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import aiosmtplib
import uvloop
from nats.aio.msg import Msg

from benchmarks._bare import Tuned
from services.notifier.email.wire import Wire
from shared.bus import topology
from shared.bus.publish import Publisher
from shared.bus.pull import ContinuousPull
from shared.bus.subjects import ROUTER, ROUTER_DELIVERY, notifier
from tests.natsserver import NatsServer

WIRES = 8
_ANSWER = (
    "From: support@localhost\r\nTo: {to}\r\nSubject: Re\r\nIn-Reply-To: {id}\r\n\r\n" + "We have your message.\r\n" * 20
)


class _Skeleton:
    def __init__(self, publishers: Mapping[str, Publisher], folder: Path) -> None:
        self._publishers = (
            publishers  # by stream: each room has its own rights on the bus, and so a connection of its own
        )
        self._thread = ThreadPoolExecutor(1)
        self._database = sqlite3.connect(folder / "db", check_same_thread=False, isolation_level=None)
        self._database.execute("pragma journal_mode=wal")
        self._database.execute("pragma synchronous=full")
        self._database.execute("create table message (id text primary key, sender text, body blob, state text)")
        self._wires: asyncio.Queue[Wire] = asyncio.Queue()
        self._number = 0

    async def dial(self, port: int) -> None:
        """Open the connections to the relay."""
        for _ in range(WIRES):
            client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port)
            await client.connect()
            await client.ehlo()
            self._wires.put_nowait(Wire.take_over(client))

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self._number += 1
        body = f"{envelope.mail_from}\n".encode() + envelope.content
        await self._publishers["INTAKE"].publish("INTAKE", "intake.email.support", body, message_id=f"m{self._number}")
        return "250 OK"

    async def store(self, batch: list[Msg]) -> None:
        """Write the rows, then publish what is to be sent."""
        rows = [(str(msg.metadata.sequence.stream), *msg.data.split(b"\n", 1)) for msg in batch]
        await self._write("insert or ignore into message values (?, ?, ?, 'queued')", rows)
        await asyncio.gather(*(self._queue(*row) for row in rows))
        for msg in batch:
            await msg.ack()

    async def _queue(self, name: str, sender: bytes, body: bytes) -> None:
        where = body.index(b"Message-ID: ") + 12
        answer = _ANSWER.format(to=sender.decode(), id=body[where : body.index(b"\r\n", where)].decode())
        payload = f"{name}\n{sender.decode()}\n{answer}".encode()
        await self._publishers["OUTBOUND"].publish("OUTBOUND", "outbound.email.support", payload, message_id=name)

    async def send(self, batch: list[Msg]) -> None:
        """Send and report, several at once."""
        await asyncio.gather(*map(self._send, batch))

    async def _send(self, msg: Msg) -> None:
        name, sender, answer = msg.data.split(b"\n", 2)
        wire = await self._wires.get()
        await wire.ask([b"MAIL FROM:<support@localhost>", b"RCPT TO:<%b>" % sender, b"DATA"], 30)
        await wire.content(answer, 30)
        self._wires.put_nowait(wire)
        await self._publishers["DELIVERY"].publish(
            "DELIVERY", "delivery.email.accepted", name, message_id=name.decode()
        )
        await msg.ack()

    async def report(self, batch: list[Msg]) -> None:
        """Mark the rows."""
        await self._write("update message set state = 'accepted' where id = ?", [(msg.data.decode(),) for msg in batch])
        for msg in batch:
            await msg.ack()

    async def _write(self, statement: str, rows: list[Any]) -> None:
        def write() -> None:
            self._database.execute("begin immediate")
            self._database.executemany(statement, rows)
            self._database.execute("commit")

        await asyncio.get_running_loop().run_in_executor(self._thread, write)


async def _serve(relay: int) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        server = NatsServer(Path(folder) / "bus")
        server.start()
        stack.callback(server.kill)
        bus = await server.connect("store")
        await topology.reconcile(bus.jetstream(), replicas=1, inboxes=[("email", "support")], limits={})
        intake, sender, router = [await server.connect(user) for user in ("intake", "notifier", "router")]
        connections = {"INTAKE": intake, "OUTBOUND": bus, "DELIVERY": sender}
        skeleton = _Skeleton({stream: Publisher(nc) for stream, nc in connections.items()}, Path(folder))
        await skeleton.dial(relay)
        lanes: list[tuple[Any, Any, Callable[[list[Msg]], Awaitable[None]]]] = [
            (router, ROUTER, skeleton.store),
            (sender, notifier("email", "support"), skeleton.send),
            (router, ROUTER_DELIVERY, skeleton.report),
        ]
        for connection, durable, handler in lanes:
            await ContinuousPull(connection, durable.stream, durable.name, handler).start()
        listening = await asyncio.get_running_loop().create_server(
            lambda: Tuned(skeleton, enable_SMTPUTF8=True, ident="skeleton"), "127.0.0.1", 0
        )
        print(listening.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until whoever measures hangs up


if __name__ == "__main__":
    sys.exit(uvloop.run(_serve(int(sys.argv[1]))))
