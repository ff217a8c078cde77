"""Deciding about a message in quarantine that somebody lets out, or discards."""

from datetime import datetime
from typing import Any

from services.router.deciding.commands import Doing, Refused, fingerprint
from services.router.deciding.draft import Draft
from services.router.deciding.inbound import decide_inbound
from services.router.deciding.policy import Policy
from services.router.deciding.quarantine import Waiver
from services.router.deciding.senders import points_of
from shared.messages import command as c
from shared.messages.changeset import BlockPoint, Changeset, DiscardHeld, ReleaseHeld
from shared.messages.facts import Facts, source_key
from shared.messages.inbound import Inbound

REASON_LENGTH = 500


def decide_held(command: c.Command, message: Inbound, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """The changeset for a command about the held ``message``. Raises `Refused`."""
    if isinstance(command.action, c.Discard):
        return decide_discard(command, message, facts, policy, now)
    return decide_release(command, message, facts, policy, now)


def decide_discard(command: c.Command, message: Inbound, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """The changeset by which nobody need look at a held message any more. Raises `Refused` where it is no longer there, or was let out.
    A repetition changes nothing and says so (``already_discarded``)."""
    if not isinstance(command.action, c.Discard):
        raise TypeError("no discarding")
    held = facts.held.get(message.source_id)
    if held is None:
        raise Refused("not-found", f"nothing is held under {command.action.held_id}")
    if held.released_at is not None:
        raise Refused("conflict", f"{held.held_id} was let out of quarantine already")
    draft = Draft()
    draft.rely(facts, source_key(message.source_id))
    if held.discarded_at is None:
        reason = command.action.reason.strip()[:REASON_LENGTH]
        draft.change(facts, source_key(message.source_id))
        draft.operations.append(DiscardHeld(held_id=held.held_id, by=command.actor, reason=reason, at=now))
        doing = Doing(command, facts, policy, now, draft)
        doing.event("message_discarded", None, held=held.held_id)
    return draft.changeset(
        f"command:{command.command_id}",
        fingerprint=fingerprint(command),
        result={"held_id": held.held_id, "already_discarded": held.discarded_at is not None},
        policy=policy.version,
    )


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
    return draft.changeset(
        f"command:{command.command_id}",
        fingerprint=fingerprint(command),
        result=result,
        policy=policy.version,
    )
