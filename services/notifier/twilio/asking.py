"""Which of the messages that Twilio has are those of an earlier attempt of ours. Pure.

Twilio has no idempotency keys and does not show what callback a message was given; it shows recipient, text and time. One message is under
way to a recipient at a time, and what belongs to other deliveries is known to the store: what is left with our text is ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notifier.twilio.compose import Part

SKEW = timedelta(minutes=5)
"""How far Twilio's clock and ours may be apart."""
TRIAL = "Sent from your Twilio trial account - "
FAILED = ("failed", "undelivered", "canceled")


@dataclass(frozen=True, slots=True)
class Listed:
    """A message as Twilio lists it."""

    sid: str
    body: str
    media: int
    at: datetime | None
    direction: str
    status: str
    error_code: int | None = None


def is_since(listed: Listed, created_at: datetime) -> bool:
    """Whether it may have been sent for a delivery of that time."""
    return listed.at is None or listed.at >= created_at - SKEW


def matched(parts: Sequence[Part], listed: Sequence[Listed], elsewhere: frozenset[str]) -> dict[int, Listed]:
    """By a part's place, the message that it is. ``elsewhere`` belong to other deliveries. Each message is one part's, the oldest first."""
    free = [each for each in reversed(listed) if each.direction == "outbound-api" and each.sid not in elsewhere]
    found: dict[int, Listed] = {}
    for place, part in enumerate(parts):
        same = next((each for each in free if _is(part, each)), None)
        if same is not None:
            found[place] = same
            free.remove(same)
    return found


def _is(part: Part, listed: Listed) -> bool:
    if part.template:
        return part.body in listed.body
    said = listed.body.removeprefix(TRIAL).strip()
    # With a text its files need not be counted: Twilio may not have fetched them yet.
    return said == part.body.strip() and (bool(said) or listed.media == len(part.media))
