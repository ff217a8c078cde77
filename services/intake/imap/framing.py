"""Cuts what an IMAP server says into responses: a line, and where it announces literals those and the lines after them. Pure.

RFC 3501 4.3 and 7; a literal's length stands in braces at the end of a line. Linear in what comes, bounded in what is held: the
library's own reader is recursive (a thousand lines in one piece end it), quadratic in long lines and literals, and holds anything.
"""

import re
from collections.abc import Iterator

from services.intake.imap.errors import Nonsense

MAX_LINE = 16 << 20
"""Octets of one line: the answer to a search names every UID of a mailbox."""
MAX_PARTS = 1_000

Part = bytes | bytearray
Response = tuple[Part, ...]
"""Lines without their CR LF, at even places, and the literals between them."""

_LITERAL = re.compile(rb"~?\{(\d{1,19})\}\Z")
# Their text is for people, whatever it ends with (RFC 3501 7.1).
_STATUS = re.compile(rb"[^ ]+ (?:OK|NO|BAD|BYE|PREAUTH)\b", re.IGNORECASE)


class Framer:
    """``limit``: octets that the literals of one response may have together. Raises `Nonsense` beyond any bound."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._looked = 0
        self._parts: list[Part] = []
        self._literal: bytearray | None = None
        self._missing = 0
        self._taken = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is begun."""
        return not self._buffer and not self._parts

    def feed(self, octets: bytes) -> Iterator[Response]:
        """Every response that is now complete."""
        if self._literal is not None:
            octets = self._fill(octets)
        self._buffer += octets
        at = 0
        while self._literal is None:
            end = self._buffer.find(b"\r\n", max(at, self._looked))
            if end < 0:
                break
            line = bytes(self._buffer[at:end])
            at = self._looked = end + 2
            self._parts.append(line)
            size = self._announced(line)
            if size is None:
                response, self._parts, self._taken = tuple(self._parts), [], 0
                yield response
            else:
                at = self._begin(size, at)
                self._looked = at
        del self._buffer[:at]
        self._looked = max(len(self._buffer) - 1, 0)
        if len(self._buffer) > MAX_LINE:
            raise Nonsense("the server sends a line without an end")

    def _announced(self, line: bytes) -> int | None:
        if not line.endswith(b"}") or (len(self._parts) == 1 and _STATUS.match(line)):
            return None
        found = _LITERAL.search(line[-24:])
        return int(found[1]) if found else None

    def _begin(self, size: int, at: int) -> int:
        """Take the literal's beginning out of the buffer; gives where the rest begins."""
        self._taken += size
        if self._taken > self._limit or len(self._parts) > MAX_PARTS:
            raise Nonsense(f"the server sends {self._taken} octets at once, {self._limit} are the limit")
        self._literal = self._buffer[at : at + size]
        self._missing = size - len(self._literal)
        at += len(self._literal)
        if not self._missing:
            self._end()
        return at

    def _fill(self, octets: bytes) -> bytes:
        assert self._literal is not None
        self._literal += octets[: self._missing]
        rest = octets[self._missing :]
        self._missing -= len(octets) - len(rest)
        if not self._missing:
            self._end()
        return rest

    def _end(self) -> None:
        assert self._literal is not None
        self._parts.append(self._literal)
        self._literal = None
