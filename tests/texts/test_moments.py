"""By when we answer, said in words that can be kept."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.texts import LANGUAGES
from shared.texts.moments import by_when, moment, zone_of

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "en", "pl", "hr"),
    [
        (0, "by Monday, 2 March, 10:00 CET", "najpóźniej w poniedziałek 2 marca do godz. 10:00 CET",
         "najkasnije u ponedjeljak, 2. ožujka do 10:00 CET"),
        (1, "by Tuesday, 3 March, 10:00 CET", "najpóźniej we wtorek 3 marca do godz. 10:00 CET",
         "najkasnije u utorak, 3. ožujka do 10:00 CET"),
        (30, "by Wednesday, 1 April, 11:00 CEST", "najpóźniej w środę 1 kwietnia do godz. 11:00 CEST",
         "najkasnije u srijedu, 1. travnja do 11:00 CEST"),
    ],
)  # fmt: skip
def test_a_day_and_an_hour_are_said_in_each_language(day: int, en: str, pl: str, hr: str) -> None:
    at = AT + timedelta(days=day)
    assert [by_when(language, at, "Europe/Warsaw") for language in LANGUAGES] == [en, pl, hr]


@pytest.mark.parametrize(
    ("minutes", "seconds", "shown"),
    [(0, 0, "09:00"), (0, 0.000001, "09:05"), (5, 0, "09:05"), (58, 1, "10:00"), (59, 59.9, "10:00")],
)
def test_a_promise_is_rounded_up_to_five_minutes(minutes: int, seconds: float, shown: str) -> None:
    assert by_when("en", AT + timedelta(minutes=minutes, seconds=seconds), "UTC").endswith(f"{shown} UTC")


@settings(deadline=None)
@given(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)), st.sampled_from(["Asia/Kathmandu", "Europe/Zagreb"]))
def test_nothing_is_promised_sooner_than_it_is_meant_nor_much_later(naive: datetime, zone: str) -> None:
    at = naive.replace(tzinfo=UTC)
    said = by_when("en", at, zone).rpartition(", ")[2].split()[0]
    steps = (at + timedelta(seconds=each) for each in range(300))
    shown = {f"{each.astimezone(zone_of(zone)):%H:%M}" for each in (*steps, at + timedelta(seconds=300))}
    assert said in shown
    assert int(said[-2:]) % 5 == 0


def test_a_moment_in_figures_reads_alike_everywhere() -> None:
    assert moment(AT, "Europe/Warsaw") == "2026-03-02 10:00 CET"
    assert moment(AT, "no such zone") == moment(AT, "") == "2026-03-02 09:00 UTC"


def test_a_language_without_texts_is_an_error() -> None:
    with pytest.raises(ValueError, match="de"):
        by_when("de", AT, "UTC")
