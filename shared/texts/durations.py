"""Spans of time as customers read them: "within 8 hours", "w ciągu 8 godzin", "u roku od 8 sati"."""

import math
from typing import Literal

from shared.texts.plural import Form, plural_form

Unit = Literal["minute", "hour", "day", "working hour", "working day"]

_WITHIN = {"en": "within {span}", "pl": "w ciągu {span}", "hr": "u roku od {span}"}
_SOON = {"en": "as soon as possible", "pl": "najszybciej, jak to możliwe", "hr": "u najkraćem mogućem roku"}
_IN_WORKING_TIME = {
    "en": "{within} of our working time",
    "pl": "{within} w godzinach naszej pracy",
    "hr": "{within} našeg radnog vremena",
}

# After "within", "w ciągu" and "u roku od": the genitive in Polish and Croatian. The last form of a language also
# stands for the forms that aren't listed.
_NOUNS: dict[str, dict[Unit, dict[Form, str]]] = {
    "en": {
        "minute": {"one": "minute", "other": "minutes"},
        "hour": {"one": "hour", "other": "hours"},
        "day": {"one": "day", "other": "days"},
        "working hour": {"one": "working hour", "other": "working hours"},
        "working day": {"one": "working day", "other": "working days"},
    },
    "pl": {
        "minute": {"one": "minuty", "few": "minut", "many": "minut"},
        "hour": {"one": "godziny", "few": "godzin", "many": "godzin"},
        "day": {"one": "dnia", "few": "dni", "many": "dni"},
        "working hour": {"one": "godziny roboczej", "few": "godzin roboczych", "many": "godzin roboczych"},
        "working day": {"one": "dnia roboczego", "few": "dni roboczych", "many": "dni roboczych"},
    },
    "hr": {
        "minute": {"one": "minute", "few": "minute", "other": "minuta"},
        "hour": {"one": "sata", "few": "sata", "other": "sati"},
        "day": {"one": "dana", "few": "dana", "other": "dana"},
        "working hour": {"one": "radnog sata", "few": "radna sata", "other": "radnih sati"},
        "working day": {"one": "radnog dana", "few": "radna dana", "other": "radnih dana"},
    },
}


def expected(language: str, seconds: float | None, *, working: bool = False) -> str:
    """By when an answer is promised, to stand after "we will answer": ``within 8 hours``.

    ``seconds`` is the promised time (null: none, so ``as soon as possible``). It is rounded up, to minutes below an
    hour, to hours below two days (a whole day is ``1 day``), else to days: what is promised is never sooner than what
    was configured. ``working``: only working hours count. Raises `ValueError` for a language without texts.
    """
    if language not in _NOUNS:
        raise ValueError(f"no texts in {language!r}")
    if seconds is None:
        return _SOON[language]
    number, unit = _rounded(seconds)
    if not working:
        return _within(language, number, unit)
    if unit == "minute":
        return _IN_WORKING_TIME[language].format(within=_within(language, number, unit))
    return _within(language, number, "working day" if unit == "day" else "working hour")


def _rounded(seconds: float) -> tuple[int, Unit]:
    minutes = max(1, math.ceil(seconds / 60))
    if minutes < 60:
        return minutes, "minute"
    hours = math.ceil(minutes / 60)
    if hours < 48 and hours != 24:
        return hours, "hour"
    return math.ceil(hours / 24), "day"


def _within(language: str, number: int, unit: Unit) -> str:
    noun = _NOUNS[language][unit][plural_form(language, number)]
    return _WITHIN[language].format(span=f"{number} {noun}")
