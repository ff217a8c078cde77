"""What figures count in awkward cases, reckoned by hand: nothing at all, the edges of a period, clocks that change, months
of different length, tickets that changed hands, turned out to be spam, or came out of an old register."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.messages.reports import Cell
from shared.reports import NAMES, Period, Report, Scope, Spent, TicketRow, recurring
from shared.reports.periods import last_days, midnight, previous
from tests.reports.making import DAY, at, deed, only, run, scope, tables, ticket

WARSAW = ZoneInfo("Europe/Warsaw")
FIRST, NEXT, SOLVED = "first_response", "next_response", "resolution"
END = 7 * DAY


def test_of_nothing_every_figure_is_nothing_and_none_divides_by_it() -> None:
    report = Report(NAMES, scope(), compare=True)
    for told in (report.tables(), report.previous()):
        assert {table.report for table in told} == set(NAMES)
        for table in told:
            for row in table.rows:
                for column, value in zip(table.columns, row, strict=True):
                    if column.unit == "count" or column.name.endswith("total"):
                        assert value == 0, table.name
                    elif column.unit in ("seconds", "share", "score"):
                        assert value is None or table.name == "summary", table.name
    summary = {row["figure"]: row["value"] for row in report.tables()[0].told()}
    assert summary == {name: 0 if name in ("opened", "solutions", "open") else None for name in summary}


@pytest.mark.parametrize(
    ("minutes", "counts"), [(-1 / 60, False), (0, True), (END - 1 / 60, True), (END, False)],
    ids=["just before", "as it begins", "just before its end", "as it ends"],
)  # fmt: skip
def test_what_happens_as_a_period_begins_is_part_of_it_and_what_happens_as_it_ends_is_not(
    minutes: float, counts: bool
) -> None:
    number = int(counts)
    row = ticket(
        1, minutes, run(FIRST, minutes - 5, minutes, target=9e9), run(SOLVED, minutes - 5, minutes, target=9e9),
        status="solved", over_at=at(minutes), first_responded_at=at(minutes), spent=[Spent("open", "a", 60, 60)],
    )  # fmt: skip
    deeds = [
        deed("answered", minutes, who="anna"),
        deed("solved", minutes, who="anna"),
        deed("rated", minutes, score=5),
    ]
    for name, column in (
        ("volume", "opened"), (FIRST, "count"), (SOLVED, "count"), ("handling", "count"), ("reopened", "solutions"),
        ("workload", "answers"), ("workload", "solved"), ("satisfaction", "answers"),
    ):  # fmt: skip
        assert only(tables(name, [row], deeds)[name])[column] == number, name
    assert only(tables("sla", [row])["sla"])["decided"] == 2 * number


def test_a_ticket_that_is_solved_as_the_period_ends_is_open_until_then_and_one_that_comes_then_is_there() -> None:
    def open_at_end(row: TicketRow) -> Cell:
        return only(tables("backlog", [row])["backlog"])["open"]

    assert open_at_end(ticket(1, 0, run(SOLVED, 0, END + 1), status="solved")) == 1
    assert open_at_end(ticket(1, 0, run(SOLVED, 0, END), status="solved")) == 0
    assert open_at_end(ticket(1, 0, run(SOLVED, 0, 5), run(SOLVED, END - 1), status="open")) == 1
    assert open_at_end(ticket(1, 0, run(SOLVED, 0, 5), run(SOLVED, END + 1), status="open")) == 0  # opened again later


def test_what_was_called_spam_for_a_while_has_no_solution_from_that_time() -> None:
    # Called spam after 10 minutes, no spam after 20; answered after 30 and solved after 50.
    row = ticket(
        1, 0, run(FIRST, 0, ended=10, target=60.0, late=1), run(SOLVED, 0, ended=10, target=60.0, late=1),
        run(FIRST, 20, 30, target=3_600.0), run(SOLVED, 20, 50, target=3_600.0), status="solved", first_responded_at=at(30),
    )  # fmt: skip
    assert only(tables(FIRST, [row])[FIRST])["mean"] == 10 * 60
    assert (only(tables(SOLVED, [row])[SOLVED])["count"], only(tables(SOLVED, [row])[SOLVED])["mean"]) == (1, 30 * 60)
    assert only(tables("sla", [row])["sla"]) == {"decided": 2, "in_time": 2, "missed": 0, "attainment": 1}
    assert only(tables("reopened", [row])["reopened"]) == {"solutions": 1, "again": 0, "reopenings": 0, "rate": 0}


def test_a_ticket_that_changed_its_department_is_where_it_is_today_and_its_time_where_it_was_spent() -> None:
    row = ticket(
        1, 0, run(FIRST, 0, 10, target=9e9), run(SOLVED, 0, 60, target=9e9), team="b", status="solved", over_at=at(60),
        first_responded_at=at(10), spent=[Spent("open", "a", 600, 600), Spent("open", "b", 3_000, 1_000)],
    )  # fmt: skip
    for name, column in (
        ("volume", "opened"),
        (FIRST, "count"),
        (SOLVED, "count"),
        ("sla", "decided"),
        ("reopened", "solutions"),
    ):
        (team,) = tables(name, [row])[f"{name}_by_team"].told()
        assert (team["team"], team[column]) == ("b", 2 if name == "sla" else 1), name
    handled = {
        each["team"]: (each["count"], each["total"]) for each in tables("handling", [row])["handling_by_team"].told()
    }
    assert handled == {"a": (1, 600), "b": (1, 3_000)}


def test_what_an_old_register_says_counts_nowhere_and_what_lives_on_counts_from_then() -> None:
    old: dict[str, Any] = {"imported": True, "status": "closed", "over_at": at(9), "words": "valve", "touched": True}
    still_open = {**old, "status": "open", "over_at": None}
    rows = [ticket(n, n, **old) for n in range(5)] + [ticket(8, 8, **still_open)]
    nothing = {table.name: table.rows for table in _all([])}
    for table in _all(rows):
        if table.report != "recurring":
            assert table.rows == nothing[table.name], table.name
    assert only(tables("volume", rows)["volume"]) == {"opened": 0}
    # The customer wrote again on the second day; it was solved on the third, and is no more volume than before.
    lives = ticket(9, -400 * DAY, run(SOLVED, DAY, 2 * DAY), imported=True, status="solved", over_at=at(2 * DAY))
    assert only(tables(SOLVED, [lives])[SOLVED])["mean"] == 86_400
    assert only(tables("volume", [lives])["volume"]) == {"opened": 0}
    assert only(tables("backlog", [lives], of=scope(until=1.5 * DAY))["backlog"])["open"] == 1
    assert only(tables("backlog", [lives])["backlog"])["open"] == 0


def _all(rows: list[TicketRow]) -> list[Any]:
    report = Report(NAMES, scope())
    report.tickets(rows)
    return report.tables()


# -- periods ------------------------------------------------------------------------------------------------------------------


def test_the_days_on_which_clocks_change_are_days_like_others() -> None:
    for first, last, hours in (
        (date(2026, 3, 28), date(2026, 3, 30), 71),
        (date(2026, 10, 24), date(2026, 10, 26), 73),
    ):
        since, until = midnight(first, WARSAW), midnight(last + timedelta(days=1), WARSAW)
        assert until - since == timedelta(hours=hours)
        before = previous(since, until, WARSAW)
        assert before == midnight(first - timedelta(days=3), WARSAW)
        made = Scope(Period(since, until), Period(before, since), WARSAW)
        rows = [
            TicketRow(1, "new", since), TicketRow(2, "new", midnight(first + timedelta(days=1), WARSAW)),
            TicketRow(3, "new", until - timedelta(seconds=1)), TicketRow(4, "new", until),
        ]  # fmt: skip
        found = tables("volume", rows, of=made)
        assert [row["opened"] for row in found["volume_by_day"].told()] == [1, 1, 1]
        hours_of = {row["hour"]: row["opened"] for row in found["volume_by_hour"].told() if row["opened"]}
        assert hours_of == {"00": 2, "23": 1}


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        ("2026-03-01", "2026-03-31", "2026-02-01"),  # 31 days and 28
        ("2026-02-01", "2026-02-28", "2026-01-01"),
        ("2024-02-01", "2024-02-29", "2024-01-01"),
        ("2026-01-01", "2026-01-31", "2025-12-01"),
        ("2026-01-01", "2026-03-31", "2025-10-01"),
        ("2026-01-01", "2026-12-31", "2025-01-01"),
        ("2026-03-01", "2026-03-30", "2026-01-30"),  # not a whole month: thirty days
        ("2026-03-02", "2026-03-02", "2026-03-01"),
        ("2026-03-30", "2026-04-05", "2026-03-23"),  # a week, with the day of 23 hours in the one before
    ],
)
def test_a_period_is_compared_with_as_many_months_or_days(first: str, last: str, before: str) -> None:
    since = midnight(date.fromisoformat(first), WARSAW)
    until = midnight(date.fromisoformat(last) + timedelta(days=1), WARSAW)
    assert previous(since, until, WARSAW) == midnight(date.fromisoformat(before), WARSAW)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Warsaw", "America/New_York", "Pacific/Auckland"])
def test_the_last_thirty_days_are_thirty_with_the_one_that_ends_or_is(zone: str) -> None:
    place = ZoneInfo(zone)
    for last in (date(2026, 3, 30), date(2026, 4, 1), date(2026, 11, 2)):
        ends = midnight(last + timedelta(days=1), place)
        wanted = midnight(last - timedelta(days=29), place)
        assert last_days(ends, place) == last_days(ends - timedelta(hours=5), place) == wanted


def test_of_months_of_different_length_words_are_compared_by_what_was_to_be_expected_and_counts_stand_as_they_are() -> (
    None
):
    march = Period(midnight(date(2026, 3, 1), WARSAW), midnight(date(2026, 4, 1), WARSAW))
    february = Period(midnight(date(2026, 2, 1), WARSAW), march.since)
    made = Scope(march, february, WARSAW)
    rows = [TicketRow(n, "new", march.since + timedelta(hours=n), words="valve") for n in range(62)]
    rows += [TicketRow(100 + n, "new", february.since + timedelta(hours=n), words="valve") for n in range(28)]
    report = Report(["volume", "recurring"], made, compare=True)
    report.tickets(rows)
    # 28 in 28 days let expect about 31 in 31 (of 743 hours; an hour is missing): (62 - 30.96) / sqrt(30.96) = 5.58.
    growth = next(table for table in report.tables() if table.name == "recurring").told()[0]
    assert (growth["now"], growth["before"], growth["growth"]) == (62, 28, 5.58)
    opened = [next(t for t in told if t.name == "volume").rows for told in (report.tables(), report.previous())]
    assert opened == [[[62]], [[28]]]


def test_where_not_all_tickets_are_looked_at_words_are_expected_by_the_share_that_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recurring, "MOST_TICKETS", 10)
    # 40 tickets now, of which the newest 10 are looked at, and 10 before.
    rows = [ticket(1_000 - n, n, words="valve" if n % 2 else "pump") for n in range(40)]
    rows += [ticket(n, -1 - n, words="valve" if n % 2 else "hose") for n in range(10)]
    found = {row["term"]: row for row in tables("recurring", rows)["recurring"].told()}
    # "valve" was there 5 times before; of 5 to be expected now a quarter, 1.25, would be seen: (5 - 1.25) / sqrt(1.25) = 3.35.
    assert (found["valve"]["now"], found["valve"]["before"], found["valve"]["growth"]) == (5, 5, 3.35)
    assert found["pump"]["growth"] == 5
