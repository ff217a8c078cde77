"""Content-Transfer-Encodings that are cut, dirty or something else than they say."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail.transfer import decode_transfer

WORDS = b"Kind regards, and thank you for the help with the printer."


@pytest.mark.parametrize("ends", [1, 2, 99, 100, 101, 250])
def test_base64_in_which_equals_signs_stand_again_and_again_is_read_as_far_as_it_goes(ends: int) -> None:
    dirty = base64.b64encode(WORDS) + b"=\nAAAA" * ends + b"A"
    content, defect = decode_transfer(dirty, "base64")
    assert content.startswith(WORDS[:50])
    assert defect == "bad-base64"


@given(st.binary(max_size=300), st.lists(st.sampled_from([b"=", b"==", b"\n", b"!", b"A", b"  "]), max_size=250))
def test_base64_never_fails_whatever_stands_in_it(content: bytes, dirt: list[bytes]) -> None:
    encoded = base64.encodebytes(content)
    step = max(1, len(encoded) // (len(dirt) + 1))
    dirty = b"".join(encoded[at * step : (at + 1) * step] + (dirt[at] if at < len(dirt) else b"") for at in range(300))
    decode_transfer(dirty, "base64")


@given(st.binary(max_size=400))
def test_clean_base64_is_what_was_encoded(content: bytes) -> None:
    assert decode_transfer(base64.encodebytes(content), "base64") == (content, None)
