"""Answers in few words to what we asked: is it solved, how satisfied are you? Pure; whether something was asked is for others to say.

Only a message that says nothing else is an answer: a bare digit or word. A "no" may be followed by more, which is a message then; a "yes"
that goes on may well say "but".
"""

import re
from dataclasses import dataclass
from typing import Final

from shared.messages.inbound import Inbound
from shared.settings.words import fold

LONGEST: Final = 300
"""Characters of a message that may be the words to a score."""
_LONGEST_WORD: Final = 60

# As `fold` leaves them: without case and marks.
_YES = r"1|y|yes|yep|yeah|yup|ok|okay|solved|it is|tak|t|zalatwione|rozwiazane|zgadza sie|da|d|je|jest|rijeseno|jeste"
_NO = r"2|n|no|nope|not solved|not yet|it is not|nie|jeszcze nie|niezalatwione|ne|nije|nije rijeseno|jos ne|jos nije"
_THANKS = (
    r"(?:,? ?(?:thanks?|thank you|thx|very much|a lot|so much|dziekuje|dziekujemy|dzieki|bardzo|serdecznie|hvala|puno|lijepo|vam|"
    r"all|is|it|good|fine|works?|working|now|dziala|juz|wszystko|dobrze|w porzadku|radi|sada|sve|u redu)){0,6}"
)
_ANSWER = re.compile(rf"[\W_]*(?:(?P<yes>(?:{_YES}){_THANKS})|(?P<no>{_NO}))[\W_]*")
_SCORE = re.compile(r"[\W_]*([1-5])(?: ?(?:/|z|of|out of|od) ?5)?[\W_]*")
_REFUSAL = re.compile(rf"[\W_]*(?:{_NO})\s*[,.;:!\n–-]")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Answer:
    """What a message may answer: ``solved`` to whether it is, ``score`` to how satisfied they are, ``words`` what they have to say about
    it. ``refuses``: it begins with a "no", and goes on."""

    solved: bool | None = None
    score: int | None = None
    words: str = ""
    refuses: bool = False


def read(message: Inbound) -> Answer | None:
    """What a message may answer; null where it can only be a message."""
    if (
        message.automatic
        or message.bounce
        or message.imported
        or message.silent
        or message.attachments
        or message.edits
    ):
        return None
    written = message.reply_text or message.text
    if len(written) > 2 * LONGEST or not written.strip():
        return None
    written = written.strip()
    folded = _SPACES.sub(" ", fold(written[:LONGEST])).strip()
    short = len(folded) <= _LONGEST_WORD
    found = _ANSWER.fullmatch(folded) if short else None
    score = _SCORE.fullmatch(folded) if short else None
    words = written if len(written) <= LONGEST and "?" not in written else ""
    return Answer(
        solved=None if found is None else found["yes"] is not None,
        score=int(score[1]) if score else None,
        words=words,
        refuses=_REFUSAL.match(folded) is not None,
    )
