"""What an agent's step teaches about spam, whatever command it came by."""

from services.router.deciding import spam
from services.router.deciding.commands.doing import Doing
from services.router.deciding.sending import kind_of_customer
from shared.messages.changeset import BlockPoint
from shared.messages.facts import TicketFact
from shared.messages.parts import Point


def on_status(do: Doing, ticket: TicketFact, status: str) -> None:
    """The ticket is about to change its status: becoming spam teaches the filter; leaving that without a word about what it is takes
    everything back, what was learnt and that its customer is blocked."""
    sample = do.facts.samples.get(ticket.ticket_id)
    if status == "spam":
        do.draft.operations += spam.lesson(ticket.ticket_id, sample, True, do.policy)
    elif ticket.status == "spam":
        do.draft.operations += spam.unlearn(ticket.ticket_id, sample)
        if ticket.customer:
            block(do, ticket, False)


def block(do: Doing, ticket: TicketFact, blocked: bool) -> None:
    """Block the customer of a ticket, or no longer. (A decision about a mail of theirs that is under way may still miss it.)"""
    point = Point(kind=kind_of_customer(ticket), value=ticket.customer)
    do.draft.operations.append(BlockPoint(point=point, contact_id=ticket.contact_id, blocked=blocked))
    if blocked:
        do.event("contact_blocked", ticket.ticket_id, contact=ticket.contact_id)
