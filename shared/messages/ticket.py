"""Tickets and messages as the API shows them (docs/openapi.json), and the queries that ask the store for them."""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from shared.messages.base import Record, Versioned
from shared.messages.learning import Suggestion
from shared.messages.parts import Address, Attachment, Authentication, Point, Reason
from shared.messages.sla import HandlingTime, SlaCycle
from shared.messages.waiting import WaitingView


class ContactView(Record):
    """The customer of a ticket."""

    id: str = ""
    name: str = ""
    points: list[Point] = Field(default_factory=list)


class Satisfaction(Record):
    """What the customer thought of it."""

    score: int | None = None
    words: str = ""


class Evidence(Record):
    """What shows that something is so: words, files, or both. ``of`` is the id of the message they came in, if they did. By ``id`` a piece
    is taken back; older pieces have none."""

    note: str = ""
    files: list[Attachment] = Field(default_factory=list)
    of: str | None = None
    by: str = ""
    at: datetime | None = None
    id: str = ""


class EntryView(Record):
    """An entry of a ticket's record: an action, a promise, a call, a task, a further contact. ``data`` has what its kind has."""

    id: str
    kind: str
    data: dict[str, Any] = Field(default_factory=dict)
    due_at: datetime | None = None
    done_at: datetime | None = None
    by: str = ""
    created_at: datetime
    updated_at: datetime

    def listed(self) -> dict[str, Any]:
        """An entry as the API lists it: what its kind has, beside when it is due and was done. ``at`` is when it was written down, of a
        call or another contact when that was."""
        times = {name: getattr(self, column) for name, column in _TIMES_OF.get(self.kind, {}).items()}
        return {"id": self.id, "kind": self.kind, "by": self.by, "at": self.created_at, **self.data, **times}


_TIMES_OF = {
    "action": {"done_at": "done_at"},
    "promise": {"due": "due_at", "done_at": "done_at"},
    "task": {"due": "due_at", "done_at": "done_at"},
}


class Related(Record):
    """Another ticket that has to do with this one. The tickets that have this one as their ``problem`` are its ``case``, those that were
    ``merged`` into it ``merged-here``."""

    number: str
    kind: str
    reason: str = ""


class EarlierText(Record):
    """What a message said before its sender changed it ``at`` that time."""

    text: str
    at: datetime


class MessageView(Record):
    """A message of a ticket. ``recipients`` stand in its To and Cc; ``bcc`` got it without the others knowing. ``side`` is the id of the
    side conversation that it belongs to: the customer has no part in it."""

    id: str
    direction: str
    author: str
    channel: str
    inbox: str = ""
    subject: str = ""
    text: str
    reply_text: str
    html: str | None = None
    attachments: list[Attachment] = Field(default_factory=list)
    created_at: datetime
    automatic: str | None = None
    routed_by: Reason | None = None
    header_id: str | None = None
    source_id: str | None = None
    inboxes: list[str] = Field(default_factory=list)
    defects: list[str] = Field(default_factory=list)
    correlation_id: str = ""
    forwarded_from: str | None = None
    authentication: Authentication | None = None
    recipients: list[Address] = Field(default_factory=list)
    bcc: list[Address] | None = None
    conversation: str | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    earlier: list[EarlierText] = Field(default_factory=list)
    side: str | None = None


class HtmlQuery(Versioned):
    """``store.query.html``: what is shown of one message of the ticket ``number``, whole whatever else the ticket holds."""

    VERSION: ClassVar[int] = 1

    number: int
    message_id: str


class HtmlAnswer(Versioned):
    """The answer to `HtmlQuery`. ``html`` is null for a message that is plain ``text``."""

    VERSION: ClassVar[int] = 1

    found: bool = False
    html: str | None = None
    text: str = ""
    attachments: list[Attachment] = Field(default_factory=list)


class EventView(Record):
    """An entry of a ticket's audit trail."""

    id: str
    what: str
    actor: str
    channel: str = ""
    reason: str = ""
    data: dict[str, Any] = Field(default_factory=dict)
    at: datetime


class DeliveryView(Record):
    """A delivery of a ticket. ``via`` is who took it over; for SMS also how many segments it takes. ``instead`` is the channel on which
    the message was sent after this delivery had failed; empty: on none."""

    id: str
    message_id: str | None = None
    kind: str
    channel: str
    inbox: str
    to: str
    state: str
    attempt: int
    error: str = ""
    provider_id: str | None = None
    via: str = ""
    next_attempt_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    instead: str = ""


class SideView(Record):
    """A side conversation of a ticket: somebody who has no part in the ticket is asked about it. ``by`` began it; its messages are those of
    the ticket with its id as ``side``."""

    id: str
    channel: str
    inbox: str = ""
    to: str
    name: str = ""
    subject: str = ""
    by: str = ""
    created_at: datetime
    updated_at: datetime


class RequestView(Record):
    """What an internal ticket is asked for: by whom, of whom, until when, for which ticket (``of``, null: for none), and when it was
    answered."""

    from_: str = Field(default="", alias="from")
    to: str = ""
    of: str | None = None
    due: datetime | None = None
    answered_at: datetime | None = None


class TicketView(Record):
    """A ticket. ``number`` is written ``T-1001``. ``window_ends``, of one on WhatsApp or Messenger when shown alone, is until when
    anything may be sent to its customer, 24 hours after they wrote; afterwards only approved templates. ``notify_by``: how they are told of
    what happens to it, ``channel`` (its own), ``email`` or ``sms``. ``last_message_at``, of one that is shown alone, is when the newest
    message came into it or went out of it: whoever answers says by that what they have seen (``seen_at``). ``suggestions`` are what the
    learnt classifier made of its first message: category, team, priority; ``waiting``: answers that are about to be sent."""

    id: str
    number: str
    subject: str
    status: str
    kind: str | None = None
    product: str | None = None
    priority: str
    category: str | None = None
    tags: list[str] = Field(default_factory=list)
    channel: str
    inbox: str
    language: str
    team: str | None = None
    assignee: str | None = None
    watchers: list[str] = Field(default_factory=list)
    contact: ContactView = Field(default_factory=ContactView)
    received_by: str | None = None
    received_at: datetime | None = None
    received_via: str | None = None
    problem: str = ""
    impact: str | None = None
    solution: str | None = None
    root_cause: str | None = None
    preventive_action: str | None = None
    tested: str | None = None
    details: str | None = None
    evidence: list[Evidence] = Field(default_factory=list)
    solved_by: str | None = None
    tested_by: str | None = None
    preventive_owner: str | None = None
    preventive_due: datetime | None = None
    preventive_verified_at: datetime | None = None
    preventive_verified_by: str | None = None
    collaborators: list[str] = Field(default_factory=list)
    internal: bool = False
    snoozed_until: datetime | None = None
    assigned_at: datetime | None = None
    reopened: int = 0
    notify_by: str = "channel"
    created_at: datetime
    updated_at: datetime
    first_response_due: datetime | None = None
    next_response_due: datetime | None = None
    resolution_due: datetime | None = None
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    customer_confirmed_at: datetime | None = None
    satisfaction: Satisfaction | None = None
    window_ends: datetime | None = None
    last_message_at: datetime | None = None
    sla: list[SlaCycle] = Field(default_factory=list)
    time: HandlingTime | None = None
    related: list[Related] = Field(default_factory=list)
    merged_into: str | None = None
    reasons: dict[str, Reason] = Field(default_factory=dict)
    suggestions: dict[str, Suggestion] = Field(default_factory=dict)
    messages: list[MessageView] | None = None
    events: list[EventView] | None = None
    deliveries: list[DeliveryView] | None = None
    side_conversations: list[SideView] = Field(default_factory=list)
    request: RequestView | None = None
    waiting: list[WaitingView] = Field(default_factory=list)
    entries: list[EntryView] | None = None
    actions: list[dict[str, Any]] | None = None
    promises: list[dict[str, Any]] | None = None


class TicketsQuery(Versioned):
    """``store.query.tickets``: a page (50 a page, from 1) of tickets, newest first, that meet every given condition. ``sort`` says which
    time counts: ``created`` or ``updated``."""

    VERSION: ClassVar[int] = 1

    status: str | None = None
    assignee: str | None = None
    team: str | None = None
    q: str | None = None
    channel: str | None = None
    tag: str | None = None
    page: int = 1
    per_page: int = 50
    sort: str = "created"


class TicketsPage(Versioned):
    """The answer to `TicketsQuery`."""

    VERSION: ClassVar[int] = 1

    items: list[TicketView]
    total: int


class TicketQuery(Versioned):
    """``store.query.ticket``: one ticket with all that belongs to it, by number or by the id of a message in it."""

    VERSION: ClassVar[int] = 1

    number: int | None = None
    message_id: str | None = None


class TicketAnswer(Versioned):
    """The answer to `TicketQuery`; null where there is none."""

    VERSION: ClassVar[int] = 1

    ticket: TicketView | None = None


class TokenQuery(Versioned):
    """``store.query.token``: whose token is it?"""

    VERSION: ClassVar[int] = 1

    sha256: str


class TokenAnswer(Versioned):
    """The answer to `TokenQuery`; name null for an unknown token, or a revoked one. ``role`` is what it may."""

    VERSION: ClassVar[int] = 1

    token_id: str | None = None
    name: str | None = None
    role: str = "admin"


class AgentsQuery(Versioned):
    """``store.query.agents``: all agents."""

    VERSION: ClassVar[int] = 1


class AgentPointView(Point):
    """A point of an agent. ``verified``: it was proven to be theirs, and they are believed there."""

    verified: bool = False


class AgentView(Record):
    """An agent as listed. ``open`` counts their tickets that are not over; ``notify`` is how they chose to be told
    (`shared.settings.notifying`), empty: nothing chosen; who has ``blocked_at`` works here no longer; the rest as in
    `shared.messages.life.StaffFact`."""

    id: str
    email: str
    name: str
    role: str
    public_name: str = ""
    languages: list[str] = Field(default_factory=list)
    hours: str = ""
    capacity: int | None = None
    away_until: datetime | None = None
    open: int = 0
    signatures: dict[str, str] = Field(default_factory=dict)
    notify: dict[str, Any] = Field(default_factory=dict)
    points: list[AgentPointView] = Field(default_factory=list)
    blocked_at: datetime | None = None


class AgentsAnswer(Versioned):
    """The answer to `AgentsQuery`."""

    VERSION: ClassVar[int] = 1

    agents: list[AgentView]


class LedgerQuery(Versioned):
    """``store.query.ledger``: what became of everything received, since a time or ever."""

    VERSION: ClassVar[int] = 1

    since: datetime | None = None


class LedgerLine(Record):
    """One channel and inbox: ``received`` is counted on the bus and at the door, the rest where it ended."""

    channel: str
    inbox: str
    received: int = 0
    stored: int = 0
    duplicate: int = 0
    quarantined: int = 0
    refused: int = 0
    dead: int = 0
    in_flight: int = 0
    reasons: dict[str, int] = Field(default_factory=dict)

    @property
    def adds_up(self) -> bool:
        """Whether everything received is accounted for."""
        ended = self.stored + self.duplicate + self.quarantined + self.refused + self.dead + self.in_flight
        return self.received == ended


class LedgerAnswer(Versioned):
    """The answer to `LedgerQuery`."""

    VERSION: ClassVar[int] = 1

    lines: list[LedgerLine]


class LedgerNote(Versioned):
    """``store.ledger``: intake tells how many it turned away (or took twice) since its last note. ``note_id`` is unique, so that a
    repeated note counts once. ``counts`` are keyed ``<channel>/<inbox>/<outcome>/<reason>``; outcomes: ``refused``, ``duplicate``."""

    VERSION: ClassVar[int] = 1

    note_id: str
    counts: dict[str, int]


class HealthQuery(Versioned):
    """``store.query.health``: what the watchdog wants to know of the database."""

    VERSION: ClassVar[int] = 1


class MailboxHealth(Record):
    """How an inbox that is fetched from a mailbox (or by a bot) is. ``failing_since``: since when nobody gets in, with the ``problem`` in
    one line; ``certain``: waiting will not mend it. ``warning`` is what will become a problem."""

    failing_since: datetime | None = None
    problem: str = ""
    certain: bool = False
    warning: str = ""


class HealthAnswer(Versioned):
    """Age of the oldest delivery still to be sent (its due time counts, not its retries), last message received per inbox,
    free bytes where the data lies, outbox rows not yet published, deliveries waiting per inbox, since when, and its last error.
    ``mailboxes``: the inboxes that are fetched, null where nobody fetches them."""

    VERSION: ClassVar[int] = 1

    oldest_delivery_at: datetime | None = None
    last_received: dict[str, datetime] = Field(default_factory=dict)
    disk_free: int | None = None
    outbox_waiting: int = 0
    waiting: dict[str, int] = Field(default_factory=dict)
    last_errors: dict[str, str] = Field(default_factory=dict)
    waiting_since: dict[str, datetime] = Field(default_factory=dict)
    mailboxes: dict[str, MailboxHealth | None] = Field(default_factory=dict)
