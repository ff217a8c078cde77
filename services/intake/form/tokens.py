"""The token in a form's page: that we made it, for which inbox, and when. It stands where a cookie would, so that a page shown within
another site works too. Pure.

Key's id (1 character), tenth of a second since 1970 (7), nonce (16), MAC (16), all base32; the MAC is over all before it and the inbox.
"""

import re
import secrets
from dataclasses import dataclass

from shared.identity import derive
from shared.secrets import Keyring, base32
from shared.secrets.keyring import MAC_WIDTH

FASTEST = 3.0
"""Seconds in which nobody fills in a form."""
LONGEST = 24 * 3600.0

_PURPOSE = b"form"
_FORM = re.compile(r"[a-z2-7]{40}")


@dataclass(frozen=True, slots=True)
class PageToken:
    """A page of ours: when it was made (seconds since 1970), and what tells it from all others."""

    made: float
    nonce: str

    def age(self, now: float) -> float:
        """Seconds since it was made."""
        return now - self.made


def make(keyring: Keyring, inbox: str, now: float) -> str:
    """A token for a page of this inbox's form."""
    body = keyring.current + base32.encode(int(now * 10), 7) + base32.encode(secrets.randbits(80), 16)
    return body + keyring.sign(_PURPOSE, _signed(body, inbox))


def read(keyring: Keyring, inbox: str, token: str) -> PageToken | None:
    """The page it stood in; null for what is none of ours, or another inbox's."""
    if not _FORM.fullmatch(token):
        return None
    body, mac = token[:-MAC_WIDTH], token[-MAC_WIDTH:]
    if not keyring.verify(_PURPOSE, _signed(body, inbox), mac, body[0]):
        return None
    return PageToken(base32.decode(body[1:8]) / 10, body[8:])


def _signed(body: str, inbox: str) -> str:
    return f"{body}:{derive('form inbox', inbox)}"
