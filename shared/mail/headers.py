"""Splits a header block into fields (RFC 5322 2.2), forgiving what real mail does to it. Decodes nothing."""

import re
from collections.abc import Container

from shared.mail.defects import Defects
from shared.mail.limits import MAX_FIELD_BYTES, MAX_HEADER_BYTES, MAX_HEADER_LINES

# Blanks before the colon are obsolete syntax (RFC 5322 4.5) that still arrives.
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_END_OF_BLOCK = re.compile(rb"(?:^|\n)\r?\n")


class Headers:
    """The fields of one block in order: lower-case names, values as unfolded octets."""

    __slots__ = ("_first", "fields")

    def __init__(self, fields: list[tuple[str, bytes]]) -> None:
        self.fields = fields
        self._first: dict[str, bytes] = {}
        for name, value in fields:
            self._first.setdefault(name, value)

    def get(self, name: str) -> bytes | None:
        """The first field of that (lower-case) name, or None."""
        return self._first.get(name)

    def all(self, name: str) -> list[bytes]:
        """Every field of that (lower-case) name, in order."""
        return [value for field, value in self.fields if field == name] if name in self._first else []

    def __contains__(self, name: str) -> bool:
        return name in self._first


def read_headers(raw: bytes, start: int, boundaries: Container[bytes], defects: Defects) -> tuple[Headers, int]:
    """Read the block at `start`; the answer's second half is where the body begins.

    A block ends at an empty line, at a line of one of `boundaries`, or where a line is no field and the one after it
    is none either (a mail without an empty line: what follows is its text).
    """
    fields: list[tuple[str, bytes]] = []
    name, value = "", b""
    position, end, lines = start, len(raw), 0
    while position < end:
        newline = raw.find(b"\n", position)
        after = end if newline < 0 else newline + 1
        line = raw[position : min(after, position + MAX_FIELD_BYTES)]
        lines += 1
        if after - position > MAX_FIELD_BYTES:
            defects.add("headers-truncated")
        if lines > MAX_HEADER_LINES or position - start > MAX_HEADER_BYTES:
            defects.add("headers-truncated")
            found = _END_OF_BLOCK.search(raw, position)
            position = found.end() if found else end
            break
        if line in (b"\r\n", b"\n", b"\r"):
            position = after
            break
        first = line[0]
        if first in (32, 9) and (name or not fields):
            if not line.strip() and not _is_continued(raw, after):
                # A line of blanks only: folding would allow it, but it is meant as the empty line.
                position = after
                break
            if name and len(value) < MAX_FIELD_BYTES:
                value = value.rstrip() + b" " + line.strip()
            position = after
            continue
        if line.startswith(b"--") and boundaries and _is_delimiter(line, boundaries):
            # A boundary may hold a colon: it must not be taken for a field.
            break
        match = _FIELD.match(line)
        if match is None:
            mbox = lines == 1 and line.startswith((b"From ", b">From "))
            if not mbox:
                defects.add("malformed-header")
                if not _goes_on(raw, after):
                    break
            position = after
            continue
        if name:
            fields.append((name, value.strip()))
        name, value = match[1].decode("ascii").lower(), line[match.end() :].rstrip(b"\r\n")
        position = after
    if name:
        fields.append((name, value.strip()))
    return Headers(fields), position


def _is_delimiter(line: bytes, boundaries: Container[bytes]) -> bool:
    text = line[2:].rstrip()
    return text in boundaries or (text.endswith(b"--") and text[:-2] in boundaries)


def _goes_on(raw: bytes, position: int) -> bool:
    """Whether the line after a broken one is a field or the end of the block, so that only one line is lost."""
    line = raw[position : position + 300]
    return bool(_FIELD.match(line)) or line.startswith((b"\n", b"\r\n"))


def _is_continued(raw: bytes, position: int) -> bool:
    """Whether the line after one of blanks folds on (obsolete folding, RFC 5322 4.2) or is a field again."""
    line = raw[position : position + 300].partition(b"\n")[0]
    return (line[:1] in (b" ", b"\t") and bool(line.strip())) or _FIELD.match(line) is not None
