"""The digest of a body in pieces: the same as of the whole, whatever the body, and at a linear cost."""

import hashlib
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.authentication import body
from services.intake.authentication.body import digest_body


def canonical(text: bytes, relaxed: bool) -> bytes:
    """RFC 6376 3.4.3 and 3.4.4, word by word."""
    lines = re.split(rb"\r?\n", text)
    if relaxed:
        lines = [re.sub(rb"[ \t]+", b" ", line).removesuffix(b" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    whole = b"".join(line + b"\r\n" for line in lines)
    return whole or (b"" if relaxed else b"\r\n")


@pytest.mark.parametrize("relaxed", [True, False])
@given(
    text=st.lists(st.sampled_from([b" ", b"\t", b"\r", b"\n", b"\r\n", b"a", b"word", b"."]), max_size=40).map(b"".join)
)
@settings(max_examples=300, deadline=None)
def test_a_body_in_pieces_has_the_digest_of_the_whole(text: bytes, relaxed: bool) -> None:
    expected = canonical(text, relaxed)
    for piece in (1, 2, 3, 7, 1000):
        old, body.PIECE = body.PIECE, piece
        try:
            digest = digest_body(b"head" + text, 4, relaxed)
        finally:
            body.PIECE = old
        assert (digest.total, digest.digest()) == (len(expected), hashlib.sha256(expected).digest())


@pytest.mark.parametrize("limit", [0, 1, 5, 6, 7, 100])
def test_a_length_limits_what_is_digested(limit: int) -> None:
    digest = digest_body(b"abc\r\n\r\nd\r\n", 0, True, limit)
    whole = b"abc\r\n\r\nd\r\n"
    assert (digest.total, digest.digest()) == (len(whole), hashlib.sha256(whole[:limit]).digest())


@pytest.mark.parametrize("unit", [b" ", b"\n", b"\r", b"\r\n", b" \n", b"a ", b"\t \t"])
def test_absurd_bodies_cost_what_their_length_costs(unit: bytes) -> None:
    raw = unit * (4_000_000 // len(unit))
    began = time.process_time()
    digest_body(raw, 0, True)
    assert time.process_time() - began < 5


def test_whoever_watches_may_end_it_between_the_pieces() -> None:
    class Enough(Exception):
        pass

    count = 0

    def alive() -> None:
        nonlocal count
        count += 1
        if count == 3:
            raise Enough

    with pytest.raises(Enough):
        digest_body(b"x" * body.PIECE * 10, 0, True, None, alive)
