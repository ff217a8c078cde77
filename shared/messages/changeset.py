"""`Changeset`: what a decision wants changed, atomically, with the reason for each choice and what it relied on.

The store writes the operations in order. Ids are derived from the cause (`shared.identity`), so writing one twice is
impossible and deciding twice names the same entities.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, SerializeAsAny

from shared.messages.agents import (
    AddNews,
    AddSpoken,
    PutAgentPoint,
    RemoveAgentPoint,
    RemoveNews,
    SettleSpoken,
)
from shared.messages.articles import CountVote
from shared.messages.automation import RequeueDelivery
from shared.messages.base import Record, Versioned
from shared.messages.documents import DropDocument, PutDocument
from shared.messages.gathering import MoveRecord
from shared.messages.inbound import Inbound
from shared.messages.learning import KeepModel, UseModel
from shared.messages.life import ChangeAgent, PutEntry, UnlinkTickets
from shared.messages.outbound import Outbound
from shared.messages.parts import (
    Address,
    Attachment,
    Authentication,
    Automatic,
    Bounce,
    Channel,
    Direction,
    Point,
    Reason,
    Status,
    Stored,
)
from shared.messages.people import Forget
from shared.messages.portal import EndPortalSession, OpenPortalSession, PutPortalCode
from shared.messages.signin import (
    AddSession,
    DropFailures,
    DropResets,
    EndSessions,
    PutCredential,
    PutFailures,
    PutReset,
    RevokeTokens,
    SeeSession,
)


class OpenTicket(Record):
    """A new ticket. Its number is given by the store."""

    op: Literal["open_ticket"] = "open_ticket"
    ticket_id: str
    subject: str
    channel: Channel
    inbox: str
    language: str
    status: Status = "new"
    contact_id: str | None = None
    customer: str = ""
    participants: list[str] = Field(default_factory=list)
    unconfirmed: list[str] = Field(default_factory=list)
    kind: str | None = None
    category: str | None = None
    priority: str = "normal"
    team: str | None = None
    assignee: str | None = None
    tags: list[str] = Field(default_factory=list)
    received_by: str | None = None
    problem: str = ""
    internal: bool = False
    created_at: datetime
    first_response_due: datetime | None = None
    next_response_due: datetime | None = None
    resolution_due: datetime | None = None
    closed_at: datetime | None = None
    reasons: dict[str, Reason] = Field(default_factory=dict)
    conversation: str | None = None
    product: str | None = None
    impact: str | None = None
    watchers: list[str] = Field(default_factory=list)
    collaborators: list[str] = Field(default_factory=list)
    state: dict[str, Any] = Field(default_factory=dict)
    received_at: datetime | None = None
    received_via: str | None = None


class ChangeTicket(Record):
    """New values for columns of a ticket, by the names of the API's Ticket; times as ISO 8601 text.

    ``add_participants`` and ``add_unconfirmed`` are united with what the ticket has; ``reasons`` too. ``state`` has new values of what
    the parts of a ticket's life remember, each by its name; null: nothing any more.
    """

    op: Literal["change_ticket"] = "change_ticket"
    ticket_id: str
    fields: dict[str, Any] = Field(default_factory=dict)
    add_participants: list[str] = Field(default_factory=list)
    add_unconfirmed: list[str] = Field(default_factory=list)
    reasons: dict[str, Reason] = Field(default_factory=dict)
    state: dict[str, Any] = Field(default_factory=dict)


class AddMessage(Record):
    """A message of a ticket, coming in, going out or internal. ``header_id`` is its Message-ID without angle brackets; ``answers`` are
    those of the messages it follows, newest first, our own as the router marks them. Messages of one sender that say the same have
    one ``content_key``. ``side`` is the side conversation that it belongs to: then it is internal, whoever wrote it."""

    op: Literal["add_message"] = "add_message"
    message_id: str
    ticket_id: str
    direction: Direction
    channel: Channel
    inbox: str
    author: Address
    author_kind: Literal["customer", "agent", "system", "other"] = "customer"
    source_id: str | None = None
    header_id: str | None = None
    inboxes: list[str] = Field(default_factory=list)
    audience: int = 0
    recipients: list[Address] = Field(default_factory=list)
    subject: str = ""
    text: str = ""
    reply_text: str = ""
    html: str | None = None
    language: str | None = None
    automatic: Automatic | None = None
    bounce: Bounce | None = None
    attachments: list[Attachment] = Field(default_factory=list)
    original: Stored | None = None
    defects: list[str] = Field(default_factory=list)
    date: datetime | None = None
    created_at: datetime
    routed_by: Reason | None = None
    correlation_id: str = ""
    answers: list[str] = Field(default_factory=list)
    content_key: str | None = None
    forwarded_from: str | None = None
    authentication: Authentication | None = None
    bcc: list[Address] | None = None
    conversation: str | None = None
    side: str | None = None


class EditMessage(Record):
    """The message of this ticket that bears ``header_id`` was changed by its sender at ``at``, or (``deleted``) taken back. What it said
    before is kept; an older change that comes late only adds to the history."""

    op: Literal["edit_message"] = "edit_message"
    edit_id: str
    ticket_id: str
    header_id: str
    text: str = ""
    reply_text: str = ""
    attachments: list[Attachment] = Field(default_factory=list)
    deleted: bool = False
    at: datetime


class AddRoute(Record):
    """The message also came by these inboxes (one mail to two mailboxes)."""

    op: Literal["add_route"] = "add_route"
    message_id: str
    inboxes: list[str]


class AddReferences(Record):
    """Message-IDs by which the ticket shall be found. ``own`` is borne by a stored message with ``audience`` recipients. What is
    ``mentioned`` no longer leads to the tickets in ``leaves``."""

    op: Literal["add_references"] = "add_references"
    ticket_id: str
    own: str | None = None
    audience: int = 0
    mentioned: list[str] = Field(default_factory=list)
    leaves: list[str] = Field(default_factory=list)


class MovedReference(Record):
    """What a ticket was found by and another one is from now on. ``id`` is a Message-ID or a mark of the router's."""

    id: str
    owned: bool = False
    audience: int | None = None


class MoveMessages(Record):
    """These messages, and deliveries, of the ticket ``from_id`` belong to ``ticket_id``. ``references`` go along and are marked as
    moved; what ``forget`` names is no longer known of any ticket, what ``follow`` names goes along if the first is known by it.
    ``latest_from`` and ``latest`` are then the newest Message-IDs of the two."""

    op: Literal["move_messages"] = "move_messages"
    from_id: str
    ticket_id: str
    message_ids: list[str]
    delivery_ids: list[str] = Field(default_factory=list)
    references: list[MovedReference] = Field(default_factory=list)
    forget: list[str] = Field(default_factory=list)
    follow: list[str] = Field(default_factory=list)
    latest_from: list[str] = Field(default_factory=list)
    latest: list[str] = Field(default_factory=list)
    routed_by: Reason


class PutContact(Record):
    """A contact with points of theirs; what exists is kept, a name is only filled in where there was none. ``verified``: they wrote
    from these points, or their channel vouches for them; otherwise somebody only named them."""

    op: Literal["put_contact"] = "put_contact"
    contact_id: str
    name: str = ""
    language: str | None = None
    points: list[Point] = Field(default_factory=list)
    timezone: str | None = None
    verified: bool = True


class ChangeContact(Record):
    """New values of a contact, by an agent's hand; null: as it was. ``notify_by``: how they are told of what happens to their tickets, by
    ``email``, by ``sms``, or on the ticket's own ``channel``."""

    op: Literal["change_contact"] = "change_contact"
    contact_id: str
    name: str | None = None
    language: str | None = None
    timezone: str | None = None
    notify_by: Literal["channel", "email", "sms"] | None = None


class MergeContacts(Record):
    """All points and tickets of ``other_id`` are ``contact_id``'s from now on. Which ones they are is kept under ``merge_id``, so that
    just these can be given back."""

    op: Literal["merge_contacts"] = "merge_contacts"
    merge_id: str
    contact_id: str
    other_id: str
    by: str
    reason: str = ""
    at: datetime


class UnmergeContacts(Record):
    """The newest merging of ``other_id`` into ``contact_id`` is undone: what it moved goes back."""

    op: Literal["unmerge_contacts"] = "unmerge_contacts"
    contact_id: str
    other_id: str
    at: datetime


class SuggestMerge(Record):
    """Two contacts may be the same person; said once."""

    op: Literal["suggest_merge"] = "suggest_merge"
    contact_id: str
    other_id: str
    reason: str
    at: datetime


class DismissSuggestion(Record):
    """Two contacts are not the same person, somebody says; nobody suggests it again."""

    op: Literal["dismiss_suggestion"] = "dismiss_suggestion"
    contact_id: str
    other_id: str
    by: str
    at: datetime


class OptPoint(Record):
    """Whoever has this point does not want messages there (``out``), or wants them again."""

    op: Literal["opt_point"] = "opt_point"
    point: Point
    out: bool


class MarkPoint(Record):
    """A point that cannot (or again can) be reached, since ``at``."""

    op: Literal["mark_point"] = "mark_point"
    point: Point
    undeliverable: bool
    reason: str = ""
    at: datetime | None = None


class AddEvent(Record):
    """An entry of the audit trail; published as ``event.<what>`` with ids and ``data``, never a customer's words."""

    op: Literal["add_event"] = "add_event"
    what: str
    ticket_id: str | None = None
    message_id: str | None = None
    actor: str
    channel: str = ""
    reason: str = ""
    data: dict[str, Any] = Field(default_factory=dict)
    at: datetime


class QueueDelivery(Record):
    """A message to be sent. The store fills in the ticket's number and publishes it for the notifier."""

    op: Literal["queue_delivery"] = "queue_delivery"
    outbound: Outbound


class BounceDelivery(Record):
    """A delivery that came back: ``bounced``, unless it is over in another way that counts more."""

    op: Literal["bounce_delivery"] = "bounce_delivery"
    delivery_id: str
    error: str = ""


class CountAutomatic(Record):
    """An automatic answer that goes to this point, for its budget."""

    op: Literal["count_automatic"] = "count_automatic"
    point: Point
    ticket_id: str | None = None
    at: datetime


class SetTimer(Record):
    """Wake the router at this time. Setting a timer that is set raises its generation: the old firing no longer counts."""

    op: Literal["set_timer"] = "set_timer"
    timer_id: str
    kind: str
    ticket_id: str | None = None
    due_at: datetime


class CancelTimer(Record):
    """No longer wake the router for this."""

    op: Literal["cancel_timer"] = "cancel_timer"
    timer_id: str


class LinkTickets(Record):
    """Two tickets that have to do with one another: ``possibly-related``, ``follow-up``."""

    op: Literal["link_tickets"] = "link_tickets"
    ticket_id: str
    other_id: str
    kind: str
    reason: str = ""


class AddToken(Record):
    """An API token, kept as the SHA-256 of its text. ``made_by``: the actor who made it; empty: nobody knows."""

    op: Literal["add_token"] = "add_token"
    token_id: str
    name: str
    sha256: str
    at: datetime
    role: str = "admin"
    made_by: str = ""


class AddAgent(Record):
    """An agent."""

    op: Literal["add_agent"] = "add_agent"
    agent_id: str
    email: str
    name: str
    role: Literal["admin", "lead", "agent", "auditor"] = "agent"
    at: datetime


class Quarantine(Record):
    """A message that is held back: kept whole, with the reason, until somebody releases it or ``expires_at``. Holding what is held
    already changes nothing."""

    op: Literal["quarantine"] = "quarantine"
    held_id: str
    message: Inbound
    reason: Reason
    held_at: datetime
    expires_at: datetime


class AddHeldRoute(Record):
    """The held message came by these inboxes, all of them."""

    op: Literal["add_held_route"] = "add_held_route"
    held_id: str
    inboxes: list[str]


class ReleaseHeld(Record):
    """A held message went to a ticket after all. ``cause`` is the one under which the ledger counted it as quarantined: it counts as
    stored from now on."""

    op: Literal["release_held"] = "release_held"
    held_id: str
    cause: str
    ticket_id: str
    by: str
    at: datetime


class DiscardHeld(Record):
    """Nobody need look at a held message any more. It is kept until it expires, and stays counted as quarantined."""

    op: Literal["discard_held"] = "discard_held"
    held_id: str
    by: str
    reason: str = ""
    at: datetime


class BlockPoint(Record):
    """Mail from this point is quarantined from now on (or no longer)."""

    op: Literal["block_point"] = "block_point"
    point: Point
    contact_id: str | None = None
    blocked: bool


class LearnSpam(Record):
    """What the spam filter learns from a ticket's first message: each of ``words`` (hashed) counts once more (``sign`` 1) or less (-1)
    as seen in spam, or in mail that is none. What a ticket taught is kept, so that unlearning subtracts just that."""

    op: Literal["learn_spam"] = "learn_spam"
    ticket_id: str
    spam: bool
    sign: Literal[1, -1]
    words: list[str]


Operation = Annotated[
    OpenTicket
    | ChangeTicket
    | AddMessage
    | EditMessage
    | AddRoute
    | AddReferences
    | MoveMessages
    | PutContact
    | ChangeContact
    | MergeContacts
    | UnmergeContacts
    | SuggestMerge
    | DismissSuggestion
    | OptPoint
    | MarkPoint
    | AddEvent
    | QueueDelivery
    | BounceDelivery
    | RequeueDelivery
    | CountAutomatic
    | SetTimer
    | CancelTimer
    | LinkTickets
    | AddToken
    | AddAgent
    | Quarantine
    | AddHeldRoute
    | ReleaseHeld
    | DiscardHeld
    | BlockPoint
    | LearnSpam
    | PutEntry
    | UnlinkTickets
    | MoveRecord
    | ChangeAgent
    | PutAgentPoint
    | RemoveAgentPoint
    | AddNews
    | RemoveNews
    | AddSpoken
    | SettleSpoken
    | KeepModel
    | UseModel
    | PutDocument
    | DropDocument
    | CountVote
    | PutCredential
    | AddSession
    | SeeSession
    | EndSessions
    | PutFailures
    | DropFailures
    | PutReset
    | DropResets
    | RevokeTokens
    | PutPortalCode
    | OpenPortalSession
    | EndPortalSession
    | Forget,
    Field(discriminator="op"),
]


class Ledgered(Record):
    """How an incoming message ended, for the ledger of its channel and inbox."""

    channel: str
    inbox: str
    outcome: Literal["stored", "duplicate", "quarantined"]
    reason: str = ""


class Changeset(Record):
    """What one cause changes. ``relies`` maps keys to the versions the decision saw, ``bumps`` are the keys it changes (each is
    also relied on). ``fingerprint`` tells whether the same cause came with other content (a reused idempotency key).
    ``result`` is what a repetition of the cause is answered with. ``policy`` is the configuration's version."""

    cause: str
    fingerprint: str = ""
    relies: dict[str, int] = Field(default_factory=dict)
    bumps: list[str] = Field(default_factory=list)
    # Each is written by its own model: to find that through the union costs as much as the writing.
    operations: list[SerializeAsAny[Operation]] = Field(default_factory=list)
    ledger: Ledgered | None = None
    result: dict[str, Any] = Field(default_factory=dict)
    policy: str = ""


class CommitRequest(Versioned):
    """Changesets to be written, in order. Each stands or falls by itself, but one that relies on what an earlier one was to change
    conflicts where that one was not written: it was decided as if it had been."""

    VERSION: ClassVar[int] = 1

    changesets: list[Changeset]


class Committed(Record):
    """The answer for one changeset.

    ``committed``: written now. ``repeated``: its cause was written before; ``result`` is that one's, ``fingerprint`` tells whether
    it was the same request. ``conflict``: somebody changed ``keys`` meanwhile; decide again. ``invalid``: it can never be
    written (``error``). ``numbers`` has the number of each ticket it opened.
    """

    cause: str
    outcome: Literal["committed", "repeated", "conflict", "invalid"]
    result: dict[str, Any] = Field(default_factory=dict)
    fingerprint: str = ""
    keys: list[str] = Field(default_factory=list)
    error: str = ""
    numbers: dict[str, int] = Field(default_factory=dict)


class CommitReply(Versioned):
    """One answer per changeset, in the request's order."""

    VERSION: ClassVar[int] = 1

    results: list[Committed]
