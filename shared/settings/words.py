"""How the words of categories and priorities match what a customer wrote.

The rule, the same for words and text:

- Upper and lower case are the same, and letters count without their marks: ``Zażółć`` is ``zazolc``, ``č`` and ``ć``
  are ``c``, ``ł`` is ``l``, ``đ`` is ``d``; many people write without them.
- Words are runs of letters and digits; punctuation and white space only separate them (``doesn't`` is two words).
- A word matches at the beginning of words: ``reklamacj`` matches ``reklamacja`` and ``Reklamację``, so one entry covers
  the endings of Polish and Croatian. It never matches inside a word: ``rata`` doesn't match ``karata``.
- A phrase matches when its words follow each other: all but the last as whole words, the last as a beginning. ``*``
  at the end of a word lets that word have an ending too: ``faktur* koryguj`` matches ``faktura korygująca``.
- ``$`` at the end lets the last word have no ending: ``račun$`` doesn't match ``računalo``.
- What stands inside a longer match doesn't count: in ``not urgent`` there is no ``urgent`` when both are configured.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress, count
from typing import NamedTuple

_LETTERS: dict[int, str | None] = {ord(k): v for k, v in zip("łđøæœı", ("l", "d", "o", "ae", "oe", "i"), strict=True)}
_LETTERS |= dict.fromkeys(range(0x300, 0x370))
_KEY = 4
_REMEMBERED = 20_000  # words whose phrases are kept; then begun anew, so that nobody can fill the memory
_WORD = re.compile(r"\w+")
_APART = {code: " " for code in range(128) if not re.match(r"\w", chr(code))}


def fold(text: str) -> str:
    """``text`` as it is compared: without case and marks. Not of the same length as ``text``."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One configured phrase: its folded words, which of them may have an ending, its rule, and how it was written."""

    words: tuple[str, ...]
    open_ended: tuple[bool, ...]
    rule: str
    written: str

    def starts_with(self, word: str) -> bool:
        """Whether ``word`` may be the first of the phrase."""
        return word == self.words[0] or (self.open_ended[0] and word.startswith(self.words[0]))

    def begins(self, text: list[str], at: int) -> bool:
        """Whether the phrase stands in the text's words from ``at`` on."""
        if at + len(self.words) > len(text):
            return False
        for place, word in enumerate(self.words, start=at):
            if text[place] != word and not (self.open_ended[place - at] and text[place].startswith(word)):
                return False
        return True


def phrase(written: str, rule: str = "") -> Phrase | None:
    """The phrase that ``written`` means; null when there is no letter or digit in it."""
    words: list[str] = []
    open_ended: list[bool] = []
    for part in fold(written).split():
        pieces = _WORD.findall(part)
        words += pieces
        open_ended += [part.endswith("*") and piece is pieces[-1] for piece in pieces]
    if not words:
        return None
    open_ended[-1] = not written.rstrip().endswith("$")
    return Phrase(tuple(words), tuple(open_ended), rule, written)


class Candidates(NamedTuple):
    """The phrases that may begin with a word: those of that word alone, which is all there is to them; and, by the first letter of the
    next word, longer ones."""

    alone: list[Phrase]
    longer: dict[str, list[Phrase]]


@lru_cache(maxsize=8)
def _words(text: str) -> tuple[list[str], frozenset[str]]:
    """The folded words of a text, in order and as a set, with an empty one at the end, so that each has one after it. The last few
    texts are kept: several sets of phrases are looked for in each."""
    folded = fold(text)
    # Without their marks nearly all texts are ASCII, where this takes a fifth of the pattern's time.
    words = folded.translate(_APART).split() if folded.isascii() else _WORD.findall(folded)
    return [*words, ""], frozenset(words)


@dataclass(frozen=True)
class Words:
    """The phrases of several rules, looked for together: one dictionary look-up per word of a text, however many
    phrases there are. ``starts`` has them by the first four letters of their first word (or all, when it is shorter)."""

    starts: dict[str, list[Phrase]]
    # Of the words that were met, those that begin a phrase, and the others: the words of many mails are mostly the same.
    _known: dict[str, Candidates] = field(default_factory=dict, repr=False, compare=False)
    _idle: set[str] = field(default_factory=set, repr=False, compare=False)

    def _hot(self, distinct: frozenset[str]) -> dict[str, Candidates]:
        """Those of the words that may begin a phrase, with what they may begin."""
        hot: dict[str, Candidates] = {}
        for word in distinct - self._idle:
            candidates = self._known.get(word) or self._candidates(word)
            if any(candidates):
                hot[word] = candidates
        return hot

    def _candidates(self, word: str) -> Candidates:
        """The phrases that may begin with ``word``, remembered."""
        found = [
            candidate
            for length in range(1, min(len(word), _KEY) + 1)
            for candidate in self.starts.get(word[:length], ())
            if candidate.starts_with(word)
        ]
        alone = [each for each in found if len(each.words) == 1]
        longer: dict[str, list[Phrase]] = {}
        for candidate in found:
            if len(candidate.words) > 1:
                longer.setdefault(candidate.words[1][:1], []).append(candidate)
        if len(self._known) + len(self._idle) >= _REMEMBERED:
            self._known.clear()
            self._idle.clear()
        made = Candidates(alone, longer)
        if found:
            self._known[word] = made
        else:
            self._idle.add(word)
        return made

    @classmethod
    def of(cls, rules: Iterable[tuple[str, Iterable[str]]]) -> "Words":
        """From pairs of a rule's name and its words and phrases."""
        starts: dict[str, list[Phrase]] = {}
        for rule, phrases in rules:
            for written in dict.fromkeys(phrases):
                if made := phrase(written, rule):
                    starts.setdefault(made.words[0][:_KEY], []).append(made)
        return cls(starts)

    def find(self, text: str, most: int = 4000) -> dict[str, list[str]]:
        """The phrases found in the first ``most`` characters, by rule, each once, in the order of the text."""
        words, distinct = _words(text[:most])
        hot = self._hot(distinct)
        if not hot:
            return {}
        matches: list[tuple[int, int, Phrase]] = []
        for at in compress(count(), map(hot.__contains__, words)):
            alone, longer = hot[words[at]]
            if alone:
                matches += [(at, at + 1, each) for each in alone]
            if meant := longer.get(words[at + 1][:1]):
                matches += [(at, at + len(each.words), each) for each in meant if each.begins(words, at)]
        found: dict[str, list[str]] = {}
        covered, last = 0, (0, 0)
        for start, end, candidate in sorted(matches, key=lambda match: (match[0], -match[1])):
            if end > covered or (start, end) == last:
                covered, last = end, (start, end)
                phrases = found.setdefault(candidate.rule, [])
                if candidate.written not in phrases:
                    phrases.append(candidate.written)
        return found
