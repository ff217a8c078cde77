"""The public days off of a country, by the ``holidays`` package, which is imported only where somebody asks: it takes a while.

A country is written as in ISO 3166: ``PL``, or with a subdivision ``DE-BY``.
"""

from datetime import date
from functools import lru_cache


class UnknownCountry(ValueError):
    """There is no such country or subdivision, or none whose days off are known."""


@lru_cache(maxsize=1024)
def days_off(country: str, year: int) -> frozenset[date]:
    """The public days off of a year, those moved to a working day included; none in years that the package knows nothing of.

    Raises `UnknownCountry`.
    """
    import holidays

    code, _, subdivision = country.partition("-")
    try:
        return frozenset(holidays.country_holidays(code, subdiv=subdivision or None, years=year))
    except NotImplementedError:
        raise UnknownCountry(f"no days off are known of {country!r}") from None


def check_country(country: str) -> None:
    """Raises `UnknownCountry` when the days off of ``country`` are not known."""
    days_off(country, 2026)
