"""Deciding who has a ticket: given to an agent or a team, handed over with a reason."""

from dataclasses import dataclass
from typing import Any

from services.router.deciding import naming
from services.router.deciding.commands import changing
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.meaning import agent, team
from shared.messages import command as c
from shared.messages import talking as t
from shared.messages.changeset import AddEvent, AddMessage, ChangeTicket
from shared.messages.facts import TicketFact
from shared.messages.parts import Address

MOST = 20
"""Agents to whom a ticket is handed over at once."""
_REASON = 5_000


def assign(do: Doing, want: t.Assign) -> dict[str, Any]:
    """Give a ticket to an agent, a team, or both. Raises `Refused`, also for whoever does not exist."""
    if not want.to:
        raise Refused("invalid", "name an agent or a team")
    fields: dict[str, Any] = {}
    if "agent" in want.to:
        fields["assignee"] = agent(do, "agent", want.to["agent"]) if want.to["agent"] else None
    if "team" in want.to:
        fields["team"] = team(do, "team", want.to["team"]) if want.to["team"] else None
    return changing.change(do, c.Change(number=want.number, fields=fields))


@dataclass(frozen=True)
class Receivers:
    """To whom something goes: agents by their addresses, and perhaps a team."""

    agents: list[str]
    team: str | None = None

    @property
    def names(self) -> list[str]:
        """All of them, the team first."""
        return [*([self.team] if self.team else []), *self.agents]


def receivers(do: Doing, field: str, names: list[str]) -> Receivers:
    """Whom names mean. Raises `Refused` for nobody, for who is not there, and for several teams."""
    agents: dict[str, None] = {}
    teams: dict[str, None] = {}
    for name in names[: MOST + 1]:
        found = naming.team_called(name, do.policy)
        if found is not None and len(naming.agents_called(name, do.facts)) != 1:
            teams[found] = None
        else:
            agents[agent(do, field, name)] = None
    if not agents and not teams:
        raise Refused("invalid", f"{field}: name an agent or a team")
    if len(teams) > 1 or len(names) > MOST:
        raise Refused("invalid", f"{field}: one team and at most {MOST} agents")
    return Receivers(list(agents), next(iter(teams), None))


def transfer(do: Doing, want: t.Transfer) -> dict[str, Any]:
    """Hand a ticket over. Raises `Refused`, also without a reason, and where they have it already."""
    ticket = do.ticket(want.number)
    if not want.reason.strip() or len(want.reason) > _REASON:
        raise Refused("invalid", f"reason: say why, in at most {_REASON} characters")
    if ticket.status == "merged":
        raise Refused("conflict", f"T-{want.number} was merged into another ticket; hand that over")
    to = receivers(do, "to", want.to)
    first = next(iter(to.agents), None)
    fields: dict[str, Any] = {"assignee": first} | ({"team": to.team} if to.team else {})
    fields = {name: value for name, value in fields.items() if getattr(ticket, name) != value}
    helpers = _helpers(ticket, to)
    if not fields and helpers == ticket.collaborators:
        raise Refused("conflict", f"to: T-{want.number} is with {', '.join(to.names)} already")
    had = [name for name in (ticket.team, ticket.assignee) if name]
    if fields:
        changing.change(do, c.Change(number=want.number, fields=fields))
    if helpers != ticket.collaborators:
        do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields={"collaborators": helpers}))
    message_id = _note(do, ticket, want.reason)
    do.draft.operations.append(
        AddEvent(
            what="handed_over",
            ticket_id=ticket.ticket_id,
            message_id=message_id,
            actor=do.command.actor,
            channel=do.command.channel,
            reason=want.reason.strip()[:500],
            data={"from": had, "to": to.names},
            at=do.now,
        )
    )
    return {"ticket_id": ticket.ticket_id, "number": ticket.number, "message_id": message_id}


def _helpers(ticket: TicketFact, to: Receivers) -> list[str]:
    """Who helps from now on: handed to several, all but the first; else whoever did, without who has it now."""
    if len(to.agents) > 1:
        return to.agents[1:]
    return [each for each in ticket.collaborators if each not in to.agents]


def _note(do: Doing, ticket: TicketFact, reason: str) -> str:
    """The hand-over note, among the messages of the ticket."""
    message_id = do.derive("message")
    do.draft.operations.append(
        AddMessage(
            message_id=message_id,
            ticket_id=ticket.ticket_id,
            direction="internal",
            channel="email",
            inbox=ticket.inbox,
            author=Address(name=do.command.actor_name, address=""),
            author_kind="agent",
            subject=ticket.subject,
            text=reason,
            reply_text=reason,
            created_at=do.now,
            correlation_id=do.command.correlation_id,
        )
    )
    return message_id
