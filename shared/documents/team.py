"""Teams made at the desk: the same as ``[[team]]`` of the configuration, whose names come first. A team's name stays as it is; the
document's id is made of it, so that there are never two whose names differ in case only."""

import hashlib
import re
from typing import Any, Final

from pydantic import Field, ValidationError, field_validator, model_validator

from shared.documents.kind import Body, Change, Kind, Summary
from shared.settings.assignment import Mode
from shared.settings.escalation import LEAD, OPERATORS
from shared.settings.made import DeskTeam
from shared.settings.rules import NONE

TEAM: Final = "team"
LONGEST: Final = 60
MOST_MEMBERS: Final = 500
MOST_TEAMS: Final = 200
"""Teams of the desk: everybody is handed all of them whenever one changes."""
RESERVED: Final = frozenset({LEAD, OPERATORS, NONE, "any"})
"""What rules and escalations call somebody else by."""
_NAME: Final = re.compile(r"[^\W_][\w .&+-]*")


def team_id(name: str) -> str:
    """The id of the document that a team of this name is."""
    return hashlib.sha256(name.strip().casefold().encode()).hexdigest()[:24]


class TeamBody(Body):
    """``members`` are agents' mail addresses; the rest is as in the configuration (`shared.settings.policy.Team`)."""

    name: str = Field(min_length=1, max_length=LONGEST)
    members: list[str] = Field(default_factory=list, max_length=MOST_MEMBERS)
    assign: Mode | None = None
    hours: str = Field(default="", max_length=64)
    languages: list[str] = Field(default_factory=list, max_length=20)
    inboxes: list[str] = Field(default_factory=list, max_length=200)
    categories: list[str] = Field(default_factory=list, max_length=500)

    @field_validator("name")
    @classmethod
    def _readable(cls, name: str) -> str:
        if not _NAME.fullmatch(name) or name.casefold() in RESERVED:
            raise ValueError("letters, digits, blanks and . & + - _, and none of " + ", ".join(sorted(RESERVED)))
        return " ".join(name.split())

    @field_validator("members")
    @classmethod
    def _once(cls, members: list[str]) -> list[str]:
        return list(dict.fromkeys(each.strip().lower() for each in members if each.strip()))

    @model_validator(mode="after")
    def _is_a_team(self) -> "TeamBody":
        try:
            self.team()
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        return self

    def team(self) -> DeskTeam:
        """The team. Raises `ValidationError` for what none is."""
        return DeskTeam.model_validate(self.model_dump())


def handed_out(body: dict[str, Any]) -> dict[str, Any] | None:
    """A kept team as it stands in the handed-out configuration; null for what is none any more."""
    try:
        return TeamBody.model_validate(body).model_dump(mode="json", exclude_defaults=True)
    except ValidationError:
        return None


def _check(change: Change) -> str | None:
    if change.after is None:
        return None
    if change.id != team_id(change.after.name):
        return "name: a team's name stays as it is; make another team"
    return None


def _summary(body: TeamBody) -> Summary:
    return Summary("", body.name, "\n".join(body.members))


KINDS = (Kind(TEAM, TeamBody, writes="admin", summary=_summary, check=_check, largest=24_000),)
