"""How many messages wait for the router, polled; beyond the limit intake asks senders to come later."""

import asyncio

import nats.errors
import structlog
from nats.aio.client import Client
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NotFoundError
from prometheus_client import Gauge

from shared.bus import subjects
from shared.ending import end

log = structlog.get_logger(__name__)

INTERVAL = 1.0
"""Seconds between two looks: the limit is a brake, not an account, and a look per mail would cost more than the mail."""
ANSWER = 2.0

WAITING = Gauge("trunkline_intake_backlog", "Messages of INTAKE that the router has not finished")


class Backlog:
    """Watches the router's durable on INTAKE. While the bus does not answer the last figure stands: publishing will tell."""

    def __init__(self, bus: Client, limit: int, *, interval: float = INTERVAL) -> None:
        self._bus = bus
        self._limit = limit
        self._interval = interval
        self._task: asyncio.Task[None] | None = None
        self.waiting = 0

    @property
    def over(self) -> bool:
        """Whether more messages wait than are allowed to."""
        return self.waiting > self._limit

    async def start(self) -> None:
        """Look once, then go on looking."""
        await self.look()
        self._task = asyncio.create_task(self._run(), name="intake-backlog")

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            await end([self._task])

    async def look(self) -> None:
        """Take the figure from the bus."""
        if not self._bus.is_connected:
            return
        js = self._bus.jetstream(timeout=ANSWER)
        try:
            info = await js.consumer_info(subjects.ROUTER.stream, subjects.ROUTER.name)
        except NotFoundError as error:
            # Readiness of the router and the watchdog tell of a lost durable; the figure just stays.
            log.warning("the router's durable is not there", error=str(error))
        except (nats.errors.Error, JetStreamError, OSError) as error:
            log.debug("the backlog is unknown for the moment", error=str(error))
        else:
            self.waiting = (info.num_pending or 0) + (info.num_ack_pending or 0)
            WAITING.set(self.waiting)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            was = self.over
            await self.look()
            if self.over != was:
                log.warning("backlog", over=self.over, waiting=self.waiting, limit=self._limit)
