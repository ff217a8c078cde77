"""Macros made in the desk: the same as ``[[macro]]`` of the configuration, whose names win. The document's id is the macro's name."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import Field, ValidationError, field_validator, model_validator

from shared.documents.kind import Body, Change, Kind, Summary
from shared.messages.documents import DocumentFact, DocumentName, document_key
from shared.settings.base import NAME
from shared.settings.macros import Macro
from shared.texts.languages import LANGUAGES

MACRO: Final = "macro"
LONGEST: Final = 20_000
"""Characters of a text in one language."""
MOST: Final = 200
"""Macros of the desk that lists show."""
_NAME: Final = re.compile(NAME)


class MacroBody(Body):
    """``title`` is what agents see, ``text`` by language what customers get, ``then`` what else is done, as in the configuration
    (`shared.settings.rules.Deeds`)."""

    title: str = Field(default="", max_length=200)
    text: dict[str, str] = Field(default_factory=dict)
    then: dict[str, Any] = Field(default_factory=dict)

    @field_validator("title")
    @classmethod
    def _one_line(cls, title: str) -> str:
        if any(ord(char) < 32 for char in title):
            raise ValueError("must be one line")
        return title

    @field_validator("text")
    @classmethod
    def _texts(cls, text: dict[str, str]) -> dict[str, str]:
        if unknown := [each for each in text if each not in LANGUAGES]:
            raise ValueError(f"there are no texts in {unknown[0][:20]!r}; known are {', '.join(LANGUAGES)}")
        if any(len(words) > LONGEST or "\0" in words for words in text.values()):
            raise ValueError(f"at most {LONGEST} characters in a language, and no NUL")
        return {language: words.strip() for language, words in text.items() if words.strip()}

    @model_validator(mode="after")
    def _is_a_macro(self) -> "MacroBody":
        try:
            self.macro("it")
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            words = first["msg"].removeprefix("Value error, ")
            raise ValueError(f"{place}: {words}" if place else words) from None
        return self

    def macro(self, name: str) -> Macro:
        """The macro under a name. Raises `ValidationError` for what none is."""
        return Macro.model_validate({"name": name, "title": self.title, "text": self.text, "then": self.then})


def asked(name: str) -> list[DocumentName]:
    """The document that a macro of this name would be; none for what no name of one is."""
    return [DocumentName(kind=MACRO, id=name)] if len(name) <= 64 and _NAME.fullmatch(name) else []


def kept(name: str, documents: Mapping[str, DocumentFact]) -> Macro | None:
    """The macro of the desk with this name among documents; null: there is none."""
    fact = documents.get(document_key(MACRO, name))
    return macro_of(fact) if fact is not None else None


def macro_of(fact: DocumentFact) -> Macro | None:
    """The macro that a document is; null for one that is none any more, because what macros may do has changed since."""
    try:
        return MacroBody.model_validate(fact.body).macro(fact.id)
    except ValidationError:
        return None


def beside(configured: Iterable[Macro], facts: Iterable[DocumentFact]) -> list[Macro]:
    """The macros of the desk that can be used beside those of the configuration: a name of the file wins."""
    taken = {each.name for each in configured}
    found = (macro_of(fact) for fact in facts if fact.kind == MACRO and fact.id not in taken)
    return [each for each in found if each is not None]


def _check(change: Change) -> str | None:
    if len(change.id) > 64 or not _NAME.fullmatch(change.id):
        return "id: a macro's name has at most 64 small letters, digits, - and _"
    return None


def _summary(body: MacroBody) -> Summary:
    return Summary("", body.title, "\n".join(body.text.values()))


KINDS = (Kind(MACRO, MacroBody, writes="lead", summary=_summary, check=_check),)
