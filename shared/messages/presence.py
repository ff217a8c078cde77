"""Who is with a ticket at the moment, and what was written in it since somebody last saw it."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from shared.messages.base import Record, Versioned

State = Literal["looking", "writing", "gone"]
"""What somebody does with a ticket; ``gone``: nothing any more."""
WRITTEN = ("ticket_opened", "message_received", "message_sent")
"""Entries of the audit trail that tell when a message came into a ticket, or went out of it."""
EDITED = ("message_edited", "message_deleted")
"""Those that tell when the sender of one that is in the ticket changed it, or took it back."""


class Present(Record):
    """Somebody who looks at a ticket or writes in it, on a channel (``desk``, ``api``, ``telegram`` …). ``actor`` is who they are, as in
    `shared.messages.command.Command`, ``who`` how colleagues call them; ``since`` when that state began; from ``until`` on nobody knows."""

    actor: str
    who: str
    channel: str
    state: Literal["looking", "writing"]
    since: datetime
    until: datetime


class Presence(Versioned):
    """All who are with the ticket ``number``, those first who were there first: what the bucket ``presence`` keeps by ticket, and what is
    told on ``presence.<number>`` whenever it changes. That somebody's time is over changes nothing: ``until`` says so before."""

    VERSION: ClassVar[int] = 1

    number: int
    present: list[Present] = Field(default_factory=list)


class SinceAsk(Record):
    """What have others than ``actor`` written in the ticket ``number``, later than ``at``?"""

    number: int
    at: datetime
    actor: str = ""


class SinceFact(Record):
    """A message that came into a ticket, or went out of it, ``at`` that time: by the router's clock, which is later than when it was
    received. ``actor`` is whose doing that was, ``name`` what they are called; ``text`` is the beginning of what they wrote. A message
    that its sender changed, or took back, is there once more, as it is now. No automatic messages, no notes, nothing of side
    conversations."""

    message_id: str
    direction: Literal["in", "out"]
    at: datetime
    actor: str = ""
    name: str = ""
    channel: str
    text: str = ""
