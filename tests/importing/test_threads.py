"""Which mails belong together, whatever order they lie in, and the order in which they are told."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.composition.importing.dates import written_at
from services.composition.importing.threads import Threads
from shared.mail.defects import Defects
from shared.mail.headers import read_headers

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

Mail = tuple[str | None, tuple[str, ...], int]
"""Its id, those that it names, its date."""

MAILS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.sampled_from("abcdefgh")),
        st.lists(st.sampled_from("abcdefghxyz"), max_size=3).map(tuple),
        st.integers(0, 50),
    ),
    max_size=12,
)


def together(mails: list[Mail]) -> set[frozenset[int]]:
    """Which mails belong together, found the slow way: join whatever shares an id until nothing does any more."""
    groups = [({place}, {*([own] if own else []), *named}) for place, (own, named, _) in enumerate(mails)]
    joined = True
    while joined:
        joined = False
        for one in groups:
            for other in groups:
                if one is not other and one[1] & other[1]:
                    one[0].update(other[0])
                    one[1].update(other[1])
                    groups.remove(other)
                    joined = True
                    break
            if joined:
                break
    return {frozenset(places) for places, _ in groups}


def threads_of(mails: list[Mail], order: list[int]) -> list[list[int]]:
    """The threads, found after adding the mails in this order; by their place in ``mails``."""
    threads = Threads()
    for place in order:
        threads.add(*mails[place])
    return [[order[number] for number in thread] for thread in threads.threads()]


@given(mails=MAILS, seed=st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_threads_are_the_same_in_whatever_order_the_mails_lie(mails: list[Mail], seed: int) -> None:
    order = list(range(len(mails)))
    random.Random(seed).shuffle(order)
    found = threads_of(mails, order)
    assert {frozenset(thread) for thread in found} == together(mails)
    assert sorted(place for thread in found for place in thread) == sorted(order)


@given(sizes=st.lists(st.integers(1, 8), min_size=1, max_size=5), seed=st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_what_is_answered_is_told_before_its_answers_even_when_clocks_are_wrong(sizes: list[int], seed: int) -> None:
    rng = random.Random(seed)
    mails: list[Mail] = []
    for conversation, size in enumerate(sizes):
        for place in range(size):
            named = (f"{conversation}.{rng.randrange(place)}",) if place else ()
            mails.append((f"{conversation}.{place}", named, rng.randrange(100)))
    order = list(range(len(mails)))
    rng.shuffle(order)
    for thread in threads_of(mails, order):
        told: set[str] = set()
        for place in thread:
            own, named, _ = mails[place]
            assert set(named) <= told
            told.add(own or "")


def test_the_oldest_thread_comes_first_and_mails_without_ids_stand_alone() -> None:
    mails: list[Mail] = [("late", (), 30), (None, (), 20), ("b", ("a",), 40), ("a", (), 10), (None, (), 5)]
    assert threads_of(mails, [0, 1, 2, 3, 4]) == [[4], [3, 2], [1], [0]]


def test_mails_that_answer_one_another_in_a_circle_are_told_by_their_dates() -> None:
    mails: list[Mail] = [("a", ("b",), 2), ("b", ("a",), 1), ("c", ("a",), 3)]
    (thread,) = threads_of(mails, [2, 1, 0])
    assert thread == [1, 0, 2]


def test_an_id_that_nobody_bears_joins_those_that_name_it() -> None:
    mails: list[Mail] = [("a", ("unseen",), 1), ("b", ("unseen",), 2), ("c", ("other",), 3)]
    assert threads_of(mails, [0, 1, 2]) == [[0, 1], [2]]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"Date: Fri, 01 Mar 2019 10:00:00 +0100", datetime(2019, 3, 1, 9, tzinfo=UTC)),
        (b"Date: Thu, 01 Jan 1970 00:00:00 +0000", None),
        (b"Date: Fri, 01 Mar 2090 10:00:00 +0000", None),
        (b"Date: tomorrow", None),
        (b"Subject: none", None),
        (b"Date: Mon, 02 Mar 2026 20:00:00 +0000", NOW),
        (b"Received: from a by b; Fri, 01 Mar 2019 10:00:00 +0000", datetime(2019, 3, 1, 10, tzinfo=UTC)),
        (
            b"Received: by newest; Sat, 02 Mar 2019 10:00:00 +0000\nReceived: by first; Fri, 01 Mar 2019 10:00:00 +0000"
            b"\nDate: Fri, 01 Mar 1901 10:00:00 +0000",
            datetime(2019, 3, 2, 10, tzinfo=UTC),
        ),
        (b"Received: from a by b; Fri, 01 Mar 2099 10:00:00 +0000", None),
    ],
)
def test_a_mail_is_dated_by_what_can_be_believed(header: bytes, expected: datetime | None) -> None:
    headers = read_headers(header + b"\n\n", 0, (), Defects())[0]
    lies_since = datetime(2020, 1, 1, tzinfo=UTC)
    assert written_at(headers, lies_since, NOW) == (expected or lies_since)


@pytest.mark.parametrize("noted", [None, datetime(1975, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)])
def test_where_nothing_can_be_believed_a_mail_is_from_now(noted: datetime | None) -> None:
    headers = read_headers(b"Subject: none\n\n", 0, (), Defects())[0]
    assert written_at(headers, noted, NOW) == NOW
