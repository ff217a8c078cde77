"""What a customer says on the page of their ticket, and what that page shows: nothing that is not for the customer's eyes."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from shared.messages.base import Record, Versioned
from shared.messages.parts import Attachment, Point
from shared.messages.ticket import Satisfaction

STATUS_LINKS = "status_links"
"""What a ticket remembers of the links to its page: how often (``count``) they were withdrawn, and when (``at``) at last."""
LONGEST_REPLY = 20_000
"""Characters of what is written on the page."""


class CustomerReply(Record):
    """What the customer writes on the page of the ticket ``number``; ``point`` is theirs, to which the page's link was sent. With
    ``rejects`` they say that it is not solved, and may leave the text empty. ``attachments`` are kept already. The command's ``actor`` is
    ``customer``."""

    do: Literal["customer_reply"] = "customer_reply"
    number: int
    point: Point
    text: str = Field(default="", max_length=LONGEST_REPLY)
    rejects: bool = False
    attachments: list[Attachment] = Field(default_factory=list)


class WithdrawLinks(Record):
    """All links to the page of the ticket ``number`` that there are open nothing from now on; those that are made later do."""

    do: Literal["withdraw_links"] = "withdraw_links"
    number: int


class PageQuery(Versioned):
    """``store.query.page``: what the customer of a ticket may see of it."""

    VERSION: ClassVar[int] = 1

    number: int


COMMON = -1
"""Stands for no single part of a ticket that others became part of: what came since."""


class PageMessage(Record):
    """A message that the customer wrote or was sent. ``author`` is a name to be shown, empty where there is none; ``address`` is how the
    channel knows who wrote it (empty: one of us), ``to`` whom it went to: neither is to be shown. ``part``: to which of the ticket's parts
    it belongs, by its place, or `COMMON`. ``quoted`` has the whole text, where that is more than
    ``text``; ``html`` only stands where there is no text."""

    id: str
    direction: str
    author: str = ""
    address: str = ""
    text: str = ""
    quoted: str = ""
    html: str = ""
    attachments: list[Attachment] = Field(default_factory=list)
    created_at: datetime
    edited: bool = False
    deleted: bool = False
    to: list[str] = Field(default_factory=list)
    part: int = 0


class PagePromise(Record):
    """Something that the customer was promised. ``kept``: false when the time was over; null while it is not known. ``part`` as in
    `PageMessage`."""

    what: str
    due: datetime | None = None
    done_at: datetime | None = None
    kept: bool | None = None
    part: int = 0


class PagePart(Record):
    """A ticket that became part of another one at ``merged_at`` (null: that other one itself). ``people`` are the values of its customer
    and of all who took part in it, lower-cased."""

    subject: str = ""
    people: list[str] = Field(default_factory=list)
    merged_at: datetime | None = None


class PageTicket(Record):
    """A ticket as its customer may see it. ``agent`` is the name that customers know whoever has it by; empty: none. ``due`` are the times
    by which they hear of us; ``hours`` names the working hours that count for it. Who may see it: ``points`` are those of the customer,
    ``participants`` the values of all who take part, without whom nobody has confirmed. ``more``: there are older messages that are not
    here. ``dates``: when it was solved and closed, as far as it was. ``links``: how often its links were withdrawn, at last at
    ``withdrawn_at``. ``parts``: what it was made from, itself first; empty where nothing became part of it. ``verified``: the values of
    those points of the customer's that are known to be theirs."""

    number: int
    subject: str = ""
    status: str
    language: str
    agent: str = ""
    team: str = ""
    hours: str = ""
    timezone: str | None = None
    created_at: datetime
    due: list[datetime] = Field(default_factory=list)
    dates: dict[str, datetime] = Field(default_factory=dict)
    confirmed: bool = False
    satisfaction: Satisfaction | None = None
    points: list[Point] = Field(default_factory=list)
    participants: list[str] = Field(default_factory=list)
    promises: list[PagePromise] = Field(default_factory=list)
    messages: list[PageMessage] = Field(default_factory=list)
    more: bool = False
    links: int = 0
    withdrawn_at: datetime | None = None
    parts: list[PagePart] = Field(default_factory=list)
    verified: list[str] = Field(default_factory=list)


class PageAnswer(Versioned):
    """The answer to `PageQuery`: the ticket, or (``into``) the number of the one that it became a part of, and how often its ``links``
    were withdrawn; both null where there is none that a customer may see."""

    VERSION: ClassVar[int] = 1

    ticket: PageTicket | None = None
    into: int | None = None
    links: int = 0
