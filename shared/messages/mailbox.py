"""How a mailbox is that intake fetches mail from: what its reader writes into its lease each second, and the watchdog reads."""

from datetime import datetime
from typing import ClassVar

from shared.messages.base import NewerVersion, Undecodable, Versioned


class MailboxState(Versioned):
    """``owner`` is the intake that reads the mailbox of ``inbox``, ``at`` when it wrote this. ``yields``: somebody else may try.

    ``failing_since``: since when nobody gets in, with ``kind`` and ``problem`` (one line) of the latest failure; ``certain``: waiting
    will not mend it. ``warning`` is what will become a problem, such as a token that is about to expire.
    """

    VERSION: ClassVar[int] = 1

    inbox: str
    owner: str
    at: datetime
    connected: bool = False
    failing_since: datetime | None = None
    kind: str = ""
    problem: str = ""
    certain: bool = False
    warning: str = ""
    yields: bool = False
    failures: int = 0

    @classmethod
    def read(cls, value: bytes) -> "MailboxState | None":
        """The state in a lease, or null for what is none (a lease is taken over whatever it says)."""
        try:
            return cls.decode(value)
        except (Undecodable, NewerVersion):
            return None


class KnownQuery(Versioned):
    """``store.query.known``: which of these Message-IDs (at most 1000) does a stored message have?"""

    VERSION: ClassVar[int] = 1

    message_ids: list[str]


class KnownAnswer(Versioned):
    """Those that one has."""

    VERSION: ClassVar[int] = 1

    message_ids: list[str]
