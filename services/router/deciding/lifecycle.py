"""The life of a ticket: which status may follow which, and what a message from outside does to one. All of it stands here."""

from datetime import datetime, timedelta

from shared.messages.facts import TicketFact

# status -> what it may become by an agent's hand. ``merged`` is the end; its messages go to the ticket it became.
TRANSITIONS: dict[str, frozenset[str]] = {
    "new": frozenset({"open", "pending", "on_hold", "solved", "closed", "spam"}),
    "open": frozenset({"pending", "on_hold", "solved", "closed", "spam"}),
    "pending": frozenset({"open", "on_hold", "solved", "closed", "spam"}),
    "on_hold": frozenset({"open", "pending", "solved", "closed", "spam"}),
    "solved": frozenset({"open", "pending", "on_hold", "closed", "spam"}),
    "closed": frozenset({"open", "spam"}),
    "spam": frozenset({"open"}),
    "merged": frozenset(),
}


def allowed(old: str, new: str) -> bool:
    """Whether a ticket may go from one status to the other; staying is always allowed."""
    return old == new or new in TRANSITIONS.get(old, frozenset())


def is_finished(ticket: TicketFact, now: datetime, reopen_within: timedelta) -> bool:
    """Whether a customer's message no longer reopens the ticket but opens one that follows it."""
    if ticket.status == "merged":
        return True
    if ticket.status != "closed":
        return False
    return ticket.closed_at is None or now > ticket.closed_at + reopen_within


def after_message(status: str) -> str:
    """The status after a customer's message: what waited for them or was done is open again; the rest stays as it is."""
    return "open" if status in ("pending", "on_hold", "solved", "closed") else status
