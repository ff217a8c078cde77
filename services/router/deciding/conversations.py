"""Which ticket does the talk go on in? On SMS, WhatsApp, Messenger, Telegram and chat people just write on.

What they write belongs to their open conversation in that inbox: with several open, to the one that waits for them, else to the one in
which something happened last. A solved one goes on within `REOPENS`, a closed one within ``tickets.reopen_within``; later a new one follows
it. A burst of messages is one turn by this: only the first opens a ticket, and only opening is acknowledged.
"""

from datetime import datetime, timedelta

from services.router.deciding.evidence import Evidence
from shared.messages.changeset import AddReferences
from shared.messages.facts import Facts, TicketFact
from shared.messages.parts import Reason

REOPENS = timedelta(hours=24)
# What a conversation remembers: the tickets that are over give way first.
_REMEMBERED = 10
_OVER = ("closed", "merged")
_AT_ONCE = timedelta(0)
_WAITING_FOR_US = ("new", "open", "on_hold")


def place(evidence: Evidence, facts: Facts, now: datetime, within: timedelta = _AT_ONCE) -> TicketFact | None:
    """The ticket that a message goes to, or (see `is_over`) that a new one follows; null where there was no talk yet."""
    entries = facts.references.get(evidence.conversation, ()) if evidence.conversation else ()
    moved = {entry.ticket_id for entry in entries if entry.moved}
    known = tickets(evidence.conversation, facts)
    return max(known, key=lambda each: _rank(each, each.ticket_id in moved, now, within), default=None)


def is_over(ticket: TicketFact, now: datetime, within: timedelta = _AT_ONCE) -> bool:
    """Whether a message no longer goes into the ticket but opens one that follows it: one that is solved for long, or closed for longer
    than ``within``. What is spam stays where the spam is."""
    if ticket.status == "closed":
        return ticket.closed_at is None or now > ticket.closed_at + within
    if ticket.status == "merged":
        return True
    return ticket.status == "solved" and ticket.solved_at is not None and now > ticket.solved_at + max(REOPENS, within)


def reason(ticket: TicketFact) -> Reason:
    """Why a message is there."""
    waits = ", which waits for the customer" if ticket.status == "pending" else ""
    return Reason(rule="open conversation", evidence=f"T-{ticket.number}{waits}", confidence=0.9)


def forgotten(evidence: Evidence, facts: Facts) -> list[str]:
    """The tickets which the conversation need no longer remember when one more is opened: the oldest that are over."""
    known = sorted(tickets(evidence.conversation, facts), key=lambda each: (each.status in _OVER, -_time(each)))
    return [each.ticket_id for each in known[_REMEMBERED - 1 :] if each.status in _OVER]


def remember(evidence: Evidence, ticket_id: str, facts: Facts) -> AddReferences | None:
    """What lets the conversation find the ticket; null where it does already."""
    mark = evidence.conversation
    if mark is None or any(entry.ticket_id == ticket_id for entry in facts.references.get(mark, ())):
        return None
    return AddReferences(ticket_id=ticket_id, mentioned=[mark], leaves=forgotten(evidence, facts))


def tickets(mark: str | None, facts: Facts) -> list[TicketFact]:
    """The tickets that a conversation remembers, over or not."""
    entries = facts.references.get(mark, ()) if mark else ()
    return [facts.tickets[entry.ticket_id] for entry in entries if entry.ticket_id in facts.tickets]


def _rank(ticket: TicketFact, moved: bool, now: datetime, within: timedelta) -> tuple[int, float, bool, float, str]:
    """The greatest is the one. Moving touches both tickets: the talk goes on in the one that an agent moved it to."""
    if is_over(ticket, now, within):
        first = 0
    elif ticket.status == "spam":
        first = 1
    elif ticket.status in ("solved", "closed"):
        first = 2
    else:
        first = 3 if ticket.status in _WAITING_FOR_US else 4
    return first, _time(ticket), moved, ticket.created_at.timestamp(), ticket.ticket_id


def _time(ticket: TicketFact) -> float:
    return (ticket.updated_at or ticket.created_at).timestamp()
