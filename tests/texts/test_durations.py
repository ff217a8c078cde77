"""Promised times read naturally, with the right endings, and are never sooner than configured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.texts import expected, plural_form

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "en", "pl", "hr"),
    [
        (1, "within 1 minute", "w ciągu 1 minuty", "u roku od 1 minute"),
        (2 * MINUTE, "within 2 minutes", "w ciągu 2 minut", "u roku od 2 minute"),
        (15 * MINUTE, "within 15 minutes", "w ciągu 15 minut", "u roku od 15 minuta"),
        (21 * MINUTE, "within 21 minutes", "w ciągu 21 minut", "u roku od 21 minute"),
        (HOUR, "within 1 hour", "w ciągu 1 godziny", "u roku od 1 sata"),
        (90 * MINUTE, "within 2 hours", "w ciągu 2 godzin", "u roku od 2 sata"),
        (8 * HOUR, "within 8 hours", "w ciągu 8 godzin", "u roku od 8 sati"),
        (12 * HOUR, "within 12 hours", "w ciągu 12 godzin", "u roku od 12 sati"),
        (21 * HOUR, "within 21 hours", "w ciągu 21 godzin", "u roku od 21 sata"),
        (22 * HOUR, "within 22 hours", "w ciągu 22 godzin", "u roku od 22 sata"),
        (DAY, "within 1 day", "w ciągu 1 dnia", "u roku od 1 dana"),
        (36 * HOUR, "within 36 hours", "w ciągu 36 godzin", "u roku od 36 sati"),
        (2 * DAY, "within 2 days", "w ciągu 2 dni", "u roku od 2 dana"),
        (3 * DAY, "within 3 days", "w ciągu 3 dni", "u roku od 3 dana"),
        (3 * DAY + 1, "within 4 days", "w ciągu 4 dni", "u roku od 4 dana"),
        (7 * DAY, "within 7 days", "w ciągu 7 dni", "u roku od 7 dana"),
    ],
)
def test_a_promise_reads_naturally(seconds: float, en: str, pl: str, hr: str) -> None:
    assert [expected(language, seconds) for language in ("en", "pl", "hr")] == [en, pl, hr]


@pytest.mark.parametrize(
    ("seconds", "en", "pl", "hr"),
    [
        (
            30 * MINUTE,
            "within 30 minutes of our working time",
            "w ciągu 30 minut w godzinach naszej pracy",
            "u roku od 30 minuta našeg radnog vremena",
        ),
        (HOUR, "within 1 working hour", "w ciągu 1 godziny roboczej", "u roku od 1 radnog sata"),
        (4 * HOUR, "within 4 working hours", "w ciągu 4 godzin roboczych", "u roku od 4 radna sata"),
        (8 * HOUR, "within 8 working hours", "w ciągu 8 godzin roboczych", "u roku od 8 radnih sati"),
        (DAY, "within 1 working day", "w ciągu 1 dnia roboczego", "u roku od 1 radnog dana"),
        (3 * DAY, "within 3 working days", "w ciągu 3 dni roboczych", "u roku od 3 radna dana"),
        (5 * DAY, "within 5 working days", "w ciągu 5 dni roboczych", "u roku od 5 radnih dana"),
    ],
)
def test_working_time_is_named(seconds: float, en: str, pl: str, hr: str) -> None:
    assert [expected(language, seconds, working=True) for language in ("en", "pl", "hr")] == [en, pl, hr]


@pytest.mark.parametrize("language", ["en", "pl", "hr"])
def test_without_a_promise_no_time_is_named(language: str) -> None:
    assert not any(character.isdigit() for character in expected(language, None))


@given(st.floats(min_value=0.001, max_value=10**9))
def test_what_is_promised_is_never_sooner_than_configured(seconds: float) -> None:
    _, number, unit = expected("en", seconds).split()
    assert int(number) * {"minute": MINUTE, "hour": HOUR, "day": DAY}[unit.rstrip("s")] >= seconds


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        (
            "en",
            ["other", "one", "other", "other", "other", "other", "other", "other", "other", "other", "other", "other"],
        ),
        ("pl", ["many", "one", "few", "few", "few", "many", "many", "many", "many", "many", "many", "many"]),
        ("hr", ["other", "one", "few", "few", "few", "other", "other", "other", "other", "other", "other", "other"]),
    ],
)
def test_plural_forms_of_small_numbers(language: str, forms: list[str]) -> None:
    assert [plural_form(language, number) for number in range(12)] == forms


@pytest.mark.parametrize(
    ("language", "number", "form"),
    [
        ("pl", 12, "many"),
        ("pl", 21, "many"),
        ("pl", 22, "few"),
        ("pl", 112, "many"),
        ("pl", 122, "few"),
        ("hr", 11, "other"),
        ("hr", 12, "other"),
        ("hr", 21, "one"),
        ("hr", 111, "other"),
        ("hr", 121, "one"),
    ],
)
def test_plural_forms_of_larger_numbers(language: str, number: int, form: str) -> None:
    assert plural_form(language, number) == form


def test_a_language_without_texts_is_an_error() -> None:
    with pytest.raises(ValueError):
        expected("de", 1)
    with pytest.raises(ValueError):
        plural_form("de", 1)
