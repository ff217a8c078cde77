"""What a relay's reply code means for a mail (RFC 5321 4.2, RFC 4954 6, RFC 3463). Pure.

The stage matters as much as the code: 550 to a recipient is about the recipient, 550 to our greeting is about us.
"""

from collections.abc import Sequence
from enum import Enum

from services.notifier.sending import Misconfigured, Outcome, Permanent, Temporary, Throttled, Trouble, Unreachable

_WANTS_AUTH = {530, 534, 535, 538}


class Stage(Enum):
    """Where in the session a reply came."""

    CONNECT = "connecting"
    AUTH = "signing in"
    SENDER = "MAIL FROM"
    RECIPIENT = "RCPT TO"
    DATA = "DATA"


Refusal = tuple[str, int, str]
"""A refused recipient: address, code, text."""


def outcome_of(stage: Stage, code: int, text: str, via: str) -> Outcome:
    """What follows from a reply that is no success. 421 means that the relay ends the session, whatever we asked."""
    if stage in (Stage.CONNECT, Stage.AUTH):
        return trouble_of(stage, code, text, via)
    error = _error(stage, code, text, via)
    temporary = 400 <= code < 500
    if code == 421:
        return Throttled(error, via=via)
    if temporary:
        return Temporary(error, via=via)
    if code in _WANTS_AUTH or not 500 <= code < 600:
        # Not about this mail: we may not send at all, or what answers does not speak SMTP.
        return Misconfigured(error, via)
    return Permanent(error, via)


def trouble_of(stage: Stage, code: int, text: str, via: str) -> Trouble:
    """What follows from a reply before there was any talk of a mail: the relay will not, or can't just now, take us."""
    error = _error(stage, code, text, via)
    return Unreachable(error, via) if 400 <= code < 500 else Misconfigured(error, via)


def _error(stage: Stage, code: int, text: str, via: str) -> str:
    return f"{via} answered {stage.value} with {code} {one_line(text)}"


def outcome_of_refusals(refusals: Sequence[Refusal], via: str) -> Outcome:
    """What follows when every recipient was refused: as long as one may be accepted later, it is worth trying again."""
    outcomes = [(outcome_of(Stage.RECIPIENT, code, text, via), address) for address, code, text in refusals]
    for kind in (Throttled, Temporary, Misconfigured):
        if any(isinstance(outcome, kind) for outcome, _ in outcomes):
            return next(outcome for outcome, _ in outcomes if isinstance(outcome, kind))
    return Permanent(describe(refusals), via)


def describe(refusals: Sequence[Refusal]) -> str:
    """Refused recipients in one line."""
    return "; ".join(f"{address}: {code} {one_line(text)}" for address, code, text in refusals)


def one_line(text: str) -> str:
    """A reply's text, printable and bounded: it is shown to agents, and the other side chose it."""
    return "".join(char if char.isprintable() else " " for char in text)[:300].strip()
