"""Teams and webhooks made at the desk: as they stand in the handed-out configuration, under ``made``, beside those of the file.

The file comes first: a name that stands in both is the file's. What a team of the desk names that the file no longer has (hours, inboxes,
categories) is left out, and what cannot be understood is left out whole: nothing made at the desk can keep a configuration from being used.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog
from pydantic import ValidationError

from shared.identity import OF_DESK
from shared.settings.hooks import Webhook
from shared.settings.policy import Team
from shared.settings.settings import Policy

log = structlog.get_logger(__name__)

MADE: Final = "made"


class DeskTeam(Team):
    """A team that was made at the desk."""


class DeskWebhook(Webhook):
    """A webhook that was made at the desk. ``on``: whether it is told of events; ``sealed`` is its secret, which only we can read
    (`shared.secrets.hooks`)."""

    on: bool = True
    sealed: str = ""

    @property
    def active(self) -> bool:
        """Whether it is told of events."""
        return self.on

    @property
    def shares_lane(self) -> bool:
        """All of the desk go out together (`shared.bus.subjects.DESK_HOOKS`)."""
        return True

    @property
    def inbox(self) -> str:
        """By what its deliveries go."""
        return f"{OF_DESK}{self.name}"


_Kind = TypeVar("_Kind", DeskTeam, DeskWebhook)


@dataclass(frozen=True)
class Made:
    """What of the desk counts beside the file, each in the order of names."""

    teams: tuple[DeskTeam, ...] = ()
    webhooks: tuple[DeskWebhook, ...] = ()


def hook_name(inbox: str) -> str:
    """The name of the webhook whose deliveries go by this."""
    return inbox.removeprefix(OF_DESK)


def is_of_desk(inbox: str) -> bool:
    """Whether deliveries that go by this are for a webhook that was made at the desk."""
    return inbox.startswith(OF_DESK)


def made_in(tree: Mapping[str, Any]) -> Made:
    """What was made at the desk, in a configuration as it is handed out."""
    made = tree.get(MADE)
    if not isinstance(made, Mapping):
        return Made()
    known = {
        key: [str(each.get("name", "")) for each in tree.get(key, ())]
        for key in ("team", "webhook", "hours", "inbox", "category")
    }
    teams = {team.casefold() for team in known["team"]}
    return Made(
        teams=tuple(
            _apt(each, known) for each in _read(DeskTeam, made.get("team")) if each.name.casefold() not in teams
        ),
        webhooks=tuple(each for each in _read(DeskWebhook, made.get("webhook")) if each.name not in known["webhook"]),
    )


def _read(model: type[_Kind], entries: Any) -> Iterable[_Kind]:
    for entry in entries if isinstance(entries, list) else ():
        try:
            yield model.model_validate(entry)
        except ValidationError as error:
            log.error(
                "something made at the desk is not understood and left out", kind=model.__name__, error=str(error)
            )


def _apt(team: DeskTeam, known: Mapping[str, list[str]]) -> DeskTeam:
    return team.model_copy(
        update={
            "hours": team.hours if team.hours in known["hours"] else "",
            "inboxes": tuple(each for each in team.inboxes if each in known["inbox"]),
            "categories": tuple(each for each in team.categories if each in known["category"]),
        }
    )


def with_made(policy: Policy, made: Made) -> Policy:
    """A configuration with what was made at the desk."""
    if not made.teams and not made.webhooks:
        return policy
    return policy.model_copy(update={"team": (*policy.team, *made.teams), "webhook": (*policy.webhook, *made.webhooks)})
