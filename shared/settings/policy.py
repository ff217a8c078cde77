"""What tickets are sorted by: teams, categories and priorities. Rules are in `shared.settings.rules`, targets in time in
`shared.settings.targets`."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from shared.messages.parts import Channel, Kind, Priority
from shared.settings.assignment import Mode
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


def _flat(value: object) -> object:
    """One list of what is written per language."""
    if not isinstance(value, dict):
        return value
    return [each for of_language in value.values() for each in _many(of_language)]


def _many(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _in_any_language(value: object) -> object:
    """What is written as a list is the same in every language, which is called by no name."""
    return {"": value} if isinstance(value, str | list | tuple) else value


RecordField = Literal[
    "product",
    "problem",
    "details",
    "impact",
    "evidence",
    "solution",
    "tested",
    "tested_by",
    "root_cause",
    "preventive_action",
    "preventive_owner",
    "preventive_due",
    "preventive_verified",
    "actions_done",
    "promises_done",
]
"""What a category may require before its tickets are closed: fields of the record, or that every action, every promise is done."""


class Team(Section):
    """A team and its members' addresses. ``assign`` is how its tickets are given to them (null: as ``[assignment]`` says); ``hours`` names
    the ``[[hours]]`` in which somebody of it is there. It serves these ``inboxes`` and ``categories``: their new tickets are its own
    where the category itself names no team; of several teams the one that has the customer's language among its ``languages``, which
    its members speak who have not said it themselves."""

    name: str = Field(min_length=1)
    members: Names = ()
    assign: Mode | None = None
    hours: str = ""
    languages: tuple[Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}$")], ...] = ()
    inboxes: Names = ()
    categories: Names = ()


class Category(Section):
    """What a ticket is about, and what follows from it.

    A category named like a built-in one keeps the built-in ``words``, ``kind`` and ``priority`` it doesn't state.
    ``words`` match case-insensitively, without diacritics, at the beginning of words, and phrases word by word
    (`shared.settings.words` has the whole rule); ``patterns`` are Python regular expressions searched in the text as
    written, ignoring case, as a list or per language; ``senders`` are addresses, ``domains`` those of senders. ``require`` names what of
    the record must be there before a ticket is closed. ``kind`` is the ticket's kind. ``ask_for`` is what customers are asked for when
    details are asked for, as a list or per language; ``impact`` is how much such a matter weighs in the ``[matrix]``.
    """

    name: Name
    kind: Kind = "question"
    team: str = ""
    priority: Level | None = None
    words: Words = Field(default_factory=dict)
    patterns: Annotated[Some, BeforeValidator(_flat)] = ()
    senders: Some = ()
    domains: Some = ()
    inboxes: Some = ()
    channels: tuple[Channel, ...] = ()
    ask_for: Annotated[Words, BeforeValidator(_in_any_language)] = Field(default_factory=dict)
    impact: Level | None = None
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


def labels_to_ask(ask_for: Mapping[str, tuple[str, ...]], language: str, default: str) -> tuple[str, ...]:
    """What of a category's ``ask_for`` a customer is asked in a language: what there is in it, else in the ``default`` one, else in any;
    empty: nothing."""
    found = (ask_for.get(language), ask_for.get(default), ask_for.get(""), *ask_for.values())
    return next((each for each in found if each), ())


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
