"""The secret of a webhook made at the desk, as it is kept: sealed for that webhook's name, so that it opens for no other."""

import secrets

from shared.secrets.keyring import Keyring
from shared.secrets.sealing import seal, unseal

_BYTES = 32


def new_secret() -> str:
    """A secret to sign with: 64 hexadecimal characters."""
    return secrets.token_hex(_BYTES)


def seal_secret(keyring: Keyring, name: str, secret: str) -> str:
    """The secret as ASCII that only we can read."""
    return seal(keyring, _purpose(name), secret)


def open_secret(keyring: Keyring, name: str, sealed: str) -> str | None:
    """The secret; null where none of our keys opens it, or it was sealed for another name."""
    return unseal(keyring, _purpose(name), sealed)


def _purpose(name: str) -> bytes:
    return b"webhook\0" + name.encode()
