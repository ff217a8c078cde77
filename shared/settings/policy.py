"""What tickets are sorted by: teams, categories, priorities and rules. Targets in time are in `shared.settings.targets`."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from shared.messages.parts import Channel, Kind, Priority, Status
from shared.settings.base import Name, Section
from shared.settings.inbox import Translations
from shared.settings.quantities import Names


def _medium(value: object) -> object:
    return "normal" if value == "medium" else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Level = Annotated[Priority, BeforeValidator(_medium)]
"""A priority; ``medium`` is another word for ``normal``."""

Some = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""One string or a list of them."""

Words = dict[str, Some]
"""Words and phrases per language code, matched by the rule of `shared.settings.words`."""

RecordField = Literal["problem", "impact", "solution", "root_cause", "preventive_action", "tested"]


class Team(Section):
    """A team and its members' addresses."""

    name: str = Field(min_length=1)
    members: Names = ()


class Category(Section):
    """What a ticket is about, and what follows from it.

    A category named like a built-in one keeps the built-in ``words``, ``kind`` and ``priority`` it doesn't state.
    ``words`` match case-insensitively, without diacritics, at the beginning of words, and phrases word by word
    (`shared.settings.words` has the whole rule); ``patterns`` are Python regular expressions searched in the text as
    written, ignoring case; ``senders`` are addresses, ``domains`` those of senders. ``require`` names the fields of
    the ticket that must be filled before it is closed. ``kind`` is the ticket's kind.
    """

    name: Name
    kind: Kind = "question"
    team: str = ""
    priority: Level | None = None
    words: Words = Field(default_factory=dict)
    patterns: Some = ()
    senders: Some = ()
    domains: Some = ()
    inboxes: Some = ()
    channels: tuple[Channel, ...] = ()
    ask_for: Some = ()
    first_steps: Translations = Field(default_factory=dict)
    require: tuple[RecordField, ...] = ()

    @field_validator("patterns")
    @classmethod
    def _compiles(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        return patterns


class PriorityWords(Section):
    """The words that make a message's priority, matched as a category's words are. All four levels always exist; one
    that isn't configured, or is configured without words, has the built-in words."""

    name: Level
    words: Words = Field(default_factory=dict)


class Conditions(Section):
    """When a rule or an SLA applies: each stated key must match one of its values; no key, always."""

    priority: Annotated[tuple[Level, ...], BeforeValidator(_listed)] = ()
    category: Some = ()
    team: Some = ()
    inbox: Some = ()
    contact: Some = ()


class RuleConditions(Conditions):
    """The conditions of a rule. ``domain`` and ``sender`` are the contact's; ``words`` stand in subject or text."""

    domain: Some = ()
    sender: Some = ()
    channel: Annotated[tuple[Channel, ...], BeforeValidator(_listed)] = ()
    status: Annotated[tuple[Status, ...], BeforeValidator(_listed)] = ()
    language: Some = ()
    tags: Some = ()
    words: Some = ()


class RuleActions(Section):
    """What a rule changes; what isn't stated stays."""

    priority: Level | None = None
    category: str = ""
    team: str = ""
    assignee: str = ""
    status: Status | None = None
    tags: Some = ()


class Rule(Section):
    """``if`` the conditions hold ``on`` this event, ``then`` change the ticket."""

    name: str = Field(min_length=1)
    on: Literal["opened", "message", "status", "timer"] = "opened"
    conditions: RuleConditions = Field(RuleConditions(), alias="if")
    actions: RuleActions = Field(RuleActions(), alias="then")
