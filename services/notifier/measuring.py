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
    Uncertain,
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
    Uncertain: "uncertain",
}
SENT = Counter("trunkline_notifier_sent_total", "Attempts to send, by how they ended", ["channel", "inbox", "result"])
SECONDS = Histogram("trunkline_notifier_send_seconds", "Seconds an attempt to send took", ["channel"])
WAITING = Gauge("trunkline_notifier_waiting", "Messages in hand and not yet sent", ["channel", "inbox"])


class Meter:
    """Counts and logs the attempts of one inbox. Its counters are looked up once, and show 0 from the start."""

    def __init__(self, channel: str, inbox: str) -> None:
        self._ended = {kind: SENT.labels(channel, inbox, result) for kind, result in RESULTS.items()}
        self._seconds = SECONDS.labels(channel)

    def measure(self, held: Held, outcome: Outcome, seconds: float) -> None:
        """Count and log how an attempt ended."""
        message = held.outbound
        self._ended[type(outcome)].inc()
        self._seconds.observe(seconds)
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
            log.warning("not sent", result=RESULTS[type(outcome)], error=outcome.error, **facts)
