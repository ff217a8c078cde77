"""Links to the page of a ticket: they come back as they were made, for whoever they were sent to, and nobody else makes one."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messages.parts import Point
from shared.secrets import (
    MAX_NUMBER,
    Keyring,
    TicketToken,
    decode_token,
    encode_token,
    read_status_token,
    status_token,
)
from shared.secrets.status import VALID

KEYRING = Keyring("a", {"a": b"k" * 32, "b": b"l" * 32})
DAY = date(2026, 3, 2)
ANA = Point(kind="email", value="ana@customer.example")
LINK = status_token(KEYRING, 1001, ANA, DAY)
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


@given(
    st.integers(1, MAX_NUMBER),
    st.dates(date(1970, 1, 1), date(2400, 1, 1)),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
)
def test_a_link_says_ticket_day_and_whose_it_is(number: int, issued: date, value: str) -> None:
    point = Point(kind="phone", value=value)
    text = status_token(KEYRING, number, point, issued)
    assert len(text) == 41
    assert set(text) <= set(ALPHABET)
    token = read_status_token(KEYRING, text.upper())
    assert token is not None
    assert (token.number, token.issued) == (number, issued)
    assert token.is_for(KEYRING, point)
    assert not token.is_for(KEYRING, Point(kind="email", value=value))
    assert not token.is_for(KEYRING, Point(kind="phone", value=f"{value}1"))


def test_an_address_is_not_in_its_link_and_its_case_does_not_count() -> None:
    token = read_status_token(KEYRING, LINK)
    assert token is not None
    assert token.is_for(KEYRING, Point(kind="email", value="Ana@Customer.example"))
    assert "ana" not in LINK[5:25]


@given(st.integers(0, 40), st.sampled_from(ALPHABET))
def test_one_changed_character_makes_it_nobodys(place: int, other: str) -> None:
    if LINK[place] != other:
        assert read_status_token(KEYRING, LINK[:place] + other + LINK[place + 1 :]) is None


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert read_status_token(KEYRING, text) is None


def test_a_link_ends() -> None:
    token = read_status_token(KEYRING, LINK)
    assert token is not None
    assert token.is_valid(DAY + VALID)
    assert not token.is_valid(DAY + VALID + timedelta(days=1))


def test_an_older_key_still_opens_and_a_removed_one_does_not() -> None:
    token = read_status_token(Keyring("b", KEYRING.keys), LINK)
    assert token is not None
    assert token.is_for(Keyring("b", KEYRING.keys), ANA)
    without = Keyring("b", {"b": b"l" * 32})
    assert read_status_token(without, LINK) is None
    assert not token.is_for(without, ANA)


def test_a_reply_address_is_no_link_and_a_link_no_reply_address() -> None:
    reply = encode_token(KEYRING, TicketToken(1001, "customer", "public", DAY, "ab" * 8))
    assert read_status_token(KEYRING, reply) is None
    assert decode_token(KEYRING, LINK) is None


@pytest.mark.parametrize(("number", "issued"), [(0, DAY), (MAX_NUMBER + 1, DAY), (1, date(1969, 12, 31))])
def test_there_is_no_link_to_what_cannot_be(number: int, issued: date) -> None:
    with pytest.raises(ValueError, match=r"ticket number|before 1970"):
        status_token(KEYRING, number, ANA, issued)


def test_a_link_that_was_made_before_all_were_withdrawn_is_nobodys() -> None:
    old, new = (read_status_token(KEYRING, status_token(KEYRING, 1001, ANA, DAY, count)) for count in (1, 2))
    assert old is not None
    assert new is not None
    assert [token.is_for(KEYRING, ANA, 2) for token in (old, new)] == [False, True]
    assert not new.is_for(KEYRING, ANA)
    first = read_status_token(KEYRING, LINK)
    assert first is not None
    assert first.is_for(KEYRING, ANA, 0)
    assert not first.is_for(KEYRING, ANA, 1)
