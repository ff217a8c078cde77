"""Links to files: what stands behind ``/files/`` in an address names a stored file, and is signed and limited in time.

Base64 of RFC 4648, section 5, without padding, over: minute of expiry since 1970 (4 octets), SHA-256 of the content (32), size (5), the
file's name in UTF-8; before it the key's id (1 character), behind it the MAC (16), which is over all before it. Whoever has the link has
the file, as whoever has a mail has its attachments.
"""

import datetime
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass

from shared.secrets.keyring import MAC_WIDTH, Keyring

_FILE = b"file"
_FORM = re.compile(r"[a-z2-7][A-Za-z0-9_-]{55,400}[a-z2-7]{16}")
_HASH = re.compile(r"[0-9a-f]{64}")
_FIXED = 4 + 32 + 5
_LONGEST_NAME = 180
_MOST = 2**40 - 1


@dataclass(frozen=True, slots=True)
class FileLink:
    """A stored file: its key in the blobs bucket (SHA-256 in hexadecimal), its size in octets, the name it is offered under, and when
    the link ends (UTC, whole minutes)."""

    key: str
    size: int
    filename: str
    expires: datetime.datetime


def encode_file(keyring: Keyring, link: FileLink) -> str:
    """``link`` signed with the current key: at most some 320 characters that need no escaping in an address; a long name is cut.

    Raises `ValueError` for a key that is no SHA-256, a size below 0 or beyond 2**40, and a time before 1970.
    """
    if not _HASH.fullmatch(link.key) or not 0 <= link.size <= _MOST:
        raise ValueError("a link to a file needs a SHA-256 and a size")
    minute = int(link.expires.timestamp()) // 60
    if not 0 <= minute < 2**32:
        raise ValueError("a link ends after 1970")
    name = _cut(link.filename).encode("utf-8", "replace")
    content = minute.to_bytes(4, "big") + bytes.fromhex(link.key) + link.size.to_bytes(5, "big") + name
    body = keyring.current + urlsafe_b64encode(content).decode("ascii").rstrip("=")
    return body + keyring.sign(_FILE, body)


def decode_file(keyring: Keyring, text: str) -> FileLink | None:
    """The link in ``text``, expired or not; null when it isn't one that a key of ``keyring`` signed."""
    if not _FORM.fullmatch(text):
        return None
    body, mac = text[:-MAC_WIDTH], text[-MAC_WIDTH:]
    if not keyring.verify(_FILE, body, mac, body[0]):
        return None
    try:
        content = urlsafe_b64decode(body[1:] + "=" * (-len(body[1:]) % 4))
        filename = content[_FIXED:].decode("utf-8")
    except (Base64Error, UnicodeDecodeError):
        return None
    return FileLink(
        key=content[4:36].hex(),
        size=int.from_bytes(content[36:_FIXED], "big"),
        filename=filename,
        expires=datetime.datetime.fromtimestamp(int.from_bytes(content[:4], "big") * 60, datetime.UTC),
    )


def _cut(name: str) -> str:
    """At most `_LONGEST_NAME` octets, whole characters, the ending kept."""
    if len(name.encode("utf-8", "replace")) <= _LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    ending = f".{ending}" if dot and len(ending.encode("utf-8", "replace")) <= 16 else ""
    room = _LONGEST_NAME - len(ending.encode("utf-8", "replace"))
    return (stem if ending else name).encode("utf-8", "replace")[:room].decode("utf-8", "ignore") + ending
