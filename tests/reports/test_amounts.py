"""Volume, backlog and handling time, against cases that are reckoned by hand."""

from datetime import UTC, datetime

from shared.reports import Spent
from tests.reports.making import DAY, at, only, run, scope, tables, ticket


def test_volume_counts_what_was_opened_in_the_period_by_the_companys_clock() -> None:
    rows = [
        ticket(1, 0, team="a", channel="email", category="order"),
        ticket(2, 30, team="a", channel="sms"),
        ticket(3, 11 * 60, channel="email"),  # Monday 23:00 UTC: Tuesday 00:00 in Warsaw
        ticket(4, -1),  # before the period
        ticket(5, 7 * DAY),  # its end is no longer part of it
        ticket(6, 5, imported=True),
    ]
    found = tables("volume", rows, of=scope(zone="Europe/Warsaw"))
    assert only(found["volume"]) == {"opened": 3}
    hours = {row["hour"]: row["opened"] for row in found["volume_by_hour"].told()}
    assert len(hours) == 24
    assert {hour: count for hour, count in hours.items() if count} == {"13": 2, "00": 1}
    days = {row["weekday"]: row["opened"] for row in found["volume_by_weekday"].told()}
    assert (days["mon"], days["tue"], days["wed"], len(days)) == (2, 1, 0, 7)
    assert [(row["channel"], row["opened"]) for row in found["volume_by_channel"].told()] == [("email", 2), ("sms", 1)]
    assert {row["category"]: row["opened"] for row in found["volume_by_category"].told()} == {"": 2, "order": 1}
    # From Monday noon to Monday noon: eight dates, also those on which nothing came.
    by_day = found["volume_by_day"].told()
    assert [row["opened"] for row in by_day] == [2, 1, 0, 0, 0, 0, 0, 0]
    assert (by_day[0]["day"], by_day[-1]["day"]) == ("2026-03-02", "2026-03-09")


def test_an_hour_that_comes_twice_when_clocks_go_back_holds_both() -> None:
    # In Warsaw 02:00 to 03:00 came twice on 25 October 2026: at 00:30 and at 01:30 UTC the clock said 02:30.
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    minutes = [(each - at(0)).total_seconds() / 60 for each in twice]
    period = scope(minutes[0] - 10, minutes[1] + 10, minutes[0] - 30, zone="Europe/Warsaw")
    found = tables("volume", [ticket(n, minute) for n, minute in enumerate(minutes)], of=period)
    assert [row["opened"] for row in found["volume_by_hour"].told() if row["opened"]] == [2]


def test_the_backlog_is_what_was_open_when_the_period_ended_whatever_happened_since() -> None:
    end = 7 * DAY
    rows = [
        ticket(1, end - 60, run("resolution", end - 60), team="a", agent="anna"),  # an hour old
        ticket(2, end - 2 * DAY, run("resolution", end - 2 * DAY, end + 5), status="solved", team="a"),  # solved after
        ticket(3, end - 40 * DAY, run("resolution", end - 40 * DAY), team="b"),
        ticket(4, end - 5 * DAY, run("resolution", end - 5 * DAY, end - DAY), status="closed"),  # was solved by then
        ticket(5, end + 5, run("resolution", end + 5)),  # came later
        # Solved, and opened again before the end.
        ticket(6, 0, run("resolution", 0, 60), run("resolution", end - 30)),
        # Without clocks: by the columns.
        ticket(7, end - 4 * DAY, status="pending"),
        ticket(8, end - 4 * DAY, status="closed", over_at=at(end - 1)),
        ticket(9, end - 4 * DAY, status="closed", imported=True, over_at=at(end + 1)),
    ]
    found = tables("backlog", rows)
    # 1, 2, 3, 6, 7 with an hour, 2, 40, 7 and 4 days: the middle one is 4 days old.
    assert only(found["backlog"]) == {"open": 5, "age_median": 4 * 86_400, "age_oldest": 40 * 86_400}
    assert [(row["age"], row["open"]) for row in found["backlog_by_age"].told()] == [
        ("under_1_day", 1), ("1_to_3_days", 1), ("3_to_7_days", 1), ("7_to_30_days", 1), ("over_30_days", 1),
    ]  # fmt: skip
    assert [(row["team"], row["open"]) for row in found["backlog_by_team"].told()] == [("", 2), ("a", 2), ("b", 1)]


def test_handling_time_is_each_departments_own_over_the_whole_life_of_what_was_finished() -> None:
    spent = [
        Spent("new", "a", 600, 300),
        Spent("open", "a", 1_200, 900),
        Spent("pending", "a", 9_000, 4_000),  # the customer's turn
        Spent("open", "b", 2_000, 1_000),
        Spent("solved", "b", 50_000, 9_000),
    ]
    rows = [
        ticket(1, -DAY, status="closed", over_at=at(5), spent=spent),
        ticket(2, 0, status="solved", over_at=at(6), spent=[Spent("open", "a", 400, 200)]),
        ticket(3, 0, status="closed", over_at=at(-5), spent=spent),  # finished before
        ticket(4, 0, status="open", spent=spent),  # not finished
        ticket(5, 0, status="closed", over_at=at(7)),  # out of an archive: nobody counted
    ]
    found = tables("handling", rows)
    # Ticket 1: 300 + 900 + 1,000 = 2,200 s of work; ticket 2: 200 s. Mean 1,200, total 2,400; the median is the mean of the two.
    whole = only(found["handling"])
    assert (whole["count"], whole["worked_total"], whole["worked_median"]) == (2, 2_400, 1_200)
    assert whole["total"] == 600 + 1_200 + 2_000 + 400
    a, b = found["handling_by_team"].told()
    assert (a["team"], a["count"], a["worked_total"], a["worked_mean"]) == ("a", 2, 1_400, 700)
    assert (b["team"], b["count"], b["worked_total"]) == ("b", 1, 1_000)
    statuses = {row["status"]: row["worked_total"] for row in found["handling_by_status"].told()}
    assert statuses == {"new": 300, "open": 900 + 1_000 + 200, "pending": 4_000}
