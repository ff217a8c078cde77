"""Messages that were held back, as the API and the command line show them, and the queries that ask the store for them."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from shared.messages.base import Record, Versioned
from shared.messages.inbound import Inbound
from shared.messages.parts import Address, Attachment, Reason


class HeldView(Record):
    """A message in quarantine. ``ticket`` is the number (``T-1001``) of the ticket that it went to when it was released. What was
    discarded is nothing that anybody need look at any more, as ``discarded_by`` said, with ``discard_reason``."""

    id: str
    channel: str
    inbox: str
    sender: str = ""
    subject: str = ""
    reason: Reason
    received_at: datetime
    held_at: datetime
    expires_at: datetime
    released_at: datetime | None = None
    released_by: str | None = None
    ticket: str | None = None
    discarded_at: datetime | None = None
    discarded_by: str | None = None
    discard_reason: str | None = None


class HeldContent(Record):
    """What a held message says, as plain text; attachments are named, not opened."""

    sender: Address | None = None
    to: list[Address] = Field(default_factory=list)
    cc: list[Address] = Field(default_factory=list)
    date: datetime | None = None
    text: str = ""
    attachments: list[Attachment] = Field(default_factory=list)
    defects: list[str] = Field(default_factory=list)


class QuarantineQuery(Versioned):
    """``store.query.quarantine``: a page (50 a page, from 1) of held messages, newest first; with ``released`` also those that were let
    through and are still kept, with ``discarded`` also those that were discarded."""

    VERSION: ClassVar[int] = 1

    released: bool = False
    discarded: bool = False
    page: int = 1
    per_page: int = 50


class QuarantinePage(Versioned):
    """The answer to `QuarantineQuery`."""

    VERSION: ClassVar[int] = 1

    items: list[HeldView]
    total: int


class HeldQuery(Versioned):
    """``store.query.held``: one held message with what it says, and with ``whole`` as it came in."""

    VERSION: ClassVar[int] = 1

    id: str
    whole: bool = False


class HeldAnswer(Versioned):
    """The answer to `HeldQuery`; all null where there is none."""

    VERSION: ClassVar[int] = 1

    held: HeldView | None = None
    content: HeldContent | None = None
    message: Inbound | None = None
