"""Which team serves what: categories, inboxes, languages, as ``[[team]]`` says. Pure.

A category's own team comes first; then the team that serves the category; then the one that serves the inbox. Of several, the one that
speaks the customer's language: if that is still not one, none of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.messages.parts import Reason
from shared.settings.settings import Policy as Configured


@dataclass(frozen=True)
class Served:
    """What one team serves, all lower-cased but the categories."""

    categories: frozenset[str]
    inboxes: frozenset[str]
    languages: frozenset[str]


@dataclass(frozen=True)
class ServingPolicy:
    """What each team serves, by its name."""

    teams: Mapping[str, Served] = field(default_factory=dict)

    def team_of(self, category: str, inbox: str, language: str) -> tuple[str, Reason] | None:
        """Whose a new ticket is, and why; null: nobody's in particular."""
        by_category = [name for name, team in self.teams.items() if category in team.categories]
        by_inbox = [name for name, team in self.teams.items() if inbox.lower() in team.inboxes]
        for what, value, names in (("category", category, by_category), ("inbox", inbox, by_inbox)):
            spoken = [name for name in names if language.lower() in self.teams[name].languages]
            chosen = names if len(names) == 1 else spoken
            if len(chosen) == 1:
                evidence = value if len(names) == 1 else f"{value}, speaks {language}"
                return chosen[0], Reason(rule=f"team serves the {what}", evidence=evidence)
        return None

    def languages_of(self, team: str | None) -> frozenset[str]:
        """What a team's members speak who have not said it themselves."""
        served = self.teams.get(team or "")
        return served.languages if served is not None else frozenset()


def serving_policy(settings: Configured) -> ServingPolicy:
    """The part of the policy that a configuration means."""
    teams = {
        team.name: Served(
            frozenset(team.categories),
            frozenset(inbox.lower() for inbox in team.inboxes),
            frozenset(language.lower() for language in team.languages),
        )
        for team in settings.team
    }
    return ServingPolicy(teams)
