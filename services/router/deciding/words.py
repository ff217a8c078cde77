"""Finding the words of many rules in one message, by the rule that `shared.settings.words` states.

That module's expressions are tried one rule at a time; here one dictionary look-up per word of the text serves all
rules at once, however many words are configured.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from shared.settings.words import fold

_WORD = re.compile(r"\w+")
_MOST = 4000


@dataclass(frozen=True)
class Phrase:
    """One configured phrase: its folded words, which of them may have an ending, its rule, and how it was written."""

    words: tuple[str, ...]
    open_ended: tuple[bool, ...]
    rule: str
    written: str

    def begins(self, text: list[str], at: int) -> bool:
        """Whether the phrase stands in the text's words from ``at`` on."""
        if at + len(self.words) > len(text):
            return False
        return all(
            text[at + i].startswith(word) if self.open_ended[i] else text[at + i] == word
            for i, word in enumerate(self.words)
        )


@dataclass(frozen=True)
class Words:
    """The phrases of several rules by their first two letters."""

    starts: dict[str, list[Phrase]]

    @classmethod
    def of(cls, rules: Iterable[tuple[str, Iterable[str]]]) -> "Words":
        """From pairs of a rule's name and its words and phrases."""
        starts: dict[str, list[Phrase]] = {}
        for rule, phrases in rules:
            for written in dict.fromkeys(phrases):
                parts = [part for part in fold(written).split() if _WORD.search(part)]
                words = tuple("".join(_WORD.findall(part)) for part in parts)
                if words:
                    endings = tuple(part.endswith("*") or i == len(parts) - 1 for i, part in enumerate(parts))
                    starts.setdefault(words[0][:2], []).append(Phrase(words, endings, rule, written))
        return cls(starts)

    def find(self, text: str) -> dict[str, list[str]]:
        """The phrases found in the first 4,000 characters, by rule, each once, in the order of the text."""
        words = _WORD.findall(fold(text[:_MOST]))
        found: dict[str, list[str]] = {}
        for at, word in enumerate(words):
            for phrase in self.starts.get(word[:2], ()):
                if phrase.begins(words, at):
                    phrases = found.setdefault(phrase.rule, [])
                    if phrase.written not in phrases:
                        phrases.append(phrase.written)
        return found
