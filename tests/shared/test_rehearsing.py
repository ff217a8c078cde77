"""Rehearsing rules: tickets are taken back to what they were at each moment, and nothing is told that deciding would not have done."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.messages.automation import PastMoment, PastTicket
from shared.rehearsing import Run, rehearse
from shared.ruling import Known, prepare
from shared.settings.rules import Rule

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def moment(hour: float, what: str, text: str = "", **data: Any) -> PastMoment:
    return PastMoment(what=what, at=START + timedelta(hours=hour), data=data, text=text)


LIFE = [
    moment(0, "ticket_opened", "It leaks.", category="general", priority="normal", team=None),
    moment(1, "ticket_changed", fields=["category", "tags"], changes={"category": ["general", "technical"], "tags": [[], ["wet"]]}),
    moment(2, "status_changed", **{"from": "new", "to": "open"}),
    moment(5, "status_changed", **{"from": "open", "to": "solved"}),
    moment(9, "message_received", "Still leaks!"),
    moment(9, "status_changed", **{"from": "solved", "to": "open"}),
]  # fmt: skip
TICKET = PastTicket(
    number=1001, subject="Pump", status="open", channel="email", inbox="support", language="en", priority="normal",
    category="technical", tags=["wet"], reopened=1, problem="It leaks.", points=["ana@customer.example"],
    created_at=START, moments=LIFE,
)  # fmt: skip


def runs(*rules: dict[str, Any], hours: float = 20) -> list[Run]:
    prepared = [prepare(Rule.model_validate(each), {}) for each in rules]
    return list(rehearse([TICKET], prepared, Known(), START + timedelta(hours=hours)))


def rule(on: Any, when: dict[str, Any], name: str = "r", **more: Any) -> dict[str, Any]:
    then = more.pop("then", {"tags": "seen"})
    return {"name": name, "on": on, "if": when, "then": then, **more}


def hours(found: list[Run]) -> list[float]:
    return [(run.at - START) / timedelta(hours=1) for run in found]


def test_a_ticket_is_what_it_was_at_each_moment() -> None:
    assert hours(runs(rule("opened", {"category": "general", "status": "new"}))) == [0]
    assert runs(rule("opened", {"category": "technical"})) == []
    assert hours(runs(rule("changed", {"category": "technical", "tags": "wet", "status": "new"}))) == [1]
    assert hours(runs(rule("status", {"status": "open"}))) == [2, 9]
    assert hours(runs(rule("status", {"reopened": 1}))) == [9]
    assert hours(runs(rule("message", {"words": "still"}))) == [9]


def test_a_rule_s_time_is_counted_while_its_conditions_hold() -> None:
    open_for = rule("timer", {"status": "open"}, after="4h")
    assert hours(runs(open_for)) == [13], "three hours open, then solved, then open again for long enough"
    assert runs(open_for, hours=12) == []
    assert hours(runs(rule("timer", {"status": "open"}, after="2h"))) == [4, 11]


def test_what_a_rule_would_do_is_seen_behind_it_and_what_is_so_already_is_left_out() -> None:
    found = runs(
        rule("opened", {"priority": "urgent"}, "before"),
        rule("opened", {}, "first", then={"priority": "urgent", "category": "general"}),
        rule("changed", {"priority": "urgent", "status": "new"}, "behind", then={"note": "!"}),
    )
    assert [(run.rule, run.on, run.did) for run in found if run.at == START] == [
        ("first", "opened", {"priority": "urgent"}),
        ("behind", "changed", {"note": True}),
    ]


def test_stop_and_the_day_s_limit_count_as_they_do_in_earnest() -> None:
    stopped = runs(rule("opened", {}, "one", stop=True), rule("opened", {}, "two"))
    assert [run.rule for run in stopped] == ["one"]
    assert hours(runs(rule("status", {}, most_per_day=2))) == [2, 5]
