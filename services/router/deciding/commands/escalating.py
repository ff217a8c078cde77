"""Deciding about escalating by hand: whether it can be done. What it means is the ticket's life's (`life.escalating`)."""

from typing import Any

from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.life import escalating
from services.router.deciding.life.sla import ACTIVE
from shared.messages.changeset import AddEvent
from shared.messages.staff import Escalate
from shared.settings.escalation import LEAD

_LONGEST_REASON = 1_000


def escalate(do: Doing, want: Escalate) -> dict[str, Any]:
    """Raise it. Raises `Refused` without a reason, for a ticket that is over, and for somebody nobody knows."""
    ticket = do.ticket(want.number)
    reason, to = want.reason.strip(), want.to.strip()
    if not reason or len(reason) > _LONGEST_REASON:
        raise Refused("invalid", f"reason: say why, in at most {_LONGEST_REASON} characters")
    if to and to != LEAD and to not in do.policy.teams:
        to = to.lower()
        if to not in do.facts.staff:
            teams = ", ".join(sorted(do.policy.teams)) or "no teams"
            raise Refused("invalid", f"to: {want.to!r} is no agent and no team; there are {teams}")
    if ticket.status not in ACTIVE:
        raise Refused("conflict", f"status: a {ticket.status} ticket cannot be escalated; open it first")
    do.draft.operations.append(
        AddEvent(
            what=escalating.ASKED,
            ticket_id=ticket.ticket_id,
            actor=do.command.actor,
            channel=do.command.channel,
            reason=reason,
            data={"to": to or LEAD, "tell": want.tell},
            at=do.now,
        )
    )
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}
