"""Where most mails are read by a shorter way, the longer one would say the same."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail import reply, signatures
from shared.mail.look import needs_worker
from shared.mail.quotes import REPLY_ABOVE_WORDS

LINES = [
    "Hello,", "", "my order 12:30 has not come: what now?", "On Monday, 2 March 2026, Ann wrote:", "Am 02.03.2026 um 10:00 schrieb Ann",
    "> quoted", "| quoted", "-----Original Message-----", "___________________________", "From: Ann", "Sent: Monday", "Subject: x",
    "Von：Ann", "Best regards,", "Ann Smith", "Sent from my iPhone", "iPhone'umdan gönderildi", "---- Forwarded message ----",
    "Begin forwarded message:", "Please reply above this line", "ann@customer.example (Ann) :", "Dnia 2 marca napisała:", "—", "-- ",
    "- Ann", "a\u2063b", "This message is confidential.", "see https://example.org/a:b", "写道：", "\u200ewrote:\u200e",
]  # fmt: skip


@given(st.lists(st.sampled_from(LINES), max_size=12).map("\n".join))
def test_a_text_that_shows_no_sign_of_a_quote_is_read_as_if_searched_for_one(text: str) -> None:
    short = reply.read_reply(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reply, "is_all_new", lambda _: False)
        assert reply.read_reply(text) == short


@pytest.mark.parametrize("word", REPLY_ABOVE_WORDS)
def test_every_line_above_which_to_reply_is_a_sign(word: str) -> None:
    assert not reply.is_all_new(f"a\nplease reply a{word} this line")


def test_plain_words_are_all_new_with_colons_and_dashes_in_them() -> None:
    text = "An e-mail of yours that came in the morning of yesterday said the office opens at 10:30, is that so?\nBye\n"
    assert reply.is_all_new(text)
    assert reply.read_reply(text).text == text.strip()


def test_the_turkish_footer_is_known_whatever_its_case() -> None:
    assert signatures.strip_signature(["Merhaba", "", "iPhone'umdan GÖNDERİLDİ".replace("İ", "i")]) == ["Merhaba"]


PIECES = [
    b"\n--",
    b"Content-Type: multipart/x\n",
    b"<",
    b"x" * 4000,
    b"\r\n\r\n",
    b"Content-Type:message/y ",
    b"\n",
    b"a/b",
]


@given(st.lists(st.tuples(st.sampled_from(PIECES), st.integers(1, 130)), max_size=8))
def test_a_small_mail_is_ordinary_only_where_every_count_says_so(pieces: list[tuple[bytes, int]]) -> None:
    raw = b"".join(piece * times for piece, times in pieces)[:60_000]
    short = needs_worker(raw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["shared.mail.look"], "_is_small", lambda _: False)
        assert needs_worker(raw) == short
