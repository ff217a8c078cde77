"""The store as the notifier sees it: claims answered by compare-and-set, reports consumed, retries queued again."""

import asyncio
from datetime import UTC, datetime

from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.bus import subjects
from shared.bus.publish import Publisher
from shared.bus.pull import ContinuousPull
from shared.bus.rpc import Request, Server, serve
from shared.messages.outbound import ClaimReply, ClaimRequest, DeliveryReport, Grant, Outbound


class StoreDouble:
    """In memory, in one event loop, so that each request is atomic. ``lease`` in seconds."""

    def __init__(self, nc: Client) -> None:
        self.nc, self.lease = nc, 0.0
        self.state: dict[str, str] = {}
        self.attempt: dict[str, int] = {}
        self.reports: list[DeliveryReport] = []
        self.claims = 0
        self.requeue = True
        self._outbound: dict[str, Outbound] = {}
        self._granted_at: dict[str, float] = {}
        self._publisher = Publisher(nc)
        self._server: Server | None = None
        self._timers: set[asyncio.Task[None]] = set()
        durable = subjects.STORE_DELIVERY
        self._pull = ContinuousPull(nc, durable.stream, durable.name, self._record)

    async def start(self) -> None:
        await self._pull.start()
        await self.answer()

    async def answer(self) -> None:
        self._server = await serve(self.nc, subjects.STORE_CLAIM, "store", self._claim)

    async def fall_silent(self) -> None:
        assert self._server is not None
        await self._server.stop()

    async def stop(self) -> None:
        for task in self._timers:
            task.cancel()
        await self._pull.stop()

    async def queue(self, *messages: Outbound) -> None:
        """Put messages on the bus, as the outbox does."""
        await asyncio.gather(*(self._queue(message) for message in messages))

    async def _queue(self, message: Outbound) -> None:
        identity = message.delivery_id
        self.state[identity] = "queued"
        self._outbound[identity] = message
        await self._publisher.publish(
            subjects.OUTBOUND,
            subjects.outbound(message.channel, message.inbox),
            message.encode(),
            message_id=f"{identity}:{self.attempt.get(identity, 0)}",
        )

    async def _claim(self, request: Request) -> bytes:
        wanted = ClaimRequest.decode(request.payload)
        self.claims += 1
        return ClaimReply(grants=[self._grant(each.delivery_id, each.redelivered) for each in wanted.claims]).encode()

    def _grant(self, identity: str, redelivered: bool) -> Grant:
        now = asyncio.get_running_loop().time()
        state = self.state.get(identity)
        ambiguous = state == "sending" and redelivered and now - self._granted_at[identity] >= self.lease
        if state == "queued" or ambiguous:
            self.state[identity] = "sending"
            self._granted_at[identity] = now
            self.attempt[identity] = self.attempt.get(identity, 0) + 1
            return Grant(delivery_id=identity, granted=True, attempt=self.attempt[identity], ambiguous=ambiguous)
        return Grant(delivery_id=identity, granted=False, held=state == "sending", state=state)

    async def _record(self, messages: list[Msg]) -> None:
        for msg in messages:
            report = DeliveryReport.decode(msg.data)
            self.reports.append(report)
            self.state[report.delivery_id] = report.state
            if report.state == "queued" and self.requeue:
                task = asyncio.create_task(self._again(report))
                self._timers.add(task)
                task.add_done_callback(self._timers.discard)
            await msg.ack()

    async def _again(self, report: DeliveryReport) -> None:
        assert report.retry_at is not None
        await asyncio.sleep(max(0.0, (report.retry_at - datetime.now(UTC)).total_seconds()))
        await self._queue(self._outbound[report.delivery_id])

    def reported(self, state: str) -> list[DeliveryReport]:
        return [report for report in self.reports if report.state == state]
