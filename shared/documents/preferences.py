"""How an agent likes the desk: a document of each agent's own, its id the agent's."""

from typing import Literal
from zoneinfo import available_timezones

from pydantic import Field, field_validator

from shared.documents.kind import Body, Kind
from shared.texts.languages import LANGUAGES


class Preferences(Body):
    """``language`` and ``timezone`` empty: as it is known of the agent, else the company's. ``after_answer``: what is shown after an
    answer was sent. ``undo_seconds``: for how long an answer can be taken back before it is sent. ``keys``: whether single keys do
    things (off for those whom a stray key troubles, WCAG 2.1.4)."""

    language: str = ""
    timezone: str = ""
    theme: Literal["auto", "light", "dark"] = "auto"
    dense: bool = False
    keys: bool = True
    after_answer: Literal["stay", "next", "list"] = "stay"
    undo_seconds: int = Field(default=8, ge=0, le=60)
    view: str = "mine"

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        if value and value not in LANGUAGES:
            raise ValueError(f"one of {', '.join(LANGUAGES)}")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value and value not in available_timezones():
            raise ValueError("no time zone of the IANA database")
        return value


PREFERENCES = Kind("preferences", Preferences, writes="own", noted=False)
KINDS = (PREFERENCES,)
