"""Asking the store for the right to send: nothing touches the wire without it."""

from collections.abc import Sequence

from nats.aio.client import Client

from services.notifier.backlog import Held
from shared.bus import subjects
from shared.bus.errors import BusError
from shared.bus.rpc import request
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.outbound import Claim, ClaimReply, ClaimRequest, Grant

CLAIM_TIMEOUT = 5.0


class ClaimFailed(Exception):
    """The store did not answer. It may have granted the claims all the same: then it holds them until their lease is over."""


async def claim(bus: Client, owner: str, wanted: Sequence[Held], timeout: float = CLAIM_TIMEOUT) -> list[Grant]:
    """One grant per message in hand, in their order. Raises `ClaimFailed`."""
    claims = [Claim(delivery_id=held.outbound.delivery_id, redelivered=held.redelivered) for held in wanted]
    try:
        answer = await request(
            bus, subjects.STORE_CLAIM, ClaimRequest(owner=owner, claims=claims).encode(), timeout=timeout
        )
        grants = ClaimReply.decode(answer).grants
    except (BusError, NewerVersion, Undecodable) as error:
        raise ClaimFailed(str(error)) from error
    if [grant.delivery_id for grant in grants] != [one.delivery_id for one in claims]:
        raise ClaimFailed("the store's answer is not about what was asked")
    return grants
