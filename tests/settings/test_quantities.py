"""Durations and sizes are read as people write them, and never guessed."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.settings.quantities import Listen, parse_duration, parse_listen, parse_size, show_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("15m", 900),
        ("15 min", 900),
        ("8h", 28800),
        ("7d", 604800),
        ("2w", 1209600),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("1.5h", 5400),
        ("250ms", 0.25),
        (" 1H ", 3600),
        ("0", 0),
        ("0s", 0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "5", 5, "h", "-1h", "1 hour", "1h!", True, None, [], "٣s", "9" * 400 + "d"])
def test_what_is_no_duration_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        parse_duration(value)


@given(st.integers(min_value=0, max_value=10**13))
def test_a_duration_is_written_as_it_is_read(milliseconds: int) -> None:
    duration = timedelta(milliseconds=milliseconds)
    assert parse_duration(show_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("35MB", 35_000_000),
        ("1 kb", 1000),
        ("10GB", 10**10),
        ("1MiB", 1 << 20),
        ("0.5k", 500),
        (7, 7),
        ("7", 7),
        ("9B", 9),
    ],
)
def test_sizes(text: object, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("value", ["", "MB", "-1", -1, "1 apple", True, None, 1.5, "1e3", "9" * 400])
def test_what_is_no_size_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        parse_size(value)


@pytest.mark.parametrize("text", ["127.0.0.1:80", "localhost:0", "[::1]:65535", "0.0.0.0:2525"])
def test_an_address_is_written_as_it_is_read(text: str) -> None:
    assert str(parse_listen(text)) == text


@pytest.mark.parametrize(
    "value", ["", ":80", "80", "host", "host:", "host:http", "::1:80", "h:65536", 80, None, "h:-1"]
)
def test_what_is_no_address_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        parse_listen(value)


def test_an_ipv6_address_is_held_without_brackets() -> None:
    assert parse_listen("[::1]:25") == Listen("::1", 25)
