"""Metrics and log lines of attempts to send."""

import structlog
from prometheus_client import Counter, Gauge, Histogram

from services.notifier.backlog import Held
from services.notifier.sending import (
    Misconfigured,
    OptedOut,
    Outcome,
    Permanent,
    Sent,
    Temporary,
    Throttled,
    Unreachable,
)

log = structlog.get_logger(__name__)

RESULTS: dict[type, str] = {
    Sent: "sent",
    Temporary: "temporary",
    Throttled: "throttled",
    Permanent: "permanent",
    OptedOut: "opted_out",
    Misconfigured: "misconfigured",
    Unreachable: "unreachable",
}
SENT = Counter("trunkline_notifier_sent_total", "Attempts to send, by how they ended", ["channel", "inbox", "result"])
SECONDS = Histogram("trunkline_notifier_send_seconds", "Seconds an attempt to send took", ["channel"])
WAITING = Gauge("trunkline_notifier_waiting", "Messages in hand and not yet sent", ["channel", "inbox"])


def prepare(channel: str, inbox: str) -> None:
    """Let every counter of the inbox show 0 from the start."""
    for result in RESULTS.values():
        SENT.labels(channel, inbox, result)


def measure(held: Held, outcome: Outcome, seconds: float) -> None:
    """Count and log how an attempt ended."""
    message, result = held.outbound, RESULTS[type(outcome)]
    SENT.labels(message.channel, message.inbox, result).inc()
    SECONDS.labels(message.channel).observe(seconds)
    facts = {
        "channel": message.channel,
        "inbox": message.inbox,
        "delivery_id": message.delivery_id,
        "attempt": held.attempt,
        "via": outcome.via,
        "correlation_id": message.correlation_id,
    }
    if isinstance(outcome, Sent):
        log.info("sent", **facts)
    else:
        log.warning("not sent", result=result, error=outcome.error, **facts)
