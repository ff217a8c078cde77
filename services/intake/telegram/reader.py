"""What one intake of all does for a bot: asks for its updates, or keeps its webhook set; and fetches the files that come later.

One holds the bot's lease; another goes on within seconds when it is gone. Failures are told in the lease (where the watchdog looks) and
waited out, longer each time; none of them is the next bot's.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import Counter, Gauge

from services.intake.accepting import Accepting
from services.intake.errors import NotKept
from services.intake.lease import ENDED, KEPT, RENEW, Lease
from services.intake.telegram.bots import BotOfInbox, bots
from services.intake.telegram.polling import NotAll, Poller, is_about_webhook
from services.intake.telegram.updates import WANTED
from shared import clock
from shared.bus import subjects
from shared.bus.errors import BusError
from shared.bus.keyvalue import KeyValue
from shared.ending import end
from shared.service import Context
from shared.telegram import (
    BadRequest,
    Conflict,
    InvalidToken,
    RetryAfter,
    TelegramError,
    close,
    described,
    wait_asked_for,
)

log = structlog.get_logger(__name__)

READER = Gauge("trunkline_telegram_reader", "1 while this process is the one that holds the bot", ["inbox"])
CONNECTED = Gauge("trunkline_telegram_connected", "1 while Telegram answers this process", ["inbox"])
FAILURES = Counter(
    "trunkline_telegram_failures_total", "Times that Telegram could not be asked, by kind", ["inbox", "kind"]
)

YIELD_AFTER = 3
"""Failures in a row after which another intake may try: perhaps it is only this host that gets no answer."""
STOP_WITHIN = 5.0
CONNECTIONS = 20
"""Webhooks that Telegram may have open at the same time."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. ``poll``: how long Telegram holds a request open. ``first`` and ``longest``: waits after failures, doubling; ``certain``:
    the first after one that waiting will hardly mend. ``webhook``: how often it is looked at. ``files``: how often the late ones are. The
    last three are the lease's."""

    poll: float = 25.0
    first: float = 1.0
    longest: float = 60.0
    certain: float = 10.0
    webhook: float = 300.0
    files: float = 5.0
    renew: float = RENEW
    kept: float = KEPT
    ended: float = ENDED


TIMING = Timing()


def readers(context: Context, accepting: Accepting) -> Sequence["BotReader"]:
    """One for each bot of the configuration."""
    return [BotReader(context, one) for one in bots(context, accepting).values()]


class BotReader:
    """Of one bot."""

    def __init__(self, context: Context, one: BotOfInbox, timing: Timing | None = None) -> None:
        self.inbox = one.inbox.name
        self.timing = timing or TIMING
        self._one, self._context = one, context
        self.lease = self._lease()
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        for gauge in (READER, CONNECTED):
            gauge.labels(self.inbox).set(0)

    def _lease(self) -> Lease:
        timing = self.timing
        return Lease(
            KeyValue(self._context.bus, subjects.LEASES),
            self.inbox,
            self._context.instance,
            key=subjects.bot_lease(self.inbox),
            renew=timing.renew,
            kept=timing.kept,
            ended=timing.ended,
        )

    async def start(self) -> None:
        """Begin; nothing is waited for."""
        self.lease = self._lease()
        self._task = asyncio.create_task(self._run(), name=f"telegram-{self.inbox}")

    async def stop(self) -> None:
        """Let go of the bot, so that another intake goes on at once."""
        if self._task is not None:
            await end([self._task], STOP_WITHIN, 2.0)
        await self._one.taker.stop()
        await close(self._one.bot, self._one.polling)

    def ready(self) -> dict[str, bool]:
        """Whether somebody is at it here. Telegram being away is no reason to be restarted."""
        return {f"telegram-{self.inbox}": self._task is not None and not self._task.done()}

    async def _run(self) -> None:
        """For ever; cancelled at the end."""
        try:
            while True:
                try:
                    await self.lease.take()
                    READER.labels(self.inbox).set(1)
                    await self._hold()
                except Exception as error:  # a slip of ours must not be the end of a bot
                    log.error("a bot's reader failed", inbox=self.inbox, exc_info=error)
                    await asyncio.sleep(self.timing.longest)
                READER.labels(self.inbox).set(0)
                self._failures = 0
        finally:
            for gauge in (READER, CONNECTED):
                gauge.labels(self.inbox).set(0)
            await self.lease.give_back()

    async def _hold(self) -> None:
        """As long as the lease is ours."""
        follow = self._poll if self._one.inbox.mode == "polling" else self._keep_webhook
        work = [self.lease.keep(), follow(), self._fetch_late()]
        tasks = [asyncio.create_task(each, name=f"telegram-{self.inbox}-work") for each in work]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end(tasks, STOP_WITHIN)
        for task in tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error

    # Polling.

    async def _poll(self) -> None:
        poller = Poller(self._one, self.timing.poll)
        await self._until_done(poller.begin)
        while True:
            while not self._context.bus.is_connected:
                await asyncio.sleep(0.2)
            try:
                await poller.ask()
            except Conflict as error:
                await self._failed(error, "conflict")
                if is_about_webhook(error):
                    await self._until_done(poller.begin)
            except NotAll as error:
                await self._failed(error, "not-now")
            except TelegramError as error:
                await self._failed(error, _kind(error))
            else:
                self._is_well()

    # Webhook.

    async def _keep_webhook(self) -> None:
        """Set it, and look from time to time whether it is still there: there is one per bot, and anybody with the token can change it."""
        while True:
            await self._until_done(self._set_webhook)
            while await self._is_set():
                await asyncio.sleep(self.timing.webhook)

    @property
    def webhook(self) -> str:
        """Where Telegram is to push updates."""
        return f"{self._context.settings.company.public_url.rstrip('/')}/hooks/telegram/{self.inbox}"

    async def _set_webhook(self) -> None:
        await self._one.bot.set_webhook(
            self.webhook, allowed_updates=WANTED, secret_token=self._one.secret, max_connections=CONNECTIONS
        )

    async def _is_set(self) -> bool:
        try:
            info = await self._one.bot.get_webhook_info()
        except TelegramError as error:
            await self._failed(error, _kind(error))
            return True  # for all that we know
        self._is_well()
        if info.last_error_message:
            log.warning("Telegram could not push updates", inbox=self.inbox, error=info.last_error_message)
        return info.url == self.webhook

    # Files.

    async def _fetch_late(self) -> None:
        taker = self._one.taker
        while True:
            try:
                now = clock.now()
                for waiting in await taker.shelf.look():
                    if waiting.again <= now:
                        await taker.take_late(waiting, now)
            except (NotKept, BusError) as error:
                log.debug("late files wait for the bus", inbox=self.inbox, error=str(error))
            taker.put_off.clear()
            try:
                async with asyncio.timeout(self.timing.files):
                    await taker.put_off.wait()
            except TimeoutError:
                continue

    # Failures.

    async def _until_done(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except TelegramError as error:
                await self._failed(error, _kind(error))
            else:
                self._is_well()
                return

    def _is_well(self) -> None:
        CONNECTED.labels(self.inbox).set(1)
        self._failures = 0
        state = self.lease.state
        if not state.connected or state.failures:
            well = {
                "connected": True,
                "failing_since": None,
                "kind": "",
                "problem": "",
                "certain": False,
                "failures": 0,
            }
            self.lease.state = state.model_copy(update=well)

    async def _failed(self, error: Exception, kind: str) -> None:
        """Tell, and wait."""
        CONNECTED.labels(self.inbox).set(0)
        FAILURES.labels(self.inbox, kind).inc()
        state, timing, certain = self.lease.state, self.timing, kind in ("token", "refused")
        if state.kind != kind or not self._failures:
            log.warning("a bot can't be reached", inbox=self.inbox, kind=kind, error=described(error))
        self._failures += 1
        self.lease.state = state.model_copy(
            update={
                "connected": False,
                "failing_since": state.failing_since or clock.now(),
                "kind": kind,
                "problem": described(error),
                "certain": certain,
                "failures": state.failures + 1,
                "yields": self._failures >= YIELD_AFTER and kind != "not-now",
            }
        )
        first = timing.certain if certain else timing.first
        pause = min(first * 2.0 ** min(self._failures - 1, 20), max(timing.longest, first))
        if isinstance(error, RetryAfter):
            pause = max(pause, wait_asked_for(error))
        await asyncio.sleep(pause * random.uniform(0.8, 1.0))  # noqa: S311 - many bots come back one by one


def _kind(error: TelegramError) -> str:
    match error:
        case InvalidToken():
            return "token"
        case RetryAfter():
            return "throttled"
        case BadRequest():
            return "refused"
        case Conflict():
            return "conflict"
        case _:
            return "unreachable"
