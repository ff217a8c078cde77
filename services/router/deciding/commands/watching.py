"""Deciding who watches a ticket: is told of what the customer writes, of its status, and of hand-overs."""

from typing import Any

from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.meaning import agent
from shared.messages.changeset import ChangeTicket
from shared.messages.talking import Watch

MOST = 100


def watch(do: Doing, want: Watch) -> dict[str, Any]:
    """An agent watches, or no longer. Doing it twice changes nothing. Raises `Refused`."""
    ticket = do.whole(want.number)
    name = want.agent.strip() or do.command.actor.partition("agent:")[2]
    if not name:
        raise Refused("invalid", "agent: name one; whoever asks is no agent")
    if want.watch:
        who = agent(do, "agent", name)
    else:
        # Whoever is no agent any more can still be taken off.
        who = next((each for each in ticket.watchers if each.casefold() == name.casefold()), None) or agent(
            do, "agent", name
        )
    rest = [each for each in ticket.watchers if each.casefold() != who.casefold()]
    watchers = [*rest, who] if want.watch else rest
    if len(watchers) > MOST:
        raise Refused("conflict", f"agent: {MOST} watch T-{want.number}, which is the most")
    if want.watch != (len(rest) < len(ticket.watchers)):
        do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields={"watchers": watchers}))
        do.event("watched" if want.watch else "unwatched", ticket.ticket_id, agent=who)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}
