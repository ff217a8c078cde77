"""How a mailbox is that intake fetches mail from: what its reader writes into its lease each second, and the watchdog reads; and how it
compares with what is stored."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

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


class ReconcileRequest(Versioned):
    """``mail.reconcile.<inbox>``, asked of the intake that reads the mailbox: compare what the server got in the last so many ``days``
    (null: the inbox's ``window``) with what is stored, now, and fetch what is missing."""

    VERSION: ClassVar[int] = 1

    days: float | None = Field(default=None, gt=0, le=36_500, allow_inf_nan=False)


class ReconcileReport(Versioned):
    """The answer. Of the mails ``on_server`` that the server got ``since`` then, those that are ``stored`` by their Message-ID, those that
    were not and were ``fetched``, with ``unnamed`` of them that have no Message-ID (their content tells whether they were known), those
    ``refused`` and left there (the ledger and the log say why), and those too ``young`` to be in the database for certain. ``error``: why
    the comparison did not come to its end; null if it did."""

    VERSION: ClassVar[int] = 1

    inbox: str
    since: datetime | None = None
    on_server: int = 0
    stored: int = 0
    fetched: int = 0
    unnamed: int = 0
    refused: int = 0
    young: int = 0
    error: str | None = None
