"""Words by which people stop messages, want them again, or ask what this is. Only a message that is nothing but such a word counts. Pure.

Twilio blocks a number by itself on its English words (https://help.twilio.com/articles/223134027), so on SMS all of those count. On
WhatsApp and Messenger nobody but us listens, and "cancel" or "end" may be an answer: only what can mean nothing else counts there.
"""

import unicodedata
from typing import Literal

Wish = Literal["out", "in", "help"]

_OUT = frozenset(
    [
        *("stop", "stopall", "unsubscribe", "optout"),  # en, and what Twilio listens for everywhere
        *("wypisz", "wypiszmnie"),  # pl
        *("odjava", "odjavi", "odjavime"),  # hr
    ]
)
_OUT_OF_SMS = frozenset(["cancel", "end", "quit", "revoke"])
# Not "yes", which Twilio takes for START too: far more often it is the answer to a question.
_IN = frozenset(["start", "unstop", "zapiszmnie", "prijavime"])
_HELP = frozenset(["help", "info", "pomoc"])
_LONGEST = 40
_BY_TWILIO: dict[str, Wish] = {"STOP": "out", "START": "in", "HELP": "help"}


def wish(text: str, channel: str, told: str = "") -> Wish | None:
    """What the message asks for, or None for any other. ``told`` is Twilio's ``OptOutType``, which has the last word
    (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out)."""
    if told in _BY_TWILIO:
        return _BY_TWILIO[told]
    if len(text) > _LONGEST:
        return None
    word = _plain(text)
    if word in _OUT or (channel == "sms" and word in _OUT_OF_SMS):
        return "out"
    if word in _IN:
        return "in"
    return "help" if word in _HELP and channel == "sms" else None


def _plain(text: str) -> str:
    """Letters only, lower-case and without diacritics: phones that save room leave those out."""
    apart = unicodedata.normalize("NFKD", text.casefold().replace("ł", "l"))
    return "".join(char for char in apart if char.isalpha())
