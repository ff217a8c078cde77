"""Working time against an independent count of minutes, over calendars, zones and changes of the clocks."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from shared.calendars import AROUND_THE_CLOCK, NoWorkingTime, WorkingCalendar, calendar_of
from shared.daysoff import UnknownCountry, days_off
from shared.settings.targets import Day, Hours, Span

MINUTE = timedelta(minutes=1)
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# Counting minutes takes a while on a machine that has other work.
UNHURRIED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# A zone, and a moment near something odd in it.
PLACES = [
    ("Europe/Warsaw", "2026-03-29T01:00"),  # forward
    ("Europe/Zagreb", "2026-10-25T01:00"),  # back
    ("America/New_York", "2026-11-01T06:00"),
    ("America/St_Johns", "2010-11-07T02:31"),  # back over midnight: some of yesterday comes after some of today
    ("America/Sao_Paulo", "2018-11-04T03:00"),  # a day that begins at 01:00
    ("Australia/Lord_Howe", "2026-04-04T15:00"),  # half an hour
    ("Pacific/Apia", "2011-12-30T10:00"),  # a date that never was
    ("Pacific/Kiritimati", "2026-06-01T12:00"),  # the farthest ahead of UTC
    ("Pacific/Pago_Pago", "2026-06-01T12:00"),
    ("Asia/Kathmandu", "2026-06-01T12:00"),
    ("UTC", "2026-12-31T23:00"),
]


def spans() -> st.SearchStrategy[tuple[Span, ...]]:
    """Up to three windows of a day, in order; any may touch midnight or the next."""
    edges = st.lists(st.sampled_from([0, 1, 30, 59, 60, 61, 119, 120, 150, 179, 180, 540, 1020, 1380, 1439, 1440])
                     | st.integers(0, 1440), max_size=6, unique=True).map(sorted)  # fmt: skip
    return edges.map(lambda found: tuple(Span(a, b) for a, b in zip(found[::2], found[1::2], strict=False)))


@st.composite
def calendars(draw: st.DrawFn) -> tuple[WorkingCalendar, datetime]:
    """A calendar, and a moment within two days of something odd in its zone."""
    zone, odd = draw(st.sampled_from(PLACES))
    near = datetime.fromisoformat(odd).replace(tzinfo=UTC)
    off = draw(st.frozensets(st.integers(-2, 2).map(lambda days: (near + timedelta(days=days)).date()), max_size=2))
    week = draw(st.fixed_dictionaries({}, optional=dict.fromkeys(DAYS, spans())))
    at = near + draw(st.integers(-2880, 2880)) * MINUTE
    return WorkingCalendar(zone, week, off), at


def counts(calendar: WorkingCalendar, at: datetime) -> bool:
    """What working time is, said once more."""
    local = at.astimezone(ZoneInfo(calendar.timezone))
    assert isinstance(calendar.holidays, frozenset)
    if local.date() in calendar.holidays:
        return False
    minute = local.hour * 60 + local.minute
    windows = calendar.week.get(DAYS[local.isoweekday() - 1], ())
    return any(minute in range(window.start, window.end) for window in windows)


def minutes(a: datetime, b: datetime) -> Iterator[datetime]:
    while a < b:
        yield a
        a += MINUTE


@UNHURRIED
@given(calendars(), st.integers(0, 3000))
def test_the_working_time_between_two_moments_is_what_counting_its_minutes_gives(
    given_: tuple[WorkingCalendar, datetime], length: int
) -> None:
    calendar, at = given_
    end = at + length * MINUTE
    counted = sum(counts(calendar, minute) for minute in minutes(at, end)) * MINUTE
    assert calendar.between(at, end) == counted
    assert calendar.between(end, at) == -counted


@UNHURRIED
@given(calendars())
def test_the_next_working_moment_is_the_first_minute_that_counts(given_: tuple[WorkingCalendar, datetime]) -> None:
    calendar, at = given_
    assert calendar.is_open(at) == counts(calendar, at)
    first = next((minute for minute in minutes(at, at + timedelta(days=2)) if counts(calendar, minute)), None)
    found = calendar.next_open(at)
    assert found == first if first else found is None or found >= at + timedelta(days=2)


@UNHURRIED
@given(calendars(), st.integers(0, 1500))
def test_a_target_is_the_first_moment_by_which_its_working_time_has_passed(
    given_: tuple[WorkingCalendar, datetime], working: int
) -> None:
    calendar, at = given_
    assume(any(calendar.week.values()))
    due = calendar.add(at, working * MINUTE)
    assert calendar.between(at, due) == working * MINUTE
    assert due == at or counts(calendar, due - MINUTE)


@UNHURRIED
@given(calendars(), st.integers(0, 200_000), st.integers(0, 200_000), st.integers(0, 200_000))
def test_working_time_adds_up_by_the_second(
    given_: tuple[WorkingCalendar, datetime], before: int, first: int, second: int
) -> None:
    calendar, at = given_
    a = at - timedelta(seconds=before)
    b, c = a + timedelta(seconds=first), a + timedelta(seconds=first + second)
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)


OFFICE = WorkingCalendar("Europe/Warsaw", dict.fromkeys(DAYS[:5], (Span(480, 720), Span(780, 1020))), "PL")


def warsaw(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Warsaw"))


@pytest.mark.parametrize(
    ("at", "hours", "due"),
    [
        ("2026-06-01T09:00", 2, "2026-06-01T11:00"),
        ("2026-06-01T11:00", 2, "2026-06-01T14:00"),  # the lunch break
        ("2026-06-01T16:00", 1, "2026-06-01T17:00"),  # the very end of the day still counts
        ("2026-06-01T16:00", 2, "2026-06-02T09:00"),
        ("2026-06-05T16:00", 8, "2026-06-08T16:00"),  # a weekend
        ("2026-11-10T16:00", 8, "2026-11-12T16:00"),  # Independence Day between
        ("2026-04-03T16:00", 2, "2026-04-07T09:00"),  # Easter Monday
        ("2026-03-27T16:00", 8, "2026-03-30T16:00"),  # the clocks go forward on the Sunday
        ("2026-06-01T16:00", 0, "2026-06-01T16:00"),
    ],
)
def test_targets_of_a_polish_office(at: str, hours: int, due: str) -> None:
    assert OFFICE.add(warsaw(at), timedelta(hours=hours)) == warsaw(due)


def test_a_night_shift_works_an_hour_more_when_the_clocks_go_back_and_one_less_when_they_go_forward() -> None:
    night = WorkingCalendar("Europe/Warsaw", {"sat": (Span(1320, 1440),), "sun": (Span(0, 360),)})
    assert night.between(warsaw("2026-10-24T12:00"), warsaw("2026-10-25T12:00")) == timedelta(hours=9)
    assert night.between(warsaw("2026-03-28T12:00"), warsaw("2026-03-29T12:00")) == timedelta(hours=7)


def test_around_the_clock_all_time_counts() -> None:
    at = datetime(2026, 3, 29, 0, 30, 17, tzinfo=UTC)
    assert calendar_of(None) is AROUND_THE_CLOCK
    assert AROUND_THE_CLOCK.next_open(at) == at
    assert AROUND_THE_CLOCK.add(at, timedelta(days=3, seconds=5)) == at + timedelta(days=3, seconds=5)


def test_a_calendar_that_is_never_open_says_so_at_once() -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    for never in (
        calendar_of(Hours(name="never")),
        WorkingCalendar("UTC", {"mon": (Span(0, 60),)}, frozenset(date(2020, 1, 6) + timedelta(weeks=week) for week in range(2000))),
    ):  # fmt: skip
        assert never.next_open(at) is None
        assert never.between(at, at + timedelta(days=400)) == timedelta(0)
        with pytest.raises(NoWorkingTime):
            never.add(at, MINUTE)


def test_time_runs_out_at_the_end_of_the_calendar_without_an_accident() -> None:
    assert AROUND_THE_CLOCK.next_open(datetime(9999, 12, 31, 12, tzinfo=UTC)) is None
    with pytest.raises(NoWorkingTime):
        AROUND_THE_CLOCK.add(datetime(9990, 1, 1, tzinfo=UTC), timedelta(days=30_000))
    with pytest.raises(ValueError, match="one direction"):
        AROUND_THE_CLOCK.add(datetime(2026, 1, 1, tzinfo=UTC), -MINUTE)


def test_the_hours_of_the_configuration_make_a_calendar() -> None:
    hours = Hours.model_validate({
        "name": "office", "timezone": "Europe/Zagreb", "holidays": ["2026-12-24"], "week": {"thu": ["08:00-12:00", "13:00-24:00"]},
    })  # fmt: skip
    calendar = calendar_of(hours)
    assert calendar.between(datetime(2026, 12, 14, tzinfo=UTC), datetime(2026, 12, 28, tzinfo=UTC)) == timedelta(
        hours=15
    )
    assert calendar_of(hours.model_copy(update={"holidays": "HR"})).is_open(datetime(2026, 12, 24, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("country", "day", "off"),
    [("PL", "2026-11-11", True), ("HR", "2026-06-22", True), ("PL", "2026-06-22", False), ("DE", "2026-01-06", False),
     ("DE-BY", "2026-01-06", True), ("GB-SCT", "2026-11-30", True), ("PL", "2025-12-24", True), ("PL", "2024-12-24", False)],
)  # fmt: skip
def test_days_off_of_countries_and_their_parts(country: str, day: str, off: bool) -> None:
    at = date.fromisoformat(day)
    assert (at in days_off(country, at.year)) is off


@pytest.mark.parametrize("country", ["QQ", "DE-QQ"])
def test_an_unknown_country_is_refused(country: str) -> None:
    with pytest.raises(UnknownCountry, match=country):
        days_off(country, 2026)


def test_the_package_of_days_off_is_imported_only_when_a_country_is_named() -> None:
    program = (
        "import sys, shared.calendars, shared.settings.loading\n"
        "assert 'holidays' not in sys.modules\n"
        "from shared.settings.targets import Hours\n"
        "Hours(name='h', holidays='pl')\n"
        "assert 'holidays' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
