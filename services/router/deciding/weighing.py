"""How much a new ticket matters: what its words say, who its customer is, and the configuration's matrix of impact and urgency."""

from collections.abc import Mapping

from services.router.deciding.policy import Policy
from shared.messages.parts import Reason
from shared.ruling import RANKS

MATRIX = "impact and urgency"


def weigh(
    urgency: str,
    because: Reason,
    category: str,
    points: frozenset[str],
    given: Mapping[str, str],
    policy: Policy,
) -> tuple[str, Reason]:
    """The priority, and why it is that. ``urgency`` and ``because`` are what words and category say; ``points`` are the customer's
    addresses and numbers in lower case, ``given`` a form's fields."""
    automation = policy.automation
    customer = automation.customers.of(points)
    if not automation.matrix.stated:
        if customer is not None and RANKS[customer[0]] > RANKS[urgency]:
            return customer[0], Reason(rule="customer's importance", evidence=customer[1])
        return urgency, because
    stated = _level(given.get("urgency"))
    said = "the form" if stated else f"{because.rule}: {because.evidence}" if because.evidence else because.rule
    urgency = stated or urgency
    impact, of = _impact(customer, category, given, policy)
    priority = getattr(automation.matrix, impact).get(urgency, urgency)
    evidence = f"impact {impact} ({of}), urgency {urgency} ({said})"
    return priority, Reason(rule=MATRIX, evidence=evidence, confidence=1.0 if stated else because.confidence)


def _impact(
    customer: tuple[str, str] | None, category: str, given: Mapping[str, str], policy: Policy
) -> tuple[str, str]:
    """How much it weighs, and whose word that is."""
    if stated := _level(given.get("impact")):
        return stated, "the form"
    found = [("normal", "nothing says otherwise")]
    if category in policy.automation.impact:
        found = [(policy.automation.impact[category], f"category {category}")]
    if customer is not None and RANKS[customer[0]] > RANKS[found[0][0]]:
        found = [(customer[0], f"customer {customer[1]}")]
    return found[0]


def _level(written: str | None) -> str | None:
    """A level that somebody has chosen in a form; null for anything else they may have written."""
    name = (written or "").strip().lower()
    name = "normal" if name == "medium" else name
    return name if name in RANKS else None
