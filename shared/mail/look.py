"""A cheap look at the octets of a mail before anything reads it: how big, how many, how deep, how odd."""

import re
from dataclasses import dataclass

from shared.mail.limits import WORKER_SIZE

_HEADER_END = re.compile(rb"\n\r?\n")
_CONTAINER = re.compile(rb"content-type[ \t]*:\s*(?:multipart|message)/", re.IGNORECASE)
_TINY = 4_096
_MARKUP_LOAD = 3_000
_BOUNDARY_LINES = 100
_DEPTH = 20
_LONGEST_LINE = 16_384
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Look:
    """Counts in octets and lines. `parts` and `depth` are upper bounds, never too low."""

    size: int
    boundary_lines: int
    depth: int
    header_bytes: int
    header_lines: int
    longest_line: int
    tags: int
    lines: int


def look(raw: bytes) -> Look:
    """Count; linear, with at most a mebibyte of it split into lines at a time."""
    end = _HEADER_END.search(raw)
    header_bytes = end.start() if end else len(raw)
    return Look(
        size=len(raw),
        boundary_lines=raw.count(b"\n--") + raw.startswith(b"--"),
        depth=sum(1 for _ in _CONTAINER.finditer(raw)),
        header_bytes=header_bytes,
        header_lines=raw.count(b"\n", 0, header_bytes) + 1,
        longest_line=_longest_line(raw),
        tags=raw.count(b"<"),
        lines=raw.count(b"\n") + 1,
    )


def needs_worker(raw: bytes) -> bool:
    """Whether this mail is to be read away from the event loop: over 64 KiB, or odd."""
    if len(raw) > WORKER_SIZE:
        return True
    if _is_small(raw):
        return False
    seen = look(raw)
    return (
        seen.boundary_lines > _BOUNDARY_LINES
        or seen.depth > _DEPTH
        or seen.header_bytes > 32_768
        or seen.header_lines > 400
        or seen.longest_line > _LONGEST_LINE
        or seen.tags > _MARKUP_LOAD
        or seen.lines > 2_500
        # What is packed in it may be eight times as long.
        or _has_winmail(raw)
    )


def _is_small(raw: bytes) -> bool:
    """Whether no bound of `needs_worker` can be reached: told by four counts, which is all that most mails cost."""
    return (
        len(raw) <= _LONGEST_LINE
        and raw.count(b"\n") < _BOUNDARY_LINES
        and raw.count(b"/") <= _DEPTH
        and raw.count(b"<") <= _MARKUP_LOAD
        and (len(raw) <= _TINY or not _has_winmail(raw))
    )


def _has_winmail(raw: bytes) -> bool:
    lower = raw.lower()
    return b"ms-tnef" in lower or b"winmail.dat" in lower


def _longest_line(raw: bytes) -> int:
    longest = carried = 0
    for start in range(0, len(raw), _CHUNK):
        lines = raw[start : start + _CHUNK].split(b"\n")
        first = carried + len(lines[0])
        longest = max(longest, first, *map(len, lines))
        carried = first if len(lines) == 1 else len(lines[-1])
    return max(longest, carried)
