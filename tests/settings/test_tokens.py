"""Signed addresses and Message-IDs come back as they went out, and nobody else can make one."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.secrets import (
    MAX_NUMBER,
    Keyring,
    TicketToken,
    decode_token,
    encode_token,
    message_id,
    read_message_id,
    read_reply_address,
    reply_address,
)
from shared.secrets.base32 import ALPHABET

KEYS = Keyring("k", {"k": b"the current key!" * 2, "o": b"the older key..." * 2})
OTHERS = Keyring("k", {"k": b"somebody else..." * 2})
NUMBERS = st.integers(0, MAX_NUMBER)
IDS = st.binary(min_size=16, max_size=16).map(bytes.hex)
TOKENS = st.builds(
    TicketToken,
    number=NUMBERS,
    role=st.sampled_from(["customer", "agent", "side"]),
    visibility=st.sampled_from(["public", "internal"]),
    issued=st.dates(date(1970, 1, 1), date(4000, 1, 1)),
    extra=st.one_of(st.just(""), st.binary(min_size=8, max_size=8).map(bytes.hex)),
)
TICKET = TicketToken(1001, "customer", "public", date(2026, 1, 31))


@given(TOKENS)
def test_a_reply_address_comes_back_as_it_went_out(token: TicketToken) -> None:
    address = reply_address(KEYS, token, "support.acme.example")
    local = address.partition("@")[0]
    assert len(local) == (48 if token.extra else 35)
    for spelling in (address, address.upper(), address.swapcase(), f"<{address}>", f" {address} "):
        assert read_reply_address(KEYS, spelling) == token


@given(NUMBERS, IDS)
def test_a_message_id_comes_back_as_it_went_out(number: int, delivery: str) -> None:
    made = message_id(KEYS, number, delivery, "acme.example")
    assert made == message_id(KEYS, number, delivery, "acme.example")
    assert len(made.partition("@")[0]) <= 64
    for spelling in (made, made.upper(), f"<{made}>"):
        assert read_message_id(KEYS, spelling) == (number, delivery)


@given(TOKENS, st.data())
def test_no_character_of_a_token_can_be_changed(token: TicketToken, data: st.DataObject) -> None:
    text = encode_token(KEYS, token)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.one_of(st.sampled_from(ALPHABET), st.characters()).filter(lambda c: c.lower() != text[place]))
    assert decode_token(KEYS, text[:place] + other + text[place + 1 :]) is None


@given(NUMBERS, IDS, st.data())
def test_no_character_of_a_message_id_can_be_changed(number: int, delivery: str, data: st.DataObject) -> None:
    local = message_id(KEYS, number, delivery, "x").removesuffix("@x")
    place = data.draw(st.integers(0, len(local) - 1))
    other = data.draw(st.one_of(st.sampled_from(ALPHABET), st.characters()).filter(lambda c: c.lower() != local[place]))
    assert read_message_id(KEYS, f"{local[:place]}{other}{local[place + 1 :]}@x") is None


def test_every_single_change_of_one_token_is_refused() -> None:
    text = encode_token(KEYS, TICKET)
    changed = [text[:i] + c + text[i + 1 :] for i in range(len(text)) for c in ALPHABET if c != text[i]]
    changed += [text[:i] + text[i + 1 :] for i in range(len(text))]
    changed += [text[:i] + c + text[i:] for i in range(len(text) + 1) for c in ALPHABET]
    assert not [other for other in changed if decode_token(KEYS, other)]


@given(st.text())
def test_readers_take_any_text(text: str) -> None:
    for around in (text, f"reply+{text}@x", f"t.{text}@x"):
        assert read_reply_address(KEYS, around) is None
        assert read_message_id(KEYS, around) is None
    assert decode_token(KEYS, text) is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "reply+@x",
        "reply@x",
        "<>",
        "reply+a",
        "\ud800@x",
        "reply+" + "a" * 29 + "@x",
        "reply+" + "a" * 10**6 + "@x",
    ],
)
def test_what_is_not_ours_is_null(address: str) -> None:
    assert read_reply_address(KEYS, address) is None
    assert read_message_id(KEYS, address) is None


def test_the_kelvin_sign_is_no_k() -> None:
    text = encode_token(KEYS, TICKET)
    assert text.startswith("k")
    assert decode_token(KEYS, "\u212a" + text[1:]) is None


def test_what_another_key_signed_is_refused() -> None:
    assert read_reply_address(OTHERS, reply_address(KEYS, TICKET, "x")) is None
    assert read_message_id(OTHERS, message_id(KEYS, 1, "0" * 32, "x")) is None


def test_after_a_rotation_older_tokens_are_still_read() -> None:
    before = Keyring("o", {"o": KEYS.keys["o"]})
    assert read_reply_address(KEYS, reply_address(before, TICKET, "x")) == TICKET
    assert read_message_id(KEYS, message_id(before, 7, "ab" * 16, "x")) == (7, "ab" * 16)
    assert read_reply_address(before, reply_address(KEYS, TICKET, "x")) is None


def test_a_token_made_for_one_purpose_is_none_for_another() -> None:
    text = encode_token(KEYS, TICKET, b"status")
    assert decode_token(KEYS, text, b"status") == TICKET
    assert decode_token(KEYS, text) is None


@pytest.mark.parametrize(
    "token",
    [
        TicketToken(MAX_NUMBER + 1, "customer", "public", date(2026, 1, 1)),
        TicketToken(-1, "customer", "public", date(2026, 1, 1)),
        TicketToken(1, "customer", "public", date(1969, 12, 31)),
        TicketToken(1, "side", "public", date(2026, 1, 1), "abc"),
        TicketToken(1, "side", "public", date(2026, 1, 1), "F" * 16),
    ],
)
def test_what_does_not_fit_is_not_signed(token: TicketToken) -> None:
    with pytest.raises(ValueError):
        encode_token(KEYS, token)


@pytest.mark.parametrize(
    ("number", "delivery"), [(-1, "0" * 32), (MAX_NUMBER + 1, "0" * 32), (1, "0" * 31), (1, "G" * 32)]
)
def test_a_message_id_is_made_of_valid_parts_only(number: int, delivery: str) -> None:
    with pytest.raises(ValueError):
        message_id(KEYS, number, delivery, "x")
