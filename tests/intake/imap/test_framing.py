"""Reading what a server says: whatever the pieces it comes in, nothing in a mail is taken for an answer, and everything has a bound."""

import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.imap import answers
from services.intake.imap.answers import Fetched, Folder
from services.intake.imap.errors import Nonsense
from services.intake.imap.framing import MAX_LINE, Framer

TALK = [
    (b"* OK ready {5}",),
    (b"* 1 FETCH (UID 7 BODY[] {16}", b"A1 OK done)\r\n{9}", b")"),
    (b"* 2 FETCH (BODY[] {0}", b"", b" UID 8)"),
    (b"* SEARCH 1 2 3",),
    (b"A1 OK done {3}",),
    (b"",),
    (b"+ idling",),
]
SAID = b"".join(
    b"\r\n".join(response[:1])
    + b"\r\n"
    + b"".join(response[1:2])
    + b"".join(response[2:])
    + (b"\r\n" if len(response) > 1 else b"")
    for response in TALK
)


@given(st.lists(st.integers(1, len(SAID) - 1), max_size=12))
def test_responses_are_the_same_in_whatever_pieces_they_come(cuts: list[int]) -> None:
    framer, got = Framer(100), []
    places = [0, *sorted(set(cuts)), len(SAID)]
    for start, end in pairwise(places):
        got += [tuple(map(bytes, response)) for response in framer.feed(SAID[start:end])]
    assert got == TALK
    assert framer.empty


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_no_octets_are_too_odd(first: bytes, second: bytes) -> None:
    framer = Framer(1000)
    try:
        for piece in (first, second):
            for response in framer.feed(piece):
                answers.fetched(response)
                answers.found([response])
                answers.folder([response], b"")
    except Nonsense:
        return


def test_a_literal_over_the_limit_is_refused_before_it_comes() -> None:
    with pytest.raises(Nonsense, match="limit"):
        list(Framer(10).feed(b"* 1 FETCH (BODY[] {11}\r\n"))


def test_a_line_without_an_end_is_refused() -> None:
    framer = Framer(10)
    assert not list(framer.feed(b"x" * MAX_LINE))
    with pytest.raises(Nonsense, match="without an end"):
        list(framer.feed(b"x"))


def test_many_lines_at_once_and_a_literal_in_many_pieces_cost_little() -> None:
    began = time.process_time()
    assert sum(1 for _ in Framer(10).feed(b"* 1 EXISTS\r\n" * 100_000)) == 100_000
    framer = Framer(40 << 20)
    list(framer.feed(b"* 1 FETCH (BODY[] {%d}\r\n" % (32 << 20)))
    for _ in range(8192):
        list(framer.feed(b"y" * 4096))
    ((_, content, _),) = framer.feed(b")\r\n")
    assert len(content) == 32 << 20
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize(
    ("response", "wanted"),
    [
        ((b"* 3 FETCH (UID 9 RFC822.SIZE 120)",), Fetched(9, 120)),
        ((b"* 3 fetch (rfc822.size 120 uid 9)",), Fetched(9, 120)),
        ((b"* 3 FETCH (FLAGS (\\Seen))",), None),
        ((b"* 3 FETCH (FLAGS (\\Seen) UID 4)",), Fetched(4)),
        ((b"* 3 EXPUNGE",), None),
        ((b"* 1 FETCH (UID 9 BODY[] {2}", b"hi", b")"), Fetched(9, content=b"hi")),
        ((b"* 1 FETCH (BODY[] {12}", b"UID 1 UID 2)", b" UID 9)"), Fetched(9, content=b"UID 1 UID 2)")),
        ((b'* 1 FETCH (BODY[] "UID 1 \\" )" UID 9)',), Fetched(9, content=b'UID 1 " )')),
        ((b"* 1 FETCH (UID 9 BODY[] NIL)",), Fetched(9)),
        (
            (b"* 1 FETCH (UID 9 BODY[HEADER.FIELDS (MESSAGE-ID)] {4}", b"x\r\n\r", b")"),
            Fetched(9, content=b"x\r\n\r"),
        ),
        (
            (b'* 1 FETCH (UID 9 INTERNALDATE " 1-mar-2026 01:30:00 +0200")',),
            Fetched(9, date=datetime(2026, 2, 28, 23, 30, tzinfo=UTC)),
        ),
        ((b'* 1 FETCH (UID 9 INTERNALDATE "31-Feb-2026 01:30:00 +0200")',), Fetched(9)),
    ],
)
def test_a_fetch_is_read(response: tuple[bytes, ...], wanted: Fetched | None) -> None:
    assert answers.fetched(response) == wanted


def test_a_search_is_read_sorted_and_once() -> None:
    assert answers.found([(b"* SEARCH 5 3 5",), (b"* 7 EXISTS",), (b"* SEARCH",), (b"* search 4 (MODSEQ 9)",)]) == [
        3,
        4,
        5,
    ]


def test_a_folder_without_uidvalidity_is_no_folder_to_follow() -> None:
    lines = [(b"* 4 EXISTS",), (b"* OK [UIDVALIDITY 17] valid",), (b"* OK [UIDNEXT 9] next",)]
    assert answers.folder(lines, b"[READ-ONLY] done") == Folder(17, 9, 4)
    assert answers.folder(lines[:1], b"done") is None
    assert answers.folder(lines[:2], b"done") == Folder(17, None, 4)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", '"INBOX"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("A&B", '"A&-B"'),
        ("Żółw", '"&AXsA8wFC-w"'),
        ("台北", '"&U,BTFw-"'),
    ],
)
def test_a_folder_is_named_in_modified_utf_7(name: str, written: str) -> None:
    assert answers.folder_name(name) == written


@given(st.sets(st.integers(1, 300)))
def test_a_set_names_every_uid_and_no_other(uids: set[int]) -> None:
    named: set[int] = set()
    for part in filter(None, answers.uid_set(sorted(uids)).split(",")):
        low, _, high = part.partition(":")
        named |= set(range(int(low), int(high or low) + 1))
    assert named == uids
