"""Mails whose author has yet to be found out: each waits for its own verdict, and nobody waits for it.

Intake is asked (`mail.authenticate`), since only it talks to the outside. A mail is acknowledged only after it was decided, so that one
that was waiting when the router ended comes again. Its time is bounded from the moment it is taken; where nothing is known
then, that is what it is decided with.
"""

import asyncio
from collections.abc import Awaitable, Callable

import nats.errors
import structlog
from nats.aio.msg import Msg
from prometheus_client import Gauge

from shared.bus import rpc, subjects
from shared.bus.connection import BusConnection
from shared.bus.errors import BusError, BusUnavailable, RequestTimeout
from shared.bus.pull import nak_all
from shared.ending import end
from shared.messages.authentication import AuthenticateReply, AuthenticateRequest
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.inbound import Inbound
from shared.messages.parts import Authentication

log = structlog.get_logger()

Checked = tuple[Msg, Inbound]
Settle = Callable[[list[Checked]], Awaitable[None]]

AT_ONCE = 64
"""Requests under way."""
MOST_WAITING = 1000
MOST_OCTETS = 64 << 20
"""Messages held, and their octets, beyond which the next ones wait to be taken; below what the bus leaves unacknowledged."""
ON_THE_WAY = 1.0
"""Seconds that a request and its answer may take beside the check itself."""
NOBODY_THERE = 0.25
"""Seconds until the next try where no intake answers."""
NAK_DELAY = 5.0

waiting = Gauge("trunkline_router_authenticating", "Mails waiting for the verdict on their author")


def must_be_checked(message: Inbound) -> bool:
    """Whether intake left this to be found out, and there is something to find it out from."""
    return message.channel == "email" and message.authentication is None and message.original is not None


class Authenticating:
    """The mails in waiting. ``patience``: seconds for a mail. ``settle`` decides those that are ready, like any batch."""

    def __init__(self, bus: BusConnection, patience: float, settle: Settle) -> None:
        self._bus = bus
        self._patience = patience
        self._settle = settle
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._held: dict[int, Msg] = {}
        self._octets = 0
        self._checks: set[asyncio.Task[None]] = set()
        self._ready: list[Checked] = []
        self._some_ready, self._room = asyncio.Event(), asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to decide what becomes ready."""
        self._tasks = [asyncio.create_task(self._decide()), asyncio.create_task(self._keep_alive())]

    @property
    def healthy(self) -> bool:
        """Whether what becomes ready is being decided."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    async def take(self, msg: Msg, message: Inbound) -> None:
        """Take this mail over; it is acknowledged or given back here. Waits while too many are held."""
        self._held[id(msg)] = msg
        self._octets += len(msg.data)
        waiting.inc()
        until = asyncio.get_running_loop().time() + self._patience
        check = asyncio.create_task(self._check(msg, message, until))
        self._checks.add(check)
        check.add_done_callback(self._checks.discard)
        while len(self._held) >= MOST_WAITING or self._octets >= MOST_OCTETS:
            self._room.clear()
            await self._room.wait()

    async def stop(self) -> None:
        """Let the verdicts come in, which is bounded, decide what is ready, give back the rest."""
        if self._checks:
            await asyncio.wait(set(self._checks), timeout=self._patience + 2 * ON_THE_WAY)
        if self._ready or self._held:
            self._some_ready.set()
            try:
                async with asyncio.timeout(5):
                    while self._held:
                        self._room.clear()
                        await self._room.wait()
            except TimeoutError:
                log.warning("mails whose author was being found out come again", count=len(self._held))
        await end((*self._tasks, *self._checks))
        await self._give_back(list(self._held.values()))

    async def _check(self, msg: Msg, message: Inbound, until: float) -> None:
        verdict = await self._verdict(message, until)
        self._ready.append((msg, message.model_copy(update={"authentication": verdict})))
        self._some_ready.set()

    async def _verdict(self, message: Inbound, until: float) -> Authentication:
        """What intake finds out, or that nothing could be found out in time. Never raises."""
        try:
            async with asyncio.timeout_at(until), self._slots:
                return await self._asked(message, until)
        except TimeoutError:
            why = "out of time"
        except (BusError, NewerVersion, Undecodable) as error:
            why = f"{type(error).__name__}: {error}"
        except Exception as error:  # noqa: BLE001 - a slip here must not keep the mail from being decided
            why = repr(error)
        log.warning("the author of a mail could not be checked", correlation_id=message.correlation_id, error=why[:300])
        return Authentication(spf="temperror", dkim="temperror", dmarc="temperror", by="trunkline", note=why[:500])

    async def _asked(self, message: Inbound, until: float) -> Authentication:
        assert message.original is not None
        request = AuthenticateRequest(
            peer=message.peer,
            helo=message.helo,
            envelope_from=message.envelope_from,
            sender=message.from_.address if message.from_ else "",
            received_at=message.received_at,
            original=message.original,
        ).encode()
        loop = asyncio.get_running_loop()
        while True:
            try:
                answer = await rpc.request(self._bus, subjects.MAIL_AUTHENTICATE, request, until - loop.time())
            except RequestTimeout:
                raise
            except BusUnavailable:
                await asyncio.sleep(NOBODY_THERE)  # until the time is over: intake may just be starting
                continue
            return AuthenticateReply.decode(answer).authentication

    async def _decide(self) -> None:
        while True:
            await self._some_ready.wait()
            self._some_ready.clear()
            ready, self._ready = self._ready, []
            if not ready:
                continue
            try:
                await self._settle(ready)
            except Exception:  # as with any batch: the next ones must go on
                log.exception("a batch of checked mails failed", count=len(ready))
                await self._give_back([msg for msg, _ in ready])
            for msg, _ in ready:
                self._held.pop(id(msg), None)
                self._octets -= len(msg.data)
                waiting.dec()
            self._room.set()

    async def _give_back(self, messages: list[Msg]) -> None:
        try:
            await nak_all(messages, NAK_DELAY)
        except nats.errors.Error as error:  # they come back after ack_wait then
            log.warning("mails could not be given back", error=str(error))

    async def _keep_alive(self) -> None:
        """Tell the bus that what is held is being worked on: the pull does that only for the batch in its hands."""
        while True:
            await asyncio.sleep(subjects.ACK_WAIT / 3)
            try:
                for msg in list(self._held.values()):
                    if not msg.is_acked:
                        await msg.in_progress()
            except nats.errors.Error as error:
                log.warning("mails in waiting could not be kept alive", error=str(error))
