"""What agents keep for their own work at the desk: lists they look at often, and answers they have begun."""

from typing import Any, Literal

from pydantic import Field

from shared.documents.kind import Body, Kind, Summary


class SavedView(Body):
    """A list of tickets with a name: the conditions of `shared.messages.ticket.TicketsQuery`."""

    name: str = Field(min_length=1, max_length=80)
    conditions: dict[str, Any] = Field(default_factory=dict)
    order: int = 0


class Draft(Body):
    """An answer or a note that was begun and not sent, by its ticket. ``files`` are attachments as the bus has them."""

    mode: Literal["reply", "note"] = "reply"
    text: str = Field(default="", max_length=200_000)
    channel: str = ""
    to: list[str] = Field(default_factory=list, max_length=50)
    cc: list[str] = Field(default_factory=list, max_length=50)
    bcc: list[str] = Field(default_factory=list, max_length=50)
    files: list[dict[str, Any]] = Field(default_factory=list, max_length=50)


def draft_id(number: int, agent_id: str) -> str:
    """The id of an agent's draft in a ticket."""
    return f"T-{number}-{agent_id}"


VIEW = Kind("view", SavedView, writes="own", summary=lambda body: Summary("", body.name), noted=False, largest=8_192)
SHARED_VIEW = Kind("shared-view", SavedView, writes="lead", summary=lambda body: Summary("", body.name), largest=8_192)
DRAFT = Kind("draft", Draft, writes="own", noted=False, largest=300_000)
KINDS = (VIEW, SHARED_VIEW, DRAFT)
