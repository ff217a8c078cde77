"""What the configuration says about giving tickets to agents, prepared for decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.settings.assignment import Assignment, Mode
from shared.settings.settings import Policy as Configured


@dataclass(frozen=True)
class AssignPolicy:
    """``wanted`` is ``[assignment]``; ``modes`` and ``hours`` have what teams say for themselves."""

    wanted: Assignment = field(default_factory=Assignment)
    modes: Mapping[str, Mode] = field(default_factory=dict)
    hours: Mapping[str, str] = field(default_factory=dict)
    active: bool = False
    """Whether any ticket is given to an agent by itself."""

    def mode(self, team: str | None) -> Mode:
        """How tickets of a team (null: of none) are given to agents."""
        return self.modes.get(team or "", self.wanted.mode)

    def hours_of(self, team: str | None, own: str = "") -> str:
        """The working hours that count for an agent with these ``own`` ones in a team; empty: around the clock."""
        return own or self.hours.get(team or "") or self.wanted.hours


def assign_policy(settings: Configured) -> AssignPolicy:
    """The part of the policy that a configuration means."""
    modes = {team.name: team.assign for team in settings.team if team.assign is not None}
    return AssignPolicy(
        wanted=settings.assignment,
        modes=modes,
        hours={team.name: team.hours for team in settings.team if team.hours},
        active=any(mode != "off" for mode in (settings.assignment.mode, *modes.values())),
    )
