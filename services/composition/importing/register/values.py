"""Reading single values of a register: times as people write them, and what words mean. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import get_args
from zoneinfo import ZoneInfo

from services.composition.importing.register.table import Cell, folded
from shared.messages.parts import Channel
from shared.texts import LANGUAGES, UnknownText, text
from shared.texts.register import channel_name

_TIME = r"(?:[ T,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?)?"
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\.?" + _TIME)
_ZONED = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?\s?(Z|[+-]\d\d:?\d\d)")
_DAY_FIRST = re.compile(r"(\d{1,2})([-.]) ?(\d{1,2})\2 ?(\d{4})\.?" + _TIME)
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})" + _TIME)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time; ``day_only``: just its day is known, and ``at`` is when it began."""

    at: datetime
    day_only: bool = False


def moment(cell: Cell, zone: ZoneInfo, formats: Sequence[str] = ()) -> Moment | None:
    """The time that a cell says; null for an empty one. ``formats``: as for `datetime.strptime`, tried first. Raises `ValueError` for
    what is none, and for what can mean two days."""
    if isinstance(cell, datetime):
        return _local(cell, zone, cell.time() == time())
    if isinstance(cell, date):
        return _local(datetime.combine(cell, time()), zone, True)
    written = cell.strip()
    if not written:
        return None
    for pattern in formats:
        try:
            found = datetime.strptime(written, pattern)
        except ValueError:
            continue
        if found.tzinfo is not None:
            return Moment(found.astimezone(UTC))
        return _local(found, zone, not any(each in pattern for each in ("%H", "%I", "%c", "%X")))
    return _recognised(written, zone)


def _recognised(written: str, zone: ZoneInfo) -> Moment:
    if _ZONED.fullmatch(written):
        return Moment(datetime.fromisoformat(written.replace(" Z", "Z")).astimezone(UTC))
    if found := _ISO.fullmatch(written):
        year, month, day, *clock = found.groups()
    elif found := _DAY_FIRST.fullmatch(written):
        day, _, month, year, *clock = found.groups()
    elif found := _SLASHES.fullmatch(written):
        day, month, year, *clock = found.groups()
        if int(month) > 12 >= int(day):
            day, month = month, day
        elif int(day) <= 12 and day != month:
            raise ValueError(f'{written!r} can be two days; say date_format = "%d/%m/%Y" or "%m/%d/%Y" in the map')
    else:
        raise ValueError(f'{written[:40]!r} is no date that is known; say date_format = "…" in the map')
    try:
        hour, minute, second = (int(each or 0) for each in clock)
        at = datetime(int(year), int(month), int(day), hour, minute, second)
    except ValueError:
        raise ValueError(f"{written!r} is no day or time that there is") from None
    return _local(at, zone, clock[0] is None)


def _local(at: datetime, zone: ZoneInfo, day_only: bool) -> Moment:
    if not 1970 <= at.year < 2200:
        raise ValueError(f"{at:%Y-%m-%d} is too long ago, or too far ahead")
    found = at.replace(tzinfo=zone).astimezone(UTC)
    if found.timestamp() < 0:
        raise ValueError(f"{at:%Y-%m-%d} is too long ago")
    return Moment(found, day_only)


Words = Mapping[str, str]


def choice(written: str, given: Words, known: Words, what: str) -> str:
    """What a word means: by the map, else as our own export and common usage have it. Raises `ValueError` for one that nobody knows."""
    word = folded(written)
    by_map = {folded(key): value for key, value in given.items()}
    found = by_map.get(word, known.get(word))
    if found is None:
        raise ValueError(f"{written[:40]!r} is no {what} that is known; say in the map what it means, under [{what}]")
    return found


def _every(prefix: str, names: Sequence[str], **also: str) -> dict[str, str]:
    """The words of the catalogue for these choices, in every language, and other ones."""
    found: dict[str, str] = {}
    for name in names:
        found[folded(name.replace("_", " "))] = found[name] = name
        for language in LANGUAGES:
            try:
                found[folded(text(f"{prefix}.{name}", language))] = name
            except UnknownText:
                continue
    for name, words in also.items():
        found |= {folded(word): name for word in words.split("|")}
    return found


STATUSES = _every(
    "register.status",
    ("new", "open", "pending", "on_hold", "solved", "closed", "spam"),
    closed="done|finished|completed|zamknięty|zamknięta|zamknięto|zakończone|zakończona|zatvoren|zatvorena|završeno|erledigt"
    "|geschlossen|abgeschlossen|scalone|spojeno|merged",
    solved="resolved|fixed|rozwiązany|rozwiązana|załatwione|riješen|riješena|gelöst",
    open="in progress|ongoing|otwarty|otwarta|w trakcie|w toku|otvoren|otvorena|u tijeku|u obradi|offen|in bearbeitung",
    pending="waiting|waiting for customer|oczekuje|čeka|wartend",
    on_hold="paused|wstrzymany|zawieszone",
)
PRIORITIES = _every(
    "priority",
    ("low", "normal", "high", "urgent"),
    low="niska|niskie|niska razina|niedrig",
    normal="medium|średni|średnia|normalna|srednji|mittel|standard",
    high="wysoka|wysokie|visoka|hoch",
    urgent="critical|pilne|pilna|hitno|hitna|dringend|kritisch",
)
KINDS = _every(
    "register.kind",
    ("question", "complaint", "suggestion", "order", "offer", "service"),
    complaint="skarga|žalba|reklamacija|beschwerde|reklamation",
    question="enquiry|inquiry|zapytanie|upit|frage|anfrage",
)
YES = {"yes": "yes", "no": "no"} | {
    **dict.fromkeys(("tak", "da", "ja", "y", "t", "true", "1", "x", "satisfied", "zadowolony", "zadovoljan"), "yes"),
    **dict.fromkeys(
        ("nie", "ne", "nein", "n", "f", "false", "0", "not satisfied", "niezadowolony", "nezadovoljan"), "no"
    ),
}


def channels() -> dict[str, Channel]:
    """What channels are called, in every language."""
    found: dict[str, Channel] = {}
    for name in get_args(Channel):
        found[name] = name
        for language in LANGUAGES:
            found[folded(channel_name(name, language))] = name
    return found


CHANNELS = channels()
