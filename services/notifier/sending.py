"""What an attempt to send can end in, and what is reported to the store for each end: the retry schedule lives here.

A sender never decides a delivery's state. It says what happened (`Outcome`), and `report_for` makes the report of it. Nothing
here does I/O or reads a clock.

The schedule:

- the recipient's side refused for now (`Temporary`): 5 minutes, doubling up to 12 hours; given up after 2 days
  (RFC 5321 4.5.4.1 asks for at least 30 minutes between tries in the long run and 4 to 5 days of them; a support answer that
  is two days late should rather be seen as failed by its agent);
- the session ended before the relay's answer to the content (`Temporary` with ``unsure``): 15 seconds, then doubling likewise. Soon,
  because it is most likely a restart of the relay; ever less often, because each repetition may reach the recipient;
- we were asked to slow down (`Throttled`): 1 minute, doubling up to 1 hour; given up after 5 days;
- the relay can't be reached or doesn't take us (`Unreachable`, `Misconfigured`): 2 seconds, doubling up to 5 minutes; given up
  after 5 days, because the recipient has nothing to do with it. Where people talk (SMS, WhatsApp, Telegram …) a provider that
  doesn't take us is given up after an hour: trying again helps as little as at first (63007: the sender is not known, not
  approved yet, or another account's, https://www.twilio.com/docs/api/errors/63007), and there may be another way to the person.

Age alone never gives up: what waited long for other reasons (a relay that was away, a restored backup) still has 5 tries.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared.messages.outbound import DeliveryReport, Outbound

MINIMUM_TRIES = 5
_MAX_ERROR = 1_000


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken the message over. ``provider_id`` is its name for it, ``via`` who took it; ``refused`` says which
    of several recipients were not accepted and why."""

    provider_id: str
    via: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Temporary:
    """Not now. ``unsure``: the connection broke so that nobody knows. ``retry_after`` in seconds, where the other side named it."""

    error: str
    retry_after: float | None = None
    via: str = ""
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Throttled:
    """We are too fast for the other side."""

    error: str
    retry_after: float | None = None
    via: str = ""


@dataclass(frozen=True, slots=True)
class Permanent:
    """Never, to this recipient or with this content."""

    error: str
    via: str = ""


@dataclass(frozen=True, slots=True)
class OptedOut:
    """The recipient does not want messages from us."""

    error: str = "the recipient has opted out"
    via: str = ""


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """The relay or provider does not accept *us*: credentials, certificates, protocol. Only an operator can mend it."""

    error: str
    via: str = ""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The relay or provider, not the recipient, is the trouble."""

    error: str
    via: str = ""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The provider may have it, all or part of it, and can't be asked: it is shown to the agent and never repeated by itself."""

    error: str
    via: str = ""


Outcome = Sent | Temporary | Throttled | Permanent | OptedOut | Misconfigured | Unreachable | Uncertain
Trouble = Unreachable | Misconfigured


@dataclass(frozen=True, slots=True)
class Attempt:
    """Which attempt this is (from 1), and whether an earlier one may already have reached the provider."""

    number: int
    ambiguous: bool = False


class Sender(Protocol):
    """One inbox's way out. A channel is one implementation of this.

    ``send`` may be called many times at once, up to ``concurrency``. It touches the wire only for what was claimed and puts every
    failure of the other side into its outcome; what it raises is a fault of ours.
    """

    concurrency: int

    async def start(self) -> None:
        """Prepare; must not fail because the provider is away."""

    async def send(self, outbound: Outbound, attempt: Attempt) -> Outcome:
        """Send it, once."""

    async def probe(self) -> Trouble | None:
        """Whether the provider can be reached, without sending anything."""

    async def close(self) -> None:
        """Let go of all connections."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Waits that double from ``first`` up to ``longest``, given up when the message is older than ``until``."""

    first: timedelta
    longest: timedelta
    until: timedelta

    def wait(self, attempt: int) -> timedelta:
        """The wait after the attempt of that number (from 1)."""
        # Beyond 2**30 the wait has long been the longest one; the bound keeps the number small.
        return min(self.first * (1 << min(max(attempt, 1) - 1, 30)), self.longest)


RECIPIENT = Schedule(timedelta(minutes=5), timedelta(hours=12), timedelta(days=2))
UNSURE = Schedule(timedelta(seconds=15), timedelta(hours=12), timedelta(days=2))
THROTTLE = Schedule(timedelta(minutes=1), timedelta(hours=1), timedelta(days=5))
RELAY = Schedule(timedelta(seconds=2), timedelta(minutes=5), timedelta(days=5))
REFUSED = Schedule(timedelta(seconds=2), timedelta(minutes=5), timedelta(hours=1))
TALKS = ("sms", "whatsapp", "messenger", "telegram")
"""Where people talk, and there may be another way to them."""


def report_for(outcome: Outcome, outbound: Outbound, attempt: int, now: datetime) -> DeliveryReport:
    """The report of an attempt: ``accepted``, ``failed``, ``unknown``, or ``queued`` with the time of the next attempt.

    ``now`` is when the attempt ended (aware, UTC).
    """
    report = DeliveryReport(
        delivery_id=outbound.delivery_id,
        attempt=attempt,
        state="failed",
        at=now,
        channel=outbound.channel,
        inbox=outbound.inbox,
        via=outcome.via,
        correlation_id=outbound.correlation_id,
    )
    if isinstance(outcome, Sent):
        report.state, report.provider_id, report.error = "accepted", outcome.provider_id, outcome.refused[:_MAX_ERROR]
        return report
    report.error = outcome.error[:_MAX_ERROR]
    if isinstance(outcome, Temporary):
        return _again(report, outbound, UNSURE if outcome.unsure else RECIPIENT, outcome.retry_after)
    if isinstance(outcome, Throttled):
        return _again(report, outbound, THROTTLE, outcome.retry_after)
    if isinstance(outcome, Uncertain):
        report.state = "unknown"
        return report
    if isinstance(outcome, Misconfigured | Unreachable):
        refused = isinstance(outcome, Misconfigured) and outbound.channel in TALKS
        return _again(report, outbound, REFUSED if refused else RELAY, None)
    return report


def _again(report: DeliveryReport, outbound: Outbound, schedule: Schedule, retry_after: float | None) -> DeliveryReport:
    if report.attempt >= MINIMUM_TRIES and report.at - outbound.created_at > schedule.until:
        report.error = f"given up after {report.attempt} attempts: {report.error}"[:_MAX_ERROR]
        return report
    report.state = "queued"
    report.retry_at = report.at + max(schedule.wait(report.attempt), timedelta(seconds=min(retry_after or 0, 86_400)))
    return report
