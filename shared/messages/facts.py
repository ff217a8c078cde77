"""Facts: what a decision may know, asked of the store in one request for a whole batch.

Every key that was asked about comes back with a version, keys of things that do not exist included (version 0). A changeset
names the versions it relied on, so that the store can tell whether somebody changed them in between.
"""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from shared.identity import derive
from shared.messages.agents import AgentPointFact, ChoiceFact, NewsFact, SpeakerAsk, SpeakerFact, SpokenFact
from shared.messages.articles import ArticleFact, ArticlesAsk
from shared.messages.base import Record, Versioned
from shared.messages.documents import DocumentFact, DocumentName
from shared.messages.life import EntryFact, LinkFact, StaffFact
from shared.messages.outbound import Outbound
from shared.messages.parts import Point, Status
from shared.messages.portal import PortalAsk, PortalFacts
from shared.messages.presence import SinceAsk, SinceFact
from shared.messages.signin import SignInAsk, SignInFacts


def source_key(source_id: str) -> str:
    """The key of a message by its source id."""
    return f"s:{source_id}"


def reference_key(message_id: str) -> str:
    """The key of everything known of a Message-ID; hashed because ids may be as long as a header line."""
    return f"r:{derive('reference', message_id)}"


def point_key(kind: str, value: str) -> str:
    """The key of a contact's point: who it belongs to, what was sent to it automatically, whether it works."""
    return f"p:{derive('point', kind, value)}"


def contact_key(contact_id: str) -> str:
    """The key of a contact: who they are and which points are theirs."""
    return f"c:{contact_id}"


def agent_key(agent_id: str) -> str:
    """The key of an agent: whether they are there, and how many tickets they were given."""
    return f"a:{agent_id}"


def ticket_key(ticket_id: str) -> str:
    """The key of a ticket with everything that belongs to it."""
    return f"t:{ticket_id}"


EXAMPLES = "examples"
"""The entry among the spam filter's words that counts the examples themselves."""


class FactsRequest(Versioned):
    """What a batch needs to know. Points and Message-IDs are already normalised. ``words`` are hashed words of the spam filter, ``samples``
    the numbers of tickets that it may learn from. ``contents`` are content keys; ``deliveries_of`` and ``messages_of`` numbers of
    tickets whose newest deliveries, whose messages are wanted; ``texts`` ids of messages; ``assignees``: who has the tickets that come
    along. ``newest_of``: points of contacts whose newest ticket is wanted; ``people`` ids of contacts, ``people_of`` numbers of tickets
    whose contacts are wanted with all their points. ``customers``: the contacts of all tickets that come along, and what is known of their
    points; ``entries`` and ``links``: those tickets' entries and links (the linked tickets come along, too); ``staff``: all agents;
    ``last_agents``: who had the last ticket of each contact that comes along.
    ``recipients``: what is known of the points that the deliveries which come along went to. ``sent``: deliveries that are wanted with
    all that was to be sent; ``timers_of``: numbers of tickets all of whose timers are wanted. Of a ticket that was merged, the ticket
    that it is part of now comes along, and what is wanted of the one is wanted of the other.

    ``choices``: the agents who chose how to be told, or can be reached elsewhere than at their address. ``speakers``: who may be speaking,
    with what they were told and what is held of theirs (the tickets of that come along). ``points_of``: mail addresses of agents whose
    points are wanted, proven or not; ``codes``: SHA-256 of codes that may prove a point. ``spoken`` are ids of what was said; ``news_of``
    ids of agents for whom something is kept. ``since``: what was written in tickets after somebody saw them.
    ``learnt``: the versions of models that are kept. ``documents``: documents of the desk that are wanted as they are. ``articles``:
    texts that published articles for customers may be like. ``held_by``: ids of agents of whose tickets that are not over the first fifty
    are wanted.
    ``sign_in``: what agents sign in with; ``portal``: a code that a customer asked for."""

    VERSION: ClassVar[int] = 1

    sources: list[str] = Field(default_factory=list)
    references: list[str] = Field(default_factory=list)
    numbers: list[int] = Field(default_factory=list)
    tickets: list[str] = Field(default_factory=list)
    points: list[Point] = Field(default_factory=list)
    deliveries: list[str] = Field(default_factory=list)
    timers: list[str] = Field(default_factory=list)
    words: list[str] = Field(default_factory=list)
    samples: list[int] = Field(default_factory=list)
    contents: list[str] = Field(default_factory=list)
    deliveries_of: list[int] = Field(default_factory=list)
    messages_of: list[int] = Field(default_factory=list)
    texts: list[str] = Field(default_factory=list)
    assignees: bool = False
    newest_of: list[Point] = Field(default_factory=list)
    people: list[str] = Field(default_factory=list)
    people_of: list[int] = Field(default_factory=list)
    customers: bool = False
    staff: bool = False
    entries: bool = False
    links: bool = False
    sent: list[str] = Field(default_factory=list)
    recipients: bool = False
    timers_of: list[int] = Field(default_factory=list)
    last_agents: bool = False
    choices: bool = False
    speakers: list[SpeakerAsk] = Field(default_factory=list)
    points_of: list[str] = Field(default_factory=list)
    codes: list[str] = Field(default_factory=list)
    spoken: list[str] = Field(default_factory=list)
    news_of: list[str] = Field(default_factory=list)
    learnt: bool = False
    documents: list[DocumentName] = Field(default_factory=list)
    articles: list[ArticlesAsk] = Field(default_factory=list)
    since: list[SinceAsk] = Field(default_factory=list)
    sign_in: SignInAsk | None = None
    portal: PortalAsk | None = None
    held_by: list[str] = Field(default_factory=list)


class SourceFact(Record):
    """A message that is already stored."""

    message_id: str
    ticket_id: str
    inboxes: list[str]


class ReferenceFact(Record):
    """A ticket that knows a Message-ID: because a message of it bears the id (``owned``), or one mentions it.

    ``audience`` counts the recipients of the message that bears the id; null where it was only mentioned. ``moved``: an agent said that
    what follows it belongs here.
    """

    ticket_id: str
    owned: bool
    audience: int | None = None
    moved: bool = False


class TicketFact(Record):
    """What a decision may know of a ticket. ``participants`` are lower-cased mail addresses or points' values of everybody
    who wrote in it or stood in To or Cc; ``unconfirmed`` those of them that only a token brought in. ``fields`` has the columns of its
    record that have no name here. ``state`` is what the parts of its life remember, each by its name (see `ChangeTicket`)."""

    ticket_id: str
    number: int
    status: Status
    subject: str
    channel: str
    inbox: str
    language: str
    contact_id: str | None = None
    customer: str = ""
    participants: list[str] = Field(default_factory=list)
    unconfirmed: list[str] = Field(default_factory=list)
    category: str | None = None
    team: str | None = None
    assignee: str | None = None
    priority: str = "normal"
    kind: str | None = None
    tags: list[str] = Field(default_factory=list)
    created_at: datetime
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    first_response_due: datetime | None = None
    next_response_due: datetime | None = None
    resolution_due: datetime | None = None
    first_responded_at: datetime | None = None
    latest_message_ids: list[str] = Field(default_factory=list)
    fields: dict[str, Any] = Field(default_factory=dict)
    conversation: str | None = None
    updated_at: datetime | None = None
    customer_confirmed_at: datetime | None = None
    internal: bool = False
    watchers: list[str] = Field(default_factory=list)
    collaborators: list[str] = Field(default_factory=list)
    state: dict[str, Any] = Field(default_factory=dict)
    status_since: datetime | None = None
    assigned_at: datetime | None = None
    snoozed_until: datetime | None = None
    merged_into: str | None = None
    reopened: int = 0


class ContactFact(Record):
    """The contact behind a point. ``language`` is what is known of them, null when nothing is. ``blocked``: mail from this point is held
    back. ``answered``: an agent has answered them in a ticket that is no spam. ``opted_out``: nothing is to be sent to this point;
    ``verified``: they wrote from it, or their channel vouches for it. It is ``undeliverable`` since ``marked_at`` (null: nobody knows) for
    ``mark_reason``."""

    contact_id: str
    name: str
    language: str | None = None
    undeliverable: bool = False
    blocked: bool = False
    answered: bool = False
    opted_out: bool = False
    verified: bool = True
    timezone: str | None = None
    marked_at: datetime | None = None
    mark_reason: str = ""


class PointFact(Record):
    """A point of a contact, as in `ContactFact`."""

    kind: str
    value: str
    undeliverable: bool = False
    blocked: bool = False
    opted_out: bool = False
    verified: bool = True


class PersonFact(Record):
    """A contact with all points. ``merged_into``: they were found to be another contact, who has their points now. ``notify_by`` as in
    `ChangeContact`."""

    contact_id: str
    name: str = ""
    language: str | None = None
    timezone: str | None = None
    merged_into: str | None = None
    points: list[PointFact] = Field(default_factory=list)
    notify_by: str | None = None


class HeldFact(Record):
    """A message that is, or was, in quarantine. ``ticket_id`` is where it went when it was released."""

    held_id: str
    inboxes: list[str]
    received_at: datetime
    released_at: datetime | None = None
    ticket_id: str | None = None
    discarded_at: datetime | None = None


class LearntFact(Record):
    """What the spam filter has learnt from a ticket: these hashed words, as spam or as none."""

    spam: bool
    words: list[str]


class SampleFact(Record):
    """The first message of a ticket's customer, its text cut at 20,000 characters, for the spam filter to learn from."""

    sender: str
    subject: str
    text: str
    learnt: LearntFact | None = None


class AgentFact(Record):
    """An agent, by one of their addresses. ``public_name`` is how customers know them; empty: they don't. ``away_until`` as in
    `StaffFact`."""

    agent_id: str
    email: str
    name: str
    role: str
    public_name: str = ""
    away_until: datetime | None = None


class AutomaticSent(Record):
    """One automatic answer that went to a point."""

    at: datetime
    ticket_id: str | None = None


class DeliveryFact(Record):
    """A delivery: where it went, in which ticket, how far it came."""

    delivery_id: str
    ticket_id: str | None
    channel: str
    inbox: str
    to: str
    state: str
    attempt: int
    kind: str
    message_id: str | None = None


class MessageFact(Record):
    """A message of a ticket. ``author`` is a lower-cased address, ``recipients`` too; ``answers`` as in `AddMessage`."""

    message_id: str
    direction: str
    source_id: str | None = None
    header_id: str | None = None
    answers: list[str] = Field(default_factory=list)
    author: str = ""
    author_name: str = ""
    recipients: list[str] = Field(default_factory=list)
    audience: int = 0
    automatic: str | None = None
    subject: str = ""
    channel: str = "email"
    inbox: str = ""
    created_at: datetime
    conversation: str | None = None


class SeenContent(Record):
    """A message that said the same."""

    at: datetime
    ticket_id: str


class TimerFact(Record):
    """A timer that is set. A firing with another generation is an old one."""

    timer_id: str
    kind: str
    ticket_id: str | None
    generation: int
    due_at: datetime


class Facts(Versioned):
    """The answer. Dictionaries lack what does not exist; ``versions`` has every key that was asked about and the key of every ticket
    that came along. ``tickets`` has all tickets that any other fact mentions. ``contacts``, ``agents`` and ``automatic`` are keyed by
    `point_key`, ``references`` by Message-ID, ``held`` by source id, ``samples`` by ticket. ``words`` has how often each was learnt in
    spam and in other mail. ``contents`` by content key, ``messages`` (in the order of storing) by ticket id, ``texts`` by message id,
    ``moved_from`` (the numbers of tickets from which messages were moved there) by ticket id, ``assignees`` by what stands in the
    ticket, ``newest`` (ids of tickets) by `point_key`, ``people`` by contact. ``apart`` has by contact those
    who were taken for the same person and are not; asked about for contacts with other points than mail addresses. ``entries`` and
    ``links`` by ticket, in the order in which they were made; ``staff`` by mail address (with the version of each agent's key); ``sent`` by
    delivery; ``last_agents``, as their last ticket names them, by contact. ``choices`` by mail address, ``speakers`` by `SpeakerAsk.key`,
    ``agent_points`` by point id (all that ``points_of``, ``codes`` asked about, and whose verified point a new one would be), ``spoken`` by
    its id, ``news`` (oldest first) by agent, ``since`` (oldest first, the newest twenty) by ticket. ``erased``: source ids of messages
    that were forgotten. ``held_by`` has ids of tickets by the agent's. ``blocked``: agents who work here no longer, their ids by their mail
    addresses; known wherever agents are, and nowhere else among them."""

    VERSION: ClassVar[int] = 1

    versions: dict[str, int] = Field(default_factory=dict)
    sources: dict[str, SourceFact] = Field(default_factory=dict)
    references: dict[str, list[ReferenceFact]] = Field(default_factory=dict)
    numbers: dict[int, str] = Field(default_factory=dict)
    tickets: dict[str, TicketFact] = Field(default_factory=dict)
    contacts: dict[str, ContactFact] = Field(default_factory=dict)
    agents: dict[str, AgentFact] = Field(default_factory=dict)
    automatic: dict[str, list[AutomaticSent]] = Field(default_factory=dict)
    deliveries: dict[str, DeliveryFact] = Field(default_factory=dict)
    timers: dict[str, TimerFact] = Field(default_factory=dict)
    contents: dict[str, list[SeenContent]] = Field(default_factory=dict)
    messages: dict[str, list[MessageFact]] = Field(default_factory=dict)
    texts: dict[str, str] = Field(default_factory=dict)
    moved_from: dict[str, list[int]] = Field(default_factory=dict)
    assignees: dict[str, AgentFact] = Field(default_factory=dict)
    held: dict[str, HeldFact] = Field(default_factory=dict)
    words: dict[str, tuple[int, int]] = Field(default_factory=dict)
    samples: dict[str, SampleFact] = Field(default_factory=dict)
    newest: dict[str, str] = Field(default_factory=dict)
    people: dict[str, PersonFact] = Field(default_factory=dict)
    apart: dict[str, list[str]] = Field(default_factory=dict)
    entries: dict[str, list[EntryFact]] = Field(default_factory=dict)
    links: dict[str, list[LinkFact]] = Field(default_factory=dict)
    staff: dict[str, StaffFact] = Field(default_factory=dict)
    sent: dict[str, Outbound] = Field(default_factory=dict)
    last_agents: dict[str, str] = Field(default_factory=dict)
    choices: dict[str, ChoiceFact] = Field(default_factory=dict)
    speakers: dict[str, SpeakerFact] = Field(default_factory=dict)
    agent_points: dict[str, AgentPointFact] = Field(default_factory=dict)
    spoken: dict[str, SpokenFact] = Field(default_factory=dict)
    news: dict[str, list[NewsFact]] = Field(default_factory=dict)
    learnt: list[str] = Field(default_factory=list)
    documents: dict[str, DocumentFact] = Field(default_factory=dict)
    articles: dict[str, list[ArticleFact]] = Field(default_factory=dict)
    since: dict[str, list[SinceFact]] = Field(default_factory=dict)
    sign_in: SignInFacts | None = None
    portal: PortalFacts | None = None
    erased: list[str] = Field(default_factory=list)
    held_by: dict[str, list[str]] = Field(default_factory=dict)
    blocked: dict[str, str] = Field(default_factory=dict)

    def is_blocked(self, name: str | None) -> bool:
        """Whether an agent's address or id is that of somebody who works here no longer."""
        wanted = (name or "").strip().lower()
        return bool(wanted) and (wanted in self.blocked or wanted in self.blocked.values())
