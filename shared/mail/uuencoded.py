"""Files written into the text of a mail by uuencode (POSIX uuencode(1), both its forms): taken out of it. Pure, linear."""

import binascii
import re
from dataclasses import dataclass

_BEGIN = re.compile(r"^begin(-base64)? [0-7]{3,4} ([^\n]{1,250})$", re.MULTILINE)
_MAX_FILES = 50


@dataclass(frozen=True, slots=True)
class Uuencoded:
    """One file: its name as written, and its octets."""

    name: str
    content: bytes


def take_uuencoded(text: str) -> tuple[str, list[Uuencoded], bool]:
    """The text without the files in it, the files, and whether one was cut or damaged.

    What only begins like a file (a sentence, a quoted line) stays: the line after it must be a line of data.
    """
    found: list[Uuencoded] = []
    kept: list[str] = []
    position = 0
    damaged = False
    for match in _BEGIN.finditer(text):
        if match.start() < position or len(found) >= _MAX_FILES:
            continue
        read = _read_base64(text, match.end()) if match[1] else _read_lines(text, match.end())
        if read is None:
            continue
        content, after, whole = read
        damaged |= not whole
        found.append(Uuencoded(match[2].strip(), content))
        kept.append(text[position : match.start()])
        position = after
    if not found:
        return text, [], False
    kept.append(text[position:])
    return "".join(kept), found, damaged


def _read_lines(text: str, start: int) -> tuple[bytes, int, bool] | None:
    """Lines until `end`: octets, where the text goes on, and whether all of it was good. None where none is data."""
    out = bytearray()
    position = start + 1
    while position <= len(text):
        newline = text.find("\n", position)
        after = len(text) + 1 if newline < 0 else newline + 1
        line = text[position : after - 1]
        if line.strip() == "end":
            return (bytes(out), min(after, len(text)), True) if out else None
        if line.strip() not in ("", "`"):
            octets = _decode_line(line)
            if octets is None:
                # Cut: what was read is kept, and whoever wrote on below is heard.
                return (bytes(out), position, False) if out else None
            out += octets
        elif not out:
            return None
        position = after
    return (bytes(out), len(text), False) if out else None


def _decode_line(line: str) -> bytes | None:
    """A line whose first character tells how many octets follow; trailing blanks may have been lost on the way."""
    if not line.isascii() or len(line) > 90:
        return None
    count = (ord(line[0]) - 32) & 63
    needed = (count + 2) // 3 * 4
    letters = line[1:].rstrip("\r")
    if not (" " <= line[0] <= "`") or not needed - 6 <= len(letters) <= needed + 2:
        return None
    try:
        return binascii.a2b_uu(line[0] + letters.ljust(needed)[:needed])
    except binascii.Error:
        return None


def _read_base64(text: str, start: int) -> tuple[bytes, int, bool] | None:
    end = text.find("\n====", start)
    if end < 0:
        return None
    after = text.find("\n", end + 1)
    try:
        content = binascii.a2b_base64(text[start:end].encode("ascii", "strict"), strict_mode=False)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return content, len(text) if after < 0 else after + 1, True
