"""The columns of a ticket that a `ChangeTicket` may set, and what may stand in them."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.messages.parts import Channel, Status
from shared.messages.ticket import Evidence, Satisfaction


class TicketFields(BaseModel):
    """All optional; a column that is not named is not changed. Times come as ISO 8601 text with an offset."""

    model_config = ConfigDict(extra="forbid")

    subject: str = ""
    status: Status = "new"
    kind: str | None = None
    product: str | None = None
    priority: str = ""
    category: str | None = None
    tags: list[str] = []
    channel: Channel = "email"
    inbox: str = ""
    language: str = ""
    team: str | None = None
    assignee: str | None = None
    watchers: list[str] = []
    contact_id: str | None = None
    customer: str = ""
    participants: list[str] = []
    unconfirmed: list[str] = []
    received_by: str | None = None
    internal: bool = False
    problem: str = ""
    impact: str | None = None
    solution: str | None = None
    root_cause: str | None = None
    preventive_action: str | None = None
    tested: str | None = None
    first_response_due: AwareDatetime | None = None
    next_response_due: AwareDatetime | None = None
    resolution_due: AwareDatetime | None = None
    first_responded_at: AwareDatetime | None = None
    solved_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    customer_confirmed_at: AwareDatetime | None = None
    satisfaction: Satisfaction | None = None
    received_at: AwareDatetime | None = None
    received_via: str | None = None
    details: str | None = None
    evidence: list[Evidence] = []
    solved_by: str | None = None
    tested_by: str | None = None
    preventive_owner: str | None = None
    preventive_due: AwareDatetime | None = None
    preventive_verified_at: AwareDatetime | None = None
    preventive_verified_by: str | None = None
    collaborators: list[str] = []
    status_since: AwareDatetime | None = None
    assigned_at: AwareDatetime | None = None
    snoozed_until: AwareDatetime | None = None
    merged_into: str | None = None
    reopened: int = 0


# Of the router's own memory: ids, times and choices, never texts of any length.
STATE_BYTES = 100_000


def ticket_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """``fields`` as values of columns.

    Raises `pydantic.ValidationError` for a column that does not exist or may not be set, and for a value that it cannot have.
    """
    return TicketFields.model_validate(fields).model_dump(exclude_unset=True)
