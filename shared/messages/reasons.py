"""Why a provider would not deliver, in words that programs can rely on: an error that begins with one, a colon and a space is of that
kind (``outside-window: Twilio 63016: …``). Whatever else an error says is for people."""

from typing import Final

OPTED_OUT: Final = "opted-out"
INVALID: Final = "invalid-recipient"
UNREACHABLE: Final = "unreachable"
BLOCKED: Final = "blocked"
FILTERED: Final = "filtered"
OUTSIDE_WINDOW: Final = "outside-window"
UNSENDABLE: Final = "unsendable"

REASONS: Final = (OPTED_OUT, INVALID, UNREACHABLE, BLOCKED, FILTERED, OUTSIDE_WINDOW, UNSENDABLE)


def reason_of(error: str) -> str | None:
    """The reason that an error begins with, or None."""
    word, colon, _ = error.partition(": ")
    return word if colon and word in REASONS else None
