"""Codes in links by which an agent chooses a password, and the link of the first sign-in. Pure.

A code is 160 bits of HMACs over the command that asked for it, as 32 characters; only its SHA-256 is kept. The first sign-in's is the same
for as long as the installation's key is: it counts until there is an admin who can sign in.
"""

import hashlib
import hmac
import re
from typing import Final

from shared.identity import derive
from shared.secrets.keyring import Keyring

WIDTH: Final = 32
_FORM: Final = re.compile(r"[A-Za-z0-9_-]{32,64}", re.ASCII)


def reset_code(keyring: Keyring, command_id: str) -> str:
    """The code that a command made."""
    return _made(keyring, keyring.current, b"new password", derive("reset code", command_id))


def digest(code: str) -> str:
    """What is kept of a code."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


def read_code(text: str) -> str | None:
    """A code as it stands in a link; null for what is none."""
    return text if _FORM.fullmatch(text) else None


def set_up_code(keyring: Keyring) -> str:
    """The code in the link of the first sign-in."""
    return _made(keyring, keyring.current, b"first sign-in", "set up")


def is_set_up_code(keyring: Keyring, text: str) -> bool:
    """Whether it is that code, under any of our keys."""
    given = text.encode("utf-8", "surrogatepass")
    codes = [_made(keyring, identity, b"first sign-in", "set up").encode() for identity in keyring.keys]
    return any(hmac.compare_digest(code, given) for code in codes)


def _made(keyring: Keyring, identity: str, purpose: bytes, about: str) -> str:
    return "".join(keyring.sign(purpose + part, about, identity) for part in (b" 1", b" 2"))
