"""Commands: what an agent, an API client or an operator wants done, asked of the router (``router.command``)."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from shared.messages.after import CustomerAnswer, Snooze
from shared.messages.again import SendAgain
from shared.messages.agents import AddPoint, DropPoint, Say, VerifyPoint
from shared.messages.articles import ArticleVote
from shared.messages.automation import ApplyMacro, AskDetails, ReplayDelivery, TestWebhook
from shared.messages.base import Record, Versioned
from shared.messages.customers import CustomerReply, WithdrawLinks
from shared.messages.documents import RemoveDocument, SaveDocument
from shared.messages.gathering import (
    AnswerCase,
    AnswerCases,
    Block,
    Bulk,
    Link,
    MakeProblem,
    Merge,
    SolveCases,
    Split,
    Tag,
    Unlink,
    Unmerge,
)
from shared.messages.importing import ImportTicket
from shared.messages.learning import DismissLearnt, KeepLearnt, UseLearnt
from shared.messages.operations import ReplayDead
from shared.messages.parts import Attachment, Channel
from shared.messages.people import EraseContact, ReleaseDelivery
from shared.messages.portal import AskPortalCode, LeavePortal, OpenFromPortal, ProvePortalCode
from shared.messages.record import (
    AddAction,
    AddEvidence,
    AddPromise,
    AddTask,
    ChangeEntry,
    LogCall,
    LogContact,
    RemoveEvidence,
    VerifyPrevention,
)
from shared.messages.signin import (
    AskPassword,
    ChangePassword,
    ChangeTotp,
    ChoosePassword,
    FailSignIn,
    NoteRefused,
    RevokeToken,
    SeenSession,
    SetUp,
    SignIn,
    SignOut,
    TryInbox,
)
from shared.messages.staff import BlockAgent, ChangeStaff, Escalate, UnblockAgent
from shared.messages.talking import Assign, MakeRequest, StartSide, Transfer, Watch, WriteMessage, WriteSide
from shared.messages.waiting import TakeBack


class OpenByHand(Record):
    """A ticket opened by hand; ``contact`` is an address or number, ``name`` the customer's name. ``received_at`` is when somebody was told
    of it (null: now), ``received_via`` how, where that is no channel of ours: a letter, a visit. An ``internal`` one has no customer: it
    goes from an agent or a department to another."""

    do: Literal["open"] = "open"
    subject: str
    text: str
    contact: str = ""
    name: str = ""
    channel: Channel = "email"
    inbox: str = ""
    received_by: str = ""
    internal: bool = False
    received_at: datetime | None = None
    received_via: str = ""
    from_department: str = ""
    to_department: str = ""


class Reply(Record):
    """An answer to the customer, on the customer's channel unless told otherwise. ``html`` says the same as ``text``, for mail;
    ``bcc`` are told of without the others knowing. ``status`` is what the ticket becomes by it; null: what it is, open if it was new.
    ``seen_at``: when whoever answers last saw the ticket; if somebody else has written since, it is refused (``moved-on``). Null:
    that does not matter. For ``undo_seconds`` it waits and can be taken back (`shared.messages.waiting`); ``waiting_id`` is of one that
    has waited, and goes only if it was not taken back."""

    do: Literal["reply"] = "reply"
    number: int
    text: str
    channel: Channel | None = None
    to: list[str] = Field(default_factory=list)
    cc: list[str] = Field(default_factory=list)
    bcc: list[str] = Field(default_factory=list)
    html: str | None = None
    attachments: list[Attachment] = Field(default_factory=list)
    status: Literal["open", "pending", "on_hold", "solved"] | None = None
    seen_at: datetime | None = None
    undo_seconds: int = 0
    waiting_id: str = ""


class Dial(Record):
    """Ring an agent's telephone, and then the customer's: each sees our number. ``agent_number`` in E.164."""

    do: Literal["dial"] = "dial"
    number: int
    agent_number: str


class Note(Record):
    """An internal note; with files the text may be empty."""

    do: Literal["note"] = "note"
    number: int
    text: str
    mentions: list[str] = Field(default_factory=list)
    attachments: list[Attachment] = Field(default_factory=list)


class Change(Record):
    """New values of a ticket's writable fields."""

    do: Literal["change"] = "change"
    number: int
    fields: dict[str, Any]


class Solve(Record):
    """The ticket is solved, and how. ``tested_by`` tells who has seen that it works, where it was not who says so. The customer is told:
    ``seen_at`` as in `Reply`."""

    do: Literal["solve"] = "solve"
    number: int
    summary: str
    root_cause: str | None = None
    preventive_action: str | None = None
    tested: str | None = None
    tested_by: str | None = None
    seen_at: datetime | None = None


class Close(Record):
    """Close the ticket."""

    do: Literal["close"] = "close"
    number: int


class Reopen(Record):
    """Open a solved or closed ticket again."""

    do: Literal["reopen"] = "reopen"
    number: int


class WrongTicket(Record):
    """A message, with all that followed from it, does not belong to the ticket ``number`` but to ``to``; null: to a new one of its own."""

    do: Literal["wrong_ticket"] = "wrong_ticket"
    number: int
    message_id: str
    to: int | None = None


class MarkSpam(Record):
    """The ticket is spam; ``block``: whatever its customer's address sends from now on is quarantined."""

    do: Literal["spam"] = "spam"
    number: int
    block: bool = False


class NotSpam(Record):
    """The ticket is no spam: it is what it was before (open, where nobody knows), its customer is not blocked, and the filter learns it."""

    do: Literal["not_spam"] = "not_spam"
    number: int


class Release(Record):
    """Let a message out of quarantine; ``unblock``: its sender is no longer blocked either."""

    do: Literal["release"] = "release"
    held_id: str
    unblock: bool = False


class Discard(Record):
    """A message in quarantine is nothing that anybody need look at; ``reason`` is for whoever wonders later."""

    do: Literal["discard"] = "discard"
    held_id: str
    reason: str = ""


class MergePeople(Record):
    """Two contacts are the same person: ``other``'s points and tickets become ``contact_id``'s."""

    do: Literal["merge_contacts"] = "merge_contacts"
    contact_id: str
    other: str


class UnmergePeople(Record):
    """They are not, after all: ``other`` gets back what it had."""

    do: Literal["unmerge_contacts"] = "unmerge_contacts"
    contact_id: str
    other: str


class DismissPeople(Record):
    """Two contacts are not the same person, whatever suggests it; that stays said."""

    do: Literal["dismiss_suggestion"] = "dismiss_suggestion"
    contact_id: str
    other: str


class ChangePerson(Record):
    """New values of a contact's ``name``, ``language``, ``timezone`` and ``notify_by``."""

    do: Literal["change_contact"] = "change_contact"
    contact_id: str
    fields: dict[str, Any]


class CreateToken(Record):
    """A new API token; only the SHA-256 of its text travels."""

    do: Literal["create_token"] = "create_token"
    name: str
    sha256: str
    role: Literal["admin", "lead", "agent", "auditor"] = "admin"


class CreateAgent(Record):
    """A new agent."""

    do: Literal["create_agent"] = "create_agent"
    email: str
    name: str
    role: Literal["admin", "lead", "agent", "auditor"] = "agent"


class Alert(Record):
    """The watchdog found something the operators should know. ``episode`` names it: one mail per episode. ``avoid`` names inboxes
    whose own sending is the trouble: the mail leaves by another where there is one."""

    do: Literal["alert"] = "alert"
    what: str
    episode: str
    text: str
    avoid: list[str] = Field(default_factory=list)


Action = Annotated[
    OpenByHand
    | Reply
    | Dial
    | Note
    | Change
    | Solve
    | Close
    | Reopen
    | WrongTicket
    | MarkSpam
    | NotSpam
    | Release
    | Discard
    | MergePeople
    | UnmergePeople
    | DismissPeople
    | ChangePerson
    | CreateToken
    | CreateAgent
    | ChangeStaff
    | BlockAgent
    | UnblockAgent
    | Escalate
    | Alert
    | Snooze
    | CustomerAnswer
    | CustomerReply
    | WithdrawLinks
    | AddAction
    | AddPromise
    | AddTask
    | LogCall
    | LogContact
    | ChangeEntry
    | AddEvidence
    | RemoveEvidence
    | Merge
    | Unmerge
    | Split
    | Link
    | Unlink
    | Tag
    | MakeProblem
    | AnswerCase
    | AnswerCases
    | SolveCases
    | Bulk
    | Block
    | VerifyPrevention
    | WriteMessage
    | StartSide
    | WriteSide
    | Assign
    | Transfer
    | Watch
    | ApplyMacro
    | AskDetails
    | ReplayDelivery
    | TestWebhook
    | SendAgain
    | TakeBack
    | ReplayDead
    | ReleaseDelivery
    | EraseContact
    | MakeRequest
    | Say
    | AddPoint
    | VerifyPoint
    | DropPoint
    | KeepLearnt
    | UseLearnt
    | DismissLearnt
    | SaveDocument
    | RemoveDocument
    | ArticleVote
    | SignIn
    | FailSignIn
    | SeenSession
    | SignOut
    | AskPassword
    | ChoosePassword
    | ChangePassword
    | ChangeTotp
    | SetUp
    | TryInbox
    | RevokeToken
    | NoteRefused
    | AskPortalCode
    | ProvePortalCode
    | LeavePortal
    | OpenFromPortal
    | ImportTicket,
    Field(discriminator="do"),
]


class Command(Versioned):
    """A command. ``command_id`` makes it safe to repeat (API: derived from token and Idempotency-Key). ``actor`` is who wants it, as
    ``agent:<id>``, ``token:<name>`` or ``operator``, established by the sender's authentication and never by the content.
    ``role`` is what a token may (empty: everything); what an agent may the router knows itself.
    ``public_name`` is how customers know them, ``signature`` stands below what they answer by mail."""

    VERSION: ClassVar[int] = 1

    command_id: str
    actor: str
    actor_name: str = ""
    role: str = ""
    public_name: str = ""
    signature: str = ""
    channel: str = "api"
    at: datetime
    action: Action
    correlation_id: str = ""


class CommandResult(Versioned):
    """The answer. ``error`` is null, or one of ``not-found``, ``invalid``, ``forbidden``, ``conflict``, ``reused-key``,
    ``moved-on`` (somebody else has written meanwhile), ``failed`` (asking again will not help), ``unavailable``, with ``detail`` for
    people. ``result`` has the ids and numbers of what was made: ``ticket_id``, ``number``, ``message_id``, ``delivery_id``."""

    VERSION: ClassVar[int] = 1

    error: str | None = None
    detail: str = ""
    repeated: bool = False
    result: dict[str, Any] = Field(default_factory=dict)
