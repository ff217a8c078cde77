"""The keys that sign what leaves the house and comes back: several, so that they can be changed."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.secrets import base32
from shared.settings.settings import Settings

MAC_BYTES = 10
MAC_WIDTH = 16


@dataclass(frozen=True)
class Keyring:
    """Signing keys by their id, one character of the base32 alphabet. ``current`` signs; all of them verify.

    Raises `ValueError` for an id that isn't one, a key below 16 bytes and a missing current key. A repr shows no key.
    """

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        for identity, key in self.keys.items():
            if len(identity) != 1 or identity not in base32.ALPHABET:
                raise ValueError(f"{identity!r} is no key id: one character of a-z, 2-7")
            if len(key) < 16:
                raise ValueError("a signing key has at least 16 bytes")
        if self.current not in self.keys:
            raise ValueError(f"there is no key with the id {self.current!r}")

    def sign(self, purpose: bytes, text: str, identity: str | None = None) -> str:
        """The first 80 bits of HMAC-SHA256 over ``purpose`` and the ASCII ``text``, as 16 characters.

        A signature for one purpose is none for another. ``identity`` names the key; null: the current one.
        """
        digest = hmac.digest(self.keys[identity or self.current], purpose + b"\0" + text.encode("ascii"), "sha256")
        return base32.encode(int.from_bytes(digest[:MAC_BYTES], "big"), MAC_WIDTH)

    def verify(self, purpose: bytes, text: str, signature: str, identity: str) -> bool:
        """Whether ``signature`` (ASCII) is what the key ``identity`` makes of ``text``, in constant time."""
        return identity in self.keys and hmac.compare_digest(self.sign(purpose, text, identity), signature)


def from_settings(settings: Settings) -> Keyring | None:
    """The configured keys (``secrets.key``), the first of them current; null when none is configured."""
    configured = settings.secrets.key
    if not configured:
        return None
    return Keyring(configured[0].id, {key.id: key.key.get_secret_value() for key in configured})
