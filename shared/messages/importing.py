"""What an import asks the store (which messages are there already), and the line of an old register that it asks the router to take in."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from shared.messages.base import Record, Versioned
from shared.messages.parts import Channel, Point, Priority, Status
from shared.messages.record import EnquiryMade, HandOver
from shared.messages.ticket import Evidence, Satisfaction


class StoredQuery(Versioned):
    """``store.query.stored``: which of these source ids are known, and which of these tickets, by their numbers, are there? At most 1000
    of each."""

    VERSION: ClassVar[int] = 1

    source_ids: list[str]
    tickets: list[int] = Field(default_factory=list)


class StoredAnswer(Versioned):
    """Those that a stored message has, with the inboxes it came by (and in ``numbers`` with its ticket's number; ``opened`` are those whose
    message opened its ticket), and those that are held back, or were, in quarantine. ``received``: when the tickets that were asked for
    by number were received, as the register has it."""

    VERSION: ClassVar[int] = 1

    stored: dict[str, list[str]] = Field(default_factory=dict)
    held: list[str] = Field(default_factory=list)
    numbers: dict[str, int] = Field(default_factory=dict)
    opened: list[str] = Field(default_factory=list)
    received: dict[int, datetime] = Field(default_factory=dict)


class OldMove(Record):
    """A promise or a task was due ``at`` that time first, and was put off."""

    at: datetime
    reason: str = ""


class OldEntry(Record):
    """An entry of the record as an old register has it. ``at`` is when it was, of an action when it was asked for; null: nobody knows."""

    kind: Literal["action", "promise", "task", "call", "contact"]
    what: str
    department: str = ""
    owner: str = ""
    way: str = ""
    direction: Literal["in", "out"] = "out"
    who: str = ""
    at: datetime | None = None
    due: datetime | None = None
    done_at: datetime | None = None
    kept: bool | None = None
    moved: list[OldMove] = Field(default_factory=list)
    evidence: list[Evidence] = Field(default_factory=list)


class ImportTicket(Record):
    """A line of an old register becomes a ticket, and nothing else happens. ``source_id`` names the line, with what stands in it;
    ``old_number`` is what the company called it; ``row`` says all of it in words, for an internal note."""

    do: Literal["import_ticket"] = "import_ticket"
    source_id: str
    old_number: str = ""
    row: str
    subject: str
    status: Status = "closed"
    channel: Channel = "email"
    received_at: datetime | None = None
    received_via: str = ""
    received_by: str = ""
    customer: str = ""
    points: list[Point] = Field(default_factory=list)
    product: str = ""
    kind: str | None = None
    category: str = ""
    priority: Priority = "normal"
    problem: str = ""
    details: str = ""
    impact: str = ""
    evidence: list[Evidence] = Field(default_factory=list)
    team: str = ""
    assignee: str = ""
    hand_overs: list[HandOver] = Field(default_factory=list)
    entries: list[OldEntry] = Field(default_factory=list)
    enquiries: list[EnquiryMade] = Field(default_factory=list)
    solution: str = ""
    solved_at: datetime | None = None
    solved_by: str = ""
    tested: str = ""
    tested_by: str = ""
    root_cause: str = ""
    preventive_action: str = ""
    preventive_owner: str = ""
    preventive_due: datetime | None = None
    preventive_verified_at: datetime | None = None
    preventive_verified_by: str = ""
    closed_at: datetime | None = None
    confirmed_at: datetime | None = None
    satisfaction: Satisfaction | None = None
