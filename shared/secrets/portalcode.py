"""The codes by which customers sign in: six digits, of which only a keyed digest is kept (a plain one could be tried out in no time).

A code is made of the command that asked for it, so deciding twice makes the same; it counts for one page of ours, where it was asked for.
Whoever asks for another person's codes therefore neither ends nor uses up what that person asked for.
"""

import hashlib
import hmac
import re
from datetime import timedelta
from typing import Final

from shared.identity import derive
from shared.secrets.keyring import Keyring

VALID: Final = timedelta(minutes=10)
TRIES: Final = 5
"""Wrong codes on one page; then another code is needed."""
SESSION: Final = timedelta(hours=24)
WIDTH: Final = 6

_CODE, _DIGEST, _SESSION = b"portal code", b"portal code digest", b"portal session"
_DIGITS = re.compile(rf"[0-9]{{{WIDTH}}}", re.ASCII)


def point_id(value: str) -> str:
    """What a mail address or number is called among what was asked."""
    return derive("portal point", value.lower())


def code_id(value: str, number: int | None, page: str) -> str:
    """The code that was asked for from a page."""
    return derive("portal code", value.lower(), "" if number is None else str(number), page)


def make_code(keyring: Keyring, command_id: str) -> str:
    """The code that a command made. Of the 2^64 that a digest may begin with each code has as many, but for one in 10^13."""
    made = hmac.digest(keyring.keys[keyring.current], _CODE + b"\0" + command_id.encode(), "sha256")
    return f"{int.from_bytes(made[:8], 'big') % 10**WIDTH:0{WIDTH}}"


def digest(keyring: Keyring, code: str, name: str) -> str:
    """What is kept of the code called ``name``, with the id of the key before it."""
    return keyring.current + _digest(keyring, code, name, keyring.current)


def is_code(keyring: Keyring, code: str, name: str, kept: str) -> bool:
    """Whether it is the one that this was kept of, in constant time; never where the key is gone."""
    if kept[:1] not in keyring.keys:
        return False
    return hmac.compare_digest(_digest(keyring, code, name, kept[0]), kept[1:])


def _digest(keyring: Keyring, code: str, name: str, key: str) -> str:
    return hmac.digest(keyring.keys[key], _DIGEST + b"\0" + f"{name}\0{code}".encode(), "sha256").hex()


def read_code(text: str) -> str | None:
    """The code that somebody typed, with blanks or hyphens; null for what is none."""
    digits = re.sub(r"[\s-]", "", text[:40])
    return digits if _DIGITS.fullmatch(digits) else None


def session_secret(keyring: Keyring, name: str, code: str) -> str:
    """What the browser keeps in which the code called ``name`` was typed: 256 bits that only we can make, the same for a double click."""
    made = hmac.digest(keyring.keys[keyring.current], _SESSION + b"\0" + f"{name}\0{code}".encode(), "sha256")
    return made.hex()


def session_id(secret: str) -> str:
    """What is kept of it."""
    return hashlib.sha256(secret.encode()).hexdigest()
