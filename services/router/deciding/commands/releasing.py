"""Deciding about what a restore holds back: it is sent when somebody says so."""

from typing import Any

from services.router.deciding.commands.doing import Doing, Refused
from shared.messages.automation import RequeueDelivery
from shared.messages.people import ReleaseDelivery


def release(do: Doing, want: ReleaseDelivery) -> dict[str, Any]:
    """Send it. Raises `Refused` for what is not there, or is not in doubt."""
    delivery = do.facts.deliveries.get(want.delivery_id)
    if delivery is None:
        raise Refused("not-found", f"there is no delivery {want.delivery_id[:64]}")
    if delivery.state != "unknown":
        raise Refused("conflict", f"it is {delivery.state}; only what is held, or may not have been sent, is released")
    do.draft.operations.append(RequeueDelivery(delivery_id=want.delivery_id))
    do.event("delivery_released", delivery.ticket_id, delivery=want.delivery_id)
    return {"delivery_id": want.delivery_id}
