"""Commands about agents, and raising a ticket to somebody else by hand."""

from typing import Any, Literal

from shared.messages.base import Record


class ChangeStaff(Record):
    """New values of what is known of an agent: ``name``, ``role``, ``public_name``, ``languages``, ``hours``, ``capacity``,
    ``away_until`` (ISO 8601 text; null: they are back), ``signatures`` (by language) and ``notify``
    (`shared.settings.notifying.Notifying`)."""

    do: Literal["change_agent"] = "change_agent"
    email: str
    fields: dict[str, Any]


class Escalate(Record):
    """Raise a ticket ``to`` a team, an agent or whoever leads its team (empty, or ``lead``), for a ``reason``. ``tell``: whether the
    customer is told."""

    do: Literal["escalate"] = "escalate"
    number: int
    to: str = ""
    reason: str
    tell: bool = True
