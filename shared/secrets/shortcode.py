"""The short code of a notification on a telephone: what an agent's answer by SMS or WhatsApp begins with.

A number can be forged, the code cannot be guessed: 30 bits of an HMAC over the delivery's id, as six characters without 0, 1, 8 and 9.
Whoever tries is stopped after a few wrong ones (`services.router.deciding.speaking`). It counts for whom it was made.
"""

import re

from shared.secrets.keyring import Keyring

_CODE = b"short code"
WIDTH = 6
_WORD = re.compile(r"\s*([A-Za-z2-7]{3}[- ]?[A-Za-z2-7]{3})(?![A-Za-z0-9])[\s:,.-]*", re.ASCII)


def short_code(keyring: Keyring, delivery_id: str) -> str:
    """The code of a delivery, in capitals."""
    return keyring.sign(_CODE, delivery_id)[-WIDTH:].upper()


def leading_code(words: str) -> tuple[str, str] | None:
    """What may be a code at the beginning of what somebody wrote, folded as `short_code` has it, and the rest; null where there is nothing
    that looks like one. Ordinary words of six letters do, too: only a known code is one."""
    found = _WORD.match(words)
    return (re.sub(r"[- ]", "", found[1]).upper(), words[found.end() :]) if found else None
