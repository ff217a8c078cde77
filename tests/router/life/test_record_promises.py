"""Promises, tasks and preventive actions are watched: somebody is warned before, told when it is too late, and of what is done nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.router.deciding.commands import Refused
from services.router.deciding.life.promises import written
from shared.messages import record as r
from shared.messages.command import Change, MarkSpam, NotSpam
from shared.messages.life import StaffFact
from shared.settings.policy import Team
from shared.settings.record import Record
from tests.router.life.recordworld import Passing, hours
from tests.router.world import START, policy

OPS = "ops@acme.example"


def world(**changes: Any) -> Passing:
    """Anna, Ewa and Piotr are agents."""
    here = Passing(policy=replace(policy(**changes), alerts=(OPS,)))
    for name in ("anna", "ewa", "piotr"):
        here.state.staff[f"{name}@acme.example"] = StaffFact(
            agent_id=f"id-{name}", email=f"{name}@acme.example", name=name
        )
    return here


def promised(here: Passing, span: float = 24, **fields: Any) -> int:
    number = here.opened()
    if fields:
        here.act(Change(number=number, fields=fields))
    here.act(r.AddPromise(number=number, what="A new pump", due=here.now + hours(span)))
    return number


def change(here: Passing, number: int, reason: str = "", **fields: Any) -> None:
    entry = here.entries(number)[-1]
    here.act(r.ChangeEntry(number=number, entry_id=entry.entry_id, fields=fields, reason=reason))


def addresses(here: Passing, template: str) -> list[str]:
    return [each.to[0].address for each in here.told(template)]


def test_whoever_has_the_ticket_is_warned_before_a_promise_is_due_and_told_when_it_is_broken() -> None:
    here = world()
    number = promised(here, assignee="piotr@acme.example")
    here.until(START + hours(19))
    assert here.told("record.promise_due") == []
    here.until(START + hours(23))
    (warned,) = here.told("record.promise_due")
    assert (warned.to[0].address, warned.created_at) == ("piotr@acme.example", START + hours(20))
    assert warned.variables["what"] == "A new pump"
    assert "promise_broken" not in here.whats(number)
    here.until(START + hours(48))
    assert addresses(here, "record.promise_broken") == ["piotr@acme.example"]
    (entry,) = here.entries(number)
    assert (entry.data["kept"], entry.data["broken_at"]) == (False, written(START + hours(24)))
    assert [what for what in here.whats(number) if what.startswith("promise")] == ["promise_due", "promise_broken"]


def test_a_promise_that_was_kept_is_recorded_with_its_date_and_nobody_is_bothered() -> None:
    here = world()
    number = promised(here)
    here.until(START + hours(5))
    change(here, number, kept=True)
    here.until(START + hours(99))
    (entry,) = here.entries(number)
    assert (entry.data["kept"], entry.done_at) == (True, START + hours(5))
    assert here.told("record.promise_due") == here.told("record.promise_broken") == []
    assert "promise_kept" in here.whats(number)


@pytest.mark.parametrize(
    ("at", "fields", "kept"),
    [
        (5, {"done_at": 4.0}, True),
        (30, {"done_at": 23.0}, True),
        (30, {"done_at": 24.0}, True),
        (30, {"done_at": 25.0}, False),
        (30, {"done_at": 23.0, "kept": True}, True),
        (5, {"kept": False}, False),
        (30, {"kept": False, "done_at": 20.0}, False),
    ],
)
def test_whether_a_promise_was_kept_follows_from_when_it_was_done(
    at: float, fields: dict[str, Any], kept: bool
) -> None:
    here = world()
    number = promised(here)
    here.until(START + hours(at))
    given = {k: (START + hours(v)).isoformat() if k == "done_at" else v for k, v in fields.items()}
    change(here, number, **given)
    assert here.entries(number)[0].data["kept"] is kept


def test_a_promise_that_was_done_too_late_is_not_said_to_be_kept() -> None:
    here = world()
    number = promised(here)
    here.until(START + hours(30))
    with pytest.raises(Refused, match="kept: it was due"):
        change(here, number, kept=True)
    with pytest.raises(Refused, match="kept: it was due"):
        change(here, number, kept=True, done_at=(START + hours(25)).isoformat())
    change(here, number, done_at=(START + hours(25)).isoformat())
    (entry,) = here.entries(number)
    assert (entry.data["kept"], entry.done_at) == (False, START + hours(25))


def test_putting_a_promise_off_needs_a_reason_and_begins_the_watch_anew() -> None:
    here = world()
    number = promised(here)
    later = START + hours(100)
    with pytest.raises(Refused, match="reason"):
        change(here, number, due=later.isoformat())
    here.until(START + hours(30))
    change(here, number, "the part is late", due=later.isoformat())
    (entry,) = here.entries(number)
    assert (entry.data["kept"], entry.due_at) == (None, later)
    moved = entry.data["moved"][0]
    assert (moved["from"], moved["reason"], moved["by"]) == (written(START + hours(24)), "the part is late", "Anna")
    here.until(START + hours(97))
    assert len(here.told("record.promise_due")) == 2
    here.until(START + hours(101))
    assert len(here.told("record.promise_broken")) == 2
    assert here.entries(number)[0].data["broken_at"] == written(later)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"assignee": "piotr@acme.example", "team": "technical"}, ["piotr@acme.example"]),
        ({"team": "technical"}, ["ewa@acme.example", "jan@acme.example"]),
        ({"assignee": "somebody", "team": "technical"}, ["ewa@acme.example", "jan@acme.example"]),
        ({"team": "nobody"}, [OPS]),
        ({}, [OPS]),
    ],
)
def test_its_agent_is_told_else_the_team_else_the_operators(fields: dict[str, Any], told: list[str]) -> None:
    here = world(team=(Team(name="technical", members=("ewa@acme.example", "jan@acme.example")),))
    number = here.opened()
    here.ticket(number).team = None
    for name, value in fields.items():
        setattr(here.ticket(number), name, value)
    here.act(r.AddPromise(number=number, what="A new pump", due=here.now + hours(24)))
    here.until(START + hours(21))
    assert addresses(here, "record.promise_due") == told


def test_each_promise_is_watched_for_itself() -> None:
    here = world()
    number = here.opened()
    for span in (10, 24, 48):
        here.act(r.AddPromise(number=number, what=f"In {span} hours", due=START + hours(span)))
    here.until(START + hours(30))
    assert [each.data["kept"] for each in here.entries(number)] == [False, False, None]
    for template in ("record.promise_due", "record.promise_broken"):
        assert [each.variables["what"] for each in here.told(template)] == ["In 10 hours", "In 24 hours"]


def test_a_task_warns_its_owner_and_stays_silent_once_it_is_done() -> None:
    here = world()
    number = here.opened()
    here.act(r.AddTask(number=number, what="Order a seal", due=START + hours(10), owner="ewa@acme.example"))
    here.act(r.AddTask(number=number, what="Call back", due=START + hours(10)))
    here.act(r.AddTask(number=number, what="No hurry"))
    change(here, number, what="No hurry at all")
    done = here.entries(number)[1]
    here.act(r.ChangeEntry(number=number, entry_id=done.entry_id, fields={"done_at": START.isoformat()}))
    here.until(START + hours(48))
    assert addresses(here, "record.task_due") == ["ewa@acme.example"]
    assert addresses(here, "record.task_overdue") == ["ewa@acme.example"]
    assert {"task_due", "task_overdue"} <= set(here.whats(number))


def test_an_owner_who_is_none_of_ours_stands_in_the_record_and_is_told_of_nothing() -> None:
    here = world()
    number = here.opened()
    stranger = "ana@customer.example"
    here.act(r.AddTask(number=number, what="Send a seal", due=START + hours(10), owner=stranger))
    here.act(
        Change(number=number, fields={"preventive_owner": stranger, "preventive_due": (START + hours(9)).isoformat()})
    )
    here.until(START + hours(48))
    assert here.entries(number)[0].data["owner"] == stranger
    for template in ("record.task_due", "record.task_overdue", "record.prevention_due", "record.prevention_overdue"):
        assert addresses(here, template) == [OPS]


def test_a_task_that_is_taken_up_again_is_watched_again() -> None:
    here = world()
    number = here.opened()
    here.act(r.AddTask(number=number, what="Order a seal", due=START + hours(10)))
    change(here, number, done_at=START.isoformat())
    here.until(START + hours(1))
    change(here, number, done_at=None)
    here.until(START + hours(48))
    assert addresses(here, "record.task_overdue") == [OPS]


def test_a_preventive_action_is_watched_until_somebody_has_verified_it() -> None:
    here = world()
    due = START + hours(72)
    fields = {
        "preventive_action": "Better seals", "preventive_due": due.isoformat(), "preventive_owner": "ewa@acme.example"
    }  # fmt: skip
    number, other = here.opened(), here.opened()
    for each in (number, other):
        here.act(Change(number=each, fields=fields))
    here.act(r.VerifyPrevention(number=other))
    here.until(due + hours(9))
    assert addresses(here, "record.prevention_due") == ["ewa@acme.example"]
    assert addresses(here, "record.prevention_overdue") == ["ewa@acme.example"]
    assert "prevention_overdue" in here.whats(number)
    assert "prevention_overdue" not in here.whats(other)


def test_nothing_is_told_of_spam_and_nothing_at_all_where_it_is_switched_off() -> None:
    here = world()
    number = promised(here)
    here.act(MarkSpam(number=number))
    here.until(START + hours(48))
    assert here.told("record.promise_due") == here.told("record.promise_broken") == []
    silent = world(record=Record(warn=False))
    number = promised(silent)
    silent.until(START + hours(48))
    assert silent.told("record.promise_broken") == []
    assert "promise_broken" in silent.whats(number)


def test_what_fell_due_while_a_ticket_was_taken_for_spam_is_told_when_it_is_none() -> None:
    here = world()
    number = here.opened()
    here.act(r.AddTask(number=number, what="Told before", due=START + hours(2)))
    here.act(r.AddPromise(number=number, what="A new pump", due=START + hours(24)))
    here.act(Change(number=number, fields={"preventive_due": (START + hours(30)).isoformat()}))
    here.until(START + hours(10))
    assert len(here.told("record.task_overdue")) == 1
    here.act(MarkSpam(number=number))
    here.until(START + hours(26))
    here.act(NotSpam(number=number))
    here.until(START + hours(26))
    assert (len(here.told("record.promise_broken")), len(here.told("record.task_overdue"))) == (1, 1)
    assert here.entries(number)[1].data["kept"] is False
    here.until(START + hours(48))
    assert len(here.told("record.prevention_overdue")) == 1


@pytest.mark.parametrize(
    ("ahead", "span", "warned"),
    [("4h", 24, 20), ("4h", 6, 3), ("25%", 24, 18), ("25%", 100, 75), ("90%", 10, 5), ("0", 24, 24)],
)
def test_the_warning_comes_as_configured_and_never_in_the_first_half(ahead: str, span: float, warned: float) -> None:
    here = world(record=Record.model_validate({"warn_before": ahead}))
    number = promised(here, span)
    (timer,) = (each for each in here.state.timers.values() if each.kind == "record")
    assert timer.due_at == START + hours(warned)
    assert here.entries(number)[0].due_at == START + hours(span)


def test_a_firing_that_comes_twice_or_too_late_is_dealt_with_once() -> None:
    here = world()
    number = promised(here)
    here.now = START + hours(200)  # everything was away in between: neither warned nor told
    here.until(here.now)
    assert here.whats(number).count("promise_broken") == 1
    assert here.told("record.promise_due") == []
    for due in list(here.fired):
        here.again(due)
    assert len(here.told("record.promise_broken")) == 1


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 30)),
        st.tuples(st.just("keep"), st.sampled_from([True, False, None])),
        st.tuples(st.just("done"), st.integers(-10, 0)),
        st.tuples(st.just("undo"), st.just(0)),
        st.tuples(st.just("move"), st.integers(-5, 40)),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(STEPS)
def test_whatever_happens_to_a_promise_it_is_watched_while_it_is_open_and_only_then(
    steps: list[tuple[str, Any]],
) -> None:
    here = world()
    number = promised(here)
    for what, value in steps:
        try:
            match what:
                case "wait":
                    here.until(here.now + hours(value))
                case "keep":
                    change(here, number, kept=value)
                case "done":
                    change(here, number, done_at=(here.now + hours(value)).isoformat())
                case "undo":
                    change(here, number, done_at=None)
                case "move":
                    change(here, number, "because", due=(here.now + hours(value)).isoformat())
        except Refused:
            pass
        here.until(here.now)
        entry, timers = here.entries(number)[-1], [t for t in here.state.timers.values() if t.kind == "record"]
        kept, is_open = entry.data["kept"], entry.done_at is None and entry.data["kept"] is None
        assert len(timers) == is_open, (entry, timers)
        assert not is_open or (entry.due_at is not None and here.now < entry.due_at)
        if kept:
            assert entry.done_at is not None
            assert entry.due_at is not None
            assert entry.done_at <= entry.due_at
    broken, warned = here.whats(number).count("promise_broken"), here.whats(number).count("promise_due")
    assert len(here.told("record.promise_due")) == warned
    assert len(here.told("record.promise_broken")) <= broken
    assert here.now - START <= timedelta(days=30)
