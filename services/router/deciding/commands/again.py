"""Deciding about sending once more what did not arrive. Not here: webhooks (`macros`), what a restore holds back (`releasing`)."""

from typing import Any, Final

from services.router.deciding.commands.doing import Doing, Refused
from shared.messages.again import SendAgain
from shared.messages.automation import RequeueDelivery
from shared.messages.facts import FactsRequest
from shared.messages.outbound import instead_id

FAILED: Final = ("failed", "bounced", "unknown")


def needs(action: object, request: FactsRequest) -> None:
    """The delivery, and the one that may have been sent in its stead."""
    if isinstance(action, SendAgain):
        request.deliveries = [action.delivery_id, instead_id(action.delivery_id)]


def send_again(do: Doing, want: SendAgain) -> dict[str, Any]:
    """Try it again. Whoever says so has seen that it failed, and answers for its arriving twice where nobody knows. Raises `Refused`."""
    ticket = do.ticket(want.number)
    delivery = do.facts.deliveries.get(want.delivery_id)
    if delivery is None or delivery.ticket_id != ticket.ticket_id or delivery.channel == "api":
        raise Refused("not-found", f"T-{want.number} has no delivery {want.delivery_id[:64]}")
    if delivery.state not in FAILED:
        raise Refused("conflict", f"it is {delivery.state}; only what has not arrived is sent again")
    if instead_id(want.delivery_id) in do.facts.deliveries:
        raise Refused("conflict", "it was sent on another channel instead")
    do.draft.operations.append(RequeueDelivery(delivery_id=want.delivery_id))
    do.event("sent_again", ticket.ticket_id, delivery.message_id, delivery=want.delivery_id)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number, "delivery_id": want.delivery_id}
