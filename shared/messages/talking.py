"""Commands about whom a ticket is talked over with: messages beside its thread, side conversations, hand-overs, watching, requests."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.messages.base import Record
from shared.messages.parts import Attachment, Channel


class WriteMessage(Record):
    """A message to the customer that answers nothing: a mail of its own thread, or one on any other channel. ``to`` is one of their points;
    empty: the one that is known to be theirs. With ``add`` it becomes their point, not verified, if it is nobody's yet. ``seen_at`` as in
    `shared.messages.command.Reply`."""

    do: Literal["write_message"] = "write_message"
    number: int
    text: str
    channel: Channel | None = None
    to: str = ""
    subject: str = ""
    add: bool = False
    html: str | None = None
    attachments: list[Attachment] = Field(default_factory=list)
    seen_at: datetime | None = None


class StartSide(Record):
    """Begin a talk about the ticket with somebody who has no part in it: a courier, a supplier. ``language`` is that of what we add to the
    text; empty: what is known of them, else the company's first."""

    do: Literal["start_side"] = "start_side"
    number: int
    channel: Channel
    to: str
    text: str
    name: str = ""
    subject: str = ""
    language: str = ""
    attachments: list[Attachment] = Field(default_factory=list)


class WriteSide(Record):
    """Write on in a side conversation."""

    do: Literal["write_side"] = "write_side"
    number: int
    side_id: str
    text: str
    attachments: list[Attachment] = Field(default_factory=list)


class Assign(Record):
    """Give the ticket to an agent, a team, or both: ``to`` has ``agent`` and ``team``, null: it is nobody's."""

    do: Literal["assign"] = "assign"
    number: int
    to: dict[str, str | None]


class Transfer(Record):
    """Hand the ticket over, with a reason, to agents (the first has it, the others help), to a team, or both."""

    do: Literal["transfer"] = "transfer"
    number: int
    to: list[str]
    reason: str


class Watch(Record):
    """An agent watches the ticket from now on, or (``watch`` false) no longer."""

    do: Literal["watch"] = "watch"
    number: int
    agent: str
    watch: bool = True


class MakeRequest(Record):
    """Ask a team or an agent for something that the ticket needs: an internal ticket, whose answers come back to this one."""

    do: Literal["make_request"] = "make_request"
    number: int
    to: str
    what: str
    due: datetime | None = None
