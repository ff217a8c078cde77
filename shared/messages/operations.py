"""What whoever operates Trunkline asks and does: dead letters, deliveries that failed, agents who are there, mail in the Maildir."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from shared.messages.base import Record, Versioned

# -- dead letters ---------------------------------------------------------------------------------------------------------------


class DeadQuery(Versioned):
    """``store.query.dead``: what could not be processed, oldest first, with numbers above ``after``; with ``id`` that one, and what is
    in it."""

    VERSION: ClassVar[int] = 1

    id: int | None = None
    after: int = 0
    limit: int = 100


class DeadView(Record):
    """A dead letter. ``subject`` is the one it was published to, ``durable`` who gave up, after so many ``attempts``, the last with
    ``error``, the first with ``first_error``; ``size`` in bytes."""

    id: int
    subject: str
    durable: str = ""
    error: str = ""
    first_error: str = ""
    attempts: int = 0
    message_id: str = ""
    size: int = 0
    first_seen: datetime
    died_at: datetime


class DeadContent(Record):
    """What is in a dead letter: its ``payload`` as plain text, ``cut`` where it is longer, and its headers."""

    payload: str
    cut: bool = False
    headers: dict[str, str] = Field(default_factory=dict)


class DeadAnswer(Versioned):
    """The answer; ``total`` counts all there are. ``content`` only where one was asked for and is there."""

    VERSION: ClassVar[int] = 1

    items: list[DeadView] = Field(default_factory=list)
    total: int = 0
    content: DeadContent | None = None


class ReplayDead(Record):
    """Have a dead letter handled again, from the start of its schedule. Done twice it is done once."""

    do: Literal["replay_dead"] = "replay_dead"
    dead_id: int


# -- deliveries -----------------------------------------------------------------------------------------------------------------


class FailedDeliveriesQuery(Versioned):
    """``store.query.failed_deliveries``: what did not reach whom it was for, over all tickets, the latest first; ``page`` from 1.
    ``since``: nothing that ended before. With ``id`` that delivery, however it is. (Webhooks have a query of their own.)"""

    VERSION: ClassVar[int] = 1

    id: str = ""
    channel: str = ""
    inbox: str = ""
    since: datetime | None = None
    page: int = 1
    per_page: int = 50


class FailedDelivery(Record):
    """A delivery. ``state``: ``failed``, ``bounced``, or ``unknown`` (nobody knows whether it was sent). ``instead``: it was sent on
    another channel in its stead. Of an agent's notification ``internal`` is true."""

    id: str
    number: int | None = None
    channel: str
    inbox: str
    kind: str
    to: str
    subject: str = ""
    state: str
    attempts: int
    error: str
    internal: bool = False
    instead: bool = False
    created_at: datetime
    updated_at: datetime


class FailedDeliveries(Versioned):
    """A page of them, and how many there are in all."""

    VERSION: ClassVar[int] = 1

    items: list[FailedDelivery] = Field(default_factory=list)
    total: int = 0


# -- agents ---------------------------------------------------------------------------------------------------------------------


class OnlineQuery(Versioned):
    """``store.query.online``: which agents used a session since then?"""

    VERSION: ClassVar[int] = 1

    since: datetime


class OnlineAgent(Record):
    """One of them, and when they were seen last."""

    agent_id: str
    name: str
    role: str = ""
    seen_at: datetime


class OnlineAnswer(Versioned):
    """Those, the one seen last first."""

    VERSION: ClassVar[int] = 1

    agents: list[OnlineAgent] = Field(default_factory=list)


# -- the Maildir ----------------------------------------------------------------------------------------------------------------


class OutgoingQuery(Versioned):
    """``mail.outgoing``, asked of the notifier: the newest so many mails that lie in its Maildir, because no relay takes them."""

    VERSION: ClassVar[int] = 1

    limit: int = 20


class OutgoingMail(Record):
    """A mail that went nowhere but into the Maildir: ``text`` is what its reader would see first, ``cut`` where there is more."""

    name: str
    at: datetime
    size: int
    sender: str = ""
    to: str = ""
    subject: str = ""
    text: str = ""
    cut: bool = False


class OutgoingAnswer(Versioned):
    """The newest first, and how many lie there. ``inboxes`` send into the Maildir, because they have no relay."""

    VERSION: ClassVar[int] = 1

    mails: list[OutgoingMail] = Field(default_factory=list)
    total: int = 0
    inboxes: list[str] = Field(default_factory=list)
