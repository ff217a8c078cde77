"""A text in as many messages as it takes: at most 4096 UTF-16 units each (https://core.telegram.org/bots/api#sendmessage), ended where a
reader would pause, and never inside what is drawn as one sign (Unicode UAX #29: emoji sequences, flags, marks). Pure."""

import re
import unicodedata

LIMIT = 4096
"""UTF-16 units of one message."""
_LONGEST_SIGN = 64
"""Code points that are looked back over for the beginning of a sign; a longer one is none that anybody meant."""
_JOINER = "\u200d"
# From the best place to end a message at to the worst; each match ends where the next message begins.
_PAUSES = (
    re.compile(r"\n[^\S\n]*\n\s*"),
    re.compile(r"\n\s*"),
    re.compile(r"[.!?…][\"'”’)»]*\s+|[。！？]\s*"),
    re.compile(r"\s+"),
)


def units(text: str) -> int:
    """The length of a text as Telegram counts: UTF-16 code units."""
    return len(text) + sum(1 for sign in text if ord(sign) > 0xFFFF)


def split(text: str, limit: int = LIMIT) -> list[str]:
    """The parts of ``text`` in their order, none of them empty or more than ``limit`` (at least 2) units; none for a blank text.

    White space at the ends goes, as it would in Telegram; everything else is in exactly one part.
    """
    parts: list[str] = []
    rest = text.strip()
    while rest:
        room = _room(rest, limit)
        end = len(rest) if room == len(rest) else _end(rest, room)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return parts


def _room(text: str, limit: int) -> int:
    """How many code points of the beginning fit."""
    window = text[:limit]
    if units(window) <= limit:
        return len(window)
    taken = 0
    for place, sign in enumerate(window):
        taken += 2 if ord(sign) > 0xFFFF else 1
        if taken > limit:
            return place
    return len(window)


def _end(text: str, room: int) -> int:
    """Where the first part ends, of a text of which ``room`` code points fit."""
    for pause in _PAUSES:
        # Not in the first half: a message of three words before a long paragraph reads worse than a sentence that is divided.
        found = [
            match.end() for match in pause.finditer(text, room // 2, room + 1) if match.end(0) - _blank(match) <= room
        ]
        if found:
            return found[-1]
    return _before_sign(text, room)


def _blank(match: re.Match[str]) -> int:
    """The white space at the end of a match; it is not sent."""
    return len(match[0]) - len(match[0].rstrip())


def _before_sign(text: str, end: int) -> int:
    """``end``, or where the sign begins that it would cut."""
    for place in range(end, max(end - _LONGEST_SIGN, 0), -1):
        if not _is_joined(text, place):
            return place
    return end


def _is_joined(text: str, place: int) -> bool:
    """Whether the code points before and after ``place`` are drawn as one."""
    before, after = text[place - 1], text[place]
    if after == _JOINER or before == _JOINER or (before == "\r" and after == "\n"):
        return True
    number = ord(after)
    if 0x1F3FB <= number <= 0x1F3FF or 0xE0020 <= number <= 0xE007F:  # skin tones, tags of flags
        return True
    if unicodedata.category(after) in ("Mn", "Me", "Mc"):  # marks and variation selectors, the keycap among them
        return True
    if _is_region(after) and _is_region(before):
        # Flags are pairs of letters: the one before is the first of a pair when an even number stands before it.
        first = place - 1
        while first > 0 and place - first < _LONGEST_SIGN and _is_region(text[first - 1]):
            first -= 1
        return (place - first) % 2 == 1
    return False


def _is_region(sign: str) -> bool:
    return "\U0001f1e6" <= sign <= "\U0001f1ff"
