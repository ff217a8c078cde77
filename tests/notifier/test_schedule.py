"""What is reported for each way an attempt can end, and when it is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notifier.limits import Rate, TokenBucket
from services.notifier.pacing import Pacing
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
        (Temporary("x", unsure=True), 1, 0, 15),
        (Temporary("x", unsure=True), 6, 8 * MINUTE, 8 * MINUTE),
        (Temporary("x", unsure=True), 40, HOUR, 12 * HOUR),
        (Temporary("x", unsure=True), 5, 2 * DAY + 1, None),
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


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "messenger", "telegram"])
def test_where_people_talk_a_provider_that_does_not_take_us_is_given_up_within_the_hour(channel: str) -> None:
    def after(outcome: Outcome, age: float, attempt: int = 9) -> str:
        message = outbound(created_at=NOW - timedelta(seconds=age), channel=channel)
        return report_for(outcome, message, attempt, NOW).state

    assert after(Misconfigured("Twilio 63007: the channel does not know our sender"), HOUR - 1) == "queued"
    assert after(Misconfigured("Twilio 63007: the channel does not know our sender"), HOUR + 1) == "failed"
    assert after(Misconfigured("x"), DAY, attempt=4) == "queued", "what waited for long still has its tries"
    assert after(Unreachable("Twilio is away"), DAY) == "queued"


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


def test_as_many_are_claimed_as_will_soon_be_begun() -> None:
    pacing = Pacing(8, clock=lambda: 0.0)
    assert pacing.take(500, 0) == 64
    assert pacing.take(500, 33) == 0
    assert pacing.take(500, 32) == 32
    pacing.observe(2.0)
    assert pacing.take(500, 0) == 16
    for _ in range(50):
        pacing.observe(60.0)
    assert pacing.take(500, 0) == 8


def test_a_throttled_inbox_rests_as_long_as_it_was_told_and_no_longer_than_a_minute() -> None:
    time = [100.0]
    pacing = Pacing(8, clock=lambda: time[0])
    assert pacing.rest(1) == 0
    pacing.throttle(None)
    assert pacing.rest(1) == 5
    pacing.throttle(3600)
    assert pacing.rest(1) == 60
    time[0] = 200.0
    assert pacing.rest(1) == 0


def test_a_rate_bounds_what_is_claimed() -> None:
    time = [0.0]
    pacing = Pacing(8, Rate(1, burst=5), clock=lambda: time[0])
    assert pacing.take(100, 0) == 5
    assert pacing.take(100, 5) == 0
    assert pacing.rest(0) == 0
    assert pacing.rest(95) == pytest.approx(1)
