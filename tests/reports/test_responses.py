"""Responses, solutions, targets and reopenings, against cases that are reckoned by hand. Times are minutes, values seconds."""

from tests.reports.making import DAY, at, deed, only, run, scope, tables, ticket

FIRST, NEXT, SOLVED = "first_response", "next_response", "resolution"


def test_first_responses_have_their_median_ninth_decile_and_mean() -> None:
    # 10, 20, 30 and 100 minutes: median (20 + 30) / 2 = 25; of 4 values 90 % are the 4th (ceil 3.6): 100; mean 160 / 4 = 40.
    # In working time 5, 10, 15 and 20 minutes: median 12.5, 90 % within 20, mean 12.5.
    rows = [
        ticket(n, 0, run(FIRST, 0, took, worked=60 * worked), first_responded_at=at(took), team=team)
        for n, (took, worked, team) in enumerate([(10, 5, "a"), (20, 10, "a"), (30, 15, "b"), (100, 20, "a")])
    ]
    found = tables(FIRST, rows)
    assert only(found[FIRST]) == {
        "count": 4, "median": 1_500, "p90": 6_000, "mean": 2_400,
        "worked_median": 750, "worked_p90": 1_200, "worked_mean": 750,
    }  # fmt: skip
    # Team a: 10, 20, 100: the middle one is 20; 90 % of 3 values are the 3rd (ceil 2.7); mean 130 / 3 = 43.333 minutes.
    a, b = found["first_response_by_team"].told()
    assert (a["team"], a["count"], a["median"], a["p90"], a["mean"]) == ("a", 3, 1_200, 6_000, 2_600)
    assert (b["team"], b["count"], b["median"]) == ("b", 1, 1_800)


def test_a_first_response_counts_when_it_was_given_and_a_solution_without_words_is_none() -> None:
    end = 7 * DAY
    rows = [
        ticket(1, -100, run(FIRST, -100, 10), first_responded_at=at(10)),  # begun before the period
        ticket(2, -100, run(FIRST, -100, -1), first_responded_at=at(-1)),  # answered before it
        ticket(3, 0, run(FIRST, 0, end), first_responded_at=at(end)),  # its end is no longer part of it
        ticket(4, 0, run(FIRST, 0, 50), status="closed"),  # closed without an answer
        ticket(
            5, 0, run(FIRST, 0, 50), first_responded_at=at(90)
        ),  # closed without one, answered when it was open again
        ticket(6, 0, run(FIRST, 0, ended=50), status="open"),  # was called spam
        ticket(7, 0, run(FIRST, 0)),  # waits
    ]
    found = only(tables(FIRST, rows)[FIRST])
    assert (found["count"], found["median"]) == (1, 110 * 60)
    assert only(tables(FIRST, [])[FIRST]) == dict.fromkeys(found, None) | {"count": 0}


def test_each_answer_to_a_customer_who_waits_again_is_a_next_response() -> None:
    row = ticket(1, 0, run(FIRST, 0, 5), run(NEXT, 10, 40), run(NEXT, 50, 60), first_responded_at=at(5))
    found = only(tables(NEXT, [row])[NEXT])
    assert (found["count"], found["median"], found["mean"]) == (2, 20 * 60, 20 * 60)  # 30 and 10 minutes


def test_what_was_solved_without_an_answer_is_no_next_response_but_solved_with_one_it_is() -> None:
    def solved(number: int) -> object:
        return ticket(number, 0, run(NEXT, 10, 40), run(SOLVED, 0, 40), status="solved")

    rows = [solved(1), solved(2)]
    found = tables(NEXT, rows, [deed("answered", 40, 1), deed("solved", 40, 2)])  # type: ignore[arg-type]
    assert only(found[NEXT])["count"] == 1


def test_a_reopened_ticket_has_a_solution_of_its_own_and_the_first_stays_as_it_was() -> None:
    first = run(SOLVED, 0, 60, worked=1_800)
    before = only(tables(SOLVED, [ticket(1, 0, first, status="solved")])[SOLVED])
    again = ticket(1, 0, first, run(SOLVED, 3 * DAY, 3 * DAY + 20, worked=600), status="solved")
    # In the day of the first solution nothing has changed; over the week there are two, of 60 and 20 minutes.
    assert only(tables(SOLVED, [again], of=scope(until=DAY))[SOLVED]) == before
    week = only(tables(SOLVED, [again])[SOLVED])
    assert (week["count"], week["mean"], week["worked_mean"]) == (2, 40 * 60, 1_200)


def test_targets_are_decided_once_when_they_are_met_or_when_their_time_is_over() -> None:
    rows = [
        ticket(1, 0, run(FIRST, 0, 30, target=3_600.0, policy="std"), team="a"),  # in time
        ticket(2, 0, run(FIRST, 0, 90, target=3_600.0, policy="std", late=60), team="a"),  # answered too late
        ticket(3, 0, run(FIRST, 0, target=3_600.0, policy="std", late=60), team="b"),  # late, and still waits
        ticket(4, 0, run(FIRST, 0, target=3_600.0, policy="std"), team="b"),  # its time is not over
        ticket(5, 0, run(FIRST, 0, ended=90, target=3_600.0, policy="std", late=60)),  # turned out to be spam
        ticket(6, 0, run(FIRST, 0, 30)),  # nobody set a target
        ticket(7, 0, run(SOLVED, 0, 9 * DAY, target=60.0, policy="vip", late=1), team="a"),  # ran out in the period
        ticket(8, -DAY, run(SOLVED, -DAY, 5, target=60.0, policy="vip", late=-DAY + 1)),  # had run out before it
    ]
    found = tables("sla", rows)
    # Of 4 decided 1 was in time: 25 %.
    assert only(found["sla"]) == {"decided": 4, "in_time": 1, "missed": 3, "attainment": 0.25}
    clocks = {row["clock"]: row for row in found["sla_by_clock"].told()}
    assert (clocks[FIRST]["decided"], clocks[FIRST]["attainment"]) == (3, 0.3333)
    assert (clocks[SOLVED]["decided"], clocks[SOLVED]["in_time"]) == (1, 0)
    assert clocks[NEXT] == {"clock": NEXT, "decided": 0, "in_time": 0, "missed": 0, "attainment": None}
    assert [(row["policy"], row["decided"]) for row in found["sla_by_policy"].told()] == [("std", 3), ("vip", 1)]
    assert [(row["team"], row["in_time"]) for row in found["sla_by_team"].told()] == [("a", 1), ("b", 0)]


def test_what_was_opened_again_is_told_of_the_solutions_of_the_period_and_of_the_reopenings_in_it() -> None:
    rows = [
        ticket(1, 0, run(SOLVED, 0, 10)),
        ticket(2, 0, run(SOLVED, 0, 10), run(SOLVED, 20)),  # solved and opened again in the period
        ticket(3, 0, run(SOLVED, 0, 10), run(SOLVED, 9 * DAY)),  # opened again after it
        ticket(4, -DAY, run(SOLVED, -DAY, -5), run(SOLVED, 5, 8)),  # solved before, opened again and solved in it
        ticket(5, 0, run(SOLVED, 0, ended=10), run(SOLVED, 20)),  # was called spam, and was none
    ]
    # Solutions: 1, 2, 3, and the second of 4. Of these 2 and 3 did not last. Opened again in the period: 2 and 4.
    assert only(tables("reopened", rows)["reopened"]) == {"solutions": 4, "again": 2, "reopenings": 2, "rate": 0.5}
