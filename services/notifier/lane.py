"""One inbox's way from the bus to its sender, independent of every other inbox's.

Messages are taken in hand as they come and kept alive there; as many as the sender can soon send are claimed together; several
are sent at once, each at its own pace; each is reported, then acknowledged. While the relay is away nothing is claimed: the
lane asks it from time to time, and goes on where it was as soon as it is back. Where people talk, what has waited too long for a provider
that does not take us is tried all the same: only what has failed goes to another channel.

Not here: what is sent and how (`Sender`), when a failed attempt is repeated (`report_for`).
"""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from services.notifier import measuring, reporting
from services.notifier.backlog import Backlog, Held
from services.notifier.claims import ClaimFailed, claim
from services.notifier.limits import Rate
from services.notifier.pacing import Pacing
from services.notifier.reporting import Accepted
from services.notifier.sending import (
    REFUSED,
    TALKS,
    Attempt,
    Misconfigured,
    Outcome,
    Sender,
    Temporary,
    Throttled,
    Trouble,
    Unreachable,
    report_for,
)
from shared.bus import errors, subjects
from shared.bus.connection import deliveries
from shared.bus.publish import Publisher
from shared.bus.pull import ContinuousPull
from shared.bus.retry import FailurePolicy, RetryPump
from shared.clock import now
from shared.ending import end
from shared.messages import base
from shared.messages.outbound import DeliveryReport, Grant, Outbound

log = structlog.get_logger(__name__)

MAX_HELD = 200
HELD_DELAY = 3.0  # seconds until a message that another notifier is sending is looked at again
STALE = 15.0  # the store holds a claim for 20 s for us; what has not begun by then is given back
# After ten minutes of silence the store queues a delivery again; an attempt must be over before.
LONGEST_SEND = 480.0
_PROBE_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0, 10.0)
_CLAIM_WAITS = (0.1, 0.25, 0.5, 1.0, 2.0)


class Lane:
    """Consumes one durable of OUTBOUND (null: the inbox's own) and sends through one `Sender`. ``owner`` names this process in claims."""

    def __init__(
        self,
        bus: Client,
        owner: str,
        channel: str,
        inbox: str,
        sender: Sender,
        *,
        rate: Rate | None = None,
        durable: subjects.Durable | None = None,
    ) -> None:
        self.channel, self.inbox = channel, inbox
        self._bus, self._owner, self._sender = bus, owner, sender
        self._publisher = Publisher(bus)
        self._pacing = Pacing(sender.concurrency, rate)
        durable = durable or subjects.notifier(channel, inbox)
        self._policy = FailurePolicy(bus, durable)
        self._pull = ContinuousPull(
            bus, durable.stream, durable.name, self._take_in, stuck_after=float("inf"), ack_wait=durable.ack_wait
        )
        self._pump = RetryPump(bus, self._policy, self._take_in)
        self._ack_wait = durable.ack_wait
        self._backlog = Backlog()
        self._in_hand: dict[str, Held] = {}
        self._accepted = Accepted()
        self._granted: asyncio.PriorityQueue[tuple[int, int, Held | None]] = asyncio.PriorityQueue()
        self._order = 0
        self._active = 0  # claimed, and not yet reported and acknowledged
        self._trouble: Trouble | None = None
        self._probes = 0  # in vain, one after the other
        self._changed = asyncio.Event()  # something to claim, or room for it
        self._room = asyncio.Event()  # fewer in hand
        self._stopping = asyncio.Event()
        self._pulling: list[ContinuousPull | RetryPump] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._workers: list[asyncio.Task[None]] = []
        self._finishing: set[asyncio.Task[None]] = set()
        self._meter = measuring.Meter(channel, inbox)
        measuring.WAITING.labels(channel, inbox).set_function(lambda: len(self._in_hand))

    # -- life -----------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to consume and send."""
        await self._sender.start()
        self._tasks = [self._task(self._feed(), "feed"), self._task(self._keep_alive(), "alive")]
        self._workers = [self._task(self._work(), f"send-{each}") for each in range(self._sender.concurrency)]
        for pull in (self._pull, self._pump):
            await pull.start()
            self._pulling.append(pull)

    def _task(self, work: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=f"lane-{self.channel}-{self.inbox}-{what}")
        task.add_done_callback(_tell)
        return task

    async def stop(self, timeout: float = 15.0) -> None:
        """Finish what is being sent, for at most ``timeout`` seconds; give everything else back."""
        self._stopping.set()
        self._changed.set()
        self._room.set()
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout
        if self._tasks:
            await asyncio.gather(*(pull.stop(timeout) for pull in self._pulling))
            feed, _ = self._tasks
            await asyncio.wait({feed}, timeout=max(until - loop.time(), 0.1))
            for _ in self._workers:
                # Behind everything granted: a worker that meets it has nothing left to do.
                self._granted.put_nowait((9, self._next(), None))
            await asyncio.wait(self._workers, timeout=max(until - loop.time(), 0.1))
            if self._finishing:
                await asyncio.wait(set(self._finishing), timeout=max(until - loop.time(), 0.1))
            await end([*self._tasks, *self._workers, *self._finishing])
        for held in self._backlog.clear():
            await self._give_back(held, None)
        await self._sender.close()

    @property
    def ready(self) -> bool:
        """Whether messages are consumed. A relay that is away is no reason to be restarted."""
        alive = bool(self._tasks) and not any(task.done() for task in (*self._tasks, *self._workers))
        seen = self._policy.newer_seen
        outdated = seen is not None and time.time() - seen < 1_800
        return alive and not outdated and self._pull.healthy and self._pump.healthy

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing is being sent, when the relay is the reason."""
        return self._trouble

    # -- in -------------------------------------------------------------------------------------------------------------

    async def _take_in(self, messages: list[Msg]) -> None:
        """Take what the bus hands over, as much as there is room for; waiting here holds the bus back."""
        for msg in messages:
            outbound = await self._decode(msg)
            if outbound is None:
                continue
            while len(self._in_hand) >= MAX_HELD and not self._stopping.is_set():
                self._room.clear()
                await self._room.wait()
            if self._stopping.is_set():
                await msg.nak()
            elif outbound.delivery_id in self._in_hand:
                # The bus lost sight of us and gave it out again; the one in hand goes on.
                await msg.nak(HELD_DELAY)
            else:
                held = Held(msg, outbound, redelivered=deliveries(msg) > 1)
                self._in_hand[outbound.delivery_id] = held
                self._backlog.add(held)
                self._changed.set()

    async def _decode(self, msg: Msg) -> Outbound | None:
        try:
            return Outbound.decode(msg.data)
        except base.NewerVersion as error:
            await self._policy.fail(msg, errors.NewerVersion(str(error)))
        except base.Undecodable as error:
            await self._policy.fail(msg, error)
        return None

    async def _keep_alive(self) -> None:
        """What is in hand is being worked on: without a word the bus would give it to others."""
        while True:
            await asyncio.sleep(self._ack_wait / 3)
            try:
                for held in list(self._in_hand.values()):
                    if not held.msg.is_acked:
                        await held.msg.in_progress()
            except nats.errors.Error as error:
                log.warning("messages could not be kept alive", inbox=self.inbox, error=str(error))

    # -- claiming -------------------------------------------------------------------------------------------------------

    async def _feed(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            await self._changed.wait()
            self._changed.clear()
            while not self._stopping.is_set() and (wanted := await self._wanted()):
                try:
                    await self._grant(wanted, await claim(self._bus, self._owner, wanted))
                    failures = 0
                except ClaimFailed as error:
                    self._backlog.put_back(wanted)
                    if failures in (0, 20):
                        log.warning("claims wait", inbox=self.inbox, error=str(error))
                    await self._pause(_CLAIM_WAITS[min(failures, len(_CLAIM_WAITS) - 1)])
                    failures += 1

    async def _wanted(self) -> list[Held]:
        """The messages to claim now, none when there are none; waits while nothing may be sent at all."""
        if self._trouble is not None and (overdue := await self._until_reachable()):
            return overdue
        while (rest := self._pacing.rest(len(self._backlog))) > 0 and not self._stopping.is_set():
            await self._pause(rest)
        if self._stopping.is_set():
            return []
        return self._backlog.take(self._pacing.take(len(self._backlog), self._active))

    async def _grant(self, wanted: list[Held], grants: list[Grant]) -> None:
        for held, grant in zip(wanted, grants, strict=True):
            if grant.granted:
                held.attempt, held.ambiguous = grant.attempt, grant.ambiguous
                held.granted_at = asyncio.get_running_loop().time()
                self._active += 1
                self._granted.put_nowait((held.priority, self._next(), held))
            elif grant.held:
                await self._give_back(held, HELD_DELAY)
            else:
                await self._acknowledge(held)

    async def _until_reachable(self) -> list[Held]:
        """Wait until the relay takes us. Gives what can wait no longer; nothing, when it does."""
        while self._trouble is not None and not self._stopping.is_set():
            await self._pause(_PROBE_WAITS[min(self._probes, len(_PROBE_WAITS) - 1)])
            if self._stopping.is_set():
                break
            self._probes += 1
            self._trouble = await self._sender.probe()
            if isinstance(self._trouble, Misconfigured) and self.channel in TALKS:
                overdue = self._backlog.take_older(now() - REFUSED.until, self._sender.concurrency)
                if overdue:
                    return overdue
        self._probes = 0
        return []

    async def _pause(self, seconds: float) -> None:
        """Sleep, unless we are to stop."""
        if seconds > 0:
            try:
                async with asyncio.timeout(seconds):
                    await self._stopping.wait()
            except TimeoutError:
                return

    def _next(self) -> int:
        self._order += 1
        return self._order

    # -- sending --------------------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            _, _, held = await self._granted.get()
            if held is None:
                return
            if self._stopping.is_set() or loop.time() - held.granted_at > STALE:
                self._finish(held, reporting.released(held.outbound, held.attempt, now()))
                continue
            if (known := self._accepted.again(held, now())) is not None:
                log.info("sent already, reported again", delivery_id=held.outbound.delivery_id, attempt=held.attempt)
                self._finish(held, known)
                continue
            began = loop.time()
            outcome = await self._attempt(held)
            took = loop.time() - began
            self._pacing.observe(took)
            self._meter.measure(held, outcome, took)
            self._mind(outcome)
            report = report_for(outcome, held.outbound, held.attempt, now())
            self._accepted.note(report)
            self._finish(held, report)

    async def _attempt(self, held: Held) -> Outcome:
        try:
            async with asyncio.timeout(LONGEST_SEND):
                return await self._sender.send(held.outbound, Attempt(held.attempt, held.ambiguous))
        except TimeoutError:
            return Temporary(f"no end after {LONGEST_SEND:g} s; it may have been sent")
        except Exception as error:  # one message's fault must not end the worker; it is tried again on the schedule
            log.exception(
                "sending failed by a fault of ours",
                delivery_id=held.outbound.delivery_id,
                correlation_id=held.outbound.correlation_id,
            )
            return Temporary(f"fault while sending: {type(error).__name__}: {error}")

    def _mind(self, outcome: Outcome) -> None:
        """What an outcome means for the messages that come next."""
        if isinstance(outcome, Unreachable | Misconfigured):
            self._trouble = self._trouble or outcome
            self._changed.set()
        elif isinstance(outcome, Throttled):
            self._pacing.throttle(outcome.retry_after)

    # -- out ------------------------------------------------------------------------------------------------------------

    def _finish(self, held: Held, report: DeliveryReport) -> None:
        """Report and acknowledge in the background: the connection is free for the next message meanwhile."""
        task = self._task(self._report(held, report), "report")
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    async def _report(self, held: Held, report: DeliveryReport) -> None:
        await reporting.publish(self._publisher, report)
        self._active -= 1
        await self._acknowledge(held)

    async def _acknowledge(self, held: Held) -> None:
        try:
            await held.msg.ack()
        except nats.errors.Error as error:  # it comes again then, and its claim will not be granted
            log.warning("a message could not be acknowledged", inbox=self.inbox, error=str(error))
        self._forget(held)

    async def _give_back(self, held: Held, delay: float | None) -> None:
        try:
            await held.msg.nak(delay)
        except nats.errors.Error as error:  # it comes again after ack_wait then
            log.warning("a message could not be given back", inbox=self.inbox, error=str(error))
        self._forget(held)

    def _forget(self, held: Held) -> None:
        self._in_hand.pop(held.outbound.delivery_id, None)
        self._room.set()
        self._changed.set()


def _tell(task: asyncio.Task[None]) -> None:
    """A task that ends by a fault would otherwise only show as a lane that is not ready."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a task of the notifier ended", task=task.get_name(), exc_info=error)
