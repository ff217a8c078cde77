"""What the configuration says about escalating, prepared for decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.settings.escalation import Escalation
from shared.settings.settings import Policy as Configured
from shared.settings.words import Words


@dataclass(frozen=True)
class EscalatePolicy:
    """``ladders`` as configured; ``words`` finds those that each of them looks for."""

    ladders: tuple[Escalation, ...] = ()
    words: Mapping[str, Words] = field(default_factory=dict)

    def ladder(self, name: str) -> Escalation | None:
        """The one of that name; null: it is no longer configured."""
        return next((each for each in self.ladders if each.name == name), None)

    def has_word(self, ladder: Escalation, text: str) -> bool:
        """Whether one of a ladder's own words stands in a text."""
        return ladder.name in self.words and bool(self.words[ladder.name].find(text))


def escalate_policy(settings: Configured) -> EscalatePolicy:
    """The part of the policy that a configuration means."""
    return EscalatePolicy(
        ladders=settings.escalation,
        words={
            each.name: Words.of(
                [(each.name, [word for of_language in each.when.words.values() for word in of_language])]
            )
            for each in settings.escalation
            if each.when.words
        },
    )
