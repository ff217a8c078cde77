"""``[[rule]]``: what follows by itself from what happens to a ticket. How conditions are compared is in `shared.ruling`."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from shared.messages.parts import Channel, Kind, Status
from shared.settings.base import Section
from shared.settings.policy import Conditions, Level, Some
from shared.settings.quantities import OptionalDuration, split_commas

On = Literal["opened", "message", "replied", "status", "changed", "timer"]
"""What may make a rule run: a ticket is opened; its customer writes in it; an agent answers; it has another status; its category,
priority, kind, team, agent or tags are others; or its conditions have held for a time."""

Importance = Level
"""How important a customer is, in the words of priorities."""

NONE = "none"
"""Written for no value at all."""
MOST_PER_DAY = 10


def compiled(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The patterns as they are. Raises `ValueError` for one that is no regular expression."""
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
    return patterns


class RuleConditions(Conditions):
    """The conditions of a rule: each stated key must match one of its values. ``contact`` is one of the customer's addresses or numbers or
    a domain, ``sender`` an address or number, ``domain`` that of an address. ``words`` (matched as a category's are) and ``patterns`` stand
    in the messages that came or went just now, without one in the ticket's subject and problem. ``assignee`` are agents' addresses,
    ``none`` (nobody) or ``any``; ``team``, too, may be ``none``. ``reopened``: the ticket is open again for so many times or more.
    ``hours``: whether it is inside or outside the working hours that ``hours_of`` names (empty: the first ones). ``importance`` is the
    customer's, as in ``[[customer]]``."""

    domain: Some = ()
    sender: Some = ()
    channel: Annotated[tuple[Channel, ...], BeforeValidator(split_commas)] = ()
    status: Annotated[tuple[Status, ...], BeforeValidator(split_commas)] = ()
    language: Some = ()
    tags: Some = ()
    words: Some = ()
    patterns: Some = ()
    assignee: Some = ()
    kind: Annotated[tuple[Kind, ...], BeforeValidator(split_commas)] = ()
    reopened: Annotated[int, Field(ge=1)] | None = None
    hours: Literal["inside", "outside"] | None = None
    hours_of: str = ""
    importance: Annotated[tuple[Importance, ...], BeforeValidator(split_commas)] = ()

    _patterns = field_validator("patterns")(compiled)


class Deeds(Section):
    """What a rule or a macro does; what isn't stated stays. ``assignee`` is an agent's address or ``none``; ``team`` may be ``none``, too.
    ``note`` is an internal note; ``notify`` are agents' addresses and teams who get a mail. ``escalate`` is to whom the ticket is raised:
    a team, an agent, or ``lead``. ``ask``: the customer is asked for the details that the category needs. ``snooze`` is for how long.
    ``webhook`` names one that is told, whatever events it has."""

    priority: Level | None = None
    category: str = ""
    kind: Kind | None = None
    team: str = ""
    assignee: str = ""
    status: Literal["open", "pending", "on_hold", "solved", "closed", "spam"] | None = None
    tags: Some = ()
    untag: Some = ()
    note: Annotated[str, Field(max_length=10_000)] = ""
    notify: Annotated[Some, Field(max_length=50)] = ()
    escalate: str = ""
    ask: bool = False
    snooze: OptionalDuration = None
    webhook: str = ""

    @model_validator(mode="after")
    def _one_status(self) -> "Deeds":
        wanted = [name for name in ("status", "ask", "snooze") if getattr(self, name)]
        if len(wanted) > 1:
            raise ValueError(f"{' and '.join(wanted)} would each give the ticket another status; state one of them")
        return self


class RuleActions(Deeds):
    """What a rule does. ``macro`` names one whose text the customer gets, in their language, and whose own actions are done."""

    macro: str = ""


class Rule(Section):
    """``if`` the conditions hold ``on`` one of these events, ``then`` do this. ``on = "timer"``: when they have held for ``after``.
    Rules are looked at in their order, each once per event; ``stop`` ends it, also where nothing else is done. A rule runs at most
    ``most_per_day`` times a day for a ticket."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    on: Annotated[tuple[On, ...], BeforeValidator(split_commas), Field(min_length=1)] = ("opened",)
    after: OptionalDuration = None
    conditions: RuleConditions = Field(RuleConditions(), alias="if")
    actions: RuleActions = Field(RuleActions(), alias="then")
    stop: bool = False
    most_per_day: Annotated[int, Field(ge=1, le=1_000)] = MOST_PER_DAY

    @model_validator(mode="after")
    def _timed(self) -> "Rule":
        if ("timer" in self.on) != (self.after is not None):
            raise ValueError('on = "timer" and after = "2h" belong together')
        if self.after is not None and self.after < timedelta(seconds=1):
            raise ValueError("after: at least a second")
        return self


class Customer(Section):
    """Customers who are known beforehand: by addresses, numbers, or domains of addresses. ``importance``: their tickets have at least this
    priority; with a ``[matrix]`` it is the impact."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    addresses: Some = ()
    domains: Some = ()
    importance: Importance = "normal"

    @model_validator(mode="after")
    def _somebody(self) -> "Customer":
        if not self.addresses and not self.domains:
            raise ValueError("is nobody; state addresses or domains")
        return self


class Matrix(Section):
    """The priority of a new ticket by impact (a row) and urgency (a key in it). Urgency is what the message's words or the category's
    priority say; impact is the customer's importance or what the category says, whichever is more. A form's fields ``urgency`` and
    ``impact`` say so directly. What is not stated stays what the urgency is."""

    low: dict[Level, Level] = Field(default_factory=dict)
    normal: dict[Level, Level] = Field(default_factory=dict)
    high: dict[Level, Level] = Field(default_factory=dict)
    urgent: dict[Level, Level] = Field(default_factory=dict)

    @property
    def stated(self) -> bool:
        """Whether there is anything in it."""
        return any((self.low, self.normal, self.high, self.urgent))
