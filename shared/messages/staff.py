"""Commands about agents, those who leave too, and raising a ticket to somebody else by hand."""

from typing import Any, Literal

from shared.messages.base import Record


class ChangeStaff(Record):
    """New values of what is known of an agent: ``name``, ``role``, ``public_name``, ``languages``, ``hours``, ``capacity``,
    ``away_until`` (ISO 8601 text; null: they are back), ``signatures`` (by language) and ``notify``
    (`shared.settings.notifying.Notifying`)."""

    do: Literal["change_agent"] = "change_agent"
    email: str
    fields: dict[str, Any]


class BlockAgent(Record):
    """An agent works here no longer: they come in nowhere, are told nothing and are given nothing, and their tickets that are not over go
    back to their teams. Nothing that they did is lost. Done twice it is done once. The result has ``open``, how many tickets they had, and
    ``tokens``, the names of API tokens that they made and that still count."""

    do: Literal["block_agent"] = "block_agent"
    email: str


class UnblockAgent(Record):
    """They are back: with the role, the points and the password that they had; their tickets are others' now."""

    do: Literal["unblock_agent"] = "unblock_agent"
    email: str


class Escalate(Record):
    """Raise a ticket ``to`` a team, an agent or whoever leads its team (empty, or ``lead``), for a ``reason``. ``tell``: whether the
    customer is told."""

    do: Literal["escalate"] = "escalate"
    number: int
    to: str = ""
    reason: str
    tell: bool = True
