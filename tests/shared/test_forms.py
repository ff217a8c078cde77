"""What is sent from forms: where from, and what of it can be kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web import is_from_here, typed

PUBLIC = "https://support.acme.example/desk"


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"origin": "null"}, True),
        ({"origin": "https://support.acme.example"}, True),
        ({"origin": "http://127.0.0.1:8080", "host": "127.0.0.1:8080"}, True),
        ({"origin": "https://evil.example", "host": "support.acme.example"}, False),
        ({"origin": "https://support.acme.example.evil.example"}, False),
        ({"origin": "https://["}, False),
        ({"origin": ""}, False),
        ({"sec-fetch-site": "same-origin", "origin": "https://evil.example"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://support.acme.example"}, False),
    ],
)
def test_only_a_page_of_our_own_or_one_that_says_nothing_is_believed(headers: dict[str, str], ours: bool) -> None:
    assert is_from_here(headers, PUBLIC) is ours


@given(st.text(st.characters()))
def test_whatever_is_typed_can_be_kept_and_sent(value: str) -> None:
    kept = typed(value)
    assert "\0" not in kept
    assert kept.encode().decode() == kept


def test_what_anybody_can_type_stays_as_it_is() -> None:
    assert typed("Zażółć 🙂\r\n") == "Zażółć 🙂\r\n"
    assert typed("a\0b\ud800c") == "ab?c"
