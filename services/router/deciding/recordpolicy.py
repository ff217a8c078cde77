"""What the configuration says about the record of tickets: what must be there before closing, and when somebody is warned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.settings.record import Ahead, Record
from shared.settings.settings import Policy as Configured

ENTRIES = {"actions_done": "action", "promises_done": "promise"}
"""What may be required that is said by entries, all of which must be done then."""


@dataclass(frozen=True)
class RecordPolicy:
    """``requires`` has what each category wants before closing, ``timezone`` is the company's: that of its first working hours."""

    warns: bool = True
    ahead: Ahead = field(default_factory=lambda: Record().warn_before)
    requires: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    timezone: str = "UTC"

    @property
    def looks_at_entries(self) -> bool:
        """Whether closing depends on entries of the record."""
        return any(name in ENTRIES for names in self.requires.values() for name in names)

    def shown(self, at: datetime) -> str:
        """A time as agents read it: in figures, which read alike in every language."""
        local = at.astimezone(ZoneInfo(self.timezone))
        return f"{local:%Y-%m-%d %H:%M} {local.tzname()}"


def record_policy(settings: Configured) -> RecordPolicy:
    """The part of the policy that a configuration means."""
    return RecordPolicy(
        warns=settings.record.warn,
        ahead=settings.record.warn_before,
        requires={each.name: each.require for each in settings.category if each.require},
        timezone=settings.timezone,
    )
