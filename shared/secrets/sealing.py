"""Secrets that are kept where others could read them (a database, a page's form), encrypted with the installation's key.

Fernet (AES-128-CBC with HMAC-SHA256, https://github.com/fernet/spec) under a key derived from a signing key, whose id stands before it:
what one key sealed is opened as long as that key is configured. What was sealed for one purpose opens for no other.
"""

import base64
import hmac

from cryptography.fernet import Fernet, InvalidToken

from shared.secrets.keyring import Keyring


def seal(keyring: Keyring, purpose: bytes, text: str) -> str:
    """``text`` as ASCII that only we can read."""
    return f"{keyring.current}:{_cipher(keyring, keyring.current, purpose).encrypt(text.encode()).decode()}"


def unseal(keyring: Keyring, purpose: bytes, sealed: str, within: int | None = None) -> str | None:
    """What was sealed, at most ``within`` seconds ago; null for what cannot be opened."""
    identity, _, token = sealed.partition(":")
    if identity not in keyring.keys:
        return None
    try:
        return _cipher(keyring, identity, purpose).decrypt(token.encode("ascii", "replace"), ttl=within).decode()
    except (InvalidToken, UnicodeDecodeError):
        return None


def _cipher(keyring: Keyring, identity: str, purpose: bytes) -> Fernet:
    key = hmac.digest(keyring.keys[identity], b"seal\0" + purpose, "sha256")
    return Fernet(base64.urlsafe_b64encode(key))
