"""`Inbound`: one message from a customer (or anyone), the same shape for every channel, made by intake."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from shared.messages.base import Versioned
from shared.messages.parts import Address, Attachment, Automatic, Bounce, Channel, Stored


def bus_id(source_id: str, inbox: str) -> str:
    """The ``Nats-Msg-Id`` of an `Inbound`. The route is in it because the bus compares ids per stream, not per subject."""
    return f"{source_id}:{inbox}"


class Inbound(Versioned):
    """A message as it came in.

    ``source_id`` names the message without its route. ``inbox`` is the route it was published to and ``inboxes`` are all of
    this delivery, that one first. ``recipients`` are the envelope's (signed reply addresses stand there). ``received_at`` is when
    intake had it; ``date`` is what the sender claims. Texts are bounded by the reader; ``original`` is complete.
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
    defects: list[str] = Field(default_factory=list)
    original: Stored | None = None

    @property
    def cause(self) -> str:
        """The cause id of whatever is decided because of this message: its source and its route."""
        return f"inbound:{self.source_id}:{self.inbox}"

    @property
    def bus_id(self) -> str:
        """The ``Nats-Msg-Id``."""
        return bus_id(self.source_id, self.inbox)
