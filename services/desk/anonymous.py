"""Text of a ticket without what names people in it: for what is made of a ticket to be read by others. Pure.

Names go in any of their endings, addresses, links with somebody's part in them, telephone, account and order numbers, too. That is a first
cleaning, not a promise: whoever publishes something must have looked at it.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

HIDDEN: Final = "…"
_WORD = re.compile(r"[^\W\d_]+")
_NAMING = re.compile(
    r"[^\s<>()\[\]\"',;]{1,64}@[^\s<>()\[\]\"',;]{1,255}"  # addresses
    r"|(?:https?://|www\.)[^\s<>\"]{1,500}[?#=][^\s<>\"]{0,500}"  # links that say more than where
    r"|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"  # IBAN, ISO 13616
    r"|\b[Tt]-\d{1,9}\b|\[T-\d{1,9}\]"  # our own numbers
    r"|(?<!\w)\+?\d(?:[ ()./-]{0,3}\d){5,30}(?!\w)"  # telephones, accounts, cards
)
_CODE = re.compile(r"(?<![\w/-])[A-Za-z0-9]{1,30}(?:[-/][A-Za-z0-9]{1,30}){0,6}")
"""Codes of letters and digits: those of things (HP-2050) have few digits, those of orders and accounts many."""
_MANY: Final = 5
_LETTERS = str.maketrans("łŁđĐ", "lLdD")
_SHORTEST: Final = 3
_ENDING: Final = 2
_GROWS: Final = 3
"""Letters by which a name may be longer in another of its forms."""


def without_people(text: str, names: Iterable[str], most: int = 20_000) -> str:
    """The beginning of a text (``most`` characters) without people. ``names`` are theirs, as far as they are known; lines stay lines."""
    clean = _NAMING.sub(HIDDEN, unicodedata.normalize("NFC", text[:most]))
    clean = _CODE.sub(lambda found: HIDDEN if sum(map(str.isdigit, found[0])) >= _MANY else found[0], clean)
    words = {_folded(word) for name in names for word in _WORD.findall(name) if len(word) >= _SHORTEST}
    begins = {word[: max(_SHORTEST, len(word) - _ENDING)]: len(word) + _GROWS for word in sorted(words, key=len)}

    def hidden(found: re.Match[str]) -> str:
        folded = _folded(found[0])
        inflected = found[0][0].isupper() and any(
            len(folded) <= longest and folded.startswith(begin) for begin, longest in begins.items()
        )
        return HIDDEN if folded in words or inflected else found[0]

    clean = _WORD.sub(hidden, clean) if words else clean
    return re.sub(f"{HIDDEN}(?:[ ]?{HIDDEN}){{1,200}}", HIDDEN, clean).strip()


def _folded(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word.translate(_LETTERS).casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))
