"""`Inbound`: one message from a customer (or anyone), the same shape for every channel, made by intake."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from shared.messages.base import Versioned
from shared.messages.parts import (
    Address,
    Attachment,
    Authentication,
    Automatic,
    Bounce,
    Channel,
    Point,
    SpamSign,
    Stored,
)


def bus_id(source_id: str, inbox: str) -> str:
    """The ``Nats-Msg-Id`` of an `Inbound`. The route is in it because the bus compares ids per stream, not per subject."""
    return f"{source_id}:{inbox}"


class Inbound(Versioned):
    """A message as it came in.

    ``source_id`` names the message without its route. ``inbox`` is the route it was published to and ``inboxes`` are all of
    this delivery, that one first. ``recipients`` are the envelope's (signed reply addresses stand there). ``received_at`` is when
    intake had it; ``date`` is what the sender claims. Texts are bounded by the reader; ``original`` is complete. ``helo`` is what the
    peer calls itself. ``authentication`` is null for a mail that is still to be checked. ``silent``: nothing is answered on its
    account (it was in the mailbox before that was connected).

    ``imported``: it comes out of an archive and ``received_at`` is when it was written; only of such a one ``direction`` may be ``out``
    (it was written by us) and counts ``unfinished`` (its conversation is too young to be closed).

    Of channels other than mail: ``from_.address`` is how the channel knows the sender (a number in E.164, a Telegram chat, a chat
    session), ``points`` are all that certainly belong to them, the one to answer first. ``message_id`` and ``in_reply_to`` are made
    of channel, inbox and the provider's id. ``conversation`` names the talk in which everything belongs together until it is over.
    ``edits`` is the ``message_id`` of what this replaces; ``deleted``: it takes that back. ``pressed`` is the data of a button of
    ours. ``fields`` are named values: a form's own, a place's coordinates.
    """

    VERSION: ClassVar[int] = 1

    source_id: str
    channel: Channel
    inbox: str
    inboxes: list[str]
    received_at: datetime
    correlation_id: str
    peer: str | None = None
    envelope_from: str | None = None
    recipients: list[str] = Field(default_factory=list)
    message_id: str | None = None
    in_reply_to: list[str] = Field(default_factory=list)
    references: list[str] = Field(default_factory=list)
    from_: Address | None = Field(default=None, alias="from")
    reply_to: list[Address] = Field(default_factory=list)
    to: list[Address] = Field(default_factory=list)
    cc: list[Address] = Field(default_factory=list)
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    reply_text: str = ""
    html: str | None = None
    language: str | None = None
    language_confidence: float = 0.0
    attachments: list[Attachment] = Field(default_factory=list)
    automatic: Automatic | None = None
    bounce: Bounce | None = None
    forwarded_from: str | None = None
    body_tokens: list[str] = Field(default_factory=list)
    spam_signs: list[SpamSign] = Field(default_factory=list)
    defects: list[str] = Field(default_factory=list)
    original: Stored | None = None
    silent: bool = False
    imported: bool = False
    direction: Literal["in", "out"] = "in"
    unfinished: bool = False
    helo: str = ""
    authentication: Authentication | None = None
    points: list[Point] = Field(default_factory=list)
    conversation: str | None = None
    edits: str | None = None
    deleted: bool = False
    pressed: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)

    @property
    def cause(self) -> str:
        """The cause id of whatever is decided because of this message: its source and its route."""
        return f"inbound:{self.source_id}:{self.inbox}"

    @property
    def bus_id(self) -> str:
        """The ``Nats-Msg-Id``."""
        return bus_id(self.source_id, self.inbox)
