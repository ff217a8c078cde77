"""Past tickets that are like a new one: what somebody who has to answer it may want to look at first."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from shared.messages.base import Record, Versioned

MOST = 5


class SimilarQuery(Versioned):
    """``store.query.similar``: which tickets are like the ticket ``number``, or (without one) like this ``text``? With a ``language`` only
    tickets in it; at most ``most`` of them."""

    VERSION: ClassVar[int] = 1

    number: int | None = None
    text: str = ""
    language: str = ""
    most: int = Field(default=MOST, ge=1, le=MOST)


class SimilarTicket(Record):
    """A ticket that is like it. ``score`` from 0 to 1 is how much of what is said there is said here, rare words counting more; ``why`` are
    words in common, those that count most first. In ``subject`` and ``solution`` (the beginning of it; empty: not solved yet, or nobody
    said how) stands nothing that names its customer: no name, address or number."""

    number: int
    subject: str
    status: str
    solution: str = ""
    solved_at: datetime | None = None
    score: float
    why: list[str]


class SimilarAnswer(Versioned):
    """The answer to `SimilarQuery`: solved tickets first, then by score. ``found``: there is such a ticket."""

    VERSION: ClassVar[int] = 1

    found: bool = True
    items: list[SimilarTicket] = Field(default_factory=list)
