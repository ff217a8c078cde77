"""Signed reply addresses and Message-IDs: what comes back with one belongs to the ticket it names.

A token proves the ticket, never the person. All of it is lower-case base32, read in any case:

- ticket token: key id (1), role and visibility (1), day of issue (4), ticket number (7), for tokens with one an extra
  id (13), MAC (16): 29 or 42 characters, with ``reply+`` within the 64 octets of a local part (RFC 5321 4.5.3.1.1);
- Message-ID: ``t.``, key id (1), ticket number (7), delivery id (26), MAC (16): 52 characters.

The MAC is HMAC-SHA256 cut to 80 bits over everything before it and the purpose. Readers are total: what isn't ours is
null, whatever its bytes.
"""

import datetime
import re
from dataclasses import dataclass
from typing import Literal

from shared.secrets import base32
from shared.secrets.keyring import MAC_WIDTH, Keyring

Role = Literal["customer", "agent", "side"]
Visibility = Literal["public", "internal"]

MAX_NUMBER = 2**35 - 1
_ROLES: tuple[Role, ...] = ("customer", "agent", "side")
_EPOCH = datetime.date(1970, 1, 1).toordinal()
_REPLY = b"reply"
_MESSAGE = b"message-id"
_TOKEN = re.compile(r"[a-z2-7]{29}(?:[a-z2-7]{13})?")
_MESSAGE_ID = re.compile(r"t\.[a-z2-7]{50}")
_ENTITY_ID = re.compile(r"[0-9a-f]{32}")
_EXTRA = re.compile(r"(?:[0-9a-f]{16})?")


@dataclass(frozen=True, slots=True)
class TicketToken:
    """What a reply address says: the ticket, for whom it was made, whether what comes back is for the customer's eyes,
    and when it was issued (UTC day). ``extra`` names a part of the ticket, such as a side conversation or the agent it
    was made for: 16 hexadecimal characters (the beginning of an entity id), or empty."""

    number: int
    role: Role
    visibility: Visibility
    issued: datetime.date
    extra: str = ""


def encode_token(keyring: Keyring, token: TicketToken, purpose: bytes = _REPLY) -> str:
    """``token`` signed with the current key. Raises `ValueError` for a number beyond 35 bits, a day before 1970
    or an extra id of another form."""
    if not 0 <= token.number <= MAX_NUMBER:
        raise ValueError(f"a ticket number is from 0 to {MAX_NUMBER}, not {token.number}")
    if token.issued.toordinal() < _EPOCH:
        raise ValueError("no token was issued before 1970")
    if not _EXTRA.fullmatch(token.extra):
        raise ValueError("an extra id has 16 lower-case hexadecimal characters")
    flags = _ROLES.index(token.role) | (token.visibility == "internal") << 2
    body = (
        keyring.current
        + base32.ALPHABET[flags]
        + base32.encode(token.issued.toordinal() - _EPOCH, 4)
        + base32.encode(token.number, 7)
        + (base32.encode(int(token.extra, 16), 13) if token.extra else "")
    )
    return body + keyring.sign(purpose, body)


def decode_token(keyring: Keyring, text: str, purpose: bytes = _REPLY) -> TicketToken | None:
    """The token in ``text``, in any case; null when it isn't one that a key of ``keyring`` signed for ``purpose``."""
    text = _folded(text)
    if not _TOKEN.fullmatch(text):
        return None
    body, mac = text[:-MAC_WIDTH], text[-MAC_WIDTH:]
    flags = base32.decode(body[1])
    if not keyring.verify(purpose, body, mac, body[0]) or flags > 7 or flags & 3 == 3:
        return None
    return TicketToken(
        number=base32.decode(body[6:13]),
        role=_ROLES[flags & 3],
        visibility="internal" if flags & 4 else "public",
        issued=datetime.date.fromordinal(base32.decode(body[2:6]) + _EPOCH),
        extra=f"{base32.decode(body[13:]):016x}" if body[13:] else "",
    )


def reply_address(keyring: Keyring, token: TicketToken, domain: str) -> str:
    """``reply+<token>@domain``. Raises `ValueError` as `encode_token` does."""
    return f"reply+{encode_token(keyring, token)}@{domain}"


def read_reply_address(keyring: Keyring, address: str) -> TicketToken | None:
    """The token in an address made by `reply_address`, with or without angle brackets; its domain is not looked at."""
    local = address.strip().strip("<>").rpartition("@")[0]
    if local[:6].lower() != "reply+":
        return None
    return decode_token(keyring, local[6:])


def message_id(keyring: Keyring, number: int, delivery_id: str, domain: str) -> str:
    """The Message-ID (without angle brackets) of the mail that the delivery ``delivery_id`` (32 hexadecimal
    characters) of ticket ``number`` sends: the same at every attempt, while the current key stays.

    Raises `ValueError` for another form of id or a number beyond 35 bits.
    """
    if not 0 <= number <= MAX_NUMBER or not _ENTITY_ID.fullmatch(delivery_id):
        raise ValueError("a Message-ID is made from a ticket number of 35 bits and a delivery id of 32 hex characters")
    body = keyring.current + base32.encode(number, 7) + base32.encode(int(delivery_id, 16), 26)
    return f"t.{body}{keyring.sign(_MESSAGE, body)}@{domain}"


def read_message_id(keyring: Keyring, text: str) -> tuple[int, str] | None:
    """Ticket number and delivery id in a Message-ID made by `message_id`, with or without angle brackets and in any
    case; null for everybody else's."""
    local = _folded(text.strip().strip("<>").rpartition("@")[0])
    if not _MESSAGE_ID.fullmatch(local):
        return None
    body, mac = local[2:-MAC_WIDTH], local[-MAC_WIDTH:]
    if not keyring.verify(_MESSAGE, body, mac, body[0]):
        return None
    return base32.decode(body[1:8]), f"{base32.decode(body[8:]):032x}"


def _folded(text: str) -> str:
    """Lower case, but only of ASCII: the Kelvin sign would become a ``k``."""
    return text.lower() if text.isascii() else ""
