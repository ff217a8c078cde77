"""Commands about a ticket's record: what was done, promised, said and shown; and the register, a line per ticket."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from shared.messages.base import Record, Versioned
from shared.messages.parts import Point
from shared.messages.ticket import EntryView, Evidence, Satisfaction


class AddAction(Record):
    """A department was asked to do something, and perhaps has done it."""

    do: Literal["add_action"] = "add_action"
    number: int
    what: str
    department: str
    requested_at: datetime
    done_at: datetime | None = None
    evidence: list[Evidence] = Field(default_factory=list)


class AddPromise(Record):
    """The customer was promised something, by then."""

    do: Literal["add_promise"] = "add_promise"
    number: int
    what: str
    due: datetime


class AddTask(Record):
    """Somebody has to do something; ``owner`` is an agent or a team, empty: whoever has the ticket."""

    do: Literal["add_task"] = "add_task"
    number: int
    what: str
    due: datetime | None = None
    owner: str = ""


class LogCall(Record):
    """A phone call that was had with ``who``, logged by hand; ``at`` is when it began."""

    do: Literal["log_call"] = "log_call"
    number: int
    direction: Literal["in", "out"]
    who: str
    what: str
    at: datetime
    seconds: int | None = None


class LogContact(Record):
    """Another contact with the customer than the messages of the ticket. ``way`` says how: by letter, in the shop, by phone."""

    do: Literal["log_contact"] = "log_contact"
    number: int
    way: str
    direction: Literal["in", "out"] = "out"
    who: str = ""
    what: str
    at: datetime


class ChangeEntry(Record):
    """New values of an entry of the record; ``reason`` is why, where something is put off. ``add_evidence`` is united with what it has."""

    do: Literal["change_entry"] = "change_entry"
    number: int
    entry_id: str
    fields: dict[str, Any] = Field(default_factory=dict)
    reason: str = ""
    add_evidence: list[Evidence] = Field(default_factory=list)


class AddEvidence(Record):
    """What shows that the ticket's problem is as the record says."""

    do: Literal["add_evidence"] = "add_evidence"
    number: int
    evidence: list[Evidence]


class RemoveEvidence(Record):
    """A piece of evidence is taken back, of the ticket or of an entry of its record: by its ``id``, or, where it has none, by its place
    among the ticket's (from 0)."""

    do: Literal["remove_evidence"] = "remove_evidence"
    number: int
    evidence_id: str
    reason: str = ""


class VerifyPrevention(Record):
    """Somebody has seen that the preventive action works."""

    do: Literal["verify_prevention"] = "verify_prevention"
    number: int
    note: str = ""


class RegisterQuery(Versioned):
    """``store.query.register``: lines of the register, oldest first, of the tickets that were opened from ``since`` on and before
    ``until`` and meet every given condition. ``after`` is the ``next`` of the page before; null: from the beginning. A page may be
    shorter than ``limit``. ``number``: just that ticket, whatever its state."""

    VERSION: ClassVar[int] = 1

    number: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    team: str | None = None
    category: str | None = None
    status: str | None = None
    after: str | None = None
    limit: int = 100


class HandOver(Record):
    """A ticket went to another team or to somebody else. ``by`` is who did it."""

    at: datetime
    was: str = ""
    to: str = ""
    reason: str = ""
    by: str = ""


class EnquiryMade(Record):
    """The customer asked how their ticket stands."""

    at: datetime
    channel: str = ""


class RegisterLine(Record):
    """A ticket in the register. Long texts are cut at `LONGEST` characters and end with ``…`` there, as entries' texts are; of very many
    entries, hand-overs and enquiries the oldest are here."""

    number: int
    received_at: datetime
    received_via: str
    received_by: str = ""
    customer: str = ""
    points: list[Point] = Field(default_factory=list)
    subject: str = ""
    product: str = ""
    kind: str | None = None
    category: str | None = None
    priority: str = "normal"
    status: str
    problem: str = ""
    details: str = ""
    impact: str = ""
    evidence: list[Evidence] = Field(default_factory=list)
    team: str | None = None
    assignee: str | None = None
    hand_overs: list[HandOver] = Field(default_factory=list)
    entries: list[EntryView] = Field(default_factory=list)
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
    customer_confirmed_at: datetime | None = None
    satisfaction: Satisfaction | None = None


LONGEST = 8_000
"""Characters of a text in the register."""


class RegisterPage(Versioned):
    """The answer to `RegisterQuery`. ``next`` null: there is nothing more. ``total`` counts all lines; only the first page has it."""

    VERSION: ClassVar[int] = 1

    lines: list[RegisterLine]
    next: str | None = None
    total: int | None = None
