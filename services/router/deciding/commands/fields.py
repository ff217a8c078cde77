"""The fields of a ticket that can be written: what may stand in each, and what the audit trail says of a change."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.router.deciding import lifecycle
from services.router.deciding.commands.doing import Refused
from shared.messages.facts import TicketFact

WRITABLE = (
    "subject",
    "status",
    "kind",
    "product",
    "priority",
    "category",
    "tags",
    "team",
    "assignee",
    "watchers",
    "language",
    "received_at",
    "received_by",
    "received_via",
    "problem",
    "details",
    "impact",
    "solution",
    "solved_by",
    "tested",
    "tested_by",
    "root_cause",
    "preventive_action",
    "preventive_owner",
    "preventive_due",
    "preventive_verified_at",
    "preventive_verified_by",
    "notify_by",
)
TIMES = ("received_at", "preventive_due", "preventive_verified_at")
_PAST = ("received_at", "preventive_verified_at")
_CHOICES: dict[str, tuple[str, ...]] = {
    "kind": ("question", "complaint", "suggestion", "order", "offer", "service"),
    "priority": ("low", "normal", "high", "urgent"),
    "status": tuple(lifecycle.TRANSITIONS),
    "notify_by": ("channel", "email", "sms"),
}
_LISTS = ("tags", "watchers")
# Somebody's words, of any length: the audit trail says that they were changed, and the events that go out never have them.
_WORDS = (
    "subject",
    "problem",
    "details",
    "impact",
    "solution",
    "tested",
    "root_cause",
    "preventive_action",
)
_SHORT = 200


def checked(name: str, value: Any, now: datetime) -> Any:
    """The value to write; times as ISO 8601 text. Raises `Refused` for a field that is not writable and for a value it cannot have."""
    if name not in WRITABLE:
        raise Refused("invalid", f"{name}: cannot be changed; writable are {', '.join(WRITABLE)}")
    if name in TIMES:
        at = time_of(name, value)
        if at is not None and name in _PAST:
            happened(name, at, now)
        return None if at is None else at.isoformat()
    if name in _LISTS:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise Refused("invalid", f"{name}: must be a list of texts")
        return list(dict.fromkeys(value))
    if name == "priority" and value == "medium":
        return "normal"
    if name in _CHOICES:
        if value is None and name == "kind":
            return None
        if value not in _CHOICES[name]:
            raise Refused("invalid", f"{name}: must be one of {', '.join(_CHOICES[name])}")
        return value
    if name == "subject" and (not isinstance(value, str) or not value.strip()):
        raise Refused("invalid", "subject: must not be empty")
    if value is not None and not isinstance(value, str):
        raise Refused("invalid", f"{name}: must be a text or null")
    return value


def time_of(name: str, value: Any) -> datetime | None:
    """A time with its zone, from one or from ISO 8601 text; null stays null. Raises `Refused` for anything else."""
    if value is None:
        return None
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if at.utcoffset() is not None and at.timestamp() >= 0:
            return at
    except (TypeError, ValueError, OverflowError):
        pass
    raise Refused("invalid", f"{name}: must be a time with its zone, such as 2026-03-02T10:00:00Z")


def happened(name: str, at: datetime, now: datetime) -> datetime:
    """A time at which something happened. Raises `Refused` for one that is still to come; other people's clocks are a little ahead."""
    if (at - now).total_seconds() > 300:
        raise Refused("invalid", f"{name}: {at.isoformat()} is still to come")
    return at


def changes(ticket: TicketFact, fields: dict[str, Any], names: Iterable[str]) -> dict[str, list[Any]]:
    """What short fields were and are; of words only the names stand in the audit trail."""
    found = {}
    for name in names:
        old = getattr(ticket, name) if name in TicketFact.model_fields else ticket.fields.get(name)
        was, is_now = (_short(time_of(name, value) if name in TIMES else value) for value in (old, fields[name]))
        if name not in _WORDS and was != is_now:
            found[name] = [was, is_now]
    return found


def _short(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [_short(each) for each in value[:20]]
    return value[:_SHORT] if isinstance(value, str) else value
