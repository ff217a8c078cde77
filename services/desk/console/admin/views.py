"""What the administration's pages show, worked out: the configuration as it is written, a week of working hours, customers' texts with
example values, and what entries of the audit log say. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from shared.daysoff import UnknownCountry, days_off
from shared.messages.life import AWAY
from shared.phones import Segments, count_segments
from shared.settings.quantities import parse_duration
from shared.settings.rules import Rule
from shared.settings.targets import Hours
from shared.texts import text
from shared.texts.catalogue import CATALOGUE
from shared.texts.lookup import variables_of

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES: Final = 24 * 60

# -- the configuration --------------------------------------------------------------------------------------------------------


def written(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A table of the configuration, key by key as the file would have them, without what is empty or switched off; keys of tables within
    it are joined by dots."""
    return [pair for key, value in entry.items() if key != "name" for pair in _written(key, value)]


def _written(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if value in (None, "", False) or value == [] or value == {}:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _written(f"{key}.{name}" if name else key, inner)
    elif isinstance(value, list) and all(isinstance(each, dict) for each in value):
        for place, inner in enumerate(value, 1):
            yield from _written(f"{key}.{place}", inner)
    elif isinstance(value, list):
        yield key, ", ".join(map(str, value))
    else:
        yield key, "true" if value is True else str(value)


def as_written(rule: Rule) -> str:
    """A rule's keys as TOML, to be tried and changed."""
    tree = rule.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"name"})
    return "".join(f"{key} = {toml(value)}\n" for key, value in tree.items())


def toml(value: Any) -> str:
    """A value as the file would have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {toml(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(toml(each) for each in value)}]"
    if isinstance(value, int | float):
        return str(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


# -- hours --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stretch:
    """Open from ``start`` to ``end``, in minutes of the day, as it is written (``09:00-17:00``)."""

    start: int
    end: int
    words: str

    @property
    def left(self) -> float:
        """Where its bar begins, in hundredths of the day."""
        return round(100 * self.start / MINUTES, 2)

    @property
    def width(self) -> float:
        """How long its bar is, in hundredths of the day."""
        return round(100 * (self.end - self.start) / MINUTES, 2)


def week(hours: Hours) -> list[tuple[str, list[Stretch]]]:
    """Monday to Sunday, each with when it is open."""
    return [(day, [_stretch(str(span)) for span in hours.week.get(day, ())]) for day in DAYS]


def _stretch(words: str) -> Stretch:
    start, _, end = words.partition("-")
    return Stretch(_minutes(start), _minutes(end), words)


def _minutes(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute or 0)


def closed(hours: Hours, today: date, most: int = 12) -> list[date]:
    """The next days on which it is closed though the week says otherwise, at most so many, within a year."""
    given = hours.holidays
    if isinstance(given, str):
        try:
            found = {day for year in (today.year, today.year + 1) for day in days_off(given, year)} if given else set()
        except UnknownCountry:
            found = set()
    else:
        found = {day if isinstance(day, date) else date.fromisoformat(str(day)) for day in given}
    open_on = {place for place, day in enumerate(DAYS) if hours.week.get(day)}  # type: ignore[call-overload]
    return sorted(day for day in found if today <= day and day.weekday() in open_on and (day - today).days < 366)[:most]


# -- customers' texts ---------------------------------------------------------------------------------------------------------

Channel = Literal["email", "sms", "whatsapp", "telegram", "chat"]
CHANNELS: Final[tuple[Channel, ...]] = ("email", "sms", "whatsapp", "telegram", "chat")
_TO_CUSTOMERS: Final = ("acknowledgement", "notice", "asking", "after", "first_steps", "portal.code")
_ENDINGS: Final = (".body", ".short")


@dataclass(frozen=True)
class Preview:
    """A text as a customer gets it. ``subject`` of a mail; ``segments`` of an SMS, else null."""

    subject: str
    words: str
    segments: Segments | None = None


def templates() -> list[str]:
    """The names of all texts that go to customers by themselves, without what says for which channel they are."""
    found = (key.removesuffix(end) for key in CATALOGUE for end in _ENDINGS if key.endswith(end))
    return list(dict.fromkeys(name for name in found if name.startswith(_TO_CUSTOMERS)))


def preview(name: str, language: str, channel: Channel, values: Mapping[str, str]) -> Preview | None:
    """A text with ``values``; null: it is not sent on this channel."""
    mail = channel == "email"
    key = next((f"{name}{end}" for end in (_ENDINGS if mail else _ENDINGS[1:]) if f"{name}{end}" in CATALOGUE), None)
    if key is None:
        return None
    given = _filled(key, language, values)
    words = text(key, language, **given).strip()
    if not mail:
        return Preview("", words, count_segments(words) if channel == "sms" else None)
    subject = f"{name}.subject" if f"{name}.subject" in CATALOGUE else "subject"
    return Preview(text(subject, language, **_filled(subject, language, values)).strip(), words)


def _filled(key: str, language: str, values: Mapping[str, str]) -> dict[str, str]:
    """A value for each variable: the examples', else its name, so that nothing is hidden."""
    entry = CATALOGUE[key]
    return {name: values.get(name, f"‹{name}›") for name in variables_of(entry.get(language) or entry["en"])}


# -- the audit log ------------------------------------------------------------------------------------------------------------

_LONGEST: Final = 120
_FOREVER: Final = AWAY.date().isoformat()


def told(data: Mapping[str, Any], known: Mapping[str, str]) -> str:
    """What an entry says, key by key; agents by their names (``known`` by id), changes with what was and what is now."""
    said = []
    for key, value in data.items():
        if key == "changes" and isinstance(value, dict):
            said += [f"{name}: {_change(change, known)}" for name, change in value.items()]
        elif value not in (None, "", [], {}) and not (key == "fields" and "changes" in data):
            said.append(f"{key}: {_told(value, known)}")
    return "; ".join(said)


def _change(change: Any, known: Mapping[str, str]) -> str:
    if isinstance(change, list) and len(change) == 2:
        return f"{_told(change[0], known)} → {_told(change[1], known)}"
    return _told(change, known)


def _told(value: Any, known: Mapping[str, str]) -> str:
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, dict):
        return _cut(", ".join(f"{key} {_told(inner, known)}" for key, inner in value.items()))
    if isinstance(value, list):
        return _cut(", ".join(_told(each, known) for each in value))
    # Whoever is away until they say otherwise is so until the end of time.
    return "∞" if str(value).startswith(_FOREVER) else _cut(known.get(str(value), str(value)))


def actor(who: str, known: Mapping[str, str]) -> str:
    """Who did it, by name where it is an agent's."""
    kind, _, rest = who.partition(":")
    return known.get(rest, rest) if kind == "agent" else who


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def minutes_of(written: Any) -> int | None:
    """A duration as it is kept, in whole minutes; null for what is none."""
    try:
        return max(1, int(parse_duration(written).total_seconds() // 60))
    except ValueError:
        return None


def languages_of(words: str) -> list[str]:
    """Language codes between commas and blanks."""
    return list(dict.fromkeys(each.lower() for each in words.replace(",", " ").split()))
