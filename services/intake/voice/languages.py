"""In which language a caller is answered: the contact's own, else that of the number's country, else the company's first. Pure."""

from collections.abc import Sequence

from shared.phones import country_of, region_of
from shared.texts import pick_language

# By country (ISO 3166-1) the languages that most who call from there understand, of those that have texts or are read as one that has.
_ENGLISH = ("GB", "IE", "US", "CA", "AU", "NZ", "MT", "ZA", "SG", "IN", "NG", "KE", "GH", "JM", "GI", "JE", "GG", "IM")
_SPOKEN: dict[str, str] = {"PL": "pl", "HR": "hr", "BA": "bs", "RS": "sr", "ME": "cnr", **dict.fromkeys(_ENGLISH, "en")}
# Not certain enough to be kept as what is known of somebody.
CERTAINTY = 0.7


def of_number(number: str | None) -> str | None:
    """The language of a number's country, None where that says nothing."""
    if number is None:
        return None
    # A number that is none of its country's yet (new ranges come every month) still begins with the country's code.
    return _SPOKEN.get(region_of(number) or country_of(number) or "")


def language_for(number: str | None, known: str | None, configured: Sequence[str]) -> str:
    """One of ``configured``; ``known`` is the contact's own."""
    return pick_language(of_number(number), CERTAINTY, configured, known)
