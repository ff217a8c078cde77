"""Rules: which run on what and why, what they do, what they leave alone, and that they end whatever they say."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.deciding.commands import Refused
from services.router.deciding.life import inbound_needs
from shared.messages.command import Assign, Change, Close, Note, Reply, Solve
from shared.messages.facts import FactsRequest
from tests.router.life.automated import Automated, policy, rule
from tests.router.life.recordworld import hours
from tests.router.talking import ANA
from tests.router.world import START

ERROR = {"subject": "Error 5", "text": "There is an error."}


def world(*rules: dict[str, Any], **more: Any) -> Automated:
    return Automated(policy=policy(*rules, **more))


CONDITIONS = [
    ({}, True),
    ({"category": "technical"}, True),
    ({"category": ["billing", "order"]}, False),
    ({"priority": ["high", "urgent"]}, False),
    ({"priority": "medium"}, True),
    ({"team": "technical"}, True),
    ({"team": "none"}, False),
    ({"inbox": "support", "channel": "email"}, True),
    ({"channel": ["sms", "chat"]}, False),
    ({"status": "new"}, True),
    ({"status": ["closed", "open"]}, False),
    ({"language": "en"}, True),
    ({"language": "pl"}, False),
    ({"contact": "@customer.example"}, True),
    ({"contact": ["other.example"]}, False),
    ({"sender": "ANA@customer.example"}, True),
    ({"sender": "bo@customer.example"}, False),
    ({"domain": "customer.example"}, True),
    ({"domain": "example"}, False),
    ({"words": ["errors", "error"]}, True),
    ({"words": "invoice"}, False),
    ({"patterns": r"error \d"}, True),
    ({"patterns": r"^\d+$"}, False),
    ({"assignee": "none"}, True),
    ({"assignee": ["any", "anna@acme.example"]}, False),
    ({"kind": "complaint"}, False),
    ({"reopened": 1}, False),
    ({"tags": "vip"}, False),
    ({"hours": "inside"}, True),
    ({"hours": "outside"}, False),
    ({"hours": "outside", "hours_of": "nights"}, True),
    ({"importance": "normal"}, True),
    ({"importance": ["high"]}, False),
    ({"category": "technical", "words": "error", "language": "pl"}, False),
]


@pytest.mark.parametrize(("when", "holds"), CONDITIONS)
def test_each_stated_condition_must_hold(when: dict[str, Any], holds: bool) -> None:
    there = world(rule("seen", when=when, tags="seen"))
    number = there.opened(**ERROR)
    assert (there.ran() == ["seen"]) is holds
    assert there.ticket(number).tags == (["seen"] if holds else [])


def test_why_a_rule_ran_is_in_the_audit_trail() -> None:
    there = world(rule("vip", when={"domain": "customer.example", "words": "error"}, priority="high", team="billing"))
    number = there.opened(**ERROR)
    (event,) = there.runs(number)
    assert (event.actor, event.data["rule"], event.data["on"]) == ("rule:vip", "vip", "opened")
    assert event.data["why"] == ["domain = customer.example", "words = error"]
    assert event.reason == "domain = customer.example; words = error"
    assert event.data["did"] == {"priority": "high", "team": "billing"}
    assert (there.ticket(number).priority, there.ticket(number).team) == ("high", "billing")


def test_what_happens_makes_the_rules_for_it_run() -> None:
    names = ("opened", "message", "replied", "status", "changed")
    there = world(*(rule(name, on=name, note=f"on {name}") for name in names))
    first = there.mails("It leaks.")
    assert there.ran() == ["opened"]
    number = there.number_of(first)
    there.mails("Still.", refs=(first,))
    assert there.ran()[1:] == ["message"]
    there.act(Reply(number=number, text="Which one?"))
    assert there.ran()[2:] == ["replied", "status"]
    there.act(Change(number=number, fields={"priority": "high"}))
    assert there.ran()[4:] == ["changed"]
    there.act(Note(number=number, text="hm"))
    assert len(there.ran()) == 5


def test_an_automatic_message_makes_no_rule_run() -> None:
    there = world(rule("answered", on="message", tags="answered"))
    first = there.mails("It leaks.")
    there.mails("I am away.", refs=(first,), automatic="auto-reply")
    assert there.ran() == []


def test_what_a_rule_changes_is_seen_further_down_and_never_further_up() -> None:
    there = world(
        rule("last", when={"tags": "b"}, tags="c"),
        rule("first", tags="a"),
        rule("second", when={"tags": "a"}, tags="b"),
        rule("third", on="changed", when={"tags": "b"}, priority="urgent"),
    )
    number = there.opened(**ERROR)
    assert there.ran() == ["first", "second", "third"]
    assert there.ticket(number).tags == ["a", "b"]


def test_stop_ends_it() -> None:
    there = world(rule("first", tags="a", stop=True), rule("second", tags="b"))
    assert there.ticket(there.opened(**ERROR)).tags == ["a"]


def test_a_rule_runs_only_so_often_a_day() -> None:
    there = world(rule("counted", on="message", note="again", most_per_day=2))
    first = there.mails("It leaks.")
    for _ in range(4):
        there.mails("Still.", refs=(first,))
    assert there.ran() == ["counted"] * 2
    there.mails("Still.", refs=(first,), after=24 * 60)
    assert there.ran() == ["counted"] * 3


def test_everything_that_can_be_done_is_done() -> None:
    there = world(
        rule(
            "all",
            category="billing",
            kind="complaint",
            priority="urgent",
            assignee="Billing@acme.example",
            tags=["a", "b"],
            untag="a",
            note="Look at this.",
            notify=["lawyers"],
            escalate="lawyers",
            status="on_hold",
        )
    )
    ticket = there.ticket(there.opened(**ERROR))
    assert (ticket.category, ticket.kind, ticket.priority, ticket.status) == (
        "billing",
        "complaint",
        "urgent",
        "on_hold",
    )
    assert ticket.tags == ["b"]
    assert ticket.team == "lawyers", "escalated there after all else"
    assert "Look at this." in [note.text for note in there.notes()]
    told = {(each.template, each.to[0].address) for each in there.told("agent.rule")}
    assert told == {("agent.rule", "lawyers@acme.example")}
    assert there.trail(1001, "escalated")


def test_the_team_of_another_category_gets_it() -> None:
    there = world(rule("sorted", category="billing"))
    assert there.ticket(there.opened(**ERROR)).team == "billing"


def test_a_rule_puts_off_and_the_ticket_wakes_again() -> None:
    there = world(rule("later", snooze="3h"))
    number = there.opened(**ERROR)
    assert there.ticket(number).status == "on_hold"
    there.until(START + hours(4))
    assert there.ticket(number).status == "new"


def test_what_is_not_possible_is_left_and_said() -> None:
    there = world(rule("closing", on="message", status="on_hold"), rule("shut", on="status", status="pending"))
    number = there.opened(**ERROR)
    there.act(Close(number=number))
    assert there.runs(number)[0].data["skipped"] == {"status": "a closed ticket can become open, spam, not pending"}


@pytest.mark.parametrize("field", ["category", "priority", "kind", "team"])
def test_a_person_s_correction_is_kept_and_no_rule_undoes_it(field: str) -> None:
    theirs = {"category": "order", "priority": "low", "kind": "service", "team": "lawyers"}
    ours = {"category": "billing", "priority": "urgent", "kind": "complaint", "team": "billing"}
    there = world(rule("again", on=["opened", "replied"], **{field: ours[field]}))
    number = there.opened(**ERROR)
    assert getattr(there.ticket(number), field) == ours[field]
    there.act(Change(number=number, fields={field: theirs[field]}))
    there.act(Reply(number=number, text="Done."))
    assert getattr(there.ticket(number), field) == theirs[field]
    assert there.runs(number)[-1].data["skipped"] == {field: "corrected by agent:anna@acme.example"}
    if field != "team":
        (event,) = there.trail(number, f"{field}_corrected")
        assert event.data == {"from": ours[field], "to": theirs[field], "by": "agent:anna@acme.example"}


def test_a_rule_waits_until_its_conditions_have_held_for_its_time() -> None:
    there = world(
        rule("forgotten", on="timer", after="2h", when={"assignee": "none", "status": "new"}, priority="high")
    )
    number, other = there.opened(**ERROR), there.opened(subject="Other", text="Error.")
    there.until(START + hours(1))
    there.act(Assign(number=other, to={"agent": "anna@acme.example"}))
    there.until(START + hours(3))
    assert [event.ticket_id for event in there.runs()] == [there.ticket(number).ticket_id]
    assert there.runs()[0].at == START + hours(2)
    assert (there.ticket(number).priority, there.ticket(other).priority) == ("high", "normal")
    there.until(START + hours(48))
    assert there.ran() == ["forgotten"], "once, as long as nothing has changed"


def test_its_time_begins_anew_when_its_conditions_hold_again() -> None:
    there = world(rule("waits", on="timer", after="2h", when={"status": "open"}, tags="late"))
    number = there.opened(**ERROR)
    there.act(Reply(number=number, text="We look."))
    there.until(START + hours(1))
    there.act(Change(number=number, fields={"status": "pending"}))
    there.until(START + hours(5))
    assert there.ran() == []
    there.act(Change(number=number, fields={"status": "open"}))
    there.until(START + hours(6.9))
    assert there.ran() == []
    there.until(START + hours(7.1))
    assert there.ran() == ["waits"]


def test_a_rule_for_working_hours_whose_time_is_over_at_night_waits_for_the_morning() -> None:
    # 2 March 2026 is a Monday; the office is open until 16:00 UTC.
    there = world(rule("day", on="timer", after="10h", when={"hours": "inside"}, tags="late"))
    there.opened(**ERROR)
    there.until(START + hours(40))
    (event,) = there.runs()
    assert event.at == START.replace(day=3, hour=7)


def test_what_a_timed_rule_changes_is_seen_only_further_down() -> None:
    there = world(
        rule("before", on="changed", tags="no"),
        rule("timed", on="timer", after="1h", priority="high"),
        rule("behind", on="changed", tags="yes"),
    )
    number = there.opened(**ERROR)
    there.until(START + hours(2))
    assert there.ran() == ["timed", "behind"]
    assert there.ticket(number).tags == ["yes"]


def test_a_macro_s_text_goes_to_the_customer_once_with_the_acknowledgement() -> None:
    macro = {"name": "hello", "text": {"en": "We look after {number}, {company}."}, "then": {"tags": "greeted"}}
    there = world(rule("greets", macro="hello"), macro=[macro])
    there.mails("Error 5")
    (mail,) = there.to_customer()
    assert [each.template for each in mail.postscripts][:1] == ["rule.message"]
    assert there.one.tags == ["greeted"]


def test_spam_is_left_alone_by_rules_that_do_not_name_it() -> None:
    there = world(
        rule("any", on="status", tags="seen"), rule("spam", on="status", when={"status": "spam"}, tags="junk")
    )
    number = there.opened(**ERROR)
    there.act(Change(number=number, fields={"status": "spam"}))
    assert there.ticket(number).tags == ["junk"]


def test_an_imported_message_makes_no_rule_run() -> None:
    there = world(rule("any", tags="seen"))
    there.mails("It leaks.", imported=True)
    assert there.ran() == []


def test_known_customers_have_their_importance() -> None:
    customers = [
        {"name": "Big", "domains": ["big.example"], "importance": "urgent"},
        {"name": "Ana", "addresses": [ANA], "importance": "high"},
    ]
    there = world(rule("vip", when={"importance": ["high", "urgent"]}, tags="vip"), customer=customers)
    there.mails("Hello", sender="bo@big.example")
    there.says("Hello")
    there.mails("Hello", sender="c@small.example")
    assert [ticket.tags for ticket in there.state.tickets.values()] == [["vip"], ["vip"], []]
    assert [ticket.priority for ticket in there.state.tickets.values()] == ["urgent", "high", "normal"]


NAMES = [f"r{each}" for each in range(5)]
ANY_DEEDS = st.fixed_dictionaries(
    {"note": st.just("x")},
    optional={
        "priority": st.sampled_from(["low", "high", "urgent"]),
        "category": st.sampled_from(["billing", "technical"]),
        "team": st.sampled_from(["billing", "lawyers", "none"]),
        "assignee": st.sampled_from(["a@acme.example", "none"]),
        "tags": st.sampled_from(["a", "b"]),
        "untag": st.sampled_from(["a", "b"]),
        "status": st.sampled_from(["open", "pending", "solved", "closed", "on_hold"]),
        "escalate": st.sampled_from(["lawyers", "technical"]),
    },
)
ANY_WHEN = st.fixed_dictionaries(
    {},
    optional={
        "priority": st.sampled_from(["low", "high"]),
        "status": st.sampled_from(["new", "open", "pending"]),
        "tags": st.sampled_from(["a", "b"]),
        "assignee": st.sampled_from(["none", "any"]),
    },
)


@st.composite
def any_rules(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for name in NAMES[: draw(st.integers(1, 5))]:
        on = draw(st.lists(st.sampled_from(["opened", "message", "replied", "status", "changed", "timer"]), min_size=1))
        after = {"after": draw(st.sampled_from(["1m", "1h"]))} if "timer" in on else {}
        found.append(rule(name, list(dict.fromkeys(on)), draw(ANY_WHEN), **draw(ANY_DEEDS), **after, most_per_day=3))
    return found


def _step(there: Automated, step: str, first: str, number: int) -> None:
    if step == "mail":
        there.mails("More.", refs=(first,))
    elif step == "reply":
        there.act(Reply(number=number, text="Yes."))
    elif step == "solve":
        there.act(Solve(number=number, summary="Done."))
    else:
        there.until(there.now + timedelta(hours=3))


@settings(max_examples=40, deadline=None)
@given(any_rules(), st.lists(st.sampled_from(["mail", "reply", "solve", "wait"]), max_size=5))
def test_rules_end_whatever_they_say(rules: list[dict[str, Any]], steps: list[str]) -> None:
    there = world(*rules)
    first = there.mails("It leaks.")
    number = there.number_of(first)
    for step in steps:
        before = len(there.changesets)
        with suppress(Refused):  # a ticket that rules have closed cannot be solved
            _step(there, step, first, number)
        for changeset in there.changesets[before:]:
            ran = [
                each.data["rule"] for each in changeset.operations if each.op == "add_event" and each.what == "rule_ran"
            ]
            assert ran == sorted(set(ran)), "each once for a cause, in their order"
    per_day: dict[tuple[str, str], int] = {}
    for event in there.runs(number):
        day = (event.data["rule"], f"{event.at:%Y-%m-%d}")
        per_day[day] = per_day.get(day, 0) + 1
    assert max(per_day.values(), default=0) <= 3
    assert len(there.changesets) < 400


def test_a_timed_rule_looks_at_what_the_ticket_is_about_whatever_was_said_since() -> None:
    there = world(rule("leak", on="timer", after="3h", when={"words": "leaks"}, tags="wet"))
    first = there.mails("It leaks.")
    there.mails("Hello?", refs=(first,), after=60)
    there.until(START + hours(4))
    assert there.ran() == ["leak"]


def test_whoever_a_rule_gives_a_ticket_to_is_known_so_that_the_customer_is_told_their_name() -> None:
    macro = {"macro": [{"name": "take", "then": {"assignee": "anna@acme.example"}}]}
    for rules, more, asked in (
        ([rule("give", assignee="anna@acme.example")], {}, True),
        ([rule("take", macro="take")], macro, True),
        ([rule("nobody", assignee="none")], {}, False),
        ([rule("mark", tags=["x"])], {}, False),
    ):
        assert inbound_needs(FactsRequest(), policy(*rules, **more)).staff is asked


def test_a_rule_for_changes_is_for_what_tickets_are_sorted_by_and_nothing_else() -> None:
    here = world(rule("mark", on="changed", tags=["changed"]))
    number = here.opened(**ERROR)
    here.act(Change(number=number, fields={"product": "P100", "details": "At night"}))
    here.act(Change(number=number, fields={"notify_by": "email", "priority": here.ticket(number).priority}))
    assert here.runs(number) == []
    here.act(Change(number=number, fields={"priority": "high"}))
    assert [run.data["rule"] for run in here.runs(number)] == ["mark"]
