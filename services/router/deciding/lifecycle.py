"""The life of a ticket: which status may follow which, by whose doing, and what goes along with it. All of it stands here.

Whoever changes a status calls `move` and writes down what it gives: the columns, the timers, and the entry of the audit trail.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from shared.identity import derive
from shared.messages.changeset import AddEvent, CancelTimer, SetTimer
from shared.messages.facts import TicketFact

By = Literal["hand", "message", "timer", "answer", "merging", "undo"]
"""Whose doing it is: an agent's (or a rule's, which an operator wrote), a customer's message, a timer's, a customer's answer to whether it
is solved, that two tickets become one (or do not, after all), or that what was said to be spam is none and is what it was again."""

_HAND: frozenset[By] = frozenset({"hand"})
_MERGING: frozenset[By] = frozenset({"merging"})
_UNDO: frozenset[By] = frozenset({"undo"})


def _by(*whose: By) -> frozenset[By]:
    return frozenset(("hand", *whose))


# status -> what it may become -> by whose doing. What is ``merged`` writes to nobody; its messages go to the ticket it became.
TRANSITIONS: Mapping[str, Mapping[str, frozenset[By]]] = {
    "new": {
        "open": _HAND,
        "pending": _HAND,
        "on_hold": _HAND,
        "solved": _HAND,
        "closed": _HAND,
        "spam": _HAND,
        "merged": _MERGING,
    },
    "open": {
        "pending": _HAND,
        "on_hold": _HAND,
        "solved": _HAND,
        "closed": _HAND,
        "spam": _HAND,
        "merged": _MERGING,
    },
    "pending": {
        "open": _by("message", "timer"),
        "on_hold": _HAND,
        "solved": _by("timer"),
        "closed": _by("timer"),
        "spam": _HAND,
        "merged": _MERGING,
    },
    "on_hold": {
        # Only waking up leads back to a status that no agent has touched.
        "new": frozenset({"timer"}),
        "open": _by("message", "timer"),
        "pending": _by("timer"),
        "solved": _HAND,
        "closed": _HAND,
        "spam": _HAND,
        "merged": _MERGING,
    },
    "solved": {
        "open": _by("message", "answer"),
        "pending": _HAND,
        "on_hold": _HAND,
        "closed": _by("timer", "answer"),
        "spam": _HAND,
        "merged": _MERGING,
    },
    "closed": {"open": _by("message", "answer"), "spam": _HAND, "merged": _MERGING},
    "spam": {"open": _by("undo"), **dict.fromkeys(("new", "pending", "on_hold", "solved", "closed"), _UNDO)},
    "merged": dict.fromkeys(("new", "open", "pending", "on_hold", "solved", "closed"), _MERGING),
}

OVER = ("solved", "closed")
"""What is done: for the customer handled or closed."""


class NotAllowed(Exception):
    """A ticket cannot go that way; the text says which ways there are."""


@dataclass(frozen=True)
class Step:
    """Who moves a ticket, and when. ``close_after``: from solved to closed. ``reason`` and ``data`` are for the audit trail."""

    by: By
    actor: str
    now: datetime
    close_after: timedelta
    channel: str = ""
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Move:
    """What changes with a status: columns (times as ISO 8601 text), timers, and what happened."""

    fields: dict[str, Any]
    timers: list[SetTimer | CancelTimer]
    event: AddEvent


def allowed(old: str, new: str, by: By = "hand") -> bool:
    """Whether a ticket may go from one status to the other by this doing; staying is always allowed."""
    return old == new or by in TRANSITIONS.get(old, {}).get(new, ())


def possible(old: str, by: By = "hand") -> list[str]:
    """What a ticket may become by this doing."""
    return [status for status, whose in TRANSITIONS.get(old, {}).items() if by in whose]


def move(ticket: TicketFact, status: str, step: Step) -> Move:
    """All that goes along with another status. Raises `NotAllowed`, also for the status that it has."""
    old, now = ticket.status, step.now.isoformat()
    if old == status or not allowed(old, status, step.by):
        ways = ", ".join(sorted(possible(old, step.by))) or "nothing"
        raise NotAllowed(f"a {old} ticket can become {ways}, not {status}")
    fields: dict[str, Any] = {"status": status, "status_since": now}
    if status == "solved":
        fields |= {"solved_at": now, "closed_at": None}
    elif status == "closed":
        fields["closed_at"] = now
    elif old in OVER and status != "merged":
        fields |= {"solved_at": None, "closed_at": None, "customer_confirmed_at": None}
        if status != "spam":
            fields["reopened"] = ticket.reopened + 1
    if ticket.snoozed_until is not None:
        fields["snoozed_until"] = None
    event = AddEvent(
        what="status_changed",
        ticket_id=ticket.ticket_id,
        actor=step.actor,
        channel=step.channel,
        reason=step.reason,
        data={"from": old, "to": status, **step.data},
        at=step.now,
    )
    return Move(fields, list(_timers(ticket, status, step)), event)


def _timers(ticket: TicketFact, status: str, step: Step) -> list[SetTimer | CancelTimer]:
    """Closing comes after solving, and waking after snoozing; neither outlives its status."""
    timers: list[SetTimer | CancelTimer] = []
    close = derive("timer", "close", ticket.ticket_id)
    if status == "solved":
        due = step.now + step.close_after
        timers.append(SetTimer(timer_id=close, kind="close", ticket_id=ticket.ticket_id, due_at=due))
    elif ticket.status == "solved":
        timers.append(CancelTimer(timer_id=close))
    if ticket.snoozed_until is not None:
        timers.append(CancelTimer(timer_id=derive("timer", "snooze", ticket.ticket_id)))
    return timers


def is_finished(ticket: TicketFact, now: datetime, reopen_within: timedelta) -> bool:
    """Whether a customer's message no longer reopens the ticket but opens one that follows it."""
    if ticket.status == "merged":
        return True
    if ticket.status != "closed":
        return False
    return ticket.closed_at is None or now > ticket.closed_at + reopen_within


def after_message(status: str) -> str:
    """The status after a customer's message: what waited for them or was done is open again; the rest stays as it is."""
    return "open" if allowed(status, "open", "message") else status
