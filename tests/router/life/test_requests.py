"""Requests to departments and tickets between them: what comes back to whom, when it is late, and that nothing leaves the house."""

import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.deciding.commands import Refused
from shared.messages import command as c
from shared.messages.changeset import AddMessage, Changeset, LinkTickets, QueueDelivery
from shared.messages.facts import TicketFact
from shared.messages.talking import Assign, MakeRequest, StartSide, Transfer, Watch, WriteMessage
from tests.router.life.recordworld import hours
from tests.router.life.sideworld import ANNA, EWA, JAN, PIOTR, Aside, alerts, outside, whats

ANNAS, PIOTRS, EWAS, JANS = ANNA.email, PIOTR.email, EWA.email, JAN.email


@pytest.fixture
def world() -> Aside:
    """Ana's ticket T-1001, which Anna has; Anna acts."""
    world = Aside()
    world.actor = f"agent:{ANNAS}"
    world.act(Assign(number=1001, to={"agent": ANNAS}))
    return world


def asked(world: Aside, to: str = "technical", **more: Any) -> TicketFact:
    """The ticket of a new request: T-1002."""
    done = world.act(MakeRequest(number=1001, to=to, what="Look at the pump.\nIt leaks.", **more), name="Anna")
    return world.state.tickets[done.result["ticket_id"]]


def by(world: Aside, agent: str) -> None:
    world.actor = f"agent:{agent}"


def copies(changeset: Changeset, world: Aside) -> list[str]:
    """What a decision writes into T-1001."""
    ticket_id = world.first().ticket_id
    return [op.text for op in changeset.operations if isinstance(op, AddMessage) and op.ticket_id == ticket_id]


def test_a_request_is_an_internal_ticket_of_the_department_and_the_owner_stays(world: Aside) -> None:
    due = world.now + timedelta(days=2)
    request = asked(world, due=due)
    assert (request.internal, request.team, request.assignee, request.number) == (True, "technical", None, 1002)
    assert (request.subject, request.customer, request.participants) == ("Look at the pump.", "", [])
    assert request.resolution_due == due
    assert world.first().assignee == ANNAS
    (link,) = [op for op in world.last().operations if isinstance(op, LinkTickets)]
    assert (link.ticket_id, link.other_id, link.kind) == (request.ticket_id, world.first().ticket_id, "request")
    assert alerts(world.last()) == [(JANS, "agent.requested"), (PIOTRS, "agent.requested")]
    assert outside(world.last()) == []
    (action,) = world.entries(1001)
    assert (action.kind, action.data["department"], action.done_at) == ("action", "technical", None)


def test_what_the_department_writes_comes_back_and_the_owner_is_told(world: Aside) -> None:
    asked(world)
    by(world, PIOTRS)
    noted = world.act(c.Note(number=1002, text="The seal is worn."), name="Piotr")
    assert copies(noted, world) == ["T-1002 (technical): The seal is worn."]
    assert (ANNAS, "agent.request_noted") in alerts(noted)
    assert (JANS, "agent.noted") in alerts(noted)
    assert outside(noted) == []
    assert world.first().status == "new"


@pytest.mark.parametrize("actor", [EWA.agent_id, EWAS])
def test_who_asks_is_told_of_the_answer_by_whatever_name_they_are_known(world: Aside, actor: str) -> None:
    world.actor = f"agent:{actor}"
    opened = world.act(c.OpenByHand(subject="Pump", text="Look.", internal=True, to_department="technical"), name="Ewa")
    number = world.state.tickets[opened.result["ticket_id"]].number
    by(world, PIOTR.agent_id)
    solved = world.act(c.Solve(number=number, summary="A new seal."), name="Piotr")
    assert (EWAS, "agent.request_answered") in alerts(solved)


def test_a_closing_that_waited_for_the_departments_answer_is_made_up_for_by_it(world: Aside) -> None:
    requires = {"complaint": ("actions_done",)}
    world.policy = replace(world.policy, record=replace(world.policy.record, requires=requires))
    world.act(c.Change(number=1001, fields={"category": "complaint"}))
    asked(world)
    world.act(c.Solve(number=1001, summary="They will look at it."))
    world.until(world.now + timedelta(days=60))
    assert (world.first().status, world.whats(1001)[-1]) == ("solved", "not_closed")
    by(world, PIOTRS)
    world.act(c.Solve(number=1002, summary="A new seal."), name="Piotr")
    assert world.entries(1001)[0].done_at == world.now
    assert world.first().status == "closed"
    assert [each.what for each in world.events(1001)][-3:] == ["entry_done", "request_answered", "status_changed"]


def test_a_solved_request_is_answered_and_its_action_done(world: Aside) -> None:
    asked(world)
    by(world, PIOTRS)
    solved = world.act(c.Solve(number=1002, summary="New seal."), name="Piotr")
    assert copies(solved, world) == ["T-1002 (technical): New seal."]
    assert alerts(solved) == [(ANNAS, "agent.request_answered")]
    assert "request_answered" in world.whats(1001)
    assert "request_answered" in world.whats(1002)
    assert world.entries(1001)[0].done_at == world.now
    assert world.first().status == "new"
    closed = world.act(c.Close(number=1002))
    assert "request_answered" not in whats(closed), "once"
    reopened = world.act(c.Reopen(number=1002))
    assert "request_reopened" in whats(reopened)
    assert world.entries(1001)[0].done_at is None
    assert "request_answered" in whats(world.act(c.Solve(number=1002, summary="Again.")))


def test_an_agent_can_be_asked_as_well(world: Aside) -> None:
    request = asked(world, "piotr")
    assert (request.team, request.assignee) == (None, PIOTRS)
    assert alerts(world.last()) == [(PIOTRS, "agent.requested")]


def test_a_late_request_warns_both_once(world: Aside) -> None:
    asked(world, due=world.now + hours(4))
    known = len(world.changesets)
    world.until(world.now + hours(100))
    told = [pair for each in world.changesets[known:] for pair in alerts(each) if pair[1] == "agent.request_overdue"]
    assert sorted(told) == [(each, "agent.request_overdue") for each in (ANNAS, JANS, PIOTRS)]
    assert world.whats(1001).count("request_overdue") == 1


def test_an_answered_request_is_not_late(world: Aside) -> None:
    asked(world, due=world.now + hours(4))
    by(world, PIOTRS)
    world.act(c.Solve(number=1002, summary="Done"))
    world.until(world.now + hours(100))
    assert world.told("agent.request_overdue") == []


def test_several_requests_are_kept_apart(world: Aside) -> None:
    asked(world)
    asked(world, "sales")
    by(world, PIOTRS)
    done = world.act(c.Solve(number=1003, summary="Sold."))
    assert copies(done, world) == ["T-1003 (sales): Sold."]
    assert [entry.done_at is not None for entry in world.entries(1001)] == [False, True]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"to": "nobody"}, "invalid"),
        ({"what": " "}, "invalid"),
        ({"due": "2020-01-01T00:00:00Z"}, "invalid"),
        ({"number": 7}, "not-found"),
    ],
)
def test_a_request_that_cannot_be_is_refused(world: Aside, given: dict[str, Any], error: str) -> None:
    with pytest.raises(Refused) as refused:
        world.act(MakeRequest.model_validate({"number": 1001, "to": "technical", "what": "Look"} | given))
    assert refused.value.error == error


# -- from department to department --------------------------------------------------------------------------------------


def between(world: Aside, **more: Any) -> int:
    fields = {"contact": "", "internal": True, "from_department": "sales", "to_department": "technical"} | more
    return world.opened(**fields)


def test_a_ticket_goes_from_one_department_to_another(world: Aside) -> None:
    number = between(world)
    ticket = world.ticket(number)
    assert (ticket.internal, ticket.team, ticket.state["request"]["from"]) == (True, "technical", "sales")
    assert alerts(world.last()) == [(JANS, "agent.requested"), (PIOTRS, "agent.requested")]


def test_an_agent_who_asks_is_told_of_the_answer(world: Aside) -> None:
    number = between(world, from_department="ewa")
    by(world, JANS)
    assert alerts(world.act(c.Note(number=number, text="On Friday.")))[0] == (EWAS, "agent.request_noted")
    assert alerts(world.act(c.Solve(number=number, summary="Built."))) == [(EWAS, "agent.request_answered")]


@pytest.mark.parametrize(
    "given",
    [{"contact": "ana@customer.example"}, {"to_department": "none"}, {"from_department": "none"}, {"internal": False}],
)
def test_an_internal_ticket_that_cannot_be_is_refused(world: Aside, given: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        between(world, **given)


STEPS: list[Any] = [
    lambda n: c.Note(number=n, text="@technical look, ana@customer.example"),
    lambda n: c.Reply(number=n, text="Hello", to=["ana@customer.example"]),
    lambda n: c.Reply(number=n, text="Hello", channel="sms", to=["+385915550101"]),
    lambda n: WriteMessage(number=n, text="Hello", to="ana@customer.example", add=True),
    lambda n: StartSide(number=n, channel="email", to="x@else.example", text="Hello"),
    lambda n: c.Solve(number=n, summary="Done"),
    lambda n: c.Close(number=n),
    lambda n: c.Reopen(number=n),
    lambda n: c.Change(number=n, fields={"status": "pending"}),
    lambda n: c.Change(number=n, fields={"status": "on_hold"}),
    lambda n: c.Change(number=n, fields={"assignee": "customer@else.example"}),
    lambda n: c.Change(number=n, fields={"notify_by": "sms"}),
    lambda n: Assign(number=n, to={"agent": PIOTRS}),
    lambda n: Transfer(number=n, to=["anna", "jan"], reason="why"),
    lambda n: Watch(number=n, agent="ewa"),
    lambda n: MakeRequest(number=n, to="sales", what="And you?"),
    24,
    24 * 8,
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(STEPS), min_size=1, max_size=12), st.booleans())
def test_nothing_of_an_internal_ticket_ever_leaves_the_house(steps: list[Any], is_request: bool) -> None:
    world = Aside()
    world.actor = f"agent:{EWAS}"
    number = asked(world).number if is_request else between(world)
    for step in steps:
        with contextlib.suppress(Refused):
            if isinstance(step, int):
                world.until(world.now + hours(step))
            else:
                world.act(step(number))
    inside = {ticket.ticket_id for ticket in world.state.tickets.values() if ticket.internal}
    agents = {*world.state.staff, "customer@else.example"}  # whoever was given it by hand
    sent = [op.outbound for each in world.changesets for op in each.operations if isinstance(op, QueueDelivery)]
    of_inside = [each for each in sent if each.ticket_id in inside]
    assert all(each.kind == "alert" and each.to[0].address in agents for each in of_inside)
    assert all(world.state.tickets[each].participants == [] for each in inside)
    to_ana = [each for each in sent if each.to[0].address == "ana@customer.example" and each.ticket_id not in inside]
    assert [each.kind for each in to_ana] == ["acknowledgement"], "the customer hears nothing of it"
