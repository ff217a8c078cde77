"""Codes at the beginning of what was written on a telephone, and the words that confirm what is held. Pure.

A code is compared with all that could be meant, each in constant time: how long it takes tells nothing of how near a guess was.
"""

import hmac
import re
from dataclasses import dataclass

from services.router.deciding.policy import Policy
from shared.messages.agents import SpeakerFact, SpokenFact, ToldFact
from shared.secrets.shortcode import leading_code, short_code

_YES = frozenset({"yes", "y", "ok", "send", "tak", "wyslij", "wyślij", "da", "posalji", "pošalji"})
_NO = frozenset({"no", "n", "cancel", "drop", "nie", "anuluj", "ne", "odustani"})
_BARE = re.compile(r"[#/\s\"'„“”.,!:;-]+")
_COMMAND = re.compile(r"\s*[#/](\w+)\s+([A-Za-z2-7]{6})\s*", re.ASCII)
_LIKE_A_CODE = re.compile(r"[A-Z2-7]{6}", re.ASCII)


@dataclass(frozen=True)
class Meant:
    """What a code stands for, if for anything: a notification, or something that is held; and the words behind it."""

    told: ToldFact | None = None
    held: SpokenFact | None = None
    words: str = ""
    guessed: bool = False
    """There is something that was probably meant as a code, and is none."""

    @property
    def known(self) -> bool:
        """Whether there was a right code."""
        return self.told is not None or self.held is not None


def meant(words: str, speaker: SpeakerFact, policy: Policy) -> Meant:
    """What the code at the beginning of ``words`` stands for among what this agent was told and said; another's code is none."""
    found = leading_code(words)
    command = _COMMAND.fullmatch(words)
    if command and decision(command[1]):  # "#send CODE", as the grammar has it
        found = (command[2].upper(), command[1])
    if found is None:
        return Meant(words=words)
    given, rest = found
    held, told = None, None
    for each in speaker.held:
        if hmac.compare_digest(short_code(policy.keyring, each.spoken_id), given):
            held = held or each
    for one in speaker.told:
        # Where there is no code none is right: the comparison is made all the same.
        if hmac.compare_digest(one.code.upper().encode(), given.encode()) and one.code:
            told = told or one
    if held is not None or told is not None:
        return Meant(None if held else told, held, rest.strip())
    return Meant(words=words, guessed=_looks_like_one(words, given))


def _looks_like_one(words: str, given: str) -> bool:
    """Ordinary words have six letters, too: one with a figure among them, or in capitals as we write codes, is no word."""
    written = re.sub(r"[- ]", "", words.lstrip()[:7])[:6]
    return any(char.isdigit() for char in given) or bool(_LIKE_A_CODE.fullmatch(written))


def decision(words: str) -> str | None:
    """``yes`` or ``no``, where that is all that is said; null otherwise."""
    said = _BARE.sub("", words[:40]).casefold()
    if len(words) > 40 or not said:
        return None
    return "yes" if said in _YES else "no" if said in _NO else None
