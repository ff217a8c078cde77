"""``[[sla]]`` and ``[[hours]]``: by when customers are answered, and which hours count."""

import datetime
import itertools
import re
import zoneinfo
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, field_validator

from shared.daysoff import check_country
from shared.settings.base import Section
from shared.settings.policy import Conditions, Level, Some
from shared.settings.quantities import Duration, OptionalDuration, split_commas

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_SPAN = re.compile(r"(\d\d?):(\d\d)\s*[-–]\s*(\d\d?):(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Working time of one day, in minutes since midnight; ``end`` (up to 1440) is not part of it."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.start // 60:02}:{self.start % 60:02}-{self.end // 60:02}:{self.end % 60:02}"


def parse_span(value: object) -> Span:
    """``"08:00-17:00"``, up to ``24:00``. Raises `ValueError` for anything else and for an end before the start."""
    if isinstance(value, Span):
        return value
    found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or int(found[2]) > 59 or int(found[4]) > 59:
        raise ValueError(f'{value!r} is no span of hours; write it like "08:00-17:00"')
    span = Span(int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4]))
    if not span.start < span.end <= 1440:
        raise ValueError(
            f"{value!r} must end after it starts, on the same day; past midnight write two, "
            'such as "22:00-24:00" and, for the next day, "00:00-06:00"'
        )
    return span


def _holidays(value: Any) -> str | tuple[datetime.date, ...]:
    if isinstance(value, str) and re.fullmatch(r"(?:[A-Za-z]{2}(?:-[A-Za-z0-9]{1,3})?)?", value):
        if value:
            check_country(value.upper())
        return value.upper()
    if isinstance(value, list | tuple):
        try:
            return tuple(datetime.date.fromisoformat(str(day)) for day in value)
        except ValueError:
            pass
    raise ValueError('write a country such as "PL", or a list of dates such as ["2026-12-24"]')


SpanText = Annotated[Span, PlainValidator(parse_span), PlainSerializer(str)]
Holidays = Annotated[str | tuple[datetime.date, ...], PlainValidator(_holidays)]


class Hours(Section):
    """Working hours in a time zone. ``holidays``: a country or subdivision (ISO 3166) or dates; days off."""

    name: str = Field(min_length=1)
    timezone: str = "UTC"
    week: dict[Day, tuple[SpanText, ...]] = Field(default_factory=dict)
    holidays: Holidays = ""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f'{name!r} is no time zone; write it like "Europe/Warsaw"') from None
        return name

    @field_validator("week")
    @classmethod
    def _in_order(cls, week: dict[Day, tuple[Span, ...]]) -> dict[Day, tuple[Span, ...]]:
        for day, spans in week.items():
            for earlier, later in itertools.pairwise(spans):
                if later.start < earlier.end:
                    raise ValueError(f"{day}: {later} begins before {earlier} has ended")
        return week


class Targets(Section):
    """Times counted from the message (or, resolution, from the ticket's beginning); null: no such target."""

    first_response: OptionalDuration = None
    next_response: OptionalDuration = None
    resolution: OptionalDuration = None


_NONE = Targets()

PausingStatus = Literal["pending", "on_hold"]
SLA_PAUSES: tuple[PausingStatus, ...] = ("pending", "on_hold")


class SlaConditions(Conditions):
    """When an SLA applies. ``contact``: the customer's address, its domain, or another point of theirs; ``customer``: they are one of these
    ``[[customer]]``; ``tags``: the ticket has one."""

    customer: Some = ()
    tags: Some = ()


class Sla(Section):
    """Targets for the tickets that ``when`` describes; of several, the first that matches counts.

    ``by_priority`` has other targets for some priorities; what it leaves out is as in the table above it.
    ``hours`` names the ``[[hours]]`` that count (empty: around the clock); ``warn_at`` is the part of the time, from 0
    to 1, after which the agent is warned. While a ticket is in one of the statuses in ``pauses``, its clocks stand still.
    ``tell``: whether agents are written to when they are warned and when a target is missed.
    """

    name: str = Field(min_length=1)
    when: SlaConditions = SlaConditions()
    first_response: Duration
    next_response: OptionalDuration = None
    resolution: OptionalDuration = None
    by_priority: dict[Level, Targets] = Field(default_factory=dict)
    hours: str = ""
    warn_at: Annotated[float, Field(gt=0, le=1)] = 0.75
    pauses: Annotated[tuple[PausingStatus, ...], BeforeValidator(split_commas)] = SLA_PAUSES
    tell: bool = True

    def targets(self, priority: str) -> Targets:
        """The targets of a ticket with this priority."""
        own = next((targets for level, targets in self.by_priority.items() if level == priority), _NONE)
        return Targets(
            first_response=own.first_response or self.first_response,
            next_response=own.next_response or self.next_response,
            resolution=own.resolution or self.resolution,
        )
