"""What travels about a live chat: an answer for the browser and its confirmation, typing, and the question for what was said before."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from shared.messages.base import Record, Versioned
from shared.messages.outbound import Outbound
from shared.messages.parts import Attachment, DeliveryState


class ChatPush(Versioned):
    """Asked of ``chat.<session>``: show this to the customer. Answered with a `ChatConfirmed` when a browser has it."""

    VERSION: ClassVar[int] = 1

    outbound: Outbound
    attempt: int = 1


class ChatConfirmed(Versioned):
    """A browser of the session has the message."""

    VERSION: ClassVar[int] = 1

    delivery_id: str


class ChatTyping(Versioned):
    """Somebody is typing; told again every few seconds as long as it goes on. To ``chat.<session>`` of an agent, whose ``name`` the
    customer sees; to ``chat.<session>.customer`` of the customer."""

    VERSION: ClassVar[int] = 1

    name: str = ""


class ChatQuery(Versioned):
    """``store.query.chat``: what was said in this chat session? The newest ``most`` of each side, at most 100."""

    VERSION: ClassVar[int] = 1

    inbox: str
    session: str
    most: int = 50


class ChatSaid(Record):
    """Something the customer wrote in the chat. ``message_id`` is its `Inbound.message_id`; they changed it later (``edited``), or took
    it back."""

    message_id: str
    text: str
    attachments: list[Attachment] = Field(default_factory=list)
    at: datetime
    edited: bool = False
    deleted: bool = False


class ChatSent(Record):
    """Something that was sent to the session, and how far it came."""

    outbound: Outbound
    attempt: int
    state: DeliveryState


class ChatHistory(Versioned):
    """The answer to `ChatQuery`, oldest first. ``address``: the mail address that answers go to when nobody is there, the one given last
    in the chat or else one that belongs to the contact; ``certainty`` says which."""

    VERSION: ClassVar[int] = 1

    said: list[ChatSaid] = Field(default_factory=list)
    sent: list[ChatSent] = Field(default_factory=list)
    address: str | None = None
    certainty: Literal["verified", "given", "none"] = "none"
