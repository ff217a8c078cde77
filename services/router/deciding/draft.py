"""A changeset in the making: operations, and the keys that they rely on or change."""

from dataclasses import dataclass, field
from typing import Any

from shared.messages.changeset import Changeset, Ledgered, Operation
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

    def changeset(
        self,
        cause: str,
        *,
        policy: str = "",
        fingerprint: str = "",
        ledger: Ledgered | None = None,
        result: dict[str, Any] | None = None,
    ) -> Changeset:
        """The changeset, for what caused it. ``policy``: the version of the configuration that it was decided by, if it had a say;
        ``fingerprint``, ``ledger`` and ``result`` as in `Changeset`."""
        return Changeset(
            cause=cause,
            fingerprint=fingerprint,
            relies=self.relies,
            bumps=list(self.bumps),
            operations=self.operations,
            ledger=ledger,
            result=result or {},
            policy=policy,
        )
