"""`Outbound`, and the talk between notifier and store about sending it: claims, reports, states that only move forward."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from shared.identity import derive
from shared.messages.base import Record, Versioned
from shared.messages.parts import Address, Attachment, Channel, DeliveryState

# A report with a lower rank than what is recorded changes nothing: a late "accepted" cannot hide a "delivered".
RANK: dict[str, int] = {
    "queued": 0,
    "sending": 1,
    "unknown": 2,
    "accepted": 3,
    "delivered": 4,
    "read": 5,
    "failed": 6,
    "bounced": 7,
    "cancelled": 8,
}


REACHED = "reached"
"""The kind of timer by which the store tells that a delivery arrived where nothing could; its id is ``reached:<delivery_id>``."""


class Button(Record):
    """Something the customer can press under a message; ``data`` comes back as `Inbound.pressed` (at most 64 octets)."""

    label: str
    data: str


PAGE_LINK = "status.link"
"""The postscript with the link to the page of the ticket; whoever sends it makes the link."""


class Postscript(Record):
    """A text of the catalogue that stands below a message, because it would otherwise have been a message of its own."""

    template: str
    variables: dict[str, Any] = Field(default_factory=dict)


class Outbound(Versioned):
    """A message to be sent, published to ``outbound.<channel>.<inbox>`` by the store after the commit.

    Either ``template`` with ``variables`` (a text of the catalogue in ``language``) or ``text``. ``ticket_number`` is filled in by
    the store. ``references`` are Message-IDs of the ticket, oldest first. ``automatic`` messages bear the marks of automatic mail.
    ``bcc`` get it without being named in it. ``instead_of`` is the delivery that could not be made, on another channel. ``side`` is
    the side conversation that it belongs to; empty: none. ``signature`` stands below an agent's answer by mail instead of the
    inbox's; ``signed``: on channels that show no author, the author's name does.

    Of what an agent is told: ``agent_id`` is whose it is, ``event`` the kind of news (a switch of ``[agents]``), ``code`` the short
    code that an answer from a telephone begins with, ``internal``: what they answer is a note,
    ``tried`` where it could not be delivered before, as ``<channel>:<address>``, ``seen_at`` as of when it tells how the ticket stands,
    where that is not when it was made. On channel ``api`` it is an event for
    a webhook: ``inbox`` is the webhook's name, and the event stands in ``variables``."""

    VERSION: ClassVar[int] = 1

    delivery_id: str
    ticket_id: str | None = None
    ticket_number: int = 0
    message_id: str | None = None
    channel: Channel
    inbox: str
    kind: Literal["acknowledgement", "reply", "message", "notice", "alert"]
    to: list[Address]
    cc: list[Address] = Field(default_factory=list)
    bcc: list[Address] = Field(default_factory=list)
    language: str = "en"
    subject: str = ""
    template: str | None = None
    variables: dict[str, Any] = Field(default_factory=dict)
    text: str = ""
    html: str | None = None
    author: str = ""
    attachments: list[Attachment] = Field(default_factory=list)
    in_reply_to: str | None = None
    references: list[str] = Field(default_factory=list)
    automatic: bool = False
    created_at: datetime
    correlation_id: str = ""
    conversation: str | None = None
    buttons: list[Button] = Field(default_factory=list)
    postscripts: list[Postscript] = Field(default_factory=list)
    instead_of: str | None = None
    side: str = ""
    signature: str = ""
    signed: bool = False
    agent_id: str = ""
    event: str = ""
    code: str = ""
    internal: bool = False
    tried: list[str] = Field(default_factory=list)
    seen_at: datetime | None = None


def instead_id(delivery_id: str) -> str:
    """The delivery that is made on another channel instead of this one: there is one at most."""
    return derive("delivery", delivery_id, "instead")


def side_part(side_id: str) -> str:
    """What of a side conversation's id its tokens bear, and the ids of its deliveries begin with: by either an answer finds it, also by
    the Message-ID alone, which bears the delivery's id. 64 bits: within one ticket they are unique."""
    return side_id[:16]


def side_delivery(side_id: str, cause: str) -> str:
    """The id of what is sent in a side conversation by a cause."""
    return side_part(side_id) + derive("delivery", side_id, cause)[16:]


class Claim(Record):
    """A wish to send. ``redelivered``: the bus gave the message out before, so whoever had it may have died while sending."""

    delivery_id: str
    redelivered: bool = False


class ClaimRequest(Versioned):
    """Claims of one notifier (``owner`` is unique per process start)."""

    VERSION: ClassVar[int] = 1

    owner: str
    claims: list[Claim]


class Grant(Record):
    """The answer to a claim. ``ambiguous``: an earlier attempt may have reached the provider. ``held``: another notifier is sending
    it just now, ask again later. Neither granted nor held: there is nothing to send (any more); ``state`` tells why."""

    delivery_id: str
    granted: bool
    attempt: int = 0
    ambiguous: bool = False
    held: bool = False
    state: DeliveryState | None = None


class ClaimReply(Versioned):
    """One grant per claim, in the request's order."""

    VERSION: ClassVar[int] = 1

    grants: list[Grant]


class DeliveryReport(Versioned):
    """What became of an attempt, published to ``delivery.<channel>.<state>``.

    ``queued`` with ``retry_at`` means: failed for now, try again then. ``failed`` is permanent. ``provider_id`` is the provider's name of
    the message (mail: our Message-ID). Of a call, ``seconds`` is how long it was.
    """

    VERSION: ClassVar[int] = 1

    delivery_id: str
    attempt: int
    state: DeliveryState
    at: datetime
    channel: str
    inbox: str
    provider_id: str | None = None
    error: str = ""
    retry_at: datetime | None = None
    via: str = ""
    correlation_id: str = ""
    seconds: int | None = None

    @property
    def bus_id(self) -> str:
        """The ``Nats-Msg-Id``: an attempt reports each state once."""
        return f"{self.delivery_id}:{self.attempt}:{self.state}"


class TimerDue(Versioned):
    """A timer that is over, published to ``timer.<kind>`` by the store."""

    VERSION: ClassVar[int] = 1

    timer_id: str
    kind: str
    generation: int
    due_at: datetime
    ticket_id: str | None = None

    @property
    def cause(self) -> str:
        """The cause id of what is decided because of it."""
        return f"timer:{self.timer_id}:{self.generation}"


class Event(Versioned):
    """Something that happened, published to ``event.<what>``: ids and facts, no customer's words."""

    VERSION: ClassVar[int] = 1

    event_id: str
    what: str
    at: datetime
    ticket_id: str | None = None
    ticket_number: int | None = None
    message_id: str | None = None
    actor: str = ""
    channel: str = ""
    data: dict[str, Any] = Field(default_factory=dict)
