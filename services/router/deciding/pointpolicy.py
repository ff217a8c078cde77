"""What the configuration says about proving agents' points, prepared for decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.settings.inbox import TelegramInbox
from shared.settings.settings import Policy as Configured


@dataclass(frozen=True)
class PointPolicy:
    """``bots`` are the names of our Telegram bots, by inbox, where they are known."""

    bots: Mapping[str, str] = field(default_factory=dict)


def point_policy(settings: Configured) -> PointPolicy:
    """The part of the policy that a configuration means."""
    bots = (each for each in settings.inbox if isinstance(each, TelegramInbox) and each.username)
    return PointPolicy({inbox.name: inbox.username.removeprefix("@") for inbox in bots})
