"""Which form a noun takes after a whole number (Unicode CLDR 46, plural rules for integers)."""

from typing import Literal

Form = Literal["one", "few", "many", "other"]


def plural_form(language: str, number: int) -> Form:
    """The CLDR category of ``number`` (0 or more) in ``language``: en, pl or hr. Raises `ValueError` for others."""
    tens, hundred = number % 10, number % 100
    few = 2 <= tens <= 4 and not 12 <= hundred <= 14
    if language == "en":
        return "one" if number == 1 else "other"
    if language == "pl":
        return "one" if number == 1 else "few" if few else "many"
    if language == "hr":
        return "one" if tens == 1 and hundred != 11 else "few" if few else "other"
    raise ValueError(f"no plural rules for {language!r}")
