"""Another status for a ticket that is being decided about: by `services.router.deciding.lifecycle`, with all that goes along."""

from typing import Any

from services.router.deciding import lifecycle
from services.router.deciding.life.living import Living


def become(living: Living, status: str, by: lifecycle.By, reason: str = "", **data: Any) -> None:
    """The ticket's status changes, by this doing; ``reason`` and ``data`` are for the audit trail. Raises `lifecycle.NotAllowed`."""
    cause, policy = living.cause, living.policy
    step = lifecycle.Step(by, cause.actor, living.now, policy.close_after, cause.channel, reason, data)
    move = lifecycle.move(living.ticket, status, step)
    living.draft.operations += [*move.timers, move.event]
    living.events.append(move.event)
    living.change(**move.fields)
