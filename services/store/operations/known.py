"""What the database has of what operations refer to."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class KnownTicket:
    """A ticket that operations refer to, as far as they need it. Changing a list here makes it part of the batch."""

    number: int
    participants: list[str] = field(default_factory=list)
    unconfirmed: list[str] = field(default_factory=list)
    reasons: dict[str, Any] = field(default_factory=dict)
    latest: list[str] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Known:
    """What the database has of the tickets and messages that a group refers to, changed as the group goes on. ``holders`` are the
    verified agents' points that it is about to verify, by key."""

    tickets: dict[str, KnownTicket] = field(default_factory=dict)
    routes: dict[str, list[str]] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
