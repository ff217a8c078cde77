"""Telling the store what became of an attempt. The report is on the bus before the message is acknowledged."""

import asyncio
from datetime import datetime

import structlog

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
