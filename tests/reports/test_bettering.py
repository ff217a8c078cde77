"""Preventive actions, quality reviews, improvement actions and what grows, against cases that are reckoned by hand."""

from shared.reports import Improving, Judged, Prevention, Report
from shared.reports.recurring import COMMON, growth, stem, terms
from tests.reports.making import DAY, at, only, scope, tables, ticket


def test_preventive_actions_are_open_until_somebody_has_verified_them() -> None:
    report = Report(["prevention"], scope())
    report.preventions(
        [
            Prevention(1, "seals", "Ewa", at(60), team="a"),  # due in the period: overdue at its end
            Prevention(2, "pumps", "Jan", at(9 * DAY), team="a"),  # due later
            Prevention(3, "bolts", verified_at=at(5), team="b"),
            Prevention(4, "nuts", verified_at=at(8 * DAY)),  # verified after the period: open at its end
            Prevention(5, "oil", verified_at=at(-5)),  # before it
        ]
    )
    found = {table.name: table for table in report.tables()}
    assert only(found["prevention"]) == {"open": 3, "overdue": 1, "verified": 1}
    assert [(row["team"], row["open"]) for row in found["prevention_by_team"].told()] == [("a", 2), ("", 1), ("b", 0)]
    assert [row["ticket"] for row in found["prevention_by_open"].told()] == [1, 2, 4]


def test_reviews_are_averaged_by_agent_team_and_criterion_the_lowest_first() -> None:
    report = Report(["quality"], scope())
    report.reviews(
        [
            Judged(1, "anna", "a", at(1), 0.5, {"polite": 1.0, "correct": 0.0}),
            Judged(2, "anna", "a", at(2), 1.0, {"polite": 1.0}),
            Judged(3, "piotr", "a", at(3), 0.25, {"correct": 0.5}),
            Judged(4, "piotr", "a", at(-3), 1.0, {"correct": 1.0}, drawn_at=at(-9)),  # of the week before
            Judged(5, "anna", "a", None, None, drawn_at=at(4)),  # drawn, and left
            Judged(6, "ewa", "b", at(8 * DAY), 1.0, {"correct": 1.0}, drawn_at=at(5)),  # finished after the period
            Judged(7, "ewa", "b", None, None, drawn_at=at(8 * DAY)),  # drawn after it
        ]
    )
    found = {table.name: table for table in report.tables()}
    # (0.5 + 1 + 0.25) / 3 = 0.5833; 5 and 6 were drawn and not finished when the period ended.
    assert only(found["quality"]) == {"reviews": 3, "mean": 0.5833, "lowest": 0.25, "left": 2}
    assert [(row["agent"], row["mean"], row["left"]) for row in found["quality_by_agent"].told()] == [
        ("piotr", 0.25, 0),
        ("anna", 0.75, 1),
        ("ewa", None, 1),
    ]
    assert [(row["team"], row["reviews"], row["left"]) for row in found["quality_by_team"].told()] == [
        ("a", 3, 1),
        ("b", 0, 1),
    ]
    assert [(row["criterion"], row["reviews"], row["mean"]) for row in found["quality_by_criterion"].told()] == [
        ("correct", 2, 0.25), ("polite", 2, 1.0),
    ]  # fmt: skip


def test_improvement_actions_are_counted_by_status_and_those_done_in_the_period() -> None:
    report = Report(["improvements"], scope())
    report.improvements(
        [
            Improving("training", "accepted", at(-5), due=at(1)),  # overdue
            Improving("training", "in_progress", at(0), due=at(9 * DAY)),
            Improving("tool", "done", at(-5), due=at(1), done_at=at(2)),
            Improving("tool", "done", at(-9), done_at=at(-2)),  # done before
            Improving("article", "proposed", at(8 * DAY)),  # proposed later
        ]
    )
    found = {table.name: table for table in report.tables()}
    assert only(found["improvements"]) == {"actions": 4, "overdue": 1, "finished": 1}
    assert [row["actions"] for row in found["improvements_by_status"].told()] == [0, 1, 1, 2, 0]
    kinds = {row["kind"]: (row["accepted"], row["done"]) for row in found["improvements_by_kind"].told()}
    assert kinds == {"training": (1, 0), "tool": (0, 2), "article": (0, 0), "process": (0, 0)}


def test_what_grows_is_told_with_its_newest_tickets_and_what_is_always_there_is_not() -> None:
    rows = [ticket(100 + n, n, words="Please help, the valve has a leak", category="technical") for n in range(6)]
    rows += [ticket(n, -1 - n, words="a leak, thank you", category="technical") for n in range(1, 6)]
    rows += [ticket(50, -9, words="valves", category="order")]
    found = tables("recurring", rows)
    # "valve": 6 now, 1 before: (6 - 1) / sqrt(1) = 5. "leak": 6 now, 5 before: 1 / sqrt(5) = 0.45, which grows too little.
    (valve,) = found["recurring"].told()
    assert valve == {
        "term": "valve",
        "now": 6,
        "before": 1,
        "growth": 5,
        "examples": "T-105, T-104, T-103, T-102, T-101",
    }
    categories = {row["category"]: (row["now"], row["before"]) for row in found["recurring_by_category"].told()}
    assert categories == {"technical": (6, 5), "order": (0, 1)}


def test_a_longer_period_before_lets_expect_less_of_this_one() -> None:
    assert growth(8, 16, 0.25) == 2.0  # 16 in four weeks let expect 4 in one: (8 - 4) / sqrt(4)
    assert growth(3, 0, 1.0) == 3.0
    assert growth(1, 4, 1.0) < 0


def test_words_are_compared_by_their_beginnings_and_say_nothing_of_people() -> None:
    assert stem("Faktury") == stem("fakturą") == stem("FAKTURAMI")
    assert stem("pompa") == stem("Pompę") == stem("pompy")
    assert stem("valve") == stem("valves")
    assert stem("contract") != stem("control")
    assert stem("żaden") == stem("please") == stem("molim") == stem("ok") == stem("2026") == ""
    text = (
        "Write to ana@client.example or call +48 600 700 800, see https://shop.example/x?y=1: boiler, Boilers and E42"
    )
    assert [word for _, word in terms(text)] == ["call", "boiler", "e42"]
    assert all(word == word.lower() and len(word) > 1 for word in COMMON)
