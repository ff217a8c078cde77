"""Times as agents write them: "2h", "3d", "tomorrow 9:00", "monday", "jutro o 9", "do piątku", "sutra u 17.30", "2026-03-05 14:00".

Pure and bounded. What can be read in two ways is not read at all: whoever wrote it is told how to write it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from shared.speech.grammar import folded

MORNING: Final = time(9)
_MOST_WORDS: Final = 12


def _all(words: str, value: str) -> dict[str, str]:
    return dict.fromkeys(words.split(), value)


_FILLERS = frozenset(
    _all("until untill till til to by at on in the do w we na u za o od godz next przyszly przyszla sljedeci iduci", "")
)
_UNITS: Final[dict[str, str]] = {
    **_all("m min mins minute minutes minuta minuty minut minuta minute minutu", "minutes"),
    **_all("h hr hrs hour hours g godz godzina godziny godzin godzine sat sata sati", "hours"),
    **_all("d day days dzien dni dan dana", "days"),
    **_all("w week weeks tydzien tygodnie tygodni tyg tjedan tjedna tjedana", "weeks"),
}
_DAYS: Final[dict[str, int]] = {
    **dict.fromkeys(("today", "dzis", "dzisiaj", "danas"), 0),
    **dict.fromkeys(("tomorrow", "tmrw", "jutro", "jutra", "sutra"), 1),
    **dict.fromkeys(("pojutrze", "prekosutra"), 2),
}
_WEEKDAYS: Final[dict[str, int]] = {
    name: place
    for place, names in enumerate(
        (
            "monday mon poniedzialek poniedzialku pon ponedjeljak ponedjeljka",
            "tuesday tue tues wtorek wtorku wt utorak utorka uto",
            "wednesday wed sroda srody srode sr srijeda srijede srijedu sri",
            "thursday thu thur thurs czwartek czwartku czw cetvrtak cetvrtka cet",
            "friday fri piatek piatku pt petak petka pet",
            "saturday sobota soboty sobote sob subota subote subotu sub",
            "sunday sun niedziela niedzieli niedziele ndz nedjelja nedjelje nedjelju ned",
        )
    )
    for name in names.split()
}
_MONTHS: Final[dict[str, int]] = {
    name: place
    for place, names in enumerate(
        (
            "january jan stycznia sty sijecnja sij",
            "february feb lutego lut veljace velj",
            "march mar marca ozujka ozu",
            "april apr kwietnia kwi travnja tra",
            "may maja maj svibnja svi",
            "june jun czerwca cze lipnja",
            "july jul lipca srpnja srp",
            "august aug sierpnia sie kolovoza kol",
            "september sep sept wrzesnia wrz rujna ruj",
            "october oct pazdziernika paz",
            "november nov studenoga studenog stu",
            "december dec grudnia gru prosinca pro",
        ),
        1,
    )
    for name in names.split()
}
_LISTOPADA: Final = {"pl": 11, "hr": 10}
"""The same word is November in Polish and October in Croatian."""
_PARTS: Final[dict[str, time]] = {
    **dict.fromkeys(("morning", "rano", "ujutro"), MORNING),
    **dict.fromkeys(("noon", "poludnie", "poludnia", "podne"), time(12)),
    **dict.fromkeys(("afternoon", "popoludnie", "popoludniu", "popodne"), time(14)),
    **dict.fromkeys(("evening", "wieczorem", "wieczor", "navecer"), time(18)),
}
_SPAN = re.compile(r"(\d{1,4})([a-z]{1,4})", re.ASCII)
_SPANS = re.compile(r"(?:\d{1,4}[a-z]{1,4}){1,4}", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})[:.](\d\d)(am|pm)?", re.ASCII)
_HOUR = re.compile(r"(\d{1,2})(am|pm)?", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\dt\d\d:\d\d(?::\d\d)?(?:\.\d{1,6})?(?:z|[+-]\d\d:?\d\d)?", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)", re.ASCII)
_DOTTED_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})(?:\.|\.(\d{4})\.?)", re.ASCII)
_NUMBER = re.compile(r"(\d{1,4})\.?", re.ASCII)


class _Unclear(Exception):
    """That is no time."""


@dataclass
class _Found:
    """What the words have said so far, on the clock and calendar of whoever says it."""

    today: date
    language: str
    day: date | None = None
    weekday: bool = False
    clock: time | None = None
    days: int | None = None
    span: timedelta | None = None
    at: datetime | None = None

    def say_day(self, day: date, *, weekday: bool = False) -> None:
        if self.day is not None:
            raise _Unclear
        self.day, self.weekday = day, weekday

    def say_time(self, at: time) -> None:
        if self.clock is not None:
            raise _Unclear
        self.clock = at


def moment_of(
    words: str, now: datetime, zone: tzinfo, language: str = "en", default: time = MORNING
) -> datetime | None:
    """The moment that ``words`` mean, in UTC, to somebody in ``zone`` who speaks ``language``. A day alone means ``default`` on it; a
    day of the week the next one, a time alone the next such time. Null for what is no time, or may be two."""
    tokens = [folded(each).strip(",;!") for each in words.split()[: _MOST_WORDS + 1]]
    tokens = [each for each in tokens if each]
    if not tokens or len(tokens) > _MOST_WORDS:
        return None
    local = now.astimezone(zone)
    found = _Found(local.date(), language)
    try:
        place = 0
        while place < len(tokens):
            place += _take(tokens, place, found)
        return _moment(found, local, zone, default).astimezone(UTC)
    except (_Unclear, ValueError, OverflowError):
        return None


def _take(tokens: list[str], place: int, found: _Found) -> int:
    """Understand what stands at ``place``; gives how many words that were. Raises `_Unclear`."""
    word = tokens[place]
    following = tokens[place + 1] if place + 1 < len(tokens) else ""
    if word == "w" or word in _FILLERS:
        if word in ("next", "przyszly", "sljedeci", "iduci") and _UNITS.get(following) == "weeks":
            found.say_day(found.today + timedelta(days=7 - found.today.weekday()))
            return 2
        if word in ("na", "do") or following:
            return 1
        raise _Unclear
    if _ISO.fullmatch(word):
        if found.at is not None:
            raise _Unclear
        found.at = datetime.fromisoformat(word.upper())
        return 1
    if word in _DAYS:
        found.say_day(found.today + timedelta(days=_DAYS[word]))
        return 1
    if word in _PARTS:
        found.say_time(_PARTS[word])
        return 1
    weekday = _WEEKDAYS.get(word)
    # "sat" is Saturday, and in Croatian an hour.
    if weekday is None and word == "sat" and (place == 0 or tokens[place - 1] != "za"):
        weekday = 5
    if weekday is not None:
        ahead = (weekday - found.today.weekday()) % 7
        found.say_day(found.today + timedelta(days=ahead), weekday=True)
        return 1
    return _take_figures(tokens, place, found)


def _take_figures(tokens: list[str], place: int, found: _Found) -> int:
    word = tokens[place]
    following = tokens[place + 1] if place + 1 < len(tokens) else ""
    number = _NUMBER.fullmatch(word)
    if number is not None:
        if _UNITS.get(following):
            _add(found, int(number[1]), _UNITS[following])
            return 2
        if (month := _month(following, found)) is not None:
            return 2 + _say_date(found, int(number[1]), month, tokens, place + 2)
    if (month := _month(word, found)) is not None and (day := _NUMBER.fullmatch(following)) is not None:
        return 2 + _say_date(found, int(day[1]), month, tokens, place + 2)
    if _UNITS.get(word) and found.span is None and found.days is None:
        _add(found, 1, _UNITS[word])  # "za godzinę", "in a week"
        return 1
    if word in ("a", "an") and _UNITS.get(following):
        return 1
    if (iso := _ISO_DAY.fullmatch(word)) is not None:
        found.say_day(date(int(iso[1]), int(iso[2]), int(iso[3])))
        return 1
    if (dotted := _DOTTED_DAY.fullmatch(word)) is not None:
        _say_day_of(found, int(dotted[1]), int(dotted[2]), int(dotted[3]) if dotted[3] else None)
        return 1
    if (clock := _CLOCK.fullmatch(word)) is not None:
        if "." in word and found.day is None and 1 <= int(clock[2]) <= 12 and len(tokens) == 1:
            raise _Unclear  # the tenth of May, or ten past five
        found.say_time(_time(int(clock[1]), int(clock[2]), clock[3] or _half(following)))
        return 2 if clock[3] is None and _half(following) else 1
    if _SPANS.fullmatch(word) and all(unit in _UNITS for _, unit in _SPAN.findall(word)):
        for many, unit in _SPAN.findall(word):
            _add(found, int(many), _UNITS[unit])
        return 1
    hour = _HOUR.fullmatch(word)
    said = tokens[place - 1] in ("at", "o", "u", "godz") if place else False
    if hour is not None and (hour[2] or _half(following) or found.day is not None or said):
        found.say_time(_time(int(hour[1]), 0, hour[2] or _half(following)))
        return 2 if hour[2] is None and _half(following) else 1
    raise _Unclear


def _half(word: str) -> str | None:
    plain = word.replace(".", "")
    return plain if plain in ("am", "pm") else None


def _time(hour: int, minute: int, half: str | None) -> time:
    if half is not None:
        if not 1 <= hour <= 12:
            raise _Unclear
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute)


def _month(word: str, found: _Found) -> int | None:
    word = word.rstrip(".")
    return _LISTOPADA.get(found.language) if word == "listopada" else _MONTHS.get(word)


def _say_date(found: _Found, day: int, month: int, tokens: list[str], place: int) -> int:
    """A day with its month, perhaps with its year; gives how many words the year takes."""
    year = re.fullmatch(r"(\d{4})\.?", tokens[place]) if place < len(tokens) else None
    _say_day_of(found, day, month, int(year[1]) if year else None)
    return 1 if year else 0


def _say_day_of(found: _Found, day: int, month: int, year: int | None) -> None:
    """Without a year: the next such day."""
    wanted = date(year or found.today.year, month, day)
    if year is None and wanted < found.today:
        wanted = date(found.today.year + 1, month, day)
    found.say_day(wanted)


def _add(found: _Found, many: int, unit: str) -> None:
    if unit in ("days", "weeks"):
        found.days = (found.days or 0) + many * (7 if unit == "weeks" else 1)
    else:
        found.span = (found.span or timedelta()) + timedelta(**{unit: many})


def _moment(found: _Found, local: datetime, zone: tzinfo, default: time) -> datetime:
    """The moment. Days are counted on the calendar, hours on the clock. Raises `_Unclear`."""
    if found.at is not None:
        if found.day or found.clock or found.days is not None or found.span:
            raise _Unclear
        return found.at if found.at.tzinfo is not None else found.at.replace(tzinfo=zone)
    if found.days is not None or found.span is not None:
        if found.day is not None or (found.clock is not None and (found.span is not None or found.days is None)):
            raise _Unclear
        day = local.date() + timedelta(days=found.days or 0)
        at = datetime.combine(day, found.clock or local.time(), zone)
        return at.astimezone(UTC) + (found.span or timedelta())
    if found.day is None and found.clock is None:
        raise _Unclear
    day, clock = found.day or found.today, found.clock or default
    at = datetime.combine(day, clock, zone)
    if found.weekday and day == found.today and (found.clock is None or at <= local):
        at = datetime.combine(day + timedelta(days=7), clock, zone)
    elif found.day is None and at <= local:
        at = datetime.combine(day + timedelta(days=1), clock, zone)
    return at
