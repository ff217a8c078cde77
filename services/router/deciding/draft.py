"""A changeset in the making: operations, and the keys that they rely on or change."""

from dataclasses import dataclass, field

from shared.messages.changeset import Operation
from shared.messages.facts import Facts


@dataclass
class Draft:
    """A changeset in the making."""

    operations: list[Operation] = field(default_factory=list)
    relies: dict[str, int] = field(default_factory=dict)
    bumps: dict[str, None] = field(default_factory=dict)

    def rely(self, facts: Facts, *keys: str) -> None:
        """These keys' versions were looked at."""
        for key in keys:
            self.relies[key] = facts.versions.get(key, 0)

    def change(self, facts: Facts, *keys: str) -> None:
        """These keys change by this changeset."""
        self.rely(facts, *keys)
        self.bumps.update(dict.fromkeys(keys))
