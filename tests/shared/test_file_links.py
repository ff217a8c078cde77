"""Links to files: they come back as they were made, and nobody makes or changes one without the key."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.secrets import FileLink, Keyring, decode_file, encode_file

KEYRING = Keyring("a", {"a": b"k" * 32, "b": b"l" * 32})
LINK = FileLink("ab" * 32, 123_456, "Račun.pdf", datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(
    st.binary(min_size=32, max_size=32),
    st.integers(0, 2**40 - 1),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.integers(0, 2**32 - 1),
)
def test_a_link_reads_as_it_was_made(key: bytes, size: int, name: str, minute: int) -> None:
    link = FileLink(
        key.hex(), size, name[:40], datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=min(minute, 10**9))
    )
    text = encode_file(KEYRING, link)
    assert decode_file(KEYRING, text) == link
    assert set(text) <= set(ALPHABET)
    assert len(text) < 400


@given(st.integers(0, 400), st.sampled_from(ALPHABET))
def test_one_changed_character_makes_it_nobodys(place: int, other: str) -> None:
    text = encode_file(KEYRING, LINK)
    place %= len(text)
    if text[place] != other:
        assert decode_file(KEYRING, text[:place] + other + text[place + 1 :]) is None


@given(st.text(max_size=500))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert decode_file(KEYRING, text) is None


def test_a_long_name_is_cut_between_characters_and_keeps_its_ending() -> None:
    link = decode_file(KEYRING, encode_file(KEYRING, replace(LINK, filename="ż" * 300 + ".tar.gz")))
    assert link is not None
    assert link.filename == "ż" * 88 + ".gz"


def test_an_older_key_still_opens_and_a_removed_one_does_not() -> None:
    text = encode_file(KEYRING, LINK)
    assert decode_file(Keyring("b", KEYRING.keys), text) == LINK
    assert decode_file(Keyring("b", {"b": b"l" * 32}), text) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "short"},
        {"key": "AB" * 32},
        {"size": -1},
        {"size": 2**40},
        {"expires": datetime(1969, 1, 1, tzinfo=UTC)},
    ],
)
def test_what_cannot_be_linked_is_an_error(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="link"):
        encode_file(KEYRING, replace(LINK, **wrong))  # type: ignore[arg-type]
