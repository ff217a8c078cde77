"""Agents wherever they are: how they are reached, what they chose to be told of, what they were told, and what they say from there.

An agent is believed by a point only when it was proven to be theirs (``verified_at``). What they say (`Say`) is the same on every
channel; what was said from a channel is kept as *spoken*, also where it was not believed.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from shared.messages.base import Record
from shared.messages.life import StaffFact
from shared.messages.parts import Attachment, Point, Stored

Verdict = Literal["taken", "held", "done", "refused", "dropped"]
"""What became of something spoken: taken, and under way; held until the agent says that it is meant; done (with what could be done of
it); refused, because whoever said it was not believed; dropped, because the agent took it back or never confirmed it."""


# -- operations ---------------------------------------------------------------------------------------------------------------


class PutAgentPoint(Record):
    """A point of an agent, new or as it is from now on. While it is not verified, a code whose SHA-256 is ``code_sha256`` proves it until
    ``code_expires``; ``tries`` counts wrong ones. A point that is verified belongs to one agent only."""

    op: Literal["put_agent_point"] = "put_agent_point"
    point_id: str
    agent_id: str
    kind: Literal["email", "phone", "whatsapp", "telegram"]
    value: str = ""
    verified_at: datetime | None = None
    code_sha256: str = ""
    code_expires: datetime | None = None
    tries: int = 0
    created_at: datetime


class RemoveAgentPoint(Record):
    """A point is no longer an agent's."""

    op: Literal["remove_agent_point"] = "remove_agent_point"
    point_id: str


class AddNews(Record):
    """Something that an agent is told of later, with others: in quiet hours, or in a digest. ``event`` is its kind, a switch of
    ``[agents]``; template and variables as in `Outbound`."""

    op: Literal["add_news"] = "add_news"
    news_id: str
    agent_id: str
    ticket_id: str
    event: str
    template: str
    variables: dict[str, Any] = Field(default_factory=dict)
    at: datetime


class RemoveNews(Record):
    """All that was kept for an agent until now has been told."""

    op: Literal["remove_news"] = "remove_news"
    agent_id: str
    news_ids: list[str]


class AddSpoken(Record):
    """Something an agent (or somebody who claimed to be one) said from a channel. ``agent_id`` is null where nobody is believed to have
    said it. ``point`` is where it came from; ``reason`` tells why it is held or refused. ``delivery_id``: the notification that it
    answers. ``internal``: the words are a note."""

    op: Literal["add_spoken"] = "add_spoken"
    spoken_id: str
    source_id: str
    agent_id: str | None = None
    ticket_id: str | None = None
    channel: str
    inbox: str
    point: Point | None = None
    delivery_id: str | None = None
    internal: bool = False
    text: str = ""
    attachments: list[Attachment] = Field(default_factory=list)
    original: Stored | None = None
    verdict: Verdict
    reason: str = ""
    at: datetime


class SettleSpoken(Record):
    """What became of it, with how each of its commands ended (as `CommandResult.result` of `Say` has it)."""

    op: Literal["settle_spoken"] = "settle_spoken"
    spoken_id: str
    verdict: Verdict
    reason: str = ""
    results: list[dict[str, Any]] = Field(default_factory=list)
    at: datetime


# -- facts --------------------------------------------------------------------------------------------------------------------


class AgentPointFact(Record):
    """A point of an agent, as in `PutAgentPoint`."""

    point_id: str
    agent_id: str
    kind: str
    value: str = ""
    verified_at: datetime | None = None
    code_sha256: str = ""
    code_expires: datetime | None = None
    tries: int = 0
    created_at: datetime | None = None


class ChoiceFact(Record):
    """An agent who chose how to be told (see `shared.settings.notifying`), or can be reached elsewhere than at their address.
    ``points`` are verified ones; ``unreachable`` those of them at which nothing arrives, or nothing is wanted."""

    agent_id: str
    email: str
    name: str = ""
    role: str = "agent"
    languages: list[str] = Field(default_factory=list)
    hours: str = ""
    away_until: datetime | None = None
    notify: dict[str, Any] = Field(default_factory=dict)
    points: list[Point] = Field(default_factory=list)
    unreachable: list[Point] = Field(default_factory=list)


class NewsFact(Record):
    """Something kept for an agent, as in `AddNews`, with its ticket's number, subject and priority (null: nobody knows)."""

    news_id: str
    ticket_id: str
    ticket_number: int
    subject: str = ""
    priority: str | None = None
    event: str
    template: str
    variables: dict[str, Any] = Field(default_factory=dict)
    at: datetime


class ToldFact(Record):
    """A notification that went to an agent: the delivery, its ticket, the short code that answers it, whether such an answer is a note
    (``internal``), and as of when it tells how the ticket stands. ``provider_id`` as in `DeliveryReport`, ``event`` as in `Outbound`."""

    delivery_id: str
    ticket_id: str
    channel: str
    inbox: str
    to: str
    code: str = ""
    internal: bool = False
    provider_id: str | None = None
    event: str = ""
    at: datetime


class SpokenFact(Record):
    """Something spoken, as in `AddSpoken`."""

    spoken_id: str
    source_id: str
    agent_id: str | None = None
    ticket_id: str | None = None
    channel: str
    inbox: str
    point: Point | None = None
    delivery_id: str | None = None
    internal: bool = False
    text: str = ""
    attachments: list[Attachment] = Field(default_factory=list)
    verdict: Verdict
    reason: str = ""
    results: list[dict[str, Any]] = Field(default_factory=list)
    at: datetime


class SpeakerAsk(Record):
    """Who speaks? By a verified ``point``, or by ``part``: the beginning of an agent's id (16 characters) in a signed address."""

    point: Point | None = None
    part: str = ""

    @property
    def key(self) -> str:
        """By what `Facts.speakers` has the answer."""
        return f"part {self.part}" if self.point is None else f"{self.point.kind} {self.point.value}"


class SpeakerFact(Record):
    """An agent who may be speaking. ``verified`` are their verified points, the address they were added with among them. ``told``: what
    they were told of in the last 30 days, newest first, at most 500; ``held``: what they said and did not confirm yet, newest first;
    ``refused`` counts what was refused from them in the last hour, ``refused_by`` by channel. ``undeliverable``: those of their points
    that are marked so."""

    agent: StaffFact
    verified: list[Point] = Field(default_factory=list)
    undeliverable: list[Point] = Field(default_factory=list)
    told: list[ToldFact] = Field(default_factory=list)
    held: list[SpokenFact] = Field(default_factory=list)
    refused: int = 0
    refused_by: dict[str, int] = Field(default_factory=dict)


# -- commands -----------------------------------------------------------------------------------------------------------------


class Say(Record):
    """What an agent wrote, as they wrote it: lines that begin with ``#`` or ``/`` are commands (`shared.speech`), the rest is an answer to
    the customer, or with ``internal`` a note. ``seen_at``: when they last saw the ticket; an answer is refused (``moved-on``) if it went
    on since. Its result has ``results``: for each command in its order ``command``, ``line``, ``ok``, ``error``, ``detail`` and what it
    made."""

    do: Literal["say"] = "say"
    number: int
    text: str
    internal: bool = False
    attachments: list[Attachment] = Field(default_factory=list)
    seen_at: datetime | None = None


class AddPoint(Record):
    """An agent can be reached at this point, once it is proven: a code is sent there (kind ``telegram``: the result has the code, which
    ``/start`` brings back from the chat, and ``value`` is empty)."""

    do: Literal["add_agent_point"] = "add_agent_point"
    email: str
    kind: Literal["email", "phone", "whatsapp", "telegram"]
    value: str = ""


class VerifyPoint(Record):
    """The code that was sent to an agent's point."""

    do: Literal["verify_agent_point"] = "verify_agent_point"
    email: str
    kind: Literal["email", "phone", "whatsapp"]
    value: str
    code: str


class DropPoint(Record):
    """An agent is no longer to be reached, nor believed, at this point."""

    do: Literal["drop_agent_point"] = "drop_agent_point"
    email: str
    kind: Literal["email", "phone", "whatsapp", "telegram"]
    value: str
