"""In which language an agent is written to. Pure."""

from services.router.deciding.policy import Policy
from shared.texts.languages import agents_language


def language_of(languages: list[str], policy: Policy) -> str:
    """As `agents_language` has it, for those who know the policy."""
    return agents_language(languages, policy.languages)
