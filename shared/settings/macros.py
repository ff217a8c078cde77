"""``[[macro]]``: answers with variables, and actions, that are done with one click; ``[asking]``: asking a customer for details."""

import string
from datetime import timedelta
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from shared.settings.base import Name, Section
from shared.settings.inbox import Translations
from shared.settings.quantities import Duration, OptionalDuration
from shared.settings.rules import Deeds

VARIABLES = ("customer", "number", "subject", "agent", "company", "expected", "category")
"""What may stand in braces in a macro's text: the customer's name, the ticket's number (``T-1001``), its subject, the agent's name for
customers, the company's name, by when the customer hears of us, and the category."""


def unknown_variable(text: str) -> str | None:
    """What is wrong with the braces of a text; null: nothing."""
    try:
        for _, name, form, conversion in string.Formatter().parse(text):
            if name is not None and (name not in VARIABLES or form or conversion):
                known = ", ".join(f"{{{each}}}" for each in VARIABLES)
                return f"there is no variable {{{name}}}; there are {known}; write {{{{ and }}}} for braces"
    except ValueError as error:
        return f"braces that do not belong together ({error}); write {{{{ and }}}} for braces"
    return None


class Macro(Section):
    """A macro: ``text`` per language, with variables in braces, is sent to the customer in the ticket's language, and ``then`` is done.
    ``title`` is what agents see."""

    name: Name
    title: str = ""
    text: Translations = Field(default_factory=dict)
    actions: Deeds = Field(Deeds(), alias="then")

    @field_validator("text")
    @classmethod
    def _variables(cls, text: dict[str, str]) -> dict[str, str]:
        for language, words in text.items():
            if wrong := unknown_variable(words):
                raise ValueError(f"{language}: {wrong}")
        return text

    @model_validator(mode="after")
    def _something(self) -> "Macro":
        if not any(words.strip() for words in self.text.values()) and self.actions == Deeds():
            raise ValueError("does nothing; give it a text or actions")
        if any(words.strip() for words in self.text.values()) and self.actions.ask:
            raise ValueError("has a text and asks for details: that would be two messages")
        return self

    def words(self, language: str, default: str) -> str:
        """The text in a language, else in the default one, else in any; empty: there is none."""
        found = (self.text.get(language), self.text.get(default), *self.text.values())
        return next((each for each in found if each and each.strip()), "")


class Asking(Section):
    """When a customer who was asked for details does not answer: they are reminded after each of ``remind``, and after ``close`` (empty:
    never) the ticket is closed and they are told. All counted from when they were asked."""

    remind: Annotated[tuple[Duration, ...], Field(max_length=10)] = (timedelta(days=2), timedelta(days=5))
    close: OptionalDuration = timedelta(days=10)

    @model_validator(mode="after")
    def _in_order(self) -> "Asking":
        times = [*self.remind, *([self.close] if self.close is not None else [])]
        if times != sorted(set(times)) or any(each < timedelta(minutes=1) for each in times):
            raise ValueError("the times must grow, reminders before closing, each at least a minute")
        return self
