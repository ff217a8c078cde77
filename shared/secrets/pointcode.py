"""Codes that prove an agent's point, and the links that bring such a code back from a mail.

A code is 40 bits of an HMAC over the command that asked for it, as eight characters without 0, 1, 8 and 9: nobody guesses it in the
quarter of an hour, and the five tries, for which it counts. Only its SHA-256 is kept with the point. To Telegram it goes with ``agent-``
before it, so that what other people's links to a bot bring along is never taken for a code.

A link is the key's id (1 character), the point's id (26), the code (8) and a MAC (16), in lower-case base32, read in any case.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from shared.identity import derive
from shared.secrets import base32
from shared.secrets.keyring import MAC_WIDTH, Keyring

VALID: Final = timedelta(minutes=15)
TRIES: Final = 5
"""Wrong codes for one claim; then another code is needed."""
WIDTH: Final = 8
START: Final = "agent-"
"""What a code has before it behind Telegram's ``/start`` (https://core.telegram.org/bots/features#deep-linking)."""

_CODE, _LINK = b"agent point", b"agent point link"
_ID_WIDTH = 26
_WORD = re.compile(rf"[A-Z2-7]{{{WIDTH}}}", re.ASCII)
_FORM = re.compile(rf"[a-z2-7]{{{1 + _ID_WIDTH + WIDTH + MAC_WIDTH}}}", re.ASCII)
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class PointLink:
    """What a link says: which point, and the code that proves it."""

    point_id: str
    code: str


def point_code(keyring: Keyring, command_id: str) -> str:
    """The code that a command made, in capitals."""
    return keyring.sign(_CODE, derive("point code", command_id))[-WIDTH:].upper()


def digest(code: str) -> str:
    """What is kept of a code."""
    return hashlib.sha256(code.encode()).hexdigest()


def read_code(text: str) -> str | None:
    """The code that somebody typed, in whatever case, with blanks or hyphens; null for what is none."""
    if len(text) > _LONGEST:
        return None
    word = re.sub(r"[\s-]", "", text.strip()).upper()
    return word if _WORD.fullmatch(word) else None


def started_with(payload: str) -> str | None:
    """The code that came with ``/start``; null for what is no agent's."""
    if len(payload) > _LONGEST or not payload.lower().startswith(START):
        return None
    return read_code(payload[len(START) :])


def point_link(keyring: Keyring, point_id: str, code: str) -> str:
    """The token of a link, signed with the current key. Raises `ValueError` for what is no point's id."""
    body = f"{keyring.current}{base32.encode(int(point_id, 16), _ID_WIDTH)}{code.lower()}"
    return body + keyring.sign(_LINK, body)


def read_point_link(keyring: Keyring, token: str) -> PointLink | None:
    """What a link says; null for what is none of ours."""
    token = token[:_LONGEST].lower()
    if not _FORM.fullmatch(token):
        return None
    body, mac = token[:-MAC_WIDTH], token[-MAC_WIDTH:]
    if not keyring.verify(_LINK, body, mac, body[0]):
        return None
    return PointLink(f"{base32.decode(body[1 : 1 + _ID_WIDTH]):032x}", body[1 + _ID_WIDTH :].upper())
