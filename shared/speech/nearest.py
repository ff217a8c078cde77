"""What somebody probably meant by a word that nobody knows: the known one that a few slips of a finger are away.

A slip is a letter too many, too few, or another one, or two that changed places (optimal string alignment, as in Damerau, "A technique
for computer detection and correction of spelling errors", 1964). Bounded: long words are nothing that was mistyped.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from shared.speech.grammar import BY_WORD, folded

_LONGEST = 24
_MOST_KNOWN = 2_000
_MOST_COMPARED = 300


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of ``known`` that ``word`` probably is: a few slips away, else the only one that begins with it. Null: none, or long."""
    wanted = folded(word)
    if not 0 < len(wanted) <= _LONGEST:
        return None
    names = {folded(name): name for name in islice(known, _MOST_KNOWN)}
    alike = (name for name in names if abs(len(name) - len(wanted)) <= _allowed(min(len(wanted), len(name))))
    near = [
        (far, name)
        for name in islice(alike, _MOST_COMPARED)
        if (far := slips(wanted, name)) <= _allowed(min(len(wanted), len(name)))
    ]
    if near:
        return names[min(near)[1]]
    begun = [name for name in names if name.startswith(wanted)]
    return names[begun[0]] if len(begun) == 1 else None


@lru_cache(maxsize=4096)
def mistyped(word: str) -> str | None:
    """The command of which ``word`` (folded) is a slip away; two in a long one. Null: it is a word of its own. Its cost does not grow with
    how many commands there are: only those are looked at that share what is left of both when letters are left out."""
    if not 4 <= len(word) <= _LONGEST:
        return None
    candidates = {name for left in _left(word, 2) for name in _LEFT.get(left, ())}
    near = [
        (far, name) for name in candidates if (far := slips(word, name)) <= (2 if min(len(word), len(name)) > 6 else 1)
    ]
    return BY_WORD[min(near)[1]].name if near else None


def slips(one: str, other: str) -> int:
    """How many slips are between two words."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                least = min(least, older[j - 2] + 1)
            row.append(least)
    return row[-1]


def _allowed(length: int) -> int:
    return 0 if length < 3 else 1 if length < 5 else 2


def _left(word: str, most: int) -> Iterator[str]:
    """The word, and what is left of it when up to ``most`` letters are left out."""
    found = {word}
    yield word
    for _ in range(most):
        found = {each[:place] + each[place + 1 :] for each in found for place in range(len(each))}
        yield from found


def _index() -> dict[str, set[str]]:
    index: dict[str, set[str]] = {}
    for name in BY_WORD:
        if len(name) >= 4:
            for left in _left(name, 2):
                index.setdefault(left, set()).add(name)
    return index


_LEFT = _index()
