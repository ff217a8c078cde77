"""Deciding about "spam" and "not spam"."""

from typing import Any

from services.router.deciding import spam
from services.router.deciding.commands.changing import set_status
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.teaching import block
from shared.messages import command as c
from shared.messages.changeset import ChangeTicket
from shared.messages.facts import TicketFact


def mark_spam(do: Doing, want: c.MarkSpam) -> dict[str, Any]:
    """The ticket is spam: its later mails stay in it unanswered, and the filter learns."""
    ticket = do.ticket(want.number)
    if want.block and not ticket.customer:
        raise Refused("invalid", f"block: T-{want.number} has no customer")
    _move(do, ticket, "spam", {})
    do.draft.operations += spam.lesson(ticket.ticket_id, do.facts.samples.get(ticket.ticket_id), True, do.policy)
    if want.block:
        block(do, ticket, True)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def not_spam(do: Doing, want: c.NotSpam) -> dict[str, Any]:
    """The ticket is none: open again where it was taken for spam, its customer unblocked, and the filter learns that."""
    ticket = do.ticket(want.number)
    fields: dict[str, Any] = {}
    if spam.TAG in ticket.tags:
        fields["tags"] = [tag for tag in ticket.tags if tag != spam.TAG]
    if ticket.status == "spam":
        _move(do, ticket, "open", fields)
    elif fields:
        do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
    do.draft.operations += spam.lesson(ticket.ticket_id, do.facts.samples.get(ticket.ticket_id), False, do.policy)
    if ticket.customer:
        block(do, ticket, False)
    do.event("not_spam", ticket.ticket_id)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def _move(do: Doing, ticket: TicketFact, status: str, fields: dict[str, Any]) -> None:
    if ticket.status != status:
        set_status(do, ticket, status, fields)
    if fields:
        do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
