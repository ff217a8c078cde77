"""Who opens the page of a ticket with a link, and the tokens in its forms: pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk import customers
from services.desk.pages import status_tokens
from services.desk.pages.status import Reader
from shared.clock import now
from shared.messages.customers import PageTicket
from shared.messages.parts import Point
from shared.secrets import read_status_token
from tests.desk.customerpage import KEYRING, link

ANA = Point(kind="email", value="ana@customer.example")
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


@pytest.mark.parametrize(
    ("points", "participants", "opens"),
    [
        ([ANA], [], True),
        ([], ["ana@customer.example"], True),
        (
            [Point(kind="phone", value="+48600100200")],
            ["+48600100200"],
            False,
        ),  # she was removed, or is somebody else's contact now
        ([], [], False),
    ],
)
def test_the_link_of_who_no_longer_has_a_part_opens_nothing(
    points: list[Point], participants: list[str], opens: bool
) -> None:
    ticket = PageTicket(
        number=1001, status="open", language="en", created_at=now(), points=points, participants=participants
    )
    for kind, limited in (("email", False), ("form", True)):
        token = read_status_token(KEYRING, link(1001, ANA.value, kind=kind))
        assert token is not None
        reader = customers.whose(KEYRING, token, ticket)
        assert (reader is not None) == opens
        assert reader is None or reader.limited == limited


@pytest.mark.parametrize("kind", ["phone", "whatsapp", "telegram", "messenger", "chat"])
def test_a_link_opens_for_a_point_of_any_channel(kind: str) -> None:
    value = "+48600100200" if kind in ("phone", "whatsapp") else "4711"
    ticket = PageTicket(number=1001, status="open", language="en", created_at=now(), participants=["x", value])
    token = read_status_token(KEYRING, link(1001, value, kind=kind))
    assert token is not None
    assert customers.whose(KEYRING, token, ticket) == Reader(Point(kind=kind, value=value))


@given(st.text(ALPHABET, min_size=1, max_size=41), st.integers(0, 2**31), st.floats(0, 200_000))
def test_a_pages_token_is_read_back_for_its_own_link_and_no_other(own: str, made: int, passed: float) -> None:
    token = status_tokens.make(KEYRING, own, made)
    read = status_tokens.read(KEYRING, own.upper(), token)
    assert read is not None
    assert read.made == made
    assert read.is_fresh(made + passed) == (passed <= status_tokens.LONGEST)
    assert status_tokens.read(KEYRING, f"{own}a", token) is None


@given(st.text(max_size=60))
def test_any_other_text_is_no_token(text: str) -> None:
    assert status_tokens.read(KEYRING, "link", text) is None


@given(st.integers(0, 39), st.sampled_from(ALPHABET))
def test_one_changed_character_makes_a_token_nobodys(place: int, other: str) -> None:
    token = status_tokens.make(KEYRING, "link", 1_000)
    if token[place] != other:
        assert status_tokens.read(KEYRING, "link", token[:place] + other + token[place + 1 :]) is None


def test_no_two_pages_have_the_same_token() -> None:
    assert len({status_tokens.make(KEYRING, "link", 1_000) for _ in range(100)}) == 100
