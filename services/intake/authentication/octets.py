"""A mail as signatures see it: its fields as written, and where its body begins. Splits, decodes nothing, bounded.

Another reading than `shared.mail`'s: that one mends what is broken, a signature holds for the octets as they are.
"""

import re
from dataclasses import dataclass

MAX_HEADERS = 256 * 1024
"""Octets of a header block up to which signatures are looked at."""
MAX_FIELDS = 1000

_END = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]+):")
_LOOSE = re.compile(rb"([!-9;-~]+)[ \t]*:")


@dataclass(frozen=True, slots=True)
class Octets:
    """``fields`` are name and value as written, the value with its folds, every line ended by CR LF. ``sound`` is false where a
    line is no field (RFC 5322 2.2): two readers may then see two different mails, and no signature is worth anything."""

    fields: list[tuple[bytes, bytes]]
    raw: bytes
    body_at: int
    sound: bool

    def all(self, name: bytes) -> list[bytes]:
        """The values of every field of that (lower-case) name, from the top."""
        return [value for field, value in self.fields if field.lower() == name]


def split(raw: bytes) -> Octets:
    """The mail taken apart. Never raises: a header block beyond the bounds is cut, and not sound."""
    head, body_at, sound = _head(raw)
    fields: list[tuple[bytes, bytes]] = []
    name, lines = b"", [b""]
    for place, line in enumerate(head.split(b"\n")):
        line = line.removesuffix(b"\r")
        if line[:1] in (b" ", b"\t") and name:
            lines.append(line)
            continue
        if name:
            fields.append((name, b"\r\n".join([*lines, b""])))
            name = b""
        if not line:
            continue
        if len(fields) >= MAX_FIELDS:
            return Octets(fields, raw, body_at, False)
        match = _FIELD.match(line) or _LOOSE.match(line)
        if match is None:
            # The first line of an mbox entry is not part of the mail.
            sound = sound and place == 0 and line.startswith(b"From ")
            continue
        sound = sound and match.re is _FIELD
        name, lines = match[1], [line[match.end() :]]
    if name:
        fields.append((name, b"\r\n".join([*lines, b""])))
    return Octets(fields, raw, body_at, sound)


def _head(raw: bytes) -> tuple[bytes, int, bool]:
    """The header block, where the body begins, and whether the block is within its bound."""
    if raw.startswith((b"\n", b"\r\n")):
        return b"", raw.index(b"\n") + 1, True
    found = _END.search(raw, 0, MAX_HEADERS)
    if found is not None:
        return raw[: found.start() + 1], found.end(), True
    return raw[:MAX_HEADERS], len(raw), len(raw) <= MAX_HEADERS
