"""Where the mails of an mbox file begin and end, and what they were before the file's writer quoted them. No mail is read here.

There is no standard, only families (RFC 4155 describes one of them): each mail begins after a line ``From sender date``, and lines of its
text that begin with ``From `` got a ``>`` in front. Some writers leave out the date, the empty line before, or the quoting, and say how
long the mail is instead (``Content-Length``). So a line counts as a separator only when it looks like one and a header follows it.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

CHUNK = 1 << 20
"""Octets read at a time."""
_LONGEST = 1024
"""A separator with the line after it is shorter than this."""
_HEADERS = 64 * 1024

# The newline before belongs to the pattern: a search that begins in the middle of the file must not take its beginning for a line's.
_SEPARATOR = re.compile(
    rb"\nFrom ([^\s]{1,320})(?:[ \t]{1,20}([^\r\n]{1,200}))?[ \t]{0,20}\r?\n(?=[!-9;-~]{1,100}[ \t]{0,5}:|>From )"
)
_DATED = re.compile(rb"(?<!\d)\d{1,2}:\d\d(?::\d\d)?(?!\d)")
_YEAR = re.compile(rb"(?<!\d)(?:19|20)\d\d(?!\d)")
_LENGTH = re.compile(rb"(?im)^content-length[ \t]*:[ \t]*(\d{1,12})[ \t]*\r?$")
_BLANK = re.compile(rb"\n\r?\n")
_QUOTED = re.compile(rb"(?m)^>(?=>*From )")
_BOM = b"\xef\xbb\xbf"
_ASCTIME = re.compile(
    rb"([A-Z][a-z]{2}) +([A-Z][a-z]{2}) +(\d{1,2}) +(\d\d):(\d\d)(?::(\d\d))?(?: +[A-Z]{2,5}| +[+-]\d{4})? +(\d{4})"
)
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")


@dataclass(frozen=True, slots=True)
class Span:
    """A mail in a file: its octets from ``start`` on, ``length`` of them. ``noted`` is when its separator says that it came."""

    start: int
    length: int
    noted: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Mark:
    """A separator: the mail before it ends at ``end``, its own begins at ``start``."""

    end: int
    start: int
    noted: datetime | None


def is_mbox(beginning: bytes) -> bool:
    """Whether a file that begins so is an mbox."""
    return _SEPARATOR.match(b"\n" + beginning.removeprefix(_BOM)) is not None


def split(file: BinaryIO) -> Iterator[Span]:
    """The mails of an mbox in their order, in bounded memory however long the file or a line of it is. ``file`` can be sought.

    What stands before the first separator is no mail. Raises OSError.
    """
    counted, last = _Counted(file), None
    for mark in _marks(file):
        if last is not None:
            if mark.end < counted.until:
                continue
            yield Span(last.start, mark.end - last.start, last.noted)
        counted.begin(mark.start)
        last = mark
    if last is not None:
        yield Span(last.start, max(file.seek(0, os.SEEK_END) - last.start, 0), last.noted)


def original(content: bytes) -> bytes:
    """The mail as it was before it was written into an mbox: one ``>`` less where lines were quoted, without the empty line that ends it.

    A writer that quotes no line which is quoted already (mboxo) leaves it open whether ``>From`` was there before; most of today's
    quote those too (mboxrd), and the answer is the same for lines that were not.
    """
    for end in (b"\n\n", b"\r\n\r\n"):
        if content.endswith(end):
            content = content[: -len(end) // 2]
            break
    return _QUOTED.sub(b"", content) if b">From " in content else content


def _marks(file: BinaryIO) -> Iterator[_Mark]:
    position = len(_BOM) if _at(file, 0, len(_BOM)) == _BOM else 0
    buffer, base = b"\n", position - 1
    while True:
        chunk = _at(file, position, CHUNK)
        position += len(chunk)
        buffer += chunk
        # What begins behind this may go on in the next piece.
        until = len(buffer) - _LONGEST if chunk else len(buffer)
        for match in _SEPARATOR.finditer(buffer):
            if match.start() < until and _is_separator(match[2]):
                yield _Mark(base + match.start() + 1, base + match.end(), _noted(match[2]))
        if not chunk:
            return
        cut = max(until, 0)
        buffer, base = buffer[cut:], base + cut


def _at(file: BinaryIO, position: int, octets: int) -> bytes:
    file.seek(position)
    return file.read(octets)


def _is_separator(rest: bytes | None) -> bool:
    """Whether what follows the sender is a date, or nothing; ``From Russia with love`` is neither."""
    return not rest or not rest.strip() or (_DATED.search(rest) is not None and _YEAR.search(rest) is not None)


def _noted(rest: bytes | None) -> datetime | None:
    """The date of a separator (RFC 4155: in UTC); null where it has none that can be read."""
    match = _ASCTIME.search(rest or b"")
    if match is None or match[2] not in _MONTHS:
        return None
    try:
        month = _MONTHS.index(match[2]) + 1
        day, hour, minute, second, year = (int(match[at] or 0) for at in (3, 4, 5, 6, 7))
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None


class _Counted:
    """Mails that say how long they are. Believed only of a file in which every mail before said so, and rightly: else whoever sends a
    mail with a false length would make those behind it a part of it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._right = 0
        self._believed = True
        self.until = 0
        """Separators before this are the mail's own words."""

    def begin(self, start: int) -> None:
        """A mail begins here."""
        self.until = 0
        if not self._believed:
            return
        end = self._end(start)
        if end is None:
            self._believed = False
        elif self._right:
            self.until = end
        self._right += 1

    def _end(self, start: int) -> int | None:
        """Where the mail ends by its own word, if a separator or the end of the file is there."""
        head = _at(self._file, start, _HEADERS)
        blank = _BLANK.search(head)
        length = _LENGTH.search(head, 0, blank.end()) if blank else None
        if blank is None or length is None:
            return None
        end = start + blank.end() + int(length[1])
        after = _at(self._file, end - 1, _LONGEST)
        rest = after[1:].lstrip(b"\r\n")
        ended = len(after) > 0 and (not rest or _SEPARATOR.match(b"\n" + rest) is not None)
        return end if ended else None
