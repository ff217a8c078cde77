"""What is reported for each way an attempt can end, and when it is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notifier.limits import Rate, TokenBucket
from services.notifier.sending import (
    Misconfigured,
    OptedOut,
    Outcome,
    Permanent,
    Sent,
    Temporary,
    Throttled,
    Unreachable,
    report_for,
)

from .conftest import outbound

NOW = datetime(2026, 1, 31, 10, tzinfo=UTC)
MINUTE = 60
HOUR = 3600
DAY = 86_400


@pytest.mark.parametrize(
    ("outcome", "attempt", "age", "wait"),
    [
        (Temporary("x"), 1, 0, 5 * MINUTE),
        (Temporary("x"), 2, 5 * MINUTE, 10 * MINUTE),
        (Temporary("x"), 5, HOUR, 80 * MINUTE),
        (Temporary("x"), 40, HOUR, 12 * HOUR),
        (Temporary("x"), 4, 3 * DAY, 40 * MINUTE),
        (Temporary("x"), 5, 2 * DAY + 1, None),
        (Temporary("x", retry_after=7200), 1, 0, 2 * HOUR),
        (Temporary("x", retry_after=1), 1, 0, 5 * MINUTE),
        (Throttled("x"), 1, 0, MINUTE),
        (Throttled("x"), 9, DAY, HOUR),
        (Throttled("x", retry_after=90), 1, 0, 90),
        (Throttled("x"), 9, 6 * DAY, None),
        (Unreachable("x"), 1, 0, 2),
        (Unreachable("x"), 4, MINUTE, 16),
        (Unreachable("x"), 100, 4 * DAY, 5 * MINUTE),
        (Unreachable("x"), 100, 5 * DAY + 1, None),
        (Misconfigured("x"), 3, 0, 8),
        (Misconfigured("x"), 9, 6 * DAY, None),
        (Permanent("x"), 1, 0, None),
        (OptedOut(), 1, 0, None),
    ],
)
def test_an_attempt_that_failed_is_repeated_on_its_schedule_or_given_up(
    outcome: Outcome, attempt: int, age: float, wait: float | None
) -> None:
    message = outbound(created_at=NOW - timedelta(seconds=age))
    report = report_for(outcome, message, attempt, NOW)
    assert report.state == ("failed" if wait is None else "queued")
    assert report.retry_at == (None if wait is None else NOW + timedelta(seconds=wait))
    assert report.error
    assert (report.attempt, report.at, report.correlation_id) == (attempt, NOW, "c-one")


def test_a_sent_message_is_accepted_with_the_providers_name_for_it() -> None:
    report = report_for(Sent("id@x", "relay:25", "b@x: 550 no"), outbound(), 3, NOW)
    assert (report.state, report.provider_id, report.via) == ("accepted", "id@x", "relay:25")
    assert report.error == "b@x: 550 no"
    assert report.retry_at is None


def test_a_bucket_gives_out_its_burst_and_then_its_rate() -> None:
    time = [0.0]
    bucket = TokenBucket(Rate(2, burst=3), lambda: time[0])
    assert bucket.available() == 3
    bucket.take(3)
    assert bucket.available() == 0
    assert bucket.wait() == pytest.approx(0.5)
    time[0] = 1.0
    assert bucket.available() == 2
    time[0] = 100.0
    assert bucket.available() == 3
