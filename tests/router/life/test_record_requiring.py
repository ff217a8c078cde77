"""What a category requires before closing: by hand that is refused with a list, by itself it is put off, told once, and made up for."""

from dataclasses import replace
from typing import Any

import pytest

from services.router.deciding.commands import Refused
from services.router.deciding.consequences import decide_delivery, delivery_needs
from services.router.deciding.draft import Draft
from services.router.deciding.life import Cause, inbound_needs, live
from services.router.deciding.life.requiring import MEMORY, hold
from shared.messages import record as r
from shared.messages.command import Change, Close, Reopen, Reply, Solve
from shared.messages.facts import FactsRequest
from shared.messages.outbound import DeliveryReport
from shared.settings.policy import Category
from tests.router.life.recordworld import Passing, hours
from tests.router.world import START, policy

OPS = "ops@acme.example"
PIOTR = "piotr@acme.example"


def world(*require: str) -> Passing:
    category = Category.model_validate({"name": "complaint", "kind": "complaint", "require": require})
    made = policy(category=(category, Category(name="general")))
    return Passing(policy=replace(made, alerts=(OPS,)))


def complaint(here: Passing) -> int:
    number = here.opened()
    here.act(Change(number=number, fields={"category": "complaint", "assignee": PIOTR}))
    return number


ROWS: list[tuple[str, list[dict[str, Any]]]] = [
    ("root_cause", [{"root_cause": "A worn seal"}]),
    ("details", [{"details": "At the flange"}]),
    ("product", [{"product": "P100"}]),
    ("tested", [{"tested": "Ran an hour"}]),
    ("tested_by", [{"tested": "Ran an hour"}]),
    ("preventive_due", [{"preventive_due": "2026-05-01T10:00:00+00:00"}]),
    ("preventive_verified", [{"preventive_verified_at": START.isoformat()}]),
]


@pytest.mark.parametrize(("required", "given"), ROWS)
def test_closing_by_hand_waits_for_what_is_required(required: str, given: list[dict[str, Any]]) -> None:
    here = world(required)
    number = complaint(here)
    for action in (Close(number=number), Change(number=number, fields={"status": "closed"})):
        with pytest.raises(Refused, match=required) as refused:
            here.act(action)
        assert refused.value.error == "conflict"
    for fields in given:
        here.act(Change(number=number, fields=fields))
    here.act(Close(number=number))
    assert here.ticket(number).status == "closed"


def test_what_looks_at_entries_when_a_delivery_fails_is_asked_for() -> None:
    """Without them every action would seem done, and a ticket whose closing waits for one would be closed by a bounce."""
    report = DeliveryReport(
        delivery_id="d",
        attempt=1,
        state="bounced",
        at=START,
        channel="email",
        inbox="support",
        via="",
        correlation_id="",
    )
    here = world("actions_done")
    assert delivery_needs([report], here.policy).entries
    assert not delivery_needs([report], policy()).entries
    number = complaint(here)
    here.act(r.AddAction(number=number, what="Look", department="technical", requested_at=START))
    here.act(Reply(number=number, text="We look at it."))
    here.act(Solve(number=number, summary="They will look at it."))
    here.until(START + hours(24 * 60))
    assert here.whats(number)[-1] == "not_closed"
    report.delivery_id = next(each.delivery_id for each in here.state.deliveries.values() if each.kind == "reply")
    here.commit(decide_delivery(report, here.state.model_copy(deep=True), here.policy, here.now))
    assert (here.ticket(number).status, "delivery_failed" in here.whats(number)) == ("solved", True)


def test_what_is_missing_is_listed_and_may_come_with_the_closing() -> None:
    here = world("root_cause", "impact", "problem")
    number = complaint(here)
    with pytest.raises(Refused, match=r"complaint requires it: root_cause, impact$"):
        here.act(Close(number=number))
    with pytest.raises(Refused, match=r"requires it: impact$"):
        here.act(Change(number=number, fields={"status": "closed", "root_cause": "A seal", "impact": "  "}))
    here.act(Change(number=number, fields={"status": "closed", "root_cause": "A seal", "impact": "The cellar was wet"}))
    assert here.ticket(number).status == "closed"


def test_open_actions_and_promises_hold_it_up_where_that_is_wanted() -> None:
    here = world("actions_done", "promises_done", "evidence")
    number = complaint(here)
    here.act(r.AddAction(number=number, what="Repair", department="workshop", requested_at=START))
    here.act(r.AddPromise(number=number, what="By Friday", due=START + hours(9)))
    with pytest.raises(Refused, match="actions_done, promises_done, evidence"):
        here.act(Close(number=number))
    for entry in here.entries(number):
        fields = {"done_at": START.isoformat()}
        here.act(r.ChangeEntry(number=number, entry_id=entry.entry_id, fields=fields))
    here.act(r.AddEvidence(number=number, evidence=[r.Evidence(note="a photo")]))
    here.act(Close(number=number))


def test_entries_are_asked_for_wherever_a_customers_yes_may_depend_on_them() -> None:
    for required, asked in (("actions_done", True), ("promises_done", True), ("root_cause", False)):
        assert inbound_needs(FactsRequest(), world(required).policy).entries is asked


def test_another_category_requires_nothing() -> None:
    here = world("root_cause")
    number = here.opened()
    here.act(Close(number=number))
    other = complaint(here)
    here.act(Change(number=other, fields={"status": "closed", "category": "general"}))
    assert here.ticket(other).status == "closed"


def test_solving_is_not_held_up() -> None:
    here = world("root_cause")
    number = complaint(here)
    here.act(Solve(number=number, summary="New seal."))
    assert here.ticket(number).status == "solved"


def test_a_closing_by_itself_is_put_off_told_once_and_made_up_for() -> None:
    here = world("root_cause", "actions_done")
    number = complaint(here)
    here.act(r.AddAction(number=number, what="Repair", department="workshop", requested_at=START))
    here.act(Solve(number=number, summary="New seal."))
    here.until(START + hours(24 * 30))
    assert here.ticket(number).status == "solved"
    (event,) = (each for each in here.events(number) if each.what == "not_closed")
    assert event.data["missing"] == ["root_cause", "actions_done"]
    (told,) = here.told("record.not_closed")
    assert told.to[0].address == PIOTR
    assert told.variables["missing"] == "- Root cause\n- all actions done"
    here.act(Change(number=number, fields={"root_cause": "A worn seal"}))
    assert here.ticket(number).status == "solved"
    done = {"done_at": here.now.isoformat()}
    here.act(r.ChangeEntry(number=number, entry_id=here.entries(number)[0].entry_id, fields=done))
    ticket = here.ticket(number)
    assert (ticket.status, ticket.closed_at, ticket.state.get(MEMORY)) == ("closed", here.now, None)
    closed = [each for each in here.events(number) if each.what == "status_changed"][-1]
    assert (closed.data["to"], closed.reason) == (
        "closed",
        "solved and unanswered for long enough; what was missing is there now",
    )
    assert len(here.told("record.not_closed")) == 1


def test_however_often_it_would_be_closed_its_agent_is_told_once() -> None:
    here = world("root_cause", "impact")
    number = complaint(here)
    here.act(Solve(number=number, summary="New seal."))
    here.until(START + hours(24 * 30))
    for fields in ({}, {"impact": "The cellar was wet"}):
        ticket = here.ticket(number)
        ticket.fields |= fields
        draft = Draft()
        living = live(Cause("again", "customer"), ticket.ticket_id, draft, here.state, here.policy, here.now)
        assert living is not None
        assert hold(living, "the customer says that it is solved")
        kinds = [each.op for each in draft.operations]
        assert kinds == (["add_event", "change_ticket"] if fields else [])


def test_a_ticket_that_is_opened_again_forgets_that_it_was_to_be_closed() -> None:
    here = world("root_cause")
    number = complaint(here)
    here.act(Solve(number=number, summary="New seal."))
    here.until(START + hours(24 * 30))
    here.act(Reopen(number=number))
    assert here.ticket(number).state.get(MEMORY) is None
    here.act(Change(number=number, fields={"root_cause": "A worn seal"}))
    assert here.ticket(number).status == "open"
