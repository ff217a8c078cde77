"""Times as agents write them, in three languages; and that nothing is read in a way that was not meant."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.speech import moment_of

WARSAW = ZoneInfo("Europe/Warsaw")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""A Monday, 10:30 in Warsaw."""


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("2h", "03-02 12:30"), ("3d", "03-05 10:30"), ("90m", "03-02 12:00"), ("1h30m", "03-02 12:00"), ("1w", "03-09 10:30"),
        ("2 hours", "03-02 12:30"), ("in an hour", "03-02 11:30"), ("za 2 godziny", "03-02 12:30"), ("3 dana", "03-05 10:30"),
        ("za godzinę", "03-02 11:30"), ("za sat", "03-02 11:30"), ("2d 9:00", "03-04 09:00"),
        ("tomorrow", "03-03 09:00"), ("tomorrow 8:15", "03-03 08:15"), ("tomorrow 9", "03-03 09:00"), ("jutro o 8", "03-03 08:00"),
        ("sutra u 17.30", "03-03 17:30"), ("pojutrze", "03-04 09:00"), ("today 17:00", "03-02 17:00"), ("dziś 16:00", "03-02 16:00"),
        ("until monday", "03-09 09:00"), ("monday 17:00", "03-02 17:00"), ("poniedziałek 8:00", "03-09 08:00"),
        ("do piątku", "03-06 09:00"), ("do petka 12:00", "03-06 12:00"), ("w środę", "03-04 09:00"), ("u srijedu 10", "03-04 10:00"),
        ("next week", "03-09 09:00"), ("friday afternoon", "03-06 14:00"), ("tomorrow 5 pm", "03-03 17:00"), ("sat", "03-07 09:00"),
        ("2026-03-05", "03-05 09:00"), ("2026-03-05 14:00", "03-05 14:00"), ("2026-03-05T14:00", "03-05 14:00"),
        ("2026-03-05T14:00Z", "03-05 15:00"), ("5.3.", "03-05 09:00"), ("5.3.2026 17.30", "03-05 17:30"), ("5 March", "03-05 09:00"),
        ("March 5, 14:00", "03-05 14:00"), ("5 marca 12:00", "03-05 12:00"), ("5. ožujka", "03-05 09:00"),
        ("17:00", "03-02 17:00"), ("9:00", "03-03 09:00"), ("9am", "03-03 09:00"), ("o 9", "03-03 09:00"), ("12 am", "03-03 00:00"),
    ],
)  # fmt: skip
def test_a_time_is_understood_on_the_clock_of_whoever_writes_it(words: str, meant: str) -> None:
    at = moment_of(words, NOW, WARSAW, "pl")
    assert at is not None
    assert (at.astimezone(WARSAW).strftime("%m-%d %H:%M"), at.tzinfo) == (meant, UTC)


@pytest.mark.parametrize(
    "words",
    ["", "until", "banana", "9", "05.03", "9:99", "31.2.", "2026-02-30", "99999d", "tomorrow tomorrow", "5/3", "monday 2h",
     "13 pm", "9:00 10:00", "tomorrow " * 20, "0x10", "२ hours"],
)  # fmt: skip
def test_what_is_no_time_or_may_be_two_is_not_guessed(words: str) -> None:
    assert moment_of(words, NOW, WARSAW) is None


def test_a_month_that_two_languages_call_the_same_is_the_one_of_the_speaker() -> None:
    read = {language: moment_of("5 listopada", NOW, WARSAW, language) for language in ("pl", "hr", "en")}
    assert [at and at.month for at in read.values()] == [11, 10, None]


def test_days_are_counted_on_the_calendar_also_when_the_clocks_change() -> None:
    before = datetime(2026, 3, 28, 9, 0, tzinfo=UTC)  # 10:00, and the night after the clocks go forward
    at = moment_of("1d", before, WARSAW)
    assert at == datetime(2026, 3, 29, 8, 0, tzinfo=UTC)
    assert moment_of("24h", before, WARSAW) == datetime(2026, 3, 29, 9, 0, tzinfo=UTC)


def test_a_day_without_a_time_is_the_day_at_the_time_that_is_asked_for() -> None:
    from datetime import time

    at = moment_of("friday", NOW, WARSAW, default=time(17))
    assert at == datetime(2026, 3, 6, 16, 0, tzinfo=UTC)


_TOKENS = (
    "9",
    "31",
    "2h",
    "99d",
    "monday",
    "jutro",
    "5.3.",
    "2026-03-05",
    "may",
    "at",
    ":",
    "9999",
    "pm",
    "in",
    "do",
    "week",
    "23:59",
)


@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(_TOKENS)).map(" ".join)))
@settings(max_examples=200, deadline=None)
def test_anything_at_all_is_a_time_or_none(words: str) -> None:
    at = moment_of(words, NOW, WARSAW)
    assert at is None or at.tzinfo is UTC
