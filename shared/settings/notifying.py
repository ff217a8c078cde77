"""How an agent is told of what happens: kept with the agent (``notify``), not in the configuration file; everybody chooses for themselves.

Durations and times of day are written as everywhere in the configuration (``"1h"``, ``"22:00"``).
"""

from datetime import time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from shared.messages.parts import Priority
from shared.settings.base import Section
from shared.settings.quantities import Duration

NewsKind = Literal[
    "opened", "assigned", "replied", "mentioned", "side", "noted", "watched", "requests", "promises", "sla", "escalated"
]
"""Kinds of news: those of ``[agents]``, and promises that are due or broken, targets in danger, and what was raised to them."""
AgentChannel = Literal["email", "telegram", "sms", "whatsapp"]
Channels = Annotated[tuple[AgentChannel, ...], Field(max_length=4)]


class Rule(Section):
    """Where news of these kinds, of tickets of these priorities, goes (none named: all). The first channel that works is taken; no channel
    at all: the agent is not told."""

    events: tuple[NewsKind, ...] = ()
    priorities: tuple[Priority, ...] = ()
    channels: Channels = ("email",)


class Quiet(Section):
    """Hours of the day, in the time ``zone``, in which the agent is told of nothing but of tickets with these priorities: what happens
    then is told together afterwards. ``start`` after ``end`` goes over midnight."""

    start: time
    end: time
    zone: str = "UTC"
    but: tuple[Priority, ...] = ("urgent",)

    @field_validator("zone")
    @classmethod
    def _zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"there is no time zone {zone!r}; write it like Europe/Warsaw") from None
        return zone


class Digest(Section):
    """News of these kinds is collected and told together, ``every`` so often, except of tickets with the priorities ``but``."""

    events: tuple[NewsKind, ...] = ("opened", "watched", "noted")
    every: Annotated[Duration, Field(ge=timedelta(minutes=5), le=timedelta(days=7))] = timedelta(hours=1)
    but: tuple[Priority, ...] = ("urgent",)


class Notifying(Section):
    """An agent's choice. The first of the ``rules`` that fits decides on the channels, else ``channels`` do, tried in this order."""

    channels: Channels = ("email",)
    rules: Annotated[tuple[Rule, ...], Field(max_length=50)] = ()
    quiet: Quiet | None = None
    digest: Digest | None = None
