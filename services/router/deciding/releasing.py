"""Deciding about a message that is let out of quarantine."""

from datetime import datetime
from typing import Any

from services.router.deciding.commands import Doing, Refused, fingerprint
from services.router.deciding.draft import Draft
from services.router.deciding.inbound import decide_inbound
from services.router.deciding.policy import Policy
from services.router.deciding.quarantine import Waiver
from services.router.deciding.senders import points_of
from shared.messages import command as c
from shared.messages.changeset import BlockPoint, Changeset, ReleaseHeld
from shared.messages.facts import Facts, source_key
from shared.messages.inbound import Inbound


def decide_release(command: c.Command, message: Inbound, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """The changeset that lets a held message out: it is decided as if it came now, only not held again. Raises `Refused` where it is
    no longer there. A repetition changes nothing and says so (``already_released``)."""
    if not isinstance(command.action, c.Release):
        raise TypeError("no release")
    held = facts.held.get(message.source_id)
    if held is None:
        raise Refused("not-found", f"nothing is held under {command.action.held_id}")
    result: dict[str, Any] = {"held_id": held.held_id, "already_released": held.released_at is not None}
    draft = Draft()
    draft.rely(facts, source_key(message.source_id))
    decided: Changeset | None = None
    if held.released_at is None:
        waiver = Waiver(acknowledge=now - message.received_at <= policy.spam.acknowledge_within)
        fresh = message.model_copy(update={"received_at": now, "inboxes": held.inboxes or message.inboxes})
        decided = decide_inbound(fresh, facts, policy, now, waiver=waiver)
        draft = Draft(decided.operations, decided.relies, dict.fromkeys(decided.bumps))
        draft.change(facts, source_key(message.source_id))
        ticket_id = decided.result["ticket_id"]
        draft.operations.append(
            ReleaseHeld(held_id=held.held_id, cause=message.cause, ticket_id=ticket_id, by=command.actor, at=now)
        )
        doing = Doing(command, facts, policy, now, draft)
        doing.event("message_released", ticket_id, decided.result["message_id"], held=held.held_id)
    if command.action.unblock and message.from_ is not None:
        for point in points_of(message, message.from_.address.lower()):
            draft.operations.append(BlockPoint(point=point, blocked=False))
    result |= decided.result if decided is not None else {"ticket_id": held.ticket_id}
    return Changeset(
        cause=f"command:{command.command_id}",
        fingerprint=fingerprint(command),
        relies=draft.relies,
        bumps=list(draft.bumps),
        operations=draft.operations,
        result=result,
        policy=policy.version,
    )
