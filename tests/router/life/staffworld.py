"""A world with agents: a team of them, who are given tickets, away, or full."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.router.deciding.policy import Policy
from shared.messages.changeset import AddEvent, Changeset
from shared.messages.facts import AgentFact, TicketFact, point_key
from shared.messages.life import ChangeAgent, StaffFact
from shared.settings.assignment import Assignment
from shared.settings.policy import Team
from tests.router import world as mailing
from tests.router.life.clockwork import NIGHTS, OFFICE
from tests.router.life.recordworld import Passing
from tests.router.world import mail

TEAM = ("anna@acme.example", "boris@acme.example", "cara@acme.example")
ALWAYS = datetime.max.replace(tzinfo=mailing.START.tzinfo)


def staff(email: str, **more: Any) -> StaffFact:
    """An agent whose id is their name."""
    name = email.partition("@")[0]
    return StaffFact(agent_id=f"id-{name}", email=email, name=name.title(), **more)


def policy(mode: str = "round_robin", team: dict[str, Any] | None = None, **more: Any) -> Policy:
    """An installation whose technical team of three is given its tickets in this mode; ``more`` is more of ``[assignment]``."""
    settings = mailing.load(None, None, {})
    category = [each.model_copy(update={"team": each.name}) for each in settings.category]
    technical = {"name": "technical", "members": TEAM} | (team or {})
    others = [Team(name=each.name, members=("dora@acme.example",)) for each in category if each.name != "technical"]
    rest = {name: more.pop(name) for name in ("escalation", "sla", "operators") if name in more}
    return mailing.policy(
        category=tuple(category),
        team=(Team.model_validate(technical), *others),
        hours=(OFFICE, NIGHTS),
        assignment=Assignment.model_validate({"mode": mode, **more}),
        **rest,
    )


@dataclass
class Staffed(Passing):
    """Mails about errors are the technical team's."""

    policy: Policy = field(default_factory=policy)

    def hire(self, *agents: StaffFact) -> "Staffed":
        """These are the agents."""
        for agent in agents:
            self.state.staff[agent.email] = agent.model_copy(deep=True)
            known = {name: getattr(agent, name) for name in AgentFact.model_fields}
            self.state.agents[point_key("email", agent.email)] = AgentFact(**known)
            self.state.assignees[agent.email] = AgentFact(**known)
        return self

    def commit(self, changeset: Changeset) -> str:
        """What is known of who has a ticket is known of the agents themselves, too."""
        outcome = super().commit(changeset)
        for each in changeset.operations if outcome == "committed" else ():
            if isinstance(each, ChangeAgent):
                for agent in self.state.staff.values():
                    self.state.assignees[agent.email].away_until = agent.away_until
        return outcome

    def away(self, email: str, until: datetime | None) -> None:
        """They are away until then; null: they are back."""
        agent = self.state.staff[email]
        fields = {"away_until": until.isoformat() if until else None}
        self.done += 1
        change = ChangeAgent(agent_id=agent.agent_id, fields=fields)
        self.commit(Changeset(cause=f"away-{self.done}", operations=[change]))

    def writes(
        self, name: str, sender: str = "", *, refs: tuple[str, ...] = (), after: float = 1, **more: Any
    ) -> TicketFact:
        """A customer writes a mail of technical matters; gives its ticket."""
        self.until(self.now + timedelta(minutes=after))
        words = {"subject": f"Error {name}", "text": f"There is an error, {name}."} | more
        who = sender or f"{name}@customer.example"
        self.take(mail(name, who, refs=refs, received_at=self.now, **words))
        return self.state.tickets[self.ticket_of(name)]

    def given(self, *names: str) -> list[str]:
        """Who has the tickets of these mails, by first names; ``-``: nobody."""
        tickets = (self.state.tickets[self.ticket_of(name)] for name in names)
        return [(ticket.assignee or "-").partition("@")[0] for ticket in tickets]

    def trail(self, name: str, *whats: str) -> list[AddEvent]:
        """What happened of these kinds to the ticket of a mail."""
        return [event for event in self.events(self.number_of(name)) if event.what in whats]


def team_of_three(world: Staffed, **more: Any) -> Staffed:
    """Anna, Boris and Cara are there."""
    return world.hire(*(staff(email, **more) for email in TEAM))
