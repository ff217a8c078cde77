"""Deciding about a call to a customer: an agent's telephone rings, then the customer's, and each sees only our number."""

from typing import Any

from services.router.deciding import sending
from services.router.deciding.commands.doing import Doing, Refused
from shared.messages import command as c
from shared.messages.changeset import QueueDelivery
from shared.messages.facts import TicketFact
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from shared.phones import is_e164, to_e164

_KINDS = ("phone", "whatsapp")


def dial(do: Doing, want: c.Dial) -> dict[str, Any]:
    """Queue the call. Raises `Refused`."""
    ticket = do.ticket(want.number)
    if ticket.status == "merged":
        raise Refused("conflict", f"T-{want.number} was merged into another ticket; call from there")
    inbox = do.policy.inbox_of("voice", ticket.inbox)
    if inbox is None:
        raise Refused("invalid", "there is no inbox of channel voice to call from")
    agent = to_e164(want.agent_number)
    if agent is None or agent in do.policy.own_numbers:
        raise Refused(
            "invalid", f"agent_number: {want.agent_number[:40]!r} is no telephone to ring; write it like +48600100200"
        )
    customer = _number_of(do, ticket)
    if customer in do.policy.own_numbers or customer == agent:
        raise Refused("invalid", f"agent_number: {customer} cannot be called from there")
    delivery_id = do.derive("delivery")
    do.draft.operations.append(
        QueueDelivery(
            outbound=Outbound(
                delivery_id=delivery_id,
                ticket_id=ticket.ticket_id,
                ticket_number=ticket.number,
                channel="voice",
                inbox=inbox,
                kind="message",
                to=[Address(address=customer)],
                language=do.policy.languages[0] if do.policy.languages else "en",
                subject=ticket.subject,
                variables={"agent_number": agent},
                author=do.command.actor_name,
                created_at=do.now,
                correlation_id=do.command.correlation_id,
            )
        )
    )
    do.event("call_requested", ticket.ticket_id, delivery=delivery_id)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number, "delivery_id": delivery_id}


def _number_of(do: Doing, ticket: TicketFact) -> str:
    """The customer's number: the ticket's own, else one of theirs that is known to be theirs. Raises `Refused`."""
    if sending.kind_of_customer(ticket) in _KINDS and is_e164(ticket.customer):
        return ticket.customer
    person = do.facts.people.get(ticket.contact_id or "")
    points = [point for kind in _KINDS for point in (person.points if person else []) if point.kind == kind]
    found = next((point.value for point in points if point.verified and is_e164(point.value)), None)
    if found is None:
        raise Refused("invalid", f"T-{ticket.number} has no customer whose telephone number is known")
    return found
