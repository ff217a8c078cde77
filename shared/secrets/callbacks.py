"""Which delivery a provider's status callback is about: stands in the address that we give the provider with each message.

Key's id, delivery's id, attempt, part, number of parts and of segments with hyphens between, a dot, the MAC. Signed, so that nobody
who learns such an address can make another delivery look delivered.
"""

import re
from dataclasses import dataclass

from shared.secrets.keyring import Keyring

_CALLBACK = b"callback"
_FORM = re.compile(r"(([a-z2-7])([0-9a-f]{32})-([0-9]{1,6})-([0-9]{1,3})-([0-9]{1,3})-([0-9]{1,4}))\.([a-z2-7]{16})")
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class CallbackToken:
    """A message of the provider's: the delivery and attempt that it belongs to, and which of its parts it is (from 1). ``segments`` is
    what the whole takes as SMS, 0 elsewhere."""

    delivery_id: str
    attempt: int
    part: int = 1
    parts: int = 1
    segments: int = 0

    @property
    def is_last(self) -> bool:
        """Whether the whole has arrived when this part has: parts are sent in order."""
        return self.part >= self.parts


def encode_callback(keyring: Keyring, token: CallbackToken) -> str:
    """``token`` signed with the current key: at most 71 characters that need no escaping in an address. Raises `ValueError` for what is no
    delivery's id."""
    if not _ID.fullmatch(token.delivery_id):
        raise ValueError("a callback needs a delivery's id")
    body = f"{keyring.current}{token.delivery_id}-{token.attempt}-{token.part}-{token.parts}-{token.segments}"
    return f"{body}.{keyring.sign(_CALLBACK, body)}"


def decode_callback(keyring: Keyring, text: str) -> CallbackToken | None:
    """The token in ``text``; null when it isn't one that a key of ``keyring`` signed."""
    found = _FORM.fullmatch(text)
    if found is None or not keyring.verify(_CALLBACK, found[1], found[8], found[2]):
        return None
    return CallbackToken(found[3], int(found[4]), int(found[5]), int(found[6]), int(found[7]))
