"""Where the mails of an mbox begin and end, in every family of that format, and what cannot pass for a separator."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.composition.importing import mbox
from services.composition.importing.mbox import CHUNK, is_mbox, original, split

FROM = b"From ana@customer.example Mon Mar  2 10:00:00 2026\n"


def mails(content: bytes) -> list[bytes]:
    """The mails of an mbox as they were sent."""
    file = io.BytesIO(content)
    return [original(content[span.start : span.start + span.length]) for span in split(file)]


@pytest.mark.parametrize(
    "separator",
    [
        b"From ana@customer.example Mon Mar  2 10:00:00 2026",
        b"From - Mon Mar  2 10:00:00 2026",
        b"From -",
        b"From - ",
        b"From 1844347792267117879@xxx",
        b"From 1844347792267117879@xxx Mon Mar 02 10:00:00 +0000 2026",
        b"From MAILER-DAEMON Mon Mar  2 10:00:00 2026",
        b"From ???@??? Mon Mar 02 10:00:00 2026",
        b"From ana@customer.example Mon Mar  2 10:00 CET 2026",
        b"From ana@customer.example  Mon, 02 Mar 2026 10:00:00 +0100",
        b"From ana Mon Mar  2 10:00:00 2026 remote from uunet",
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_separator_is_known_in_each_form_that_programs_write(separator: bytes, end: bytes) -> None:
    one, two = b"Subject: one%bText%b" % (end * 2, end), b"Subject: two%bText%b" % (end * 2, end)
    assert mails(separator + end + one + end + separator + end + two) == [one, two]
    assert is_mbox(separator + end + one)


@pytest.mark.parametrize(
    "line",
    [
        b"From Russia with love\nYear: 1963",
        b"From our side: nothing\nNote: look at 10:00",
        b"From what I saw at 10:00 it works\nWhy: nobody knows",
        b"From here 2026\nTo: there",
        b">From ana@customer.example Mon Mar  2 10:00:00 2026\nSubject: quoted",
        b" From ana@customer.example Mon Mar  2 10:00:00 2026\nSubject: indented",
        b"From: ana@customer.example\nSubject: a header",
        b"from ana@customer.example Mon Mar  2 10:00:00 2026\nSubject: lower case",
        b"From ana@customer.example Mon Mar  2 10:00:00 2026\nand no header after it",
        b"From ana@customer.example Mon Mar  2 10:00:00 2026",
        b"From\nTo: nobody",
    ],
)
def test_what_only_looks_like_a_separator_stays_in_its_mail(line: bytes) -> None:
    one = b"Subject: one\n\nIt says:\n\n" + line + b"\n\nThat is all.\n"
    two = b"Subject: two\n\nText\n"
    assert mails(FROM + one + b"\n" + FROM + two) == [one.replace(b"\n>From ", b"\nFrom "), two]


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (b">From me\n", b"From me\n"),
        (b">>From me\n", b">From me\n"),
        (b">>>From me\n", b">>From me\n"),
        (b"> From me\n", b"> From me\n"),
        (b">from me\n", b">from me\n"),
        (b">Fromage\n", b">Fromage\n"),
        (b"text >From me\n", b"text >From me\n"),
        (b">From me\r\n>From you\r\n", b"From me\r\nFrom you\r\n"),
        (b"text\n\n", b"text\n"),
        (b"text\r\n\r\n", b"text\r\n"),
        (b"text\n", b"text\n"),
        (b"text", b"text"),
        (b"", b""),
    ],
)
def test_quoting_is_taken_back_by_one(written: bytes, sent: bytes) -> None:
    assert original(written) == sent


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"no mbox at all\n", b"Subject: a mail\n\nText\n", b"From \n\n", b"\xff" * 5000]
)
def test_what_is_no_mbox_holds_no_mail(content: bytes) -> None:
    assert mails(content) == []
    assert not is_mbox(content)


def test_a_byte_order_mark_and_text_before_the_first_separator_are_no_mail() -> None:
    assert mails(b"\xef\xbb\xbf" + FROM + b"Subject: one\n\nText\n") == [b"Subject: one\n\nText\n"]
    assert mails(b"garbage\n" + FROM + b"Subject: one\n\nText\n") == [b"Subject: one\n\nText\n"]


def test_the_date_of_a_separator_is_read() -> None:
    content = (
        b"From a@b Mon Mar  2 10:20:30 2026\nA: b\n\n\nFrom - \nA: b\n\n\nFrom a@b Mon Mar 99 10:20:30 2026\nA: b\n\n"
    )
    noted = [span.noted for span in split(io.BytesIO(content))]
    assert noted == [datetime(2026, 3, 2, 10, 20, 30, tzinfo=UTC), None, None]


def counted(body: bytes, length: int | None = None) -> bytes:
    """A mail that says how long it is, or lies."""
    return b"Subject: counted\nContent-Length: %d\n\n" % (len(body) if length is None else length) + body


def test_a_file_whose_mails_say_their_length_may_leave_lines_unquoted() -> None:
    forwarded = b"See this:\n\n" + FROM + b"Subject: forwarded\n\nText\n"
    bodies = [b"first\n", forwarded, b"last\n"]
    content = b"\n".join(FROM + counted(body) for body in bodies)
    assert mails(content) == [counted(body) for body in bodies]


def test_one_mail_with_a_length_of_its_own_making_cannot_swallow_those_behind_it() -> None:
    honest = b"Subject: honest\n\nText\n"
    rest = b"\n" + FROM + honest + b"\n" + FROM + honest
    greedy = counted(b"mine\n", len(b"mine\n" + rest))
    assert len(mails(FROM + honest + b"\n" + FROM + greedy + rest)) == 4
    assert len(mails(FROM + greedy + rest)) == 3


@pytest.mark.parametrize("length", [0, 3, 10**11])
def test_a_wrong_length_is_not_believed(length: int) -> None:
    two = b"Subject: two\n\nText\n"
    content = FROM + counted(b"first\n") + b"\n" + FROM + counted(b"second\n", length) + b"\n" + FROM + two
    assert len(mails(content)) == 3


LINES = st.lists(
    st.sampled_from(
        [b"text", b"", b"From me", b">From me", b">>From me", FROM.rstrip(), b"To: x", b"From -", b"\x80\xff", b"."]
    ),
    max_size=12,
)


@given(bodies=st.lists(LINES, min_size=1, max_size=6), chunk=st.integers(1025, 1400))
@settings(max_examples=150, deadline=None)
def test_what_a_careful_writer_wrote_comes_back_exactly_wherever_the_pieces_end(
    bodies: list[list[bytes]], chunk: int
) -> None:
    sent = [
        b"Subject: %d\n\n" % place + b"".join(line + b"\n" for line in body) + b"x" * 300 + b"\n"
        for place, body in enumerate(bodies)
    ]
    quoted = [
        b"".join(b">" * line.lstrip(b">").startswith(b"From ") + line for line in mail.splitlines(True))
        for mail in sent
    ]
    kept = mbox.CHUNK
    mbox.CHUNK = chunk
    try:
        assert mails(b"".join(FROM + mail + b"\n" for mail in quoted)) == sent
    finally:
        mbox.CHUNK = kept


class LongLine(io.RawIOBase):
    """A file whose one line goes on and on, from a disk that gives little at a time."""

    SIZE = 200_000

    def __init__(self) -> None:
        self._position = 0
        self.largest = 0

    def seek(self, position: int, whence: int = 0) -> int:
        self._position = self.SIZE if whence == 2 else position
        return self._position

    def read(self, octets: int = -1) -> bytes:
        self.largest = max(self.largest, octets)
        octets = max(min(octets, self.SIZE - self._position, 700), 0)
        head = (FROM + b"Subject: long\n\n")[self._position : self._position + octets]
        self._position += octets
        return head + b"a" * (octets - len(head))


def test_a_file_is_read_in_pieces_however_long_its_lines_are() -> None:
    file = LongLine()
    (span,) = split(file)  # type: ignore[arg-type]
    assert (span.start, span.length) == (len(FROM), file.SIZE - len(FROM))
    assert 0 < file.largest <= CHUNK
