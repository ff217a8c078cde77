"""The digest of a mail's body as DKIM defines it (RFC 6376 3.4), in pieces: bounded memory, and other threads get their turn.

Not the library's: its expressions take a quadratic time for a line of blanks, and hold Python's lock while they do.
"""

import hashlib
import re
from collections.abc import Callable

PIECE = 32 * 1024
"""Octets worked on at a time; some milliseconds."""
_CRLF = b"\r\n"
_BLANKS = re.compile(rb"[ \t]+")
_NEWLINES = _CRLF * PIECE


class Digest:
    """SHA-256 over the first ``limit`` octets of what it is fed (all of it where null). ``total`` counts every octet."""

    def __init__(self, limit: int | None = None) -> None:
        self.total = 0
        self._limit = limit
        self._hash = hashlib.sha256()

    def feed(self, octets: bytes) -> None:
        """The next octets."""
        if self._limit is None or self.total + len(octets) <= self._limit:
            self._hash.update(octets)
        elif self.total < self._limit:
            self._hash.update(octets[: self._limit - self.total])
        self.total += len(octets)

    def digest(self) -> bytes:
        """The digest's 32 octets."""
        return self._hash.digest()


def digest_body(
    raw: bytes, start: int, relaxed: bool, limit: int | None = None, alive: Callable[[], None] = lambda: None
) -> Digest:
    """The digest of the body that begins at ``start``. ``limit`` is a signature's ``l=``.

    Lone line feeds count as line ends, as mail that came over SMTP has them as CR LF. ``alive`` is called between the pieces; it may
    raise to end this.
    """
    digest = Digest(limit)
    tail = b""
    newlines = 0
    for position in range(start, len(raw), PIECE):
        alive()
        last = position + PIECE >= len(raw)
        text, tail = _piece(tail + raw[position : position + PIECE], relaxed, last)
        kept = text.rstrip(b"\n")
        if kept:
            _feed_newlines(digest, newlines)
            digest.feed(kept.replace(b"\n", _CRLF))
            newlines = 0
        newlines += len(text) - len(kept)
    if digest.total or not relaxed:
        digest.feed(_CRLF)
    return digest


def _piece(octets: bytes, relaxed: bool, last: bool) -> tuple[bytes, bytes]:
    """The piece with LF as line end, and what of its end only the next piece can tell the meaning of."""
    text = octets.replace(_CRLF, b"\n")
    held = b""
    if not last and text.endswith(b"\r"):
        text, held = text[:-1], b"\r"
    if relaxed:
        text = _BLANKS.sub(b" ", text).replace(b" \n", b"\n")
        if text.endswith(b" "):
            text, held = text[:-1], b"" if last else b" " + held
    return text, held


def _feed_newlines(digest: Digest, count: int) -> None:
    while count:
        now = min(count, PIECE)
        digest.feed(_NEWLINES[: now * 2])
        count -= now
