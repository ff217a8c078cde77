"""Requests between services: a question with a deadline, an answer or a typed error.

Plain request and reply of NATS (https://docs.nats.io/nats-concepts/core-nats/reqreply) with a queue group, so that each
request goes to one server. Bytes in, bytes out: the models are the caller's business.

The deadline travels as wall-clock seconds in a header. Hosts whose clocks differ by more than a request's timeout would drop
each other's requests; keep them on NTP.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from shared.bus import headers as hdr
from shared.bus.asking import asker
from shared.bus.connection import leave, settle
from shared.bus.errors import RemoteError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What a server's handler gets. `deadline` is in seconds since the epoch, or None when the asker set none."""

    subject: str
    payload: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    deadline: float | None = None


Handler = Callable[[Request], Awaitable[bytes]]


async def request(
    nc: Client,
    subject: str,
    payload: bytes,
    timeout: float = 5.0,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Ask, and give the answer's payload; after `timeout` seconds nobody will start on it any more.

    Raises BusUnavailable (no connection), NoResponders (nobody serves the subject), RequestTimeout (may have been handled),
    PayloadTooLarge, RemoteError (what the service answered).
    """
    head = {key: hdr.clean(value) for key, value in headers.items()} if headers else {}
    head[hdr.DEADLINE] = f"{time.time() + timeout:.3f}"
    answer = await asker(nc).ask(subject, payload, hdr.block(head), timeout=timeout, repeatable=False)
    if answer.headers and hdr.ERROR in answer.headers:
        raise RemoteError(answer.headers[hdr.ERROR], answer.headers.get(hdr.ERROR_TEXT, ""))
    return answer.data


class Server:
    """Answers requests on one subject until stopped; made by `serve`. `dropped` counts requests that came too late."""

    def __init__(self, nc: Client, handler: Handler, concurrency: int) -> None:
        self.dropped = 0
        self._nc = nc
        self._handler = handler
        self._slots = asyncio.Semaphore(concurrency)
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscription: Subscription | None = None

    async def start(self, subject: str, queue: str) -> None:
        """Subscribe and wait until the server knows, so that a request sent after this is answered."""
        self._subscription = await self._nc.subscribe(subject, queue=queue, cb=self._arrived)
        try:
            await settle(self._nc)
        except nats.errors.Error:
            # Whoever tries again would otherwise be asked twice.
            with contextlib.suppress(nats.errors.Error):
                await self._subscription.unsubscribe()
            raise

    async def stop(self, timeout: float = 10.0) -> None:
        """Take no more requests, finish those begun and those already here, for at most `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                if self._subscription is not None and self._nc.is_connected:
                    await leave(self._nc, self._subscription)
                while self._tasks:
                    await asyncio.wait(set(self._tasks))
        except (TimeoutError, nats.errors.Error) as error:
            log.warning("requests still open at the end were given up: %s", error or "timeout")
        for task in list(self._tasks):
            task.cancel()

    async def _arrived(self, msg: Msg) -> None:
        # Waiting here holds back the next request in the client's queue: that is the bound on concurrency.
        await self._slots.acquire()
        task = asyncio.get_running_loop().create_task(self._answer(msg))
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._slots.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an answer could not be sent", exc_info=error)

    async def _answer(self, msg: Msg) -> None:
        deadline = _deadline(msg.headers)
        if deadline is not None and time.time() > deadline:
            self.dropped += 1
            log.warning("dropped a request on %s whose deadline had passed", msg.subject)
            return
        try:
            answer = await self._handler(Request(msg.subject, msg.data, msg.headers or {}, deadline))
            if len(answer) > self._nc.max_payload:
                raise RemoteError("too-large", f"the answer has {len(answer)} bytes")
        except RemoteError as error:
            await self._respond(msg, error)
        except Exception as error:  # whatever a handler raises, the asker must hear of it at once
            log.exception("a request on %s failed", msg.subject)
            await self._respond(msg, RemoteError("internal", f"{type(error).__name__}: {error}"))
        else:
            await self._nc.publish(msg.reply, answer)

    async def _respond(self, msg: Msg, error: RemoteError) -> None:
        if msg.reply:
            head = {hdr.ERROR: hdr.clean_ascii(error.kind, 60), hdr.ERROR_TEXT: hdr.clean_ascii(error.text)}
            await self._nc.publish(msg.reply, b"", headers=head)


async def serve(nc: Client, subject: str, queue: str, handler: Handler, *, concurrency: int = 64) -> Server:
    """Answer requests on `subject` (wildcards allowed) as a member of group `queue`, `concurrency` of them at a time.

    A request whose deadline passed before it was begun is dropped: its asker has gone, and may have asked again. What the
    handler raises goes back as an error: RemoteError with its kind, anything else as kind `internal`.
    """
    server = Server(nc, handler, concurrency)
    await server.start(subject, queue)
    return server


def _deadline(headers: Mapping[str, str] | None) -> float | None:
    try:
        return float(headers[hdr.DEADLINE]) if headers and hdr.DEADLINE in headers else None
    except ValueError:
        return None
