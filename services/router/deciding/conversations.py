"""Which ticket does the talk go on in? On SMS, WhatsApp, Messenger, Telegram and chat people just write on.

What they write belongs to their open conversation in that inbox: with several open, to the one that waits for them, else to the one in
which something happened last. A solved one goes on within `REOPENS`; later, and after closing, a new one follows it. A burst of messages
is one turn by this: only the first opens a ticket, and only opening is acknowledged.
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
_WAITING_FOR_US = ("new", "open", "on_hold")


def place(evidence: Evidence, facts: Facts, now: datetime, reopens: timedelta = REOPENS) -> TicketFact | None:
    """The ticket that a message goes to, or (see `is_over`) that a new one follows; null where there was no talk yet."""
    entries = facts.references.get(evidence.conversation, ()) if evidence.conversation else ()
    moved = {entry.ticket_id for entry in entries if entry.moved}
    tickets = _tickets(evidence.conversation, facts)
    return max(tickets, key=lambda each: _rank(each, each.ticket_id in moved, now, reopens), default=None)


def is_over(ticket: TicketFact, now: datetime, reopens: timedelta = REOPENS) -> bool:
    """Whether a message no longer goes into the ticket but opens one that follows it. What is spam stays where the spam is."""
    if ticket.status in _OVER:
        return True
    return ticket.status == "solved" and ticket.solved_at is not None and now > ticket.solved_at + reopens


def reason(ticket: TicketFact) -> Reason:
    """Why a message is there."""
    waits = ", which waits for the customer" if ticket.status == "pending" else ""
    return Reason(rule="open conversation", evidence=f"T-{ticket.number}{waits}", confidence=0.9)


def forgotten(evidence: Evidence, facts: Facts) -> list[str]:
    """The tickets which the conversation need no longer remember when one more is opened: the oldest that are over."""
    tickets = sorted(_tickets(evidence.conversation, facts), key=lambda each: (each.status in _OVER, -_time(each)))
    return [each.ticket_id for each in tickets[_REMEMBERED - 1 :] if each.status in _OVER]


def remember(evidence: Evidence, ticket_id: str, facts: Facts) -> AddReferences | None:
    """What lets the conversation find the ticket; null where it does already."""
    mark = evidence.conversation
    if mark is None or any(entry.ticket_id == ticket_id for entry in facts.references.get(mark, ())):
        return None
    return AddReferences(ticket_id=ticket_id, mentioned=[mark], leaves=forgotten(evidence, facts))


def _tickets(mark: str | None, facts: Facts) -> list[TicketFact]:
    entries = facts.references.get(mark, ()) if mark else ()
    return [facts.tickets[entry.ticket_id] for entry in entries if entry.ticket_id in facts.tickets]


def _rank(ticket: TicketFact, moved: bool, now: datetime, reopens: timedelta) -> tuple[int, float, bool, float, str]:
    """The greatest is the one. Moving touches both tickets: the talk goes on in the one that an agent moved it to."""
    if is_over(ticket, now, reopens):
        first = 0
    elif ticket.status == "spam":
        first = 1
    elif ticket.status == "solved":
        first = 2
    else:
        first = 3 if ticket.status in _WAITING_FOR_US else 4
    return first, _time(ticket), moved, ticket.created_at.timestamp(), ticket.ticket_id


def _time(ticket: TicketFact) -> float:
    return (ticket.updated_at or ticket.created_at).timestamp()
