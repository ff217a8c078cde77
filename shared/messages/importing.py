"""What an import asks the store: which messages are there already."""

from typing import ClassVar

from pydantic import Field

from shared.messages.base import Versioned


class StoredQuery(Versioned):
    """``store.query.stored``: which of these source ids (at most 1000) are known?"""

    VERSION: ClassVar[int] = 1

    source_ids: list[str]


class StoredAnswer(Versioned):
    """Those that a stored message has, with the inboxes it came by (and in ``numbers`` with its ticket's number; ``opened`` are those whose
    message opened its ticket), and those that are held back, or were, in quarantine."""

    VERSION: ClassVar[int] = 1

    stored: dict[str, list[str]] = Field(default_factory=dict)
    held: list[str] = Field(default_factory=list)
    numbers: dict[str, int] = Field(default_factory=dict)
    opened: list[str] = Field(default_factory=list)
