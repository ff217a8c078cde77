"""Telling the store what became of an attempt. The report is on the bus before the message is acknowledged, and what a provider has
taken over is remembered, so that it is reported once more rather than sent once more."""

import asyncio
from datetime import datetime

import structlog

from services.notifier.backlog import Held
from shared.bus import subjects
from shared.bus.errors import BusError
from shared.bus.publish import Publisher
from shared.messages.outbound import DeliveryReport, Outbound

log = structlog.get_logger(__name__)

_WAITS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)


async def publish(publisher: Publisher, report: DeliveryReport) -> None:
    """Publish ``report`` however long the bus is away: without it the store would take a sent message for an unknown one.

    The message id is the attempt's, so a publish that timed out and yet arrived counts once.
    """
    failures = 0
    while True:
        try:
            await publisher.publish(
                subjects.DELIVERY,
                subjects.delivery(report.channel, report.state),
                report.encode(),
                message_id=report.bus_id,
            )
            return
        except BusError as error:
            if failures in (0, 10):
                log.warning("report waits", error=str(error), correlation_id=report.correlation_id)
            await asyncio.sleep(_WAITS[min(failures, len(_WAITS) - 1)])
            failures += 1


class Accepted:
    """What providers have taken over from this process lately, by delivery.

    When the bus is away for longer than a claim holds, the store may grant a delivery again before it has read the report of it:
    nobody died, and this process knows. Bounded: the oldest are forgotten first, long after their reports were read.
    """

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._known: dict[
            str, tuple[str | None, str, str]
        ] = {}  # a few hundred octets each, where a report has thousands

    def note(self, report: DeliveryReport) -> None:
        """Remember a report, if it says that the provider has the message."""
        if report.state != "accepted":
            return
        self._known[report.delivery_id] = report.provider_id, report.via, report.error
        if len(self._known) > self._most:
            self._known.pop(next(iter(self._known)))

    def again(self, held: Held, now: datetime) -> DeliveryReport | None:
        """The report for a new attempt of what is with the provider already, or None for what has to be sent."""
        known = self._known.get(held.outbound.delivery_id)
        if known is None:
            return None
        provider_id, via, error = known
        report = released(held.outbound, held.attempt, now)
        told = {"state": "accepted", "retry_at": None, "provider_id": provider_id, "via": via, "error": error}
        return report.model_copy(update=told)


def released(outbound: Outbound, attempt: int, now: datetime) -> DeliveryReport:
    """The report that gives a claim back unused: nothing was sent, whoever is there may send at once."""
    return DeliveryReport(
        delivery_id=outbound.delivery_id,
        attempt=attempt,
        state="queued",
        at=now,
        channel=outbound.channel,
        inbox=outbound.inbox,
        retry_at=now,
        error="",
        correlation_id=outbound.correlation_id,
    )
