"""What a changeset may change in a ticket's record and life besides its columns: entries, links, agents."""

from datetime import UTC, datetime
from typing import Any, Final, Literal

from pydantic import Field

from shared.messages.base import Record

EntryKind = Literal["action", "promise", "call", "task", "contact", "enquiry"]
"""What an entry of the record is: an action of a department, a promise to the customer, a phone call, a task, another contact with the
customer, an enquiry about the state."""


class PutEntry(Record):
    """An entry of a ticket's record, new or as it is from now on. ``data`` has what that kind of entry has; ``due_at`` is when something
    must have happened, ``done_at`` when it had, ``by`` whoever wrote it first."""

    op: Literal["put_entry"] = "put_entry"
    entry_id: str
    ticket_id: str
    kind: EntryKind
    data: dict[str, Any] = Field(default_factory=dict)
    due_at: datetime | None = None
    done_at: datetime | None = None
    by: str = ""
    created_at: datetime
    updated_at: datetime


class UnlinkTickets(Record):
    """Two tickets have nothing to do with one another any more, in this way."""

    op: Literal["unlink_tickets"] = "unlink_tickets"
    ticket_id: str
    other_id: str
    kind: str


class ChangeAgent(Record):
    """New values of an agent's columns, by their names; times as ISO 8601 text."""

    op: Literal["change_agent"] = "change_agent"
    agent_id: str
    fields: dict[str, Any]


class EntryFact(Record):
    """An entry of a ticket's record, as in `PutEntry`."""

    entry_id: str
    ticket_id: str
    kind: str
    data: dict[str, Any] = Field(default_factory=dict)
    due_at: datetime | None = None
    done_at: datetime | None = None
    by: str = ""
    created_at: datetime


class LinkFact(Record):
    """A link of a ticket, seen from it: to ``other_id``. ``outward``: the ticket is the one that was linked to the other."""

    other_id: str
    kind: str
    outward: bool = True
    reason: str = ""


AWAY: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Who is away until then has not said until when."""


class StaffFact(Record):
    """An agent who may be given tickets. ``open`` counts the tickets they have that are not over; ``last_given`` is when they were given
    one. ``away_until``: they are away until then (year 9999: until they say otherwise). ``hours`` names their working hours.
    ``signatures`` stand below their answers by mail, by language."""

    agent_id: str
    email: str
    name: str
    role: str = "agent"
    public_name: str = ""
    languages: list[str] = Field(default_factory=list)
    hours: str = ""
    capacity: int | None = None
    away_until: datetime | None = None
    open: int = 0
    last_given: datetime | None = None
    signatures: dict[str, str] = Field(default_factory=dict)
