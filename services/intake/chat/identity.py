"""Who the host site says its visitor is. Pure.

The site puts three words into ``data-identity`` of the script tag: the mail address, until when this holds (seconds since 1970), and
HMAC-SHA256 in hexadecimal, with the inbox's ``secret`` as the key, over "<address> <until>" in UTF-8. So in Python:
``hmac.new(secret, f"{address} {until}".encode(), "sha256").hexdigest()``.
"""

import hmac
import re
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 2 * 86_400
"""Seconds from now that a proof may hold at most: one that never ends is as good as a password in the page."""
_FORM: Final = re.compile(r"([^\s@]{1,64}@[^\s@]{1,255}) ([0-9]{1,12}) ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Identity:
    """The (lower-cased) ``address``, and whether it is certain now."""

    address: str
    certain: bool


def sign(secret: str, address: str, until: int) -> str:
    """What a host site would write."""
    return f"{address} {until} {_mac(secret, f'{address} {until}')}"


def read(secret: str, text: str, now: float) -> Identity | None:
    """What is in ``text``; null for what the secret did not sign, and without a secret."""
    found = _FORM.fullmatch(text)
    if found is None or not secret or not hmac.compare_digest(_mac(secret, f"{found[1]} {found[2]}"), found[3]):
        return None
    return Identity(found[1].lower(), 0 <= int(found[2]) - now <= LONGEST)


def _mac(secret: str, signed: str) -> str:
    return hmac.digest(secret.encode(), signed.encode("utf-8", "replace"), "sha256").hex()
