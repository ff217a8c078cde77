"""Customers are addressed in a language they are likely to read, and always in a configured one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.texts import pick_language

ALL = ("en", "pl", "hr")


@pytest.mark.parametrize(
    ("detected", "confidence", "configured", "known", "picked"),
    [
        ("pl", 0.99, ALL, None, "pl"),
        ("hr", 0.99, ALL, None, "hr"),
        ("sr", 0.99, ALL, None, "hr"),
        ("bs", 0.99, ALL, None, "hr"),
        ("sr-Latn", 0.99, ALL, None, "hr"),
        ("pl-PL", 0.99, ALL, None, "pl"),
        ("PL", 0.99, ALL, None, "pl"),
        ("sr", 0.99, ("en", "pl"), None, "en"),
        ("de", 0.99, ALL, None, "en"),
        ("pl", 0.10, ALL, None, "en"),
        ("pl", 0.10, ("hr", "pl"), None, "hr"),
        (None, 0.0, ALL, None, "en"),
        ("", 1.0, ALL, None, "en"),
        ("en", 0.99, ALL, "pl", "pl"),
        ("en", 0.99, ALL, "bs", "hr"),
        ("pl", 0.99, ALL, "de", "pl"),
    ],
)
def test_language(
    detected: str | None, confidence: float, configured: tuple[str, ...], known: str | None, picked: str
) -> None:
    assert pick_language(detected, confidence, configured, known) == picked


def test_serbian_in_cyrillic_is_not_answered_in_croatian() -> None:
    assert pick_language("sr", 0.99, ALL, None, latin=False) == "en"


@given(st.text(max_size=6), st.floats(0, 1), st.text(max_size=6))
def test_it_is_always_a_configured_one(detected: str, confidence: float, known: str) -> None:
    assert pick_language(detected, confidence, ALL, known) in ALL
