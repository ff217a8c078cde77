"""Satisfaction, the work of agents, the classifier and the overview, against cases that are reckoned by hand."""

from shared.reports import Suggested
from shared.reports.rows import suggested_of
from tests.reports.making import DAY, deed, only, run, tables, ticket


def test_satisfaction_counts_the_last_answer_of_each_solution() -> None:
    deeds = [
        deed("rated", 1, 1, score=2, team="a"),
        deed("rated", 2, 1, score=2, team="a", words="too slow"),  # words are added to the same answer
        deed("rated", 3, 2, score=5, team="b"),
        deed("reopened", 4, 1),
        deed("rated", 5, 1, score=4, team="a"),  # of the second solution
        deed("rated", 6, 3, team="b", words="who knows"),  # words only
        deed("rated", 8 * DAY, 4, score=1),  # later
    ]
    found = tables("satisfaction", deeds=deeds)
    # 2, 5 and 4: mean 11 / 3 = 3.67; 5 and 4 are satisfied: 2 of 3.
    whole = only(found["satisfaction"])
    assert whole == {"answers": 3, "mean": 3.67, "satisfied": 2, "satisfied_share": 0.6667}
    scores = {row["score"]: (row["answers"], row["share"]) for row in found["satisfaction_by_score"].told()}
    assert scores == {"1": (0, 0), "2": (1, 0.3333), "3": (0, 0), "4": (1, 0.3333), "5": (1, 0.3333)}
    teams = {row["team"]: (row["answers"], row["mean"]) for row in found["satisfaction_by_team"].told()}
    assert teams == {"a": (2, 3), "b": (1, 5)}
    words = [(row["ticket"], row["words"]) for row in found["satisfaction_by_words"].told()]
    assert words == [(3, "who knows"), (1, "too slow")]


def test_agents_are_told_with_what_they_answered_solved_and_held_at_the_end() -> None:
    deeds = [
        deed("answered", 1, 1, who="anna"), deed("answered", 2, 2, who="anna"), deed("solved", 2, 2, who="anna"),
        deed("answered", 3, 3, who="token:crm"), deed("solved", 4, 4), deed("answered", -1, 5, who="anna"),
    ]  # fmt: skip
    rows = [
        ticket(1, 0, run("resolution", 0), agent="anna"),
        ticket(2, 0, run("resolution", 0, 2), status="solved", agent="anna"),
        ticket(6, 0, run("resolution", 0), agent="piotr"),
        ticket(7, 0, run("resolution", 0)),
    ]
    found = tables("workload", rows, deeds)
    agents = {row["agent"]: (row["answers"], row["solved"], row["held"]) for row in found["workload_by_agent"].told()}
    assert agents == {"anna": (2, 1, 1), "token:crm": (1, 0, 0), "piotr": (0, 0, 1)}
    # What a timer solved is nobody's.
    assert only(found["workload"]) == {"answers": 3, "solved": 1, "held": 2}


def test_the_classifier_is_right_where_the_ticket_has_by_now_what_it_said() -> None:
    def suggested(model: str, right: bool, decided: bool) -> Suggested:
        return Suggested(model, "category", decided, right)

    rows = [
        ticket(1, 0, touched=True, suggested=[suggested("m1", True, True)]),
        ticket(2, 0, touched=True, suggested=[suggested("m1", False, True), Suggested("m1", "team", False, True)]),
        ticket(3, 0, touched=True, suggested=[suggested("m2", True, False)]),
        ticket(4, 0, touched=False, suggested=[suggested("m2", False, True)]),  # nobody has looked at it
        ticket(5, -1, touched=True, suggested=[suggested("m2", False, True)]),  # came before
    ]
    found = tables("classifier", rows)
    category, team = found["classifier"].told()
    # Of 3 suggestions 2 were right; 2 decided, 1 of them rightly.
    assert (category["suggested"], category["right"], category["accuracy"]) == (3, 2, 0.6667)
    assert (category["decided"], category["decided_right"], category["decided_accuracy"]) == (2, 1, 0.5)
    assert (team["target"], team["accuracy"], team["decided_accuracy"]) == ("team", 1, None)
    models = [(row["target"], row["model"], row["right"]) for row in found["classifier_by_model"].told()]
    assert models == [("category", "m1", 1), ("category", "m2", 1), ("team", "m1", 1)]


def test_the_overview_says_what_the_figures_say() -> None:
    rows = [ticket(1, 0, run("resolution", 0, 60, worked=600, target=900.0), status="solved"), ticket(2, 5)]
    deeds = [deed("rated", 70, 1, score=5)]
    values = {row["figure"]: (row["unit"], row["value"]) for row in tables("summary", rows, deeds)["summary"].told()}
    assert values["opened"] == ("count", 2)
    assert values["solutions"] == ("count", 1)
    assert values["open"] == ("count", 1)
    assert values["resolution_median"] == ("seconds", 3_600)
    assert values["resolution_worked_median"] == ("seconds", 600)
    assert values["attainment"] == ("share", 1)
    assert values["reopen_rate"] == ("share", 0)
    assert values["satisfaction"] == ("score", 5)
    assert values["first_response_median"] == ("seconds", None)


def test_a_suggestion_that_was_dismissed_was_wrong_whatever_the_ticket_has() -> None:
    said = {"value": "order", "model": "m", "decided": False}
    state = {"suggested": {"category": said, "team": said | {"dismissed_by": "agent:anna"}, "mood": said}}
    found = suggested_of(state, {"category": "order", "team": "order"})
    assert [(each.target, each.right) for each in found] == [("category", True), ("team", False)]
