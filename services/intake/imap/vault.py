"""Refresh tokens that a provider replaced, kept in the bucket `cursors` for the next start and for every other intake, encrypted.

Fernet (AES-128-CBC with HMAC-SHA256) under a key derived from the installation's signing key, whose id stands before it: nobody who
reads the bus's disk can sign in with it. What can't be decrypted any more counts as absent.
"""

import base64
import hashlib
import hmac
import json

import structlog
from cryptography.fernet import Fernet, InvalidToken

from shared.bus.keyvalue import KeyValue, RevisionConflict
from shared.bus.subjects import token
from shared.secrets import Keyring

log = structlog.get_logger(__name__)

_PURPOSE = b"trunkline imap refresh token"


class Vault:
    """The current refresh token of one inbox. ``configured`` is the one of the configuration: another one there outranks what is kept."""

    def __init__(self, bucket: KeyValue, keyring: Keyring, inbox: str, configured: str) -> None:
        self._bucket = bucket
        self._keyring = keyring
        self._key = f"oauth.{token(inbox)}"
        self._configured = configured
        self._origin = hashlib.sha256(b"origin\0" + configured.encode()).hexdigest()[:16]

    async def load(self) -> str:
        """The token to use. Raises BusUnavailable."""
        entry = await self._bucket.get(self._key)
        kept = self._open(entry.value) if entry is not None else None
        return kept if kept is not None else self._configured

    async def save(self, refresh_token: str) -> None:
        """Keep this one from now on. Raises BusUnavailable, RevisionConflict when others save all the time."""
        value = self._seal(refresh_token)
        for _ in range(5):
            entry = await self._bucket.get(self._key)
            try:
                await self._bucket.update(self._key, value, entry.revision if entry is not None else 0)
            except RevisionConflict:
                continue
            return
        raise RevisionConflict(f"{self._key} is changed by others all the time")

    def _cipher(self, identity: str) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(hmac.digest(self._keyring.keys[identity], _PURPOSE, "sha256")))

    def _seal(self, refresh_token: str) -> bytes:
        identity = self._keyring.current
        content = json.dumps({"token": refresh_token, "origin": self._origin}).encode()
        return identity.encode() + b":" + self._cipher(identity).encrypt(content)

    def _open(self, value: bytes) -> str | None:
        identity, _, sealed = value.partition(b":")
        name = identity.decode("ascii", "replace")
        if name not in self._keyring.keys:
            log.warning("a kept refresh token was sealed with a key that is gone; the configured one is used")
            return None
        try:
            content = json.loads(self._cipher(name).decrypt(sealed))
            return str(content["token"]) if content["origin"] == self._origin else None
        except (InvalidToken, ValueError, KeyError, TypeError):
            log.warning("a kept refresh token can't be opened; the configured one is used")
            return None
