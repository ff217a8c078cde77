"""Deciding about a ticket's fields and its status."""

from collections.abc import Callable
from typing import Any

from services.router.deciding import lifecycle, spam
from services.router.deciding.commands import teaching
from services.router.deciding.commands.doing import Doing, Refused
from shared.identity import derive
from shared.messages import command as c
from shared.messages.changeset import CancelTimer, ChangeTicket, SetTimer
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
    "problem",
    "impact",
    "solution",
    "root_cause",
    "preventive_action",
    "tested",
)
_CHOICES: dict[str, tuple[str, ...]] = {
    "kind": ("question", "complaint", "suggestion", "order", "offer", "service"),
    "priority": ("low", "normal", "high", "urgent"),
    "status": tuple(lifecycle.TRANSITIONS),
}
_LISTS = ("tags", "watchers")


def change(do: Doing, want: c.Change) -> dict[str, Any]:
    ticket = do.ticket(want.number)
    fields = {name: _checked(name, value) for name, value in want.fields.items()}
    if not fields:
        raise Refused("invalid", f"nothing to change; writable are {', '.join(WRITABLE)}")
    status = fields.pop("status", None)
    if status is not None and status != ticket.status:
        teaching.on_status(do, ticket, str(status))
        set_status(do, ticket, str(status), fields)
    if fields:
        do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
        changed = [name for name in fields if not name.endswith("_at")]
        if changed:
            short = {name: fields[name] for name in changed if name in ("priority", "category", "team", "assignee")}
            do.event("ticket_changed", ticket.ticket_id, fields=changed, **short)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def _checked(name: str, value: Any) -> Any:
    """The value to write. Raises `Refused` for a field that is not writable and for a value it cannot have."""
    if name not in WRITABLE:
        raise Refused("invalid", f"{name}: cannot be changed; writable are {', '.join(WRITABLE)}")
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


def set_status(do: Doing, ticket: TicketFact, status: str, fields: dict[str, Any]) -> None:
    """Move the ticket to a status, with its times and its timer. Raises `Refused` where that is not possible."""
    if not lifecycle.allowed(ticket.status, status) or status == "merged":
        possible = ", ".join(sorted(lifecycle.TRANSITIONS[ticket.status])) or "nothing"
        raise Refused("conflict", f"status: a {ticket.status} ticket can become {possible}, not {status}")
    fields["status"] = status
    timer = derive("timer", "close", ticket.ticket_id)
    if status == "solved":
        fields |= {"solved_at": do.now.isoformat(), "closed_at": None}
        due = do.now + do.policy.close_after
        do.draft.operations.append(SetTimer(timer_id=timer, kind="close", ticket_id=ticket.ticket_id, due_at=due))
    elif ticket.status == "solved":
        do.draft.operations.append(CancelTimer(timer_id=timer))
    if status == "closed":
        fields["closed_at"] = do.now.isoformat()
    elif status in ("open", "pending", "on_hold") and ticket.status in ("solved", "closed"):
        fields |= {"solved_at": None, "closed_at": None}
    do.event("status_changed", ticket.ticket_id, **{"from": ticket.status, "to": status})


def solve(do: Doing, want: c.Solve) -> dict[str, Any]:
    ticket = do.ticket(want.number)
    if not want.summary.strip():
        raise Refused("invalid", "summary: say how it was solved")
    fields: dict[str, Any] = {"solution": want.summary}
    for name in ("root_cause", "preventive_action", "tested"):
        if (value := getattr(want, name)) is not None:
            fields[name] = value
    set_status(do, ticket, "solved", fields)
    do.draft.operations += spam.by_answering(ticket.ticket_id, do.facts, do.policy)
    do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def to_status(status: str) -> Callable[[Doing, Any], dict[str, Any]]:
    def move(do: Doing, want: c.Close | c.Reopen) -> dict[str, Any]:
        ticket = do.ticket(want.number)
        fields: dict[str, Any] = {}
        if ticket.status != status:
            teaching.on_status(do, ticket, status)
            set_status(do, ticket, status, fields)
            do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
        return {"ticket_id": ticket.ticket_id, "number": ticket.number}

    return move
