"""The token in the forms of a ticket's page: that we made them, for whose link, and when. It keeps others from sending them, and names what
is sent, so that what is sent twice is done once. Pure.

Key's id (1 character), second since 1970 (7), nonce (16), MAC (16), all base32; the MAC is over all before it and the link.
"""

import re
import secrets
from dataclasses import dataclass

from shared.secrets import Keyring, base32
from shared.secrets.keyring import MAC_WIDTH

LONGEST = 24 * 3600.0
"""Seconds that a page can be open before something is sent from it."""

_PURPOSE = b"status page"
_FORM = re.compile(r"[a-z2-7]{40}")


@dataclass(frozen=True, slots=True)
class FormToken:
    """A page of ours: when it was made (seconds since 1970), and what tells it from all others."""

    made: float
    nonce: str

    def is_fresh(self, now: float) -> bool:
        """Whether something may still be sent from it."""
        return now - self.made <= LONGEST


def make(keyring: Keyring, link: str, now: float) -> str:
    """A token for the forms of the page behind this link."""
    body = keyring.current + base32.encode(int(now), 7) + base32.encode(secrets.randbits(80), 16)
    return body + keyring.sign(_PURPOSE, _signed(body, link))


def read(keyring: Keyring, link: str, token: str) -> FormToken | None:
    """What it says; null for what is none of ours, or another link's."""
    if not _FORM.fullmatch(token):
        return None
    body, mac = token[:-MAC_WIDTH], token[-MAC_WIDTH:]
    if not keyring.verify(_PURPOSE, _signed(body, link), mac, body[0]):
        return None
    return FormToken(float(base32.decode(body[1:8])), body[8:])


def _signed(body: str, link: str) -> str:
    return f"{body}:{link.lower()}"
