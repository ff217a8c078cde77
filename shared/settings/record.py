"""``[record]`` and ``[register]``: who is warned of what falls due, and what a ticket's line in the register says."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, field_validator

from shared.settings.base import Section
from shared.settings.quantities import parse_duration, show_duration, split_commas

_SHARE = re.compile(r"(\d{1,2}(?:\.\d+)?)\s*%", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ahead:
    """How long before something is due: a span of time, or a ``share`` (above 0, below 1) of the time there was for it."""

    span: timedelta = timedelta(0)
    share: float = 0.0

    def before(self, begun: datetime, due: datetime) -> datetime:
        """When to warn of what was begun then and is due then: never in the first half of the time."""
        whole = max(due - begun, timedelta(0))
        return due - min(whole * self.share if self.share else self.span, whole / 2)

    def __str__(self) -> str:
        return f"{self.share * 100:g}%" if self.share else show_duration(self.span)


def parse_ahead(value: object) -> Ahead:
    """``"4h"``, or ``"20%"`` of the time. Raises `ValueError` for anything else."""
    if isinstance(value, Ahead):
        return value
    found = _SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is not None and 0 < float(found[1]) < 100:
        return Ahead(share=round(float(found[1]) / 100, 6))
    try:
        return Ahead(span=parse_duration(value))
    except ValueError as error:
        raise ValueError(f'{error}, or a share of the time such as "20%"') from None


WarnAhead = Annotated[Ahead, PlainValidator(parse_ahead), PlainSerializer(str)]


class Record(Section):
    """What is told of a ticket's record. ``warn_before``: so long before a promise, a task or a preventive action is due, whoever has
    the ticket is warned. ``warn``: whether anybody is; what happened stands in the audit trail in any case."""

    warn_before: WarnAhead = Ahead(span=timedelta(hours=4))
    warn: bool = True


Column = Literal[
    "number",
    "received_at",
    "received_via",
    "received_by",
    "customer",
    "contact",
    "subject",
    "product",
    "kind",
    "category",
    "priority",
    "status",
    "problem",
    "details",
    "impact",
    "evidence",
    "promises",
    "department",
    "assignee",
    "hand_overs",
    "actions",
    "tasks",
    "contacts",
    "enquiries",
    "solution",
    "solved_at",
    "solved_by",
    "tested",
    "tested_by",
    "root_cause",
    "preventive_action",
    "preventive_owner",
    "preventive_due",
    "preventive_verified",
    "closed_at",
    "confirmed_at",
    "satisfied",
    "satisfaction",
]
"""What the register can say of a ticket, in its own order."""

COLUMNS: tuple[Column, ...] = get_args(Column)


def _chosen(value: Any) -> Any:
    return split_commas(value) or COLUMNS


class Register(Section):
    """The customer ticket tracking register. ``columns``: which, in which order; empty: all. ``separator`` stands between the cells of
    a CSV file; spreadsheet programs of some countries expect a semicolon."""

    columns: Annotated[tuple[Column, ...], BeforeValidator(_chosen)] = COLUMNS
    separator: Literal[",", ";", "\t"] = ","

    @field_validator("columns")
    @classmethod
    def _each_once(cls, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        twice = next((name for place, name in enumerate(columns) if name in columns[:place]), None)
        if twice is not None:
            raise ValueError(f"{twice!r} stands there twice")
        return columns
