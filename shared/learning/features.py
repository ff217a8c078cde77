"""From a text to what a model weighs: its terms, and the units of each.

A *term* is a word or a pair of words that follow each other; each counts once, however often it is written. The *units* of a word are the
word itself and the runs of 2 to 4 characters in it, its borders included, so that ``fakturę``, ``faktury`` and ``faktura`` have most of
theirs in common; a pair is its only unit. Units are told apart by a hash of 32 bits: a model holds no word that anybody wrote.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from zlib import crc32

from shared.learning.words import split
from shared.settings.words import fold

MOST_TEXT = 20_000
"""Characters of a text that are looked at."""
MOST_WORDS = 150
"""Words of a message that are looked at, those of its subject first."""
_MOST_SUBJECT = 40
_SHORTEST, _LONGEST = 2, 4
_REMEMBERED = 20_000


class Term(NamedTuple):
    """A word or a pair, as it is shown (no two terms are shown alike), and the hashes of its units."""

    shown: str
    units: tuple[int, ...]


def terms(subject: str, text: str) -> tuple[Term, ...]:
    """The different terms of a message, in the order of their first appearance: at most twice `MOST_WORDS`."""
    first = list(islice(split(subject[:MOST_TEXT]), _MOST_SUBJECT))
    then = list(islice(split(text[:MOST_TEXT]), MOST_WORDS - len(first)))
    found: dict[str, Term] = {}
    for words in (first, then):
        folded = [fold(word) for word in words]
        for term in (*map(_word, folded), *map(_pair, folded, folded[1:]), *_shouted(words)):
            found.setdefault(term.shown, term)
    return tuple(found.values())


@lru_cache(_REMEMBERED)  # the words of many messages are mostly the same
def _word(word: str) -> Term:
    units = [_hash(word, _WORDS)]
    if word[:1].isalpha():
        # Two bytes for each character, so that its runs are slices.
        bordered = f"<{word}>".encode("utf-16-le", "replace")
        units += [
            crc32(bordered[start : start + length], _RUNS)
            for length in range(2 * _SHORTEST, 2 * _LONGEST + 1, 2)
            for start in range(0, len(bordered) - length + 1, 2)
        ]
    return Term(word, tuple(units))


def _pair(word: str, following: str) -> Term:
    shown = f"{word} {following}"
    return Term(shown, (_hash(shown, _PAIRS),))


def _hash(text: str, kind: int) -> int:
    return crc32(text.encode("utf-8", "replace"), kind)


# What a hash begins with, so that the word "ab" is another unit than the run "ab".
_WORDS, _RUNS, _PAIRS = crc32(b"word"), crc32(b"run"), crc32(b"pair")
_SHOUTING = Term("CAPITALS", (crc32(b"capitals"),))


def _shouted(words: Iterable[str]) -> list[Term]:
    return [_SHOUTING] if any(len(word) >= 4 and word.isupper() for word in words) else []
