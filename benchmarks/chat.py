"""Live chat with many open WebSockets: memory for each, and how soon an answer is in the browser and confirmed.

`python -m benchmarks chat [--sockets 1000] [--rounds 5]`. Intake runs in a process of its own, with a real bus and without a store (a
history is then not there). Delivery is measured from the request on the bus to the browser's confirmation, as the notifier waits for it,
with some in flight at a time; and from there to the browser alone. A baseline of few sockets is opened first, so that what is loaded at the
first use does not count.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import psutil
from websockets.asyncio.client import ClientConnection, connect

from services.composition.web import WebServer
from services.intake.service import IntakeService
from shared.bus import rpc, subjects, topology
from shared.bus.blobs import Blobs
from shared.bus.publish import Publisher
from shared.clock import now
from shared.messages.chat import ChatHistory, ChatPush
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from shared.secrets import Keyring
from shared.service import Context
from shared.settings import load
from shared.settings.quantities import Listen
from tests.natsserver import NatsServer

CONFIG = '[smtp]\nlisten = "127.0.0.1:0"\n[[inbox]]\nname = "web"\nchannel = "chat"\n'
INBOXES = [("chat", "web")]
FEW = 50


async def _serve(folder: Path, url: str) -> None:
    """Intake's side, in a process of its own: says its address and stays until its input ends."""
    from shared.bus.connection import connect as to_bus

    bus = await to_bus(url, name="intake", user_inbox_prefix=subjects.inbox_prefix("intake"))
    (folder / "trunkline.toml").write_text(CONFIG)
    settings = load(folder / "trunkline.toml", folder)
    keyring = Keyring("a", {"a": b"k" * 32})
    intake = IntakeService(Context(settings, keyring, folder, bus, Publisher(bus), Blobs(bus)))
    await intake.start()
    web = WebServer(intake.app, Listen("127.0.0.1", 0), "web.intake_listen")
    print(web.bind(), flush=True)
    await web.start()
    await asyncio.to_thread(sys.stdin.read)


class Browsers:
    """Many browsers in this process. ``arrived`` is when each delivery was there, by its id."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws") + "/chat/web/socket"
        self._sockets: list[ClientConnection] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.sessions: list[str] = []
        self.arrived: dict[str, float] = {}

    async def open(self, count: int) -> None:
        for start in range(0, count, FEW):
            await asyncio.gather(*(self._one() for _ in range(min(FEW, count - start))))

    async def _one(self) -> None:
        socket = await connect(self._url, proxy=None, compression=None, ping_interval=None)
        await socket.send('{"t": "hello"}')
        self.sessions.append(json.loads(await socket.recv())["id"])
        self._sockets.append(socket)
        self._tasks.append(asyncio.create_task(self._confirm(socket)))

    async def _confirm(self, socket: ClientConnection) -> None:
        async for said in socket:
            frame = json.loads(said)
            if frame["t"] == "message":
                self.arrived[frame["id"]] = time.perf_counter()
                await socket.send(json.dumps({"t": "got", "id": frame["id"]}))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(socket.close() for socket in self._sockets))


def _of(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] * 1000


async def _measure(folder: Path, count: int, rounds: int, at_once: int) -> None:
    server = NatsServer(folder / "nats", inboxes=INBOXES)
    server.start()
    store, notifier = await server.connect("store"), await server.connect("notifier")
    await topology.reconcile(store.jetstream(), replicas=1, inboxes=INBOXES)

    async def no_history(_: rpc.Request) -> bytes:
        return ChatHistory().encode()

    histories = await rpc.serve(store, subjects.query("chat"), "store", no_history)
    command = [sys.executable, "-m", "benchmarks.chat", "--serve", server.url("intake"), str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    assert process.stdout is not None
    try:
        url = ""
        while not url.startswith("http://"):
            url = (await asyncio.to_thread(process.stdout.readline)).strip()
        browsers = Browsers(url)
        await browsers.open(FEW)
        before = psutil.Process(process.pid).memory_info().rss
        began = time.perf_counter()
        await browsers.open(count)
        took = time.perf_counter() - began
        each = (psutil.Process(process.pid).memory_info().rss - before) / count
        print(f"{count} WebSockets opened in {took:.1f} s; {each / 1024:.1f} KiB each in intake")
        slots = asyncio.Semaphore(at_once)
        there: list[float] = []
        confirmed: list[float] = []

        async def deliver(session: str) -> None:
            identity = uuid4().hex
            outbound = Outbound(
                delivery_id=identity, channel="chat", inbox="web", kind="reply", to=[Address(address=session)],
                text="Thank you, your parcel is on its way.", author="Anna", created_at=now(),
            )  # fmt: skip
            async with slots:
                start = time.perf_counter()
                await rpc.request(notifier, subjects.chat(session), ChatPush(outbound=outbound).encode(), timeout=10)
                confirmed.append(time.perf_counter() - start)
                there.append(browsers.arrived[identity] - start)

        began = time.perf_counter()
        for _ in range(rounds):
            await asyncio.gather(*(deliver(session) for session in browsers.sessions))
        rate = len(confirmed) / (time.perf_counter() - began)
        for what, values in (("in the browser", there), ("confirmed", confirmed)):
            print(
                f"{what}: median {_of(values, 0.5):.1f} ms, p99 {_of(values, 0.99):.1f} ms, worst {max(values) * 1000:.1f} ms"
            )
        print(f"{len(confirmed)} answers, {at_once} in flight at a time: {rate:.0f} a second")
        await browsers.close()
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.terminate()
        process.wait(20)
        await histories.stop()
        await notifier.close()
        await store.close()
        server.stop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks chat")
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.serve:
        asyncio.run(_serve(Path(wanted.serve[1]), wanted.serve[0]))
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        asyncio.run(_measure(Path(folder), wanted.sockets, wanted.rounds, wanted.at_once))


if __name__ == "__main__":
    main()
