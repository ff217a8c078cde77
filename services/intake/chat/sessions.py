"""Chat sessions: an id, signed, which the browser keeps. Nothing of a session is kept here, so any intake can go on with it. Pure.

An id has 27 characters: ``a`` (nobody knows whose it is) and 26 random ones, or ``i`` and 26 that are derived from a mail address that
the host site has vouched for, the same in every browser of that customer. Token: key's id (1), day of issue (4), id (27), MAC (16), all
base32; the MAC is over all before it and the inbox.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Final

from shared.identity import derive
from shared.secrets import Keyring, base32
from shared.secrets.keyring import MAC_WIDTH

LONGEST: Final = 90
"""Days after which a token that was never renewed ends; each visit renews it."""
DAY: Final = 86_400

_PURPOSE: Final = b"chat"
_KNOWN: Final = b"chat identity"
_FORM: Final = re.compile(r"[a-z2-7]{48}")
_RANDOM: Final = 26


@dataclass(frozen=True, slots=True)
class Session:
    """``id`` is how the chat knows its customer. ``address``: their mail address, when the host site has vouched for it."""

    id: str
    address: str | None = None


def begin() -> Session:
    """A new one, of somebody unknown."""
    return Session("a" + base32.encode(secrets.randbits(5 * _RANDOM), _RANDOM))


def of_address(keyring: Keyring, inbox: str, address: str) -> Session:
    """The session of a customer whose (lower-cased) address is certain."""
    named = derive("chat address", inbox, address)
    # Two signatures give the bits of one id; whoever does not have the key can't work out anybody's. The oldest key counts, so that a
    # change of keys changes no session as long as that one is kept.
    oldest = min(keyring.keys)
    signed = "".join(keyring.sign(_KNOWN, f"{part}:{named}", oldest) for part in "12")
    return Session("i" + signed[:_RANDOM], address)


def token(keyring: Keyring, inbox: str, session: Session, now: float) -> str:
    """What the browser keeps; ``now`` in seconds since 1970."""
    body = keyring.current + base32.encode(int(now // DAY), 4) + session.id
    return body + keyring.sign(_PURPOSE, _signed(body, inbox))


def read(keyring: Keyring, inbox: str, text: str, now: float) -> str | None:
    """The id of the session in a token; null for what is none of ours, another inbox's, or too old."""
    if not _FORM.fullmatch(text):
        return None
    body, mac = text[:-MAC_WIDTH], text[-MAC_WIDTH:]
    if not keyring.verify(_PURPOSE, _signed(body, inbox), mac, body[0]):
        return None
    age = now // DAY - base32.decode(body[1:5])
    return body[5:] if age <= LONGEST else None


def resume(keyring: Keyring, inbox: str, kept: str, *, vouched: str | None, named: str | None, now: float) -> Session:
    """The session of a browser that has ``kept`` this token (or "").

    ``vouched``: the address the host site vouches for now. ``named``: the one it names in any case; its proof may have ended since the
    page was loaded, and the kept token then tells that it was good. An identified session does not outlive its identity: without an
    address a new one begins, so that nobody reads what the one before them at this browser wrote.
    """
    if vouched is not None:
        return of_address(keyring, inbox, vouched)
    found = read(keyring, inbox, kept, now)
    if found is None:
        return begin()
    if found.startswith("a"):
        return Session(found)
    if named is not None and (known := of_address(keyring, inbox, named)).id == found:
        return known
    return begin()


def _signed(body: str, inbox: str) -> str:
    return f"{body}:{derive('chat inbox', inbox)}"
