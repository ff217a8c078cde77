"""Customers' portal: codes sent to a point of theirs, the sessions that such a code opens, and what somebody signed in may see and do.

No code and no cookie is kept or travels to be kept: of either there is a digest only. Where a code was asked for a value that nobody
here knows, the same is kept as for a customer's, save that nothing is sent: neither an answer nor its time tells them apart.
"""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from shared.messages.base import Record, Versioned
from shared.messages.customers import LONGEST_REPLY
from shared.messages.parts import Attachment, Point

LONGEST_VALUE = 254
"""Characters of a mail address or number."""
LONGEST_SUBJECT = 200


def portal_key(point_id: str) -> str:
    """The key of what was asked for one point: codes, and how often."""
    return f"portal:{point_id}"


# -- operations ---------------------------------------------------------------------------------------------------------------


class PutPortalCode(Record):
    """A code that was asked for, as it is from now on. ``point_id`` names what was typed, without saying it; ``kind`` is the kind of the
    point it went to, empty where nothing was ``sent``. ``tries`` counts wrong ones; what was used is over."""

    op: Literal["put_portal_code"] = "put_portal_code"
    code_id: str
    point_id: str
    kind: str = ""
    digest: str
    sent: bool = False
    made_at: datetime
    expires_at: datetime
    tries: int = 0
    used_at: datetime | None = None


class OpenPortalSession(Record):
    """Somebody proved that ``point`` is theirs. ``session_id`` is the SHA-256 of what their browser keeps."""

    op: Literal["open_portal_session"] = "open_portal_session"
    session_id: str
    point: Point
    made_at: datetime
    expires_at: datetime


class EndPortalSession(Record):
    """They went, or were signed out."""

    op: Literal["end_portal_session"] = "end_portal_session"
    session_id: str
    at: datetime


# -- facts --------------------------------------------------------------------------------------------------------------------


class PortalAsk(Record):
    """What a decision must know: one code, and when codes were sent to this point within the last day."""

    point_id: str
    code_id: str


class PortalCodeFact(Record):
    """A code, as in `PutPortalCode`."""

    code_id: str
    point_id: str
    kind: str = ""
    digest: str
    sent: bool = False
    made_at: datetime
    expires_at: datetime
    tries: int = 0
    used_at: datetime | None = None


class PortalFacts(Record):
    """The answer to `PortalAsk`: the code, if there is one, and when codes were ``sent`` there, newest first."""

    code: PortalCodeFact | None = None
    sent: list[datetime] = Field(default_factory=list)


# -- commands -----------------------------------------------------------------------------------------------------------------


class AskPortalCode(Record):
    """Send a code to the point ``value`` (a mail address or a number in E.164), if it is a customer's; with a ``number``, if it has a part
    in that ticket. ``page`` names the page it was asked from: the code counts there alone. The answer says nothing of all that."""

    do: Literal["ask_portal_code"] = "ask_portal_code"
    value: str = Field(max_length=LONGEST_VALUE)
    page: str
    language: str = ""
    asked_number: int | None = None


class ProvePortalCode(Record):
    """The ``code`` came back, on the same page. Right: a session whose id is ``session_id`` opens, or (with ``asked_number``) that ticket
    may be shown. The result says whether it was ``verified``, and ``over`` where the code no longer counts."""

    do: Literal["prove_portal_code"] = "prove_portal_code"
    value: str = Field(max_length=LONGEST_VALUE)
    page: str
    code: str = Field(max_length=40)
    session_id: str = ""
    asked_number: int | None = None


class LeavePortal(Record):
    """The session ends."""

    do: Literal["leave_portal"] = "leave_portal"
    session_id: str


class OpenFromPortal(Record):
    """Whoever proved that ``point`` is theirs opens a ticket."""

    do: Literal["open_from_portal"] = "open_from_portal"
    point: Point
    subject: str = Field(default="", max_length=LONGEST_SUBJECT)
    text: str = Field(max_length=LONGEST_REPLY)
    language: str = ""
    attachments: list[Attachment] = Field(default_factory=list)


# -- questions ----------------------------------------------------------------------------------------------------------------


class PortalQuery(Versioned):
    """``store.query.portal``: whose session it is, and which tickets they may see: a page of those with these ``statuses`` (empty: all)
    in which ``words`` stand, newest first; with a ``wanted`` number only that one. ``per_page`` 0: none."""

    VERSION: ClassVar[int] = 1

    session_id: str
    statuses: list[str] = Field(default_factory=list)
    words: str = Field(default="", max_length=200)
    wanted: int | None = None
    page: int = 1
    per_page: int = 20


class PortalWho(Record):
    """Whoever is signed in: by which point, who they are, and how long their session lasts. ``alone``: nobody knows yet that the point is
    theirs, so only what was written in its name is shown."""

    point: Point
    name: str = ""
    language: str | None = None
    timezone: str | None = None
    alone: bool = False
    expires_at: datetime


class PortalTicket(Record):
    """A ticket as a list shows it to its customer."""

    number: int
    subject: str
    status: str
    created_at: datetime
    updated_at: datetime
    confirmed: bool = False


class PortalAnswer(Versioned):
    """The answer to `PortalQuery`. ``who`` is null where no such session is open; ``more``: there is another page."""

    VERSION: ClassVar[int] = 1

    who: PortalWho | None = None
    tickets: list[PortalTicket] = Field(default_factory=list)
    more: bool = False
