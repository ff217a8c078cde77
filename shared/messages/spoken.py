"""What was said from a channel in an agent's name, for operators to look into: who was believed, who was not, and what came of it."""

from typing import ClassVar

from pydantic import Field

from shared.messages.agents import SpokenFact, Verdict
from shared.messages.base import Versioned


class SpokenView(SpokenFact):
    """Something spoken, with its ticket's number and the name and mail address of who is believed to have said it; empty: nobody."""

    number: int | None = None
    name: str = ""
    email: str = ""


class SpokenQuery(Versioned):
    """``store.query.spoken``: what was said, newest first, 50 a page (from 1); of one ticket, or with one verdict, where these are
    given."""

    VERSION: ClassVar[int] = 1

    number: int | None = None
    verdict: Verdict | None = None
    page: int = 1
    per_page: int = 50


class SpokenPage(Versioned):
    """The answer to `SpokenQuery`. ``more``: there is a next page."""

    VERSION: ClassVar[int] = 1

    items: list[SpokenView] = Field(default_factory=list)
    more: bool = False
