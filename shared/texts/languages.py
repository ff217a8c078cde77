"""The languages the catalogue is written in, and which of them a customer is addressed in."""

from collections.abc import Sequence

LANGUAGES = ("en", "pl", "hr")
"""Every language of the catalogue. Adding one means adding all its texts."""

OWN_NAMES = {"en": "English", "pl": "polski", "hr": "hrvatski"}
"""What those who speak a language call it: so it is found also by who reads no other."""

CONFIDENT = 0.6
"""Below this confidence (0 to 1) a detected language is not believed."""

_READ_AS = {"sr": "hr", "bs": "hr", "sh": "hr", "cnr": "hr"}


def pick_language(
    detected: str | None,
    confidence: float,
    configured: Sequence[str],
    known: str | None = None,
    *,
    latin: bool = True,
    threshold: float = CONFIDENT,
) -> str:
    """The language to write to a customer in: one of ``configured``, whose first is the default.

    ``known``, the contact's own language, outranks what was ``detected`` in the message (a code such as ``pl`` or
    ``pl-PL``; null when nothing was) with ``confidence`` from 0 to 1. Serbian, Bosnian and Montenegrin in Latin
    script (``latin``) are answered in Croatian, which short texts can't be told from.
    """
    chosen = _among(known, configured, latin=True)
    if chosen is None and confidence >= threshold:
        chosen = _among(detected, configured, latin=latin)
    return chosen or configured[0]


def _among(language: str | None, configured: Sequence[str], *, latin: bool) -> str | None:
    code = (language or "").replace("_", "-").partition("-")[0].lower()
    if code in configured:
        return code
    alias = _READ_AS.get(code) if latin else None
    return alias if alias in configured else None


def agents_language(spoken: Sequence[str], configured: Sequence[str]) -> str:
    """The language to write to an agent in: the first that the catalogue has of theirs, else of those that are ``configured``."""
    return next(each for each in (*spoken, *configured, *LANGUAGES) if each in LANGUAGES)
