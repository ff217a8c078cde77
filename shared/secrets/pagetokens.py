"""The token in the forms of a page of ours: that we made the page, about what, and when. It stands where a cookie would, names what is sent
from the page, and keeps others from sending it. Pure.

Key's id (1 character), tenth of a second since 1970 (7), nonce (16), MAC (16), all base32; the MAC is over all before it and what the page
is about, for one purpose.
"""

import re
import secrets
from dataclasses import dataclass

from shared.secrets import base32
from shared.secrets.keyring import MAC_WIDTH, Keyring

LONGEST = 24 * 3600.0
"""Seconds that a page can be open before something is sent from it."""

_FORM = re.compile(r"[a-z2-7]{40}")


@dataclass(frozen=True, slots=True)
class PageToken:
    """A page of ours: when it was made (seconds since 1970), and what tells it from all others."""

    made: float
    nonce: str

    def age(self, now: float) -> float:
        """Seconds since it was made."""
        return now - self.made

    def is_fresh(self, now: float) -> bool:
        """Whether something may still be sent from it."""
        return self.age(now) <= LONGEST


def make(keyring: Keyring, purpose: bytes, about: str, now: float) -> str:
    """A token for a page, signed with the current key."""
    body = keyring.current + base32.encode(int(now * 10), 7) + base32.encode(secrets.randbits(80), 16)
    return body + keyring.sign(purpose, f"{body}:{about}")


def read(keyring: Keyring, purpose: bytes, about: str, token: str) -> PageToken | None:
    """The page it stood in; null for what is none of ours, or a page about something else."""
    if not _FORM.fullmatch(token):
        return None
    body, mac = token[:-MAC_WIDTH], token[-MAC_WIDTH:]
    if not keyring.verify(purpose, f"{body}:{about}", mac, body[0]):
        return None
    return PageToken(base32.decode(body[1:8]) / 10, body[8:])
