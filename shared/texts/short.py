"""The words of what is sent by itself on channels other than mail: the catalogue's short texts, filled in.

SMS gets them without diacritics. One letter outside the GSM 7-bit alphabet (3GPP TS 23.038, 6.2.1) makes a segment hold 70 characters
instead of 160, so "odpowiemy w ciągu 8 godzin" would cost two messages instead of one, and every reader reads "w ciagu" as well. What
an agent writes is never touched.
"""

import unicodedata
from collections.abc import Mapping, Sequence

from shared.messages.outbound import Outbound
from shared.texts.catalogue import CATALOGUE
from shared.texts.durations import expected
from shared.texts.lookup import text

_SPANS = {"expected_seconds": "expected", "closing_seconds": "closing"}
_NAMED = ("email", "chat")
"""Where the reader sees who wrote."""
# Letters that do not come apart into a base and a mark, and signs for which the alphabet has a plain one.
_PLAIN = str.maketrans(
    {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "“": '"', "”": '"', "„": '"', "’": "'", "–": "-", "—": "-", "…": "..."}
)


def short_words(outbound: Outbound, company: str, default_language: str) -> str:
    """What ``outbound`` says on its channel: the text somebody wrote, or the catalogue's ``<template>.short`` filled in (its ``.body``
    where there is no short one); below it its postscripts.

    ``ticket`` and ``company`` are known here, ``<what>_seconds`` become words as ``<what>``, as in mail. Raises
    `shared.texts.UnknownText` and `MissingVariable`: then this code is older than the one that wrote the message.
    """
    words = outbound.text
    if outbound.template is not None:
        own = [f"{outbound.template}.{name}" for name in ("short", "body")]
        words = _filled(own, outbound.variables, outbound, company, default_language)
    elif outbound.signed and outbound.author and words.strip() and outbound.channel not in _NAMED:
        words = f"{words.rstrip()}\n- {outbound.author}"
    for each in outbound.postscripts:
        known = [f"{each.template}.{name}" for name in ("ps", "postscript", "short", "body")]
        words = f"{words}\n\n{_filled(known, each.variables, outbound, company, default_language)}".lstrip("\n")
    return words


def choices(outbound: Outbound, default_language: str) -> str:
    """The buttons of ``outbound`` where nothing can be pressed: a list of numbers to answer with; empty where there are none, or the
    numbers speak for themselves."""
    labels = [button.label.strip() for button in outbound.buttons]
    numbers = [str(place) for place in range(1, len(labels) + 1)]
    if not labels or labels == numbers:
        return ""
    intro = text("ask.number", outbound.language, default=default_language)
    listed = "\n".join([intro, *(f"{number} = {label}" for number, label in zip(numbers, labels, strict=True))])
    return plain(listed) if outbound.channel == "sms" else listed


def _filled(
    known: Sequence[str], given: Mapping[str, object], outbound: Outbound, company: str, default_language: str
) -> str:
    """The first of these texts that there is, filled in."""
    language = outbound.language
    variables: dict[str, object] = {"company": company, "subject": outbound.subject, **given}
    for key, name in _SPANS.items():
        seconds = variables.pop(key, None)
        variables.setdefault(name, _span(language, default_language, seconds))
    variables["ticket"] = f"T-{outbound.ticket_number}"
    key = next((each for each in known if each in CATALOGUE), known[-1])
    words = text(key, language, default=default_language, **variables).strip()
    return plain(words) if outbound.channel == "sms" else words


def plain(words: str) -> str:
    """``words`` without diacritics and typographic signs, where they have a plain form; other letters stay."""
    apart = unicodedata.normalize("NFD", words.translate(_PLAIN))
    return unicodedata.normalize("NFC", "".join(each for each in apart if not unicodedata.combining(each)))


def _span(language: str, default_language: str, seconds: object) -> str:
    number = float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else None
    try:
        return expected(language, number)
    except ValueError:  # no texts in that language: the catalogue falls back on the default, and so does this
        return expected(default_language, number)
