"""The continuous pull: messages of a durable are handed over as they arrive, in batches, without waiting for a full one.

Why not the client's `fetch`: see bus-notes, 9. The pull protocol, its status messages (404, 408, 409, idle heartbeats) and
the header `Nats-Pending-Messages` are described in NATS ADR-13 (https://github.com/nats-io/nats-architecture-and-design).

Not here: what happens to a message that fails (`shared.bus.retry`).
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.errors import NotFoundError

from shared.bus import headers as hdr
from shared.bus.connection import BusConnection, leave, settle
from shared.bus.subjects import ACK_WAIT
from shared.ending import end

log = logging.getLogger(__name__)

Handler = Callable[[list[Msg]], Awaitable[None]]

BATCH_MESSAGES = 200
BATCH_BYTES = 2 * 1024 * 1024
# What the server may have under way for us. Above the largest payload, else one message could never be delivered.
REQUEST_BYTES = 16 * 1024 * 1024
_PENDING = "Nats-Pending-Messages"
_BACKOFF = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)  # seconds between looks at a consumer that is gone


async def nak_all(messages: Iterable[Msg], delay: float | None = None) -> None:
    """Give back what is not yet acknowledged; the server delivers it again after `delay` seconds, or at once."""
    for msg in messages:
        if not msg.is_acked:
            await msg.nak(delay)


class ContinuousPull:
    """Pulls one durable. Make it, `await start()`, and `await stop()` when done.

    `handler` gets a list of messages, one batch at a time: at most 200 messages or 2 MiB (a larger message comes alone).
    It acknowledges each with `await msg.ack()`. While it works, up to `window` more messages gather, and everything held is
    kept alive with in-progress notes. When it raises, what it has not acknowledged comes back after `nak_delay` seconds.

    `on_missing` is awaited when the durable does not exist, to declare it again. `heartbeat` and `ack_wait` are in seconds.
    `stuck_after`: seconds in one batch after which `healthy` turns False.
    """

    def __init__(
        self,
        nc: Client,
        stream: str,
        durable: str,
        handler: Handler,
        *,
        window: int = BATCH_MESSAGES,
        batch_messages: int = BATCH_MESSAGES,
        batch_bytes: int = BATCH_BYTES,
        heartbeat: float = 5.0,
        ack_wait: float = ACK_WAIT,
        nak_delay: float = 5.0,
        stuck_after: float = 120.0,
        on_missing: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.stream, self.durable = stream, durable
        self._nc, self._handler, self._on_missing = nc, handler, on_missing
        self._window, self._batch_messages, self._batch_bytes = window, batch_messages, batch_bytes
        self._heartbeat, self._ack_wait = heartbeat, ack_wait
        self._nak_delay, self._stuck_after = nak_delay, stuck_after
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._inbox = ""
        self._subscription: Subscription | None = None
        self._buffer: deque[Msg] = deque()
        self._batch: list[Msg] = []
        self._owed = 0  # messages the server may still send for what we have asked
        self._heard = 0.0  # loop time of the last sign of life
        self._batch_began: float | None = None
        self._missing = False
        self._trouble: str | None = None  # why the asking has to begin anew
        self._arrived, self._wake = asyncio.Event(), asyncio.Event()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []
        self._forget: Callable[[], None] = lambda: None
        self._time: Callable[[], float] = lambda: 0.0  # the loop's; asking for the loop itself costs a system call

    # -- life -----------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin. The durable need not exist yet: then `on_missing` is called and the pull begins when it does."""
        self._inbox = self._nc.new_inbox()
        assert isinstance(self._nc, BusConnection)
        self._bus = self._nc
        self._subscription = await self._bus.listen(self._inbox, self._receive)
        self._forget = self._bus.on_reconnect(lambda: self._begin_anew("reconnected"))
        loop = asyncio.get_running_loop()
        self._time = loop.time
        self._heard = loop.time()
        self._tasks = [
            loop.create_task(step(), name=f"pull-{self.durable}-{step.__name__}")
            for step in (self._feed, self._watch, self._keep_alive)
        ]
        self._ask()

    async def stop(self, timeout: float = 20.0) -> None:
        """End: finish the batch in hand (for at most `timeout` seconds), give back at once what nobody has begun."""
        if self._stopping:
            return
        self._stopping = True
        self._forget()
        self._arrived.set()
        feed, watch, _ = self._tasks
        watch.cancel()
        if self._subscription is not None and self._nc.is_connected:
            try:
                async with asyncio.timeout(5):
                    await leave(self._nc, self._subscription)  # what is on its way arrives, to be given back below
            except (TimeoutError, nats.errors.Error) as error:
                log.warning("pull %s: could not leave in order: %s", self.durable, error or "timeout")
        await self._give_back(self._buffer)
        _, late = await asyncio.wait({feed}, timeout=timeout)
        if late:
            log.error("pull %s: gave up a batch of %d after %g s", self.durable, len(self._batch), timeout)
        await end(self._tasks)
        await self._give_back([*self._batch, *self._buffer] if late else self._buffer)

    async def _give_back(self, messages: Iterable[Msg]) -> None:
        try:
            await nak_all(messages)
            if self._nc.is_connected:
                await settle(self._nc)
        except nats.errors.Error as error:
            log.warning("pull %s: could not give messages back: %s", self.durable, error)

    @property
    def healthy(self) -> bool:
        """The durable exists, the server has been heard of lately, and no batch is stuck."""
        if not self._tasks or self._stopping or self._missing or not self._nc.is_connected:
            return False
        if any(task.done() for task in self._tasks):
            return False
        now = asyncio.get_running_loop().time()
        if self._batch_began is not None:
            return now - self._batch_began < self._stuck_after
        return now - self._heard < 3 * self._heartbeat

    @property
    def held(self) -> int:
        """Messages that are here and not yet handled."""
        return len(self._batch) + len(self._buffer)

    # -- asking ---------------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Ask for as many as there is room for, once half of the window is free."""
        room = self._window - self._owed - len(self._buffer)
        if self._stopping or self._trouble or self._missing or room * 2 < self._window:
            return
        body = {
            "batch": room,
            "max_bytes": REQUEST_BYTES,
            "expires": int(self._heartbeat * 12e9),
            "idle_heartbeat": int(self._heartbeat * 1e9),
        }
        self._owed += room
        try:
            self._bus.send(self._next, json.dumps(body).encode(), self._inbox)
        except nats.errors.Error as error:
            self._begin_anew(str(error))

    def _begin_anew(self, why: str) -> None:
        self._trouble = why
        self._wake.set()

    def _receive(self, msg: Msg) -> None:
        self._heard = self._time()
        # A message arrives under its own subject, a status under our inbox: a stranger's header cannot feign one.
        if msg.subject == self._inbox:
            self._status(msg.headers or {})
            return
        self._owed = max(0, self._owed - 1)
        self._buffer.append(msg)
        self._arrived.set()
        self._ask()

    def _status(self, headers: dict[str, str]) -> None:
        code, text = headers.get(hdr.STATUS, ""), headers.get(hdr.DESCRIPTION, "")
        if code == "100":
            return
        if code in ("404", "408") or (code == "409" and ("completed" in text.lower() or "maxbytes" in text.lower())):
            self._owed = max(0, self._owed - int(headers.get(_PENDING, 0)))
            self._ask()
            return
        self._begin_anew(f"{code} {text}".strip())

    async def _watch(self) -> None:
        """Notice silence and trouble, and begin anew; look for the durable when there is doubt that it exists."""
        failures = 0
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout(self._heartbeat):
                    await self._wake.wait()
            except TimeoutError:
                if self._owed and loop.time() - self._heard > 2.5 * self._heartbeat:
                    self._trouble = "no heartbeat"
            self._wake.clear()
            if self._trouble is None or not self._nc.is_connected:
                failures = 0
                continue
            log.info("pull %s: asking anew (%s)", self.durable, self._trouble)
            if failures or self._trouble != "reconnected":
                # Never a hot loop (bus-notes, 2): each round without progress waits longer.
                await asyncio.sleep(_BACKOFF[min(failures, len(_BACKOFF) - 1)])
            failures += 1
            if await self._exists():
                self._trouble, self._owed, self._missing = None, 0, False
                self._heard = loop.time()
                self._ask()
                continue
            self._wake.set()

    async def _exists(self) -> bool:
        try:
            await self._nc.jetstream(timeout=3).consumer_info(self.stream, self.durable)
            return True
        except NotFoundError:
            if not self._missing:
                log.error("pull %s: the consumer is missing on stream %s", self.durable, self.stream)
            self._missing = True
            if self._on_missing is not None:
                try:
                    await self._on_missing()
                except Exception:  # declaring again is tried until it works
                    log.exception("pull %s: could not declare the consumer again", self.durable)
        except (nats.errors.Error, TimeoutError) as error:
            log.warning("pull %s: the bus does not tell about the consumer: %s", self.durable, error)
        return False

    # -- handing over ---------------------------------------------------------------------------------------------------

    def _take(self) -> list[Msg]:
        batch: list[Msg] = []
        size = 0
        while self._buffer and len(batch) < self._batch_messages:
            size += len(self._buffer[0].data)
            if batch and size > self._batch_bytes:
                break
            batch.append(self._buffer.popleft())
        return batch

    async def _feed(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopping:
            await self._arrived.wait()
            self._arrived.clear()
            while self._buffer and not self._stopping:
                self._batch = self._take()
                self._batch_began = loop.time()
                self._ask()
                try:
                    await self._handler(self._batch)
                except Exception:  # a handler's error must not end the pull: nothing would be consumed any more
                    log.exception("pull %s: a batch of %d failed", self.durable, len(self._batch))
                    await self._nak_failed()
                self._batch, self._batch_began = [], None

    async def _nak_failed(self) -> None:
        try:
            await nak_all(self._batch, self._nak_delay)
        except nats.errors.Error as error:  # they come back after ack_wait then
            log.warning("pull %s: could not give a failed batch back: %s", self.durable, error)

    async def _keep_alive(self) -> None:
        """Tell the server every third of ack_wait that what is here is being worked on, else others would get it too."""
        while True:
            await asyncio.sleep(self._ack_wait / 3)
            try:
                for msg in [*self._batch, *self._buffer]:
                    if not msg.is_acked:
                        await msg.in_progress()
            except nats.errors.Error as error:
                log.warning("pull %s: could not keep messages alive: %s", self.durable, error)
