"""In which language an agent is written to. Pure."""

from services.router.deciding.policy import Policy
from shared.texts import LANGUAGES


def language_of(languages: list[str], policy: Policy) -> str:
    """The first of an agent's languages that there are texts in, else the company's first."""
    ours = policy.languages[0] if policy.languages else LANGUAGES[0]
    return next((each for each in languages if each in LANGUAGES), ours)
