"""How alike two tickets are: which words of a text are looked for, how much each counts, and what of another ticket may be shown. Pure.

There are no lists of common words, which every language and every company would need its own of: how often a word occurs in the database
says how little it tells. Words are compared by their beginnings, since Polish and Croatian put many endings to one word.

The weight of a word is the inverse document frequency of BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, 3.2).
"""

import math
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

TERMS = 16
"""So many words of a text are looked for."""
OF_SUBJECT = 6
"""So many of them are the subject's at most."""
READ = 5_000
"""Characters of a text that are looked at."""
LEAST = 0.15
"""The score below which tickets are not alike."""
HIDDEN = "…"

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 40
_SHORTEST = 4
_WHOLE = 5  # a beginning of a word has as many letters at least
_ENDING = 2
_CODE = (
    4  # plain digits are an error's or a model's number up to here, beyond it an order's, which only its customer has
)
_NAMING = re.compile(r"\S{1,64}@\S{1,255}|(?:https?://|www\.)\S{1,500}|(?<!\w)\+?\d(?:[\s()./-]{0,3}\d){6,30}(?!\w)")
_LETTERS = str.maketrans("łđøß", "ldos")


@dataclass(frozen=True, slots=True)
class Term:
    """A word that is looked for. ``word`` is how it is looked up, in lower case; with ``open`` other endings count, too. ``folded`` is what
    it is compared by, ``shown`` how it was written."""

    word: str
    folded: str
    shown: str
    open: bool


def fold(word: str) -> str:
    """A word without marks on its letters, in lower case."""
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFKD", word.casefold()).translate(_LETTERS)
    return "".join(each for each in apart if not unicodedata.combining(each))


def words(text: str) -> list[str]:
    """The words of a text, without addresses and numbers of people."""
    return _WORD.findall(_NAMING.sub(" ", unicodedata.normalize("NFC", text[:READ])))


def terms(subject: str, text: str, names: Iterable[str] = ()) -> list[Term]:
    """What is looked for: at most `TERMS` words, those that probably tell most: of the subject, then codes, then long words. Words of
    ``names`` are left out: another ticket of somebody with that name need not be like this one."""
    known = {fold(word) for name in names for word in words(name)}
    found: dict[str, Term] = {}
    for some, most in ((_promising(subject), OF_SUBJECT), (_promising(text), TERMS)):
        for word in some:
            if len(found) >= most:
                break
            term = _term(word)
            if fold(word) not in known and not any(_same(term, other) for other in found.values()):
                found[term.folded] = term
    return list(found.values())


def _promising(text: str) -> list[str]:
    kept = [word for word in dict.fromkeys(words(text)) if _tells(word)]
    return sorted(kept, key=lambda word: (word.isalpha(), -len(word)))


def _tells(word: str) -> bool:
    if len(word) > _LONGEST:
        return False
    if word.isdecimal():
        return 3 <= len(word) <= _CODE
    return len(word) >= (_SHORTEST if word.isalpha() else 2)


def _term(word: str) -> Term:
    if not word.isalpha() or len(word) < _WHOLE:
        return Term(word.lower(), fold(word), word, open=False)
    kept = word[: max(_WHOLE, len(word) - _ENDING)]
    return Term(kept.lower(), fold(kept), word, open=True)


def _same(one: Term, other: Term) -> bool:
    if not (one.open and other.open):
        return one.folded == other.folded
    return one.folded.startswith(other.folded) or other.folded.startswith(one.folded)


def weight(documents: float, occurs: float) -> float:
    """How much a word counts that ``occurs`` in so many of the ``documents``: next to nothing for one that is everywhere."""
    occurs = min(occurs, documents)
    return math.log1p((documents - occurs + 0.5) / (occurs + 0.5))


def occurrences(places: Sequence[int], most: int, newest: int) -> float:
    """In how many documents a word occurs, of which the ``places`` (row ids, newest first) of at most ``most`` were looked up: if there may
    be more, it is taken to be as frequent before as among the newest."""
    if len(places) < most:
        return float(len(places))
    return most * newest / max(newest - places[-1] + 1, 1)


def common(looked_for: Iterable[Term], texts: Iterable[str]) -> set[Term]:
    """Those of the words that stand in one of the texts."""
    there = sorted({fold(word) for text in texts for word in words(text)})
    found = set()
    for term in looked_for:
        place = bisect_left(there, term.folded)
        if place < len(there) and (there[place].startswith(term.folded) if term.open else there[place] == term.folded):
            found.add(term)
    return found


def score(shared: Collection[Term], weights: Mapping[Term, float]) -> float:
    """How much of all that is looked for is there, from 0 to 1. One word alone tells nothing, unless hardly more was asked for."""
    whole = sum(weights.values())
    if not whole or (len(shared) < 2 and len(weights) > 2):
        return 0.0
    return sum(weights[each] for each in shared) / whole


def shown(text: str, names: Iterable[str], most: int) -> str:
    """The beginning of a text on one line, without what names its customer: words of their ``names`` in any of their endings, addresses,
    links, and numbers as long as telephones'."""
    clean = _NAMING.sub(HIDDEN, " ".join(unicodedata.normalize("NFC", text[:READ]).split()))
    known = [fold(word) for name in names for word in _WORD.findall(name) if len(word) > 2]
    begins = [word if len(word) < _WHOLE else word[: max(_SHORTEST, len(word) - _ENDING)] for word in known]

    def hidden(found: re.Match[str]) -> str:
        folded = fold(found[0])
        inflected = found[0][0].isupper() and any(folded.startswith(each) for each in begins)
        return HIDDEN if inflected or folded in known else found[0]

    clean = _WORD.sub(hidden, clean) if known else clean
    return clean if len(clean) <= most else f"{clean[: most - 1].rstrip()}…"
