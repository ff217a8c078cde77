"""Words apart: names of several words stand in quotation marks, as they are typed in English, Polish and Croatian."""

import re

_CLOSING = {'"': '"', "“": "”", "„": '”“"', "”": "”", "«": "»", "»": "«"}
_WORD = re.compile(r"\S+")
_GROUPS = re.compile(r"\+?\d[\d ().-]{4,24}\d(?=\s|$)", re.ASCII)
_WHOLE = 9
"""A number with so many digits in its first group is not written in groups."""
_SEPARATOR = re.compile(r"[\s,;]*")


def first_word(words: str) -> tuple[str, str]:
    """The first word, or what stands in quotation marks, and what follows it. Quotation marks that are never closed are letters."""
    rest = words.lstrip()
    closing = _CLOSING.get(rest[:1])
    if closing is not None:
        line = rest.partition("\n")[0]
        end = min((place for mark in closing if (place := line.find(mark, 1)) > 0), default=-1)
        if end > 0:
            return rest[1:end].strip(), rest[end + 1 :].lstrip(" \t,;")
    found = _WORD.match(rest)
    return (found[0], rest[found.end() :].lstrip(" \t")) if found else ("", "")


def addressee(words: str) -> tuple[str, str]:
    """Whom something goes to, and what follows: a name or an address, or a telephone number, which may be written in groups."""
    to, rest = first_word(words)
    number = _GROUPS.match(words.lstrip())
    if number is not None and sum(each.isdigit() for each in to) < _WHOLE:
        return number[0].strip(), words.lstrip()[number.end() :].lstrip(" \t,;:")
    return to.rstrip(",;:"), rest


def channel_and_addressee(words: str) -> tuple[str, str, str]:
    """A channel (empty, where an address or a number stands in its place), whom something goes to, and what follows."""
    first, rest = first_word(words)
    if "@" in first or first[:1] == "+" or first[:1].isdigit():
        return ("", *addressee(words))
    return (first.rstrip(",;:"), *addressee(rest))


def words_of(words: str, most: int = 200) -> list[str]:
    """All words, quoted ones whole, without commas between them; at most so many, and the rest as one."""
    found: list[str] = []
    rest = words.strip()
    while rest and len(found) < most:
        signed = rest[0] in "+-" and rest[1:2] in _CLOSING
        sign, rest = (rest[0], rest[1:]) if signed else ("", rest)
        word, rest = first_word(rest)
        rest = rest[_SEPARATOR.match(rest).end() :]  # type: ignore[union-attr]
        if word := sign + word.strip(",;"):
            found.append(word)
    return [*found, rest] if rest else found


def unquoted(words: str) -> str:
    """A name that may be all in quotation marks."""
    name, rest = first_word(words)
    return name if not rest.strip() else words.strip()
