"""Links to the page of one ticket: what stands behind ``/t/`` in an address.

Key's id (1), day of issue (4), ticket number (7), mark of the contact's point (13), MAC (16): 41 characters of lower-case base32, read in
any case. The mark is a keyed digest: whoever sees an address of ours learns no customer's. The page belongs to whoever has that point;
changed keys keep reading what they signed as long as they are in the keyring. How often a ticket's links were withdrawn is part of the
digest: one more, and those made before have the mark of nobody.
"""

import datetime
import hmac
import re
from dataclasses import dataclass

from shared.messages.parts import Point
from shared.secrets import base32
from shared.secrets.keyring import MAC_WIDTH, Keyring
from shared.secrets.tokens import MAX_NUMBER

VALID = datetime.timedelta(days=90)
"""How long a link works unless ``tickets.status_link_valid`` says otherwise; with every later message there is a new one."""

ON_THE_FORM = "form"
"""The kind of the point in a link that is shown where a form was filled in: whoever did has named an address, and may not be who has it.
Such a link opens the state of the ticket and none of its messages."""

_STATUS = b"status"
_POINT = b"status point"
_FORM = re.compile(r"[a-z2-7]{41}")
_LONGEST = 100
_EPOCH = datetime.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class StatusToken:
    """What a link says: the ticket, the day it was issued (UTC), and the mark of the point it was sent to. ``key`` is the id of the key
    that signed it."""

    number: int
    issued: datetime.date
    mark: int
    key: str

    def is_valid(self, today: datetime.date, valid: datetime.timedelta = VALID) -> bool:
        """Whether the link still works, ``valid`` after it was issued."""
        return today - self.issued <= valid

    def is_for(self, keyring: Keyring, point: Point, withdrawn: int = 0) -> bool:
        """Whether it was sent to this point since the ticket's links were ``withdrawn`` for the last of so many times."""
        if self.key not in keyring.keys:
            return False
        return hmac.compare_digest(self.mark.to_bytes(8, "big"), _mark(keyring, point, self.key, withdrawn))


def status_token(keyring: Keyring, number: int, point: Point, issued: datetime.date, withdrawn: int = 0) -> str:
    """A link's token, signed with the current key. ``withdrawn``: how often the ticket's links were by now. Raises `ValueError` for a
    number that no ticket has and for a day before 1970."""
    if not 0 < number <= MAX_NUMBER:
        raise ValueError(f"a ticket number is from 1 to {MAX_NUMBER}, not {number}")
    if issued.toordinal() < _EPOCH:
        raise ValueError("no link was issued before 1970")
    body = (
        keyring.current
        + base32.encode(issued.toordinal() - _EPOCH, 4)
        + base32.encode(number, 7)
        + base32.encode(int.from_bytes(_mark(keyring, point, keyring.current, withdrawn), "big"), 13)
    )
    return body + keyring.sign(_STATUS, body)


def read_status_token(keyring: Keyring, text: str) -> StatusToken | None:
    """The token in ``text``, expired or not; null when it isn't one that a key of ``keyring`` signed."""
    text = text.lower() if len(text) <= _LONGEST and text.isascii() else ""
    if not _FORM.fullmatch(text):
        return None
    body, mac = text[:-MAC_WIDTH], text[-MAC_WIDTH:]
    if not keyring.verify(_STATUS, body, mac, body[0]):
        return None
    return StatusToken(
        number=base32.decode(body[5:12]),
        issued=datetime.date.fromordinal(base32.decode(body[1:5]) + _EPOCH),
        mark=base32.decode(body[12:]),
        key=body[0],
    )


def _mark(keyring: Keyring, point: Point, key: str, withdrawn: int) -> bytes:
    """The count belongs to what is digested, and not to the token: links that were made before there was one go on working."""
    value = f"{point.kind}\0{point.value.lower()}".encode()
    purpose = _POINT + (b" %d" % withdrawn if withdrawn else b"")
    return hmac.digest(keyring.keys[key], purpose + b"\0" + value, "sha256")[:8]
