"""Whom a command means by a name: the agent or the team that it is written for. Who can be named is also who is told."""

from services.router.deciding import naming, sending
from services.router.deciding.commands.doing import Doing, Refused
from shared.messages.facts import TicketFact


def agent(do: Doing, field: str, name: str) -> str:
    """The address of the agent of this address, id or name, or of a member of a team. Raises `Refused` where there is none, or there are
    several."""
    found = naming.agents_called(name, do.facts)
    member = naming.member_called(name, do.policy, do.facts) if not found else None
    if member is not None:
        return member
    if len(found) != 1:
        why = "may be several agents; write the address" if found else "is no agent; `trunkline agent list` shows them"
        raise Refused("invalid", f"{field}: {name.strip()!r} {why}")
    return found[0].email


def whoever(do: Doing, field: str, name: str, ticket: TicketFact) -> str:
    """As `agent`, for a field that is written directly: before there are agents at all, anybody may be named there, but nobody who takes
    part in the ticket. Whoever is named is told what the ticket is about, so with agents it is one of them."""
    if do.facts.staff or any(do.policy.teams.values()):
        return agent(do, field, name)
    named = name.strip()
    if not named or named.casefold() in {each.casefold() for each in (ticket.customer, *ticket.participants)}:
        raise Refused("invalid", f"{field}: {named!r} is no agent; `trunkline agent add` makes one")
    return named


def team(do: Doing, field: str, name: str) -> str:
    """A team of the configuration, by its name; where no teams are configured, whatever it is called, but no address. Raises `Refused` for
    one that is not there."""
    found = naming.team_called(name, do.policy)
    if found is None and not naming.teams(do.policy) and sending.kind_of(name) != "email":
        return name.strip()
    if found is None:
        known = ", ".join(naming.teams(do.policy)) or "none"
        raise Refused("invalid", f"{field}: there is no team {name.strip()!r}; there are {known}")
    return found
