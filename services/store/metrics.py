"""What the store counts, touched at start so that every name shows 0 before anything happened."""

from collections import Counter as TallyOf
from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

from shared.bus.subjects import STREAMS
from shared.messages.outbound import RANK

GROUP_UNITS = Histogram(
    "trunkline_store_group_units",
    "Changesets, claims, reports and other units written in one transaction",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
TRANSACTION_SECONDS = Histogram(
    "trunkline_store_transaction_seconds",
    "Duration of a writing transaction, from its begin to its commit",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
COMMITS = Counter("trunkline_store_changesets_total", "Changesets by what became of them", ["outcome"])
RETRIES = Counter("trunkline_store_retries_total", "Transactions begun again", ["why"])
QUEUE = Gauge("trunkline_store_queue_units", "Units that wait for the next transaction")
EXPIRED = Counter("trunkline_store_expired_total", "Requests dropped unstarted because their deadline had passed")
DELIVERIES = Counter("trunkline_store_delivery_states_total", "Deliveries that entered a state", ["state"])
OUTBOX = Gauge(
    "trunkline_store_outbox_waiting", "Outbox rows that this process holds and the bus has not yet confirmed"
)
PUBLISHED = Counter("trunkline_store_outbox_published_total", "Outbox rows that the bus confirmed", ["stream"])
PUBLISH_FAILURES = Counter("trunkline_store_outbox_failures_total", "Attempts to publish that failed", ["why"])
FACTS_SECONDS = Histogram(
    "trunkline_store_facts_seconds",
    "Duration of a facts request in the store",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1),
)
WOKEN = Counter(
    "trunkline_store_woken_total", "Timers and deliveries put on the bus because their time had come", ["what"]
)

for why in ("conflict", "away", "data"):
    RETRIES.labels(why)
for why in ("unavailable", "full", "rejected"):
    PUBLISH_FAILURES.labels(why)
for what in ("timer", "retry", "stuck"):
    WOKEN.labels(what)

# Looked up once: finding a label's counter costs more than counting.
_ENTERED = {state: DELIVERIES.labels(state) for state in RANK}
_OUTCOMES = {outcome: COMMITS.labels(outcome) for outcome in ("committed", "repeated", "conflict", "invalid")}
_PUBLISHED = {stream: PUBLISHED.labels(stream) for stream in STREAMS}


def entered(state: str) -> None:
    """A delivery entered this state."""
    _ENTERED[state].inc()


def outcomes(answers: Iterable[str]) -> None:
    """Changesets were answered so."""
    for outcome, number in TallyOf(answers).items():
        _OUTCOMES[outcome].inc(number)


def published(stream: str) -> None:
    """The bus confirmed an outbox row."""
    _PUBLISHED[stream].inc()
