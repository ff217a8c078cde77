"""Moments as people read them: "Monday, 2 March, 10:00 CET", and "by" them, to stand after "we will answer you"."""

import math
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_STEP: Final = 5
"""Minutes that a promise is rounded up to: nobody means 16:58."""

# The day of the week, in Polish and Croatian in the accusative that "w" and "u" want; the month in the genitive.
_DAYS: Final[dict[str, tuple[str, ...]]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "pl": ("w poniedziałek", "we wtorek", "w środę", "w czwartek", "w piątek", "w sobotę", "w niedzielę"),
    "hr": ("ponedjeljak", "utorak", "srijedu", "četvrtak", "petak", "subotu", "nedjelju"),
}
_MONTHS: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    "pl": (
        *("stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca"),
        *("lipca", "sierpnia", "września", "października", "listopada", "grudnia"),
    ),
    "hr": (
        *("siječnja", "veljače", "ožujka", "travnja", "svibnja", "lipnja"),
        *("srpnja", "kolovoza", "rujna", "listopada", "studenoga", "prosinca"),
    ),
}
_BY: Final = {
    "en": "by {day}, {number} {month}, {time}",
    "pl": "najpóźniej {day} {number} {month} do godz. {time}",
    "hr": "najkasnije u {day}, {number}. {month} do {time}",
}


_FROM: Final = {
    "en": "on {day}, {number} {month}, at {time}",
    "pl": "{day} {number} {month} o godz. {time}",
    "hr": "u {day}, {number}. {month} u {time}",
}


def by_when(language: str, at: datetime, timezone: str) -> str:
    """By when an answer is promised, to stand after "we will answer you": ``by Monday, 2 March, 10:00 CET``.

    The time is shown on the clock of ``timezone`` and rounded up to five minutes: nothing is promised sooner than it is meant. Raises
    `ValueError` for a language without texts.
    """
    return _said(_BY, language, at, timezone)


def from_when(language: str, at: datetime, timezone: str) -> str:
    """When somebody is there again, to stand after "we are here again": ``on Monday, 2 March, at 08:00 CET``. Otherwise as `by_when`."""
    return _said(_FROM, language, at, timezone)


def _said(forms: dict[str, str], language: str, at: datetime, timezone: str) -> str:
    if language not in forms:
        raise ValueError(f"no texts in {language!r}")
    late = timedelta(minutes=_STEP * math.ceil((at.minute * 60 + at.second + at.microsecond / 1e6) / (_STEP * 60)))
    local = (at.replace(minute=0, second=0, microsecond=0) + late).astimezone(zone_of(timezone))
    return forms[language].format(
        day=_DAYS[language][local.weekday()],
        number=local.day,
        month=_MONTHS[language][local.month - 1],
        time=f"{local:%H:%M} {local.tzname()}",
    )


_AT: Final = {
    "en": "{number} {month} {year}, {time}",
    "pl": "{number} {month} {year}, {time}",
    "hr": "{number}. {month} {year}., {time}",
}


def at_moment(language: str, at: datetime, timezone: str) -> str:
    """When something was, to the minute: ``2 March 2026, 10:00 CET``. Raises `ValueError` for a language without texts."""
    if language not in _AT:
        raise ValueError(f"no texts in {language!r}")
    local = at.astimezone(zone_of(timezone))
    return _AT[language].format(
        number=local.day,
        month=_MONTHS[language][local.month - 1],
        year=local.year,
        time=f"{local:%H:%M} {local.tzname()}",
    )


def moment(at: datetime, timezone: str) -> str:
    """A moment in figures only, which read alike in every language: ``2026-03-02 10:00 CET``."""
    local = at.astimezone(zone_of(timezone))
    return f"{local:%Y-%m-%d %H:%M} {local.tzname()}"


def zone_of(name: str | None) -> tzinfo:
    """The zone of that name; UTC where there is none."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
