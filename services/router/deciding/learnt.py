"""What the learnt classifier says of a message: it decides where rules are silent or unsure and it is sure, else it suggests.

Pure: the model is part of the policy. Rules come first, always; what a person sets by hand comes after and stays. Whatever was said is
remembered with the ticket, so that it can be shown, explained and counted.
"""

from collections.abc import Collection
from typing import Any

from services.router.deciding.policy import Policy
from shared.learning.features import terms
from shared.learning.modelfile import Target
from shared.messages.inbound import Inbound
from shared.messages.learning import SUGGESTED, Suggestion
from shared.messages.parts import Reason
from shared.ruling import RANKS

RULE = "learnt"
UNSURE = 0.5
"""Words that speak for one category no more than for others say less than this."""

_SUREST = 0.999
"""Nothing learnt is certain: with threshold 1 it only suggests."""


class Advice:
    """What the model in force makes of a message; nothing without a model, or a policy to take it from. ``choose`` asks for a decision,
    ``state`` has all that was said."""

    def __init__(self, subject: str, text: str, policy: Policy | None) -> None:
        self.suggested: dict[str, Suggestion] = {}
        learnt = policy.learnt if policy is not None else None
        if policy is None or learnt is None:
            return
        seen = terms(subject, text)
        names = _names(policy)
        for target, model in learnt.models.items():
            found = model.predict(seen)
            if found is not None and found.label in names[target]:
                self.suggested[target] = Suggestion(
                    value=found.label,
                    confidence=min(round(found.confidence, 3), _SUREST),
                    words=[share.term for share in found.words],
                    model=learnt.version,
                )
        self._thresholds = {target: part.threshold for target, part in learnt.parts.items()}

    def choose(self, target: Target, because: Reason | None) -> tuple[str, Reason] | None:
        """What the model decides, and why; null where it is not sure enough, or ``because``, what rules said, outranks it."""
        one = self.suggested.get(target)
        if one is None or one.confidence < self._thresholds[target] or not _weak(because):
            return None
        one.decided = True
        return one.value, Reason(rule=RULE, evidence=shown(one), confidence=one.confidence)

    def state(self) -> dict[str, Any]:
        """What the ticket remembers."""
        if not self.suggested:
            return {}
        return {SUGGESTED: {target: one.model_dump() for target, one in self.suggested.items()}}


def may_advise(message: Inbound, suspected: bool) -> bool:
    """Whether the model is asked about a message: only what a person writes now teaches it, and is like what it was taught."""
    return message.automatic is None and not (message.imported or message.silent or suspected)


def shown(one: Suggestion) -> str:
    """The words that spoke for a suggestion, and which model saw them."""
    return f"words like {', '.join(one.words)}"[:240] + f" (model {one.model})"


def _weak(because: Reason | None) -> bool:
    """Whether rules were silent or unsure."""
    if because is None or because.rule == "default":
        return True
    return because.rule == "words" and because.confidence < UNSURE


def _names(policy: Policy) -> dict[Target, Collection[str]]:
    """What a ticket may be, by the configuration of now: a model may know what is there no longer."""
    categories = {rule.name for rule in policy.categories}
    teams = {*policy.teams, *(rule.team for rule in policy.categories if rule.team)}
    return {"category": categories, "team": teams, "priority": RANKS}
