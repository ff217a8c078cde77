"""A long text in pieces that a provider takes: at the end of a paragraph where that is not far, else of a sentence, a word, a character.
Pure."""

import re
import unicodedata

_ENDS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"[.!?…]['\")\]”’]*\s+"), re.compile(r"\s+"))
_JOINERS = "\u200d\ufe0e\ufe0f\u20e3"


def units(text: str) -> int:
    """Its length in UTF-16 units: what providers count at most."""
    return len(text) + sum(char > "\uffff" for char in text)


def split(text: str, limit: int) -> list[str]:
    """``text`` in pieces of at most ``limit`` UTF-16 units, none empty, with the white space between them left out. Nothing else is."""
    pieces: list[str] = []
    rest = text.strip()
    while units(rest) > limit:
        end = _end(rest, _reach(rest, limit))
        pieces.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*pieces, rest] if rest else pieces


def _reach(text: str, limit: int) -> int:
    """How many characters fit."""
    end = taken = 0
    for end, char in enumerate(text):
        taken += 2 if char > "\uffff" else 1
        if taken > limit:
            return end
    return end + 1


def _end(text: str, reach: int) -> int:
    """Where to cut at most: never in the first half for the sake of a nice end."""
    for pattern in _ENDS:
        # One more: white space right behind what fits is a good end too.
        ends = [found.end() for found in pattern.finditer(text[: reach + 1]) if found.end() - 1 > reach // 2]
        if ends:
            return min(ends[-1], reach) if text[ends[-1] - 1].isspace() else ends[-1]
    return _whole(text, reach)


def _whole(text: str, reach: int) -> int:
    """Before a character that belongs to the one before it: a mark, what is joined to it, a skin tone, the second half of a flag."""
    end = reach
    while end > reach // 2 and end > 1:
        char, before = text[end : end + 1], text[end - 1]
        if not char or not (
            unicodedata.combining(char)
            or char in _JOINERS
            or before == "\u200d"
            or "\U0001f3fb" <= char <= "\U0001f3ff"
            or "\U0001f1e6" <= char <= "\U0001f1ff"
        ):
            return end
        end -= 1
    return reach
