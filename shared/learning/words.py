"""Words as everything that learns sees them: the spam filter, and the classifier's features.

Keys of the spam filter's memory are made from these words, so what `split` gives for a text must not change without a reason that is
worth forgetting all that agents have taught.
"""

import re
from collections.abc import Iterator

_WORD = re.compile(r"[^\W\d_][\w'’-]{1,40}|\d[\d.,/:-]{0,40}|[£€$¥₹]|!{2,}", re.UNICODE)
# Scripts that leave no space between words: Thai, kana, Han, Hangul.
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
LONGEST = 30


def split(text: str) -> Iterator[str]:
    """The words of a text in their order, of at most `LONGEST` characters, lower-cased unless they are shouted (four capitals or more).
    A number is its count of digits, currency signs and ``!!`` are words, and text without spaces gives its pairs of characters."""
    for match in _WORD.finditer(text):
        word = match[0]
        if word[0].isdigit():
            # Which number it is says little, how long it is says much: 5 digits to text to, 11 to call.
            yield f"{min(sum(map(str.isdigit, word)), 12)} digits"
        elif _UNSPACED.match(word):
            yield from (word[i : i + 2] for i in range(max(1, len(word) - 1)))
        else:
            yield word.lower()[:LONGEST] if not word.isupper() or len(word) < 4 else word[:LONGEST]
