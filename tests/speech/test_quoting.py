"""Words apart: names in quotation marks, telephone numbers in groups."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.speech import addressee, channel_and_addressee, unquoted, words_of


@pytest.mark.parametrize(
    ("words", "apart"),
    [
        ('+vip -"old one" big', ["+vip", "-old one", "big"]),
        ("„stara oznaka” nova", ["stara oznaka", "nova"]),
        ("a, b;c", ["a", "b;c"]),
        ('"never closed', ['"never', "closed"]),
        ("", []),
    ],
)
def test_quoted_names_stay_together(words: str, apart: list[str]) -> None:
    assert words_of(words) == apart


@pytest.mark.parametrize(
    ("words", "to", "rest"),
    [
        ("a@b.example: look", "a@b.example", "look"),
        ("+48 600 100 200 Where?", "+48 600 100 200", "Where?"),
        ("+48600100200 2 parcels", "+48600100200", "2 parcels"),
        ("(0) x", "(0)", "x"),
    ],
)
def test_a_number_may_be_written_in_groups(words: str, to: str, rest: str) -> None:
    assert addressee(words) == (to, rest)


def test_a_channel_may_be_left_out_where_the_address_tells_it() -> None:
    assert channel_and_addressee("sms +48600100200 Hi") == ("sms", "+48600100200", "Hi")
    assert channel_and_addressee("a@b.example Hi") == ("", "a@b.example", "Hi")


def test_a_name_may_stand_in_quotation_marks_as_a_whole() -> None:
    assert (unquoted('"Night shift"'), unquoted("Night shift"), unquoted('"a" b')) == (
        "Night shift",
        "Night shift",
        '"a" b',
    )


@given(st.text(alphabet=' "“”„«»+-,;ab\n', max_size=60))
def test_taking_words_apart_always_ends(words: str) -> None:
    assert isinstance(words_of(words), list)
    channel_and_addressee(words)
