"""What a call of Twilio's ended in, as an `Outcome`. Errors: https://www.twilio.com/docs/api/errors."""

from collections.abc import Awaitable

import httpx
from twilio.base.exceptions import TwilioRestException

from services.notifier.sending import (
    Misconfigured,
    OptedOut,
    Outcome,
    Permanent,
    Temporary,
    Throttled,
    Trouble,
    Unreachable,
)
from shared.twilio import TROUBLES, TooMany
from shared.twiliocodes import CODES, described

VIA = "twilio"
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)


def outcome_of(error: Exception) -> Outcome:
    """The outcome of an error in one of `shared.twilio.TROUBLES`. `Temporary` with ``unsure``: Twilio may have taken the message."""
    if isinstance(error, TooMany):
        return Throttled(str(error), error.retry_after, VIA)
    if isinstance(error, TwilioRestException):
        return refused(error.code, error.status, error.msg)
    if isinstance(error, _UNSENT):
        return Unreachable(f"Twilio can't be reached: {type(error).__name__}: {error}", VIA)
    return Temporary(f"nobody knows whether Twilio has it: {type(error).__name__}: {error}", via=VIA, unsure=True)


async def trouble(asking: Awaitable[object]) -> Trouble | None:
    """What keeps Twilio from answering us, whatever it is asked."""
    try:
        await asking
    except TROUBLES as error:
        outcome = outcome_of(error)
        return outcome if isinstance(outcome, Misconfigured | Unreachable) else Unreachable(str(error), VIA)
    return None


def refused(code: int | None, status: int, words: str) -> Outcome:
    """The outcome of an error that Twilio answered with."""
    said = described(code, words)
    kind, _ = CODES.get(code or 0, ("", ""))
    if kind == "opted-out":
        return OptedOut(said, VIA)
    if kind == "throttled" or status == 429:
        return Throttled(said, via=VIA)
    if kind == "misconfigured" or (not kind and status in (401, 403)):
        return Misconfigured(said, VIA)
    # A code that isn't known here is about this message: the others go on.
    return Permanent(said, VIA)
