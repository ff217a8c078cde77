"""A fingerprint of what a text says, so that the same automatic answer is known again when its headers say nothing. Pure.

Two texts have one fingerprint where they differ only in case, blanks, punctuation, quotes, or in what machines fill
in: numbers, dates, times, addresses, links, ids. Names of persons stay: an answer to somebody else is another one.
"""

import re
import unicodedata
from hashlib import sha256

_CONSIDERED = 20_000
"""Characters that are looked at; a difference further down does not count."""

_LINK = re.compile(r"(?:https?://|www\.)\S{1,2000}", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>@]{1,128}@[^\s<>@]{1,255}")
# Words of dates, which change from one answer to the next: names of days and months as the languages served write them.
_DATE_WORDS = frozenset(
    [
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "am",
        "pm",
        "utc",
        "gmt",
        "cet",
        "cest",
        "poniedziałek",
        "wtorek",
        "środa",
        "czwartek",
        "piątek",
        "sobota",
        "niedziela",
        "pon",
        "wt",
        "śr",
        "czw",
        "pt",
        "sob",
        "niedz",
        "styczeń",
        "stycznia",
        "luty",
        "lutego",
        "marzec",
        "marca",
        "kwiecień",
        "kwietnia",
        "maj",
        "maja",
        "czerwiec",
        "czerwca",
        "lipiec",
        "lipca",
        "sierpień",
        "sierpnia",
        "wrzesień",
        "września",
        "październik",
        "października",
        "listopad",
        "listopada",
        "grudzień",
        "grudnia",
        "ponedjeljak",
        "utorak",
        "srijeda",
        "četvrtak",
        "petak",
        "subota",
        "nedjelja",
        "uto",
        "sri",
        "čet",
        "pet",
        "sub",
        "ned",
        "siječanj",
        "siječnja",
        "veljača",
        "veljače",
        "ožujak",
        "ožujka",
        "travanj",
        "travnja",
        "svibanj",
        "svibnja",
        "lipanj",
        "lipnja",
        "srpanj",
        "srpnja",
        "kolovoz",
        "kolovoza",
        "rujan",
        "rujna",
        "listopad",
        "studeni",
        "studenoga",
        "prosinac",
        "prosinca",
    ]
)
_WORD = re.compile(r"[^\W\d_]+")
# An id or a number: digits among the letters. Everything else that is no letter separates words.
_MIXED = re.compile(r"\b(?=\w{0,64}\d)[\w-]{1,128}\b")


def _words(folded: str) -> list[str]:
    """Every word but those in links, addresses and ids. Most are letters and perhaps a full stop; only the others, which are looked at
    one by one because none of the patterns matches a blank, are worth the patterns: every mail is read this way."""
    found: list[str] = []
    for token in folded.split():
        bare = token if token.isalpha() else token.rstrip(".,;:!?")
        if bare.isalpha():
            found.append(bare)
        elif bare:
            for pattern in (_LINK, _ADDRESS, _MIXED):
                token = pattern.sub(" ", token)
            found += _WORD.findall(token)
    return found


def fingerprint(text: str) -> str:
    """32 hexadecimal characters for what `text` says; "" where it has no words, so that nothing is like anything.

    Linear in the first 20,000 characters. Equal texts under NFKC, case folding and the removal of quoted lines,
    links, addresses, ids, numbers and words of dates have equal fingerprints.
    """
    lines = [line for line in text[:_CONSIDERED].split("\n") if not line.lstrip().startswith(">")]
    folded = unicodedata.normalize("NFKC", " ".join(lines)).casefold()
    words = [word for word in _words(folded) if word not in _DATE_WORDS]
    return sha256(" ".join(words).encode("utf-8", "replace")).hexdigest()[:32] if words else ""
