"""Which status may follow which, by whose doing, and what goes along with each step."""

from datetime import timedelta
from itertools import product
from typing import Any, get_args

import pytest

from services.router.deciding import lifecycle
from services.router.deciding.lifecycle import By, NotAllowed, Step, move
from shared.identity import derive
from shared.messages.changeset import CancelTimer, SetTimer
from shared.messages.facts import TicketFact
from shared.messages.parts import Status
from tests.router.world import START

STATUSES = get_args(Status)
WHOSE = get_args(By)
WEEK = timedelta(days=7)

# What a help desk allows, said the other way round: who may bring a ticket where, from where.
MAY: dict[By, dict[str, str]] = {
    "hand": {
        "open": "new pending on_hold solved closed spam",
        "pending": "new open on_hold solved",
        "on_hold": "new open pending solved",
        "solved": "new open pending on_hold",
        "closed": "new open pending on_hold solved",
        "spam": "new open pending on_hold solved closed",
    },
    "message": {"open": "pending on_hold solved closed"},
    "timer": {
        "new": "on_hold",
        "open": "pending on_hold",
        "pending": "on_hold",
        "solved": "pending",
        "closed": "pending solved",
    },
    "answer": {"open": "solved closed", "closed": "solved"},
    "merging": {
        "merged": "new open pending on_hold solved closed",
        **dict.fromkeys(("new", "open", "pending", "on_hold", "solved", "closed"), "merged"),
    },
    "undo": dict.fromkeys(("new", "open", "pending", "on_hold", "solved", "closed"), "spam"),
}


def ticket(status: str, **more: Any) -> TicketFact:
    fields = {"subject": "Pump", "channel": "email", "inbox": "support", "language": "en", "created_at": START}
    return TicketFact.model_validate({"ticket_id": "t1", "number": 1001, "status": status, **fields, **more})


def step(by: By, **more: Any) -> Step:
    return Step(by, "agent:anna", START, WEEK, **more)


def ways() -> list[tuple[str, str, By]]:
    return [(old, new, by) for old, new in product(STATUSES, repeat=2) for by in WHOSE]


def test_a_ticket_goes_only_where_the_table_says() -> None:
    wrong = [way for way in ways() if not goes_as_the_table_says(*way)]
    assert wrong == []


def goes_as_the_table_says(old: str, new: str, by: By) -> bool:
    may = old in MAY[by].get(new, "").split()
    if lifecycle.allowed(old, new, by) is not (may or old == new):
        return False
    try:
        moved = move(ticket(old), new, step(by))
    except NotAllowed as error:
        return not may and f"a {old} ticket can become" in str(error)
    told = (moved.fields["status"], moved.fields["status_since"], moved.event.data)
    return may and told == (new, START.isoformat(), {"from": old, "to": new})


def test_solving_sets_the_timer_for_closing_and_whatever_leads_on_takes_it_back() -> None:
    close = derive("timer", "close", "t1")
    solved = move(ticket("open"), "solved", step("hand"))
    assert solved.fields["solved_at"] == START.isoformat()
    assert [(type(each), each.timer_id) for each in solved.timers] == [(SetTimer, close)]
    assert isinstance(solved.timers[0], SetTimer)
    assert solved.timers[0].due_at == START + WEEK
    for status in lifecycle.possible("solved"):
        assert move(ticket("solved"), status, step("hand")).timers == [CancelTimer(timer_id=close)]


@pytest.mark.parametrize("old", lifecycle.OVER)
@pytest.mark.parametrize("by", ["hand", "message", "answer"])
def test_what_is_open_again_is_no_longer_solved_closed_or_confirmed_and_that_is_counted(old: str, by: By) -> None:
    over = ticket(old, solved_at=START, closed_at=START, customer_confirmed_at=START, reopened=2)
    fields = move(over, "open", step(by)).fields
    assert [fields[name] for name in ("solved_at", "closed_at", "customer_confirmed_at")] == [None] * 3
    assert fields["reopened"] == 3


def test_closing_keeps_when_it_was_solved_and_confirmed() -> None:
    fields = move(ticket("solved", solved_at=START, customer_confirmed_at=START), "closed", step("timer")).fields
    assert set(fields) == {"status", "status_since", "closed_at"}


def test_nothing_stays_put_off_that_is_no_longer_on_hold() -> None:
    asleep = ticket("on_hold", snoozed_until=START + WEEK)
    for by in ("hand", "message", "timer"):
        moved = move(asleep, "open", step(by))
        assert moved.fields["snoozed_until"] is None
        assert moved.timers == [CancelTimer(timer_id=derive("timer", "snooze", "t1"))]


def test_the_audit_trail_says_who_by_which_channel_and_why() -> None:
    event = move(ticket("open"), "closed", step("hand", channel="api", reason="done", data={"because": "moved"})).event
    assert (event.what, event.actor, event.channel, event.reason) == ("status_changed", "agent:anna", "api", "done")
    assert event.data == {"from": "open", "to": "closed", "because": "moved"}


def test_a_customers_message_opens_what_waits_or_is_done_and_nothing_else() -> None:
    after = {status: lifecycle.after_message(status) for status in STATUSES}
    assert {status for status, new in after.items() if new != status} == {"pending", "on_hold", "solved", "closed"}
    assert set(after.values()) == {"new", "open", "spam", "merged"}
