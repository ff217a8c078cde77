"""Whom somebody means: agents by address, id or name, teams by theirs, and the mentions in a note."""

import re
from collections.abc import Iterable, Sequence

from services.router.deciding.policy import Policy
from shared.messages.facts import AgentFact, Facts, TicketFact
from shared.messages.life import StaffFact

# A mention begins with a letter; what stands behind an address's local part is none.
_MENTION = re.compile(r"(?<![\w.+@-])@([^\W\d_][\w.+-]{0,63}(?:@[\w.-]{1,200})?)")
MOST = 50
"""Mentions of one note."""
LOOKED_UP = 200
"""So many different names of a note are looked up among all agents, the first ones."""
_LOOKED_AT = 50_000
_LONGEST_TITLE = 60


def teams(policy: Policy) -> list[str]:
    """The teams of the configuration: those that are described, and those that categories go to."""
    return list(dict.fromkeys((*policy.teams, *(rule.team for rule in policy.categories if rule.team))))


def team_called(name: str, policy: Policy) -> str | None:
    """The team of this name, whatever its case."""
    wanted = name.strip().casefold()
    return next((team for team in teams(policy) if team.casefold() == wanted), None)


def agents_called(name: str, facts: Facts) -> list[StaffFact]:
    """The agents who can be meant: by address or id there is one at most; else by what stands before the @ of their addresses, else by
    their names, whole or a word of them."""
    wanted = name.strip().casefold()
    if not wanted:
        return []
    everybody = facts.staff.values()
    by_id = [each for each in everybody if wanted in (each.email.casefold(), each.agent_id.casefold())]
    if by_id or "@" in wanted:
        return by_id
    by_address = [each for each in everybody if each.email.partition("@")[0].casefold() == wanted]
    return by_address or [each for each in everybody if wanted in _names(each)]


def member_called(name: str, policy: Policy, facts: Facts) -> str | None:
    """The address of a team's member who is written so; agents need not be known for that. The configuration may still have who works here
    no longer."""
    wanted = name.strip().casefold()
    if facts.is_blocked(wanted):
        return None
    return next((each for members in policy.teams.values() for each in members if each.casefold() == wanted), None)


def short_name(agent: StaffFact | AgentFact, facts: Facts) -> str:
    """What an agent is called among colleagues: as customers know them, unless two are known so."""
    public = agent.public_name.strip()
    same = [each for each in facts.staff.values() if each.public_name.strip().casefold() == public.casefold()]
    return public if public and len(same) < 2 else agent.name.strip() or agent.email


def title_of(ticket: TicketFact) -> str:
    """What a ticket is called: in a chat nobody writes a subject, and the first words say what it is about. Empty where nothing does."""
    if ticket.subject.strip():
        return ticket.subject
    words = " ".join(str(ticket.fields.get("problem") or "")[: 4 * _LONGEST_TITLE].split())
    return words if len(words) <= _LONGEST_TITLE else f"{words[: _LONGEST_TITLE - 1].rstrip()}…"


def _names(agent: StaffFact) -> set[str]:
    found = {agent.name.casefold(), agent.public_name.casefold()}
    return found | {word for name in found for word in name.split()} | {name.replace(" ", ".") for name in found}


def mentioned(text: str, named: Sequence[str], facts: Facts, policy: Policy) -> tuple[list[str], list[str]]:
    """Whom a note mentions, in its text or by ``named``: addresses of agents and names of teams, each once; and what is wrong with
    the other mentions, for whoever wrote them."""
    found: dict[str, None] = {}
    warnings: dict[str, None] = {}
    names = list(dict.fromkeys((*_in_list(named), *_in_text(text))))
    for name in names[:LOOKED_UP]:
        team, agents = team_called(name, policy), agents_called(name, facts)
        if team is not None and len(agents) != 1:
            found[team] = None
        elif len(agents) == 1:
            found[agents[0].email] = None
        else:
            warnings[f"@{name}: {_wrong(agents)}"] = None
    if len(found) > MOST or len(names) > LOOKED_UP:
        warnings[f"only the first {MOST} mentions count"] = None
    return list(found)[:MOST], list(warnings)[:MOST]


def _in_list(named: Iterable[str]) -> list[str]:
    return [name for each in named if (name := each.strip().removeprefix("@").strip())]


def _in_text(text: str) -> list[str]:
    return [name for match in _MENTION.finditer(text[:_LOOKED_AT]) if (name := match[1].rstrip(".-+"))]


def _wrong(agents: Sequence[StaffFact]) -> str:
    if agents:
        return f"may be {', '.join(each.email for each in agents[:5])}; write the address"
    return "there is no such agent or team"
