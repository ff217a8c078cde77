"""One problem of many tickets, and the same done with many: who is meant, what each is told, and what is done only once."""

from typing import Any

import pytest

from services.router.deciding.commands import Refused, bulk, fingerprint
from services.router.deciding.commands.problems import filled
from services.router.deciding.life import unfinished
from shared.messages import command as c
from shared.messages.changeset import AddEvent, QueueDelivery
from shared.messages.command import Command
from shared.messages.gathering import (
    AnswerCase,
    AnswerCases,
    Bulk,
    BulkDo,
    Link,
    MakeProblem,
    Merge,
    SolveCases,
    Unlink,
)
from shared.messages.outbound import TimerDue
from tests.router.life.telling import Telling, policy

POLICY = policy()
UNTIL = "2026-03-09T08:00:00Z"


def world_of(*customers: str) -> Telling:
    """T-1001 is the problem, internal; the others are customers' tickets."""
    world = Telling(POLICY)
    world.opened(contact="", internal=True)
    for customer in customers:
        world.opened(contact=customer, name=customer.partition("@")[0].title())
    return world


def command(action: Any, name: str = "all") -> Command:
    return Command.decode(Command(command_id=name, actor="agent:anna", at=Telling(POLICY).now, action=action).encode())


def numbers(work: bulk.Work) -> list[int]:
    return [number for number, _ in work.commands]


def test_a_problem_has_the_cases_that_were_linked_and_each_says_how_it_ended() -> None:
    world = world_of("bo@x.example", "cy@x.example", "di@x.example")
    world.act(c.MarkSpam(number=1004))
    changeset = world.act(MakeProblem(number=1001, numbers=[1002, 1003, 1004, 1001, 1009, 1002]))
    assert [(each["number"], each["error"]) for each in changeset.result["results"]] == [
        ("T-1002", None), ("T-1003", None), ("T-1004", "conflict"), ("T-1001", "invalid"), ("T-1009", "not-found"),
    ]  # fmt: skip
    work = bulk.plan(command(AnswerCases(number=1001, text="We know.")), world.state)
    assert numbers(work) == [1002, 1003]
    world.act(MakeProblem(number=1001, numbers=[1003], remove=True))
    assert numbers(bulk.plan(command(AnswerCases(number=1001, text="We know.")), world.state)) == [1002]


def test_a_problem_is_not_the_case_of_its_case() -> None:
    world = world_of("bo@x.example")
    world.act(MakeProblem(number=1001, numbers=[1002]))
    changeset = world.act(MakeProblem(number=1002, numbers=[1001]))
    assert changeset.result["results"][0]["error"] == "conflict"
    with pytest.raises(Refused, match="has T-1001 as its problem"):
        world.act(Link(number=1001, to=1002, kind="problem"))


def test_a_case_that_was_merged_is_the_ticket_that_it_is_part_of() -> None:
    world = world_of("bo@x.example", "bo@x.example")
    world.act(MakeProblem(number=1001, numbers=[1002]))
    world.act(Merge(number=1002, into=1003))
    assert numbers(bulk.plan(command(AnswerCases(number=1001, text="We know.")), world.state)) == [1003]


def test_each_customer_gets_a_text_of_their_own_and_nothing_of_anybody_else() -> None:
    world = world_of("bo@x.example", "cy@x.example")
    text = "Dear {{customer}}, {{ number }} ({{subject}}) is looked at."
    for number, name in ((1002, "Bo"), (1003, "Cy")):
        changeset = world.act(AnswerCase(number=number, problem=1001, text=text))
        (sent,) = [each.outbound for each in changeset.operations if isinstance(each, QueueDelivery)]
        assert sent.text == f"Dear {name}, T-{number} (Pump) is looked at."
        assert [each.address for each in sent.to] == [f"{name.lower()}@x.example"]
        assert "answered_with_problem" in [each.what for each in changeset.operations if isinstance(each, AddEvent)]


def test_a_customer_is_answered_in_their_language_where_there_is_a_text_in_it() -> None:
    world = world_of("bo@x.example", "cy@x.example")
    world.act(c.Change(number=1003, fields={"language": "pl"}))
    for number, text in ((1002, "Hello"), (1003, "Dzień dobry")):
        case = AnswerCase(number=number, problem=1001, text="Hello", texts={"pl": "Dzień dobry"})
        changeset = world.act(case)
        (sent,) = [each.outbound for each in changeset.operations if isinstance(each, QueueDelivery)]
        assert (sent.text, sent.language) == (text, world.ticket(number).language)


def test_what_a_customer_calls_themselves_is_never_filled_in_again() -> None:
    assert filled("{{customer}}!", {"customer": "{{number}}", "number": "T-1"}) == "{{number}}!"


def test_solving_a_problem_solves_its_cases_and_then_itself_unless_it_is_over() -> None:
    world = world_of("bo@x.example", "cy@x.example")
    world.act(MakeProblem(number=1001, numbers=[1002, 1003]))
    wanted = command(SolveCases(number=1001, summary="New hoses", root_cause="Thin hoses"))
    work = bulk.plan(wanted, world.state)
    assert numbers(work) == [1002, 1003, 1001]
    assert {type(each.action) for _, each in work.commands} == {c.Solve}
    for _, each in work.commands:
        world.act(each.action)
    assert {world.ticket(number).status for number in (1001, 1002, 1003)} == {"solved"}
    assert world.ticket(1002).fields["root_cause"] == "Thin hoses"
    assert numbers(bulk.plan(wanted, world.state)) == [1002, 1003]


def test_what_is_done_with_each_has_an_id_of_its_own_that_a_repetition_has_too() -> None:
    world = world_of("bo@x.example")
    wanted = Bulk(numbers=[1002, 1001, 1002], each=BulkDo(action="spam"))
    first, again, other = (bulk.plan(command(wanted, name), world.state) for name in ("a", "a", "b"))
    assert numbers(first) == [1002, 1001]
    ids = [[each.command_id for _, each in work.commands] for work in (first, again, other)]
    assert ids[0] == ids[1]
    assert len({*ids[0], *ids[2], "a", "b"}) == 6


EACH: dict[str, tuple[dict[str, Any], c.Action]] = {
    "status": ({"status": "pending"}, c.Change(number=1, fields={"status": "pending"})),
    "priority": ({"priority": "high"}, c.Change(number=1, fields={"priority": "high"})),
    "spam": ({"block": True}, c.MarkSpam(number=1, block=True)),
    "not_spam": ({}, c.NotSpam(number=1)),
    "merge": ({"into": 2}, Merge(number=1, into=2)),
}


@pytest.mark.parametrize("action", EACH)
def test_a_bulk_action_is_the_same_as_doing_it_with_each(action: Any) -> None:
    values, expected = EACH[action]
    work = bulk.plan(command(Bulk(numbers=[1], each=BulkDo(action=action, **values))), world_of().state)
    assert [each.action for _, each in work.commands] == [expected]
    assert work.in_turn == (action == "merge")


REFUSED = {
    "no tickets": (Bulk(numbers=[], each=BulkDo(action="spam")), "at least one"),
    "too many": (Bulk(numbers=list(range(1, 202)), each=BulkDo(action="spam")), "at most 200"),
    "no value": (Bulk(numbers=[1001], each=BulkDo(action="priority")), "priority is missing"),
    "no time": (Bulk(numbers=[1001], each=BulkDo(action="snooze")), "until is missing"),
    "no problem": (AnswerCases(number=1009, text="Hello"), "no ticket T-1009"),
    "no cases": (AnswerCases(number=1001, text="Hello"), "of no ticket"),
    "an unknown variable": (AnswerCases(number=1001, text="Dear {{name}}"), "stands for nothing"),
    "an unknown variable in another language": (AnswerCases(number=1001, text="Hi", texts={"pl": "{{x}}"}), "nothing"),
    "no words": (AnswerCases(number=1001, text=" "), "must not be empty"),
    "no summary": (SolveCases(number=1001, summary=" "), "say how"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_can_be_done_with_no_ticket_is_refused_as_a_whole(what: str) -> None:
    action, why = REFUSED[what]
    with pytest.raises(Refused, match=why):
        bulk.plan(command(action), world_of().state)


def test_what_was_done_is_written_down_under_the_whole_command() -> None:
    world = world_of("bo@x.example")
    world.act(MakeProblem(number=1001, numbers=[1002]))
    wanted = command(AnswerCases(number=1001, text="We know."))
    work = bulk.plan(wanted, world.state)
    results = [{"number": "T-1002", "ok": True, "error": None, "detail": ""}]
    changeset = bulk.concluded(wanted, work, results, world.state, world.now)
    assert (changeset.cause, changeset.fingerprint) == ("command:all", fingerprint(wanted))
    assert changeset.result == {"results": results}
    assert "under_way" not in world.state.tickets[str(work.problem)].state
    (event,) = [each for each in changeset.operations if isinstance(each, AddEvent)]
    assert (event.what, event.ticket_id, event.data["cases"]) == ("cases_answered", work.problem, ["T-1002"])


def test_what_was_begun_wakes_us_until_it_is_done() -> None:
    world = world_of("bo@x.example")
    world.act(MakeProblem(number=1001, numbers=[1002]))
    wanted = command(AnswerCases(number=1001, text="We know."))
    work = bulk.plan(wanted, world.state)
    world.commit(bulk.begun(wanted, work, world.state, world.now))
    (timer,) = [each for each in world.state.timers.values() if each.kind == unfinished.TIMER]
    due = TimerDue.model_validate(timer.model_dump())
    assert unfinished.commands(due, world.state) == [wanted]
    world.fire(timer)
    assert unfinished.commands(due, world.state) == [], "that firing was dealt with"
    (again,) = [each for each in world.state.timers.values() if each.kind == unfinished.TIMER]
    assert again.due_at == timer.due_at + unfinished.GOES_ON_AFTER
    world.commit(bulk.concluded(wanted, work, [], world.state, world.now))
    assert unfinished.TIMER not in [each.kind for each in world.state.timers.values()]
    assert unfinished.MEMORY not in world.ticket(1001).state


def test_what_can_no_longer_be_done_wakes_nobody_any_more() -> None:
    world = world_of("bo@x.example")
    world.act(MakeProblem(number=1001, numbers=[1002]))
    wanted = command(AnswerCases(number=1001, text="We know."))
    world.commit(bulk.begun(wanted, bulk.plan(wanted, world.state), world.state, world.now))
    world.act(MakeProblem(number=1001, numbers=[1002], remove=True))
    with pytest.raises(Refused):
        bulk.plan(wanted, world.state)
    world.commit(bulk.given_up(wanted, world.state))
    assert unfinished.TIMER not in [each.kind for each in world.state.timers.values()]


def test_only_links_that_somebody_made_are_taken_away() -> None:
    world = world_of("bo@x.example", "bo@x.example")
    world.act(Merge(number=1002, into=1003))
    with pytest.raises(Refused, match="no link"):
        world.act(Unlink(number=1002, to=1003))
    world.act(Link(number=1003, to=1001))
    assert len(world.act(Link(number=1003, to=1001)).operations) == 0, "linked already"
    world.act(Unlink(number=1001, to=1003))
    assert not world.state.links[world.state.numbers[1001]]
