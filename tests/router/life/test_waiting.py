"""Tickets that wait: put off until a time or until the customer writes, and for customers who do not answer."""

from datetime import timedelta

import pytest

from services.router.deciding.commands import Refused
from shared.messages import command as c
from shared.messages.after import Snooze
from tests.router.life.recordworld import hours
from tests.router.life.telling import ANNA, LEA, Telling, policy

TEAM = "technical"


@pytest.fixture
def world() -> Telling:
    """Ana's ticket, which Anna has; Lea acts, so that Anna is told."""
    world = Telling(actor=f"agent:{LEA.email}")
    world.says("My printer does not start")
    world.act(c.Change(number=1001, fields={"assignee": ANNA.email}))
    return world


def snooze(world: Telling, after: float = 24) -> None:
    world.act(Snooze(number=1001, until=world.now + hours(after)))


# -- put off -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["new", "open", "pending", "on_hold"])
def test_a_ticket_that_was_put_off_is_again_what_it_was_and_its_agent_is_told(world: Telling, status: str) -> None:
    if status != "new":
        world.act(c.Change(number=1001, fields={"status": status}))
    snooze(world)
    assert world.one.status == "on_hold"
    assert world.one.snoozed_until == world.now + hours(24)
    world.until(world.now + hours(23))
    assert world.one.status == "on_hold"
    world.until(world.now + hours(2))
    assert world.one.status == status
    assert world.one.snoozed_until is None
    assert world.to_agents() == [("agent.woken", ANNA.email)]
    assert "woken" in world.events()
    assert "snooze" not in world.one.state


def test_a_customers_message_wakes_at_once_and_the_timer_no_more(world: Telling) -> None:
    snooze(world)
    world.says("Hello?", after=5)
    assert world.one.status == "open"
    assert world.one.snoozed_until is None
    assert world.to_agents() == [("agent.woken", ANNA.email)]
    world.until(world.now + hours(48))
    assert world.events().count("woken") == 1


def test_an_agents_own_hand_wakes_without_a_word(world: Telling) -> None:
    snooze(world)
    world.act(c.Change(number=1001, fields={"status": "open"}))
    assert world.one.snoozed_until is None
    assert world.to_agents() == []
    assert world.events()[-1] == "woken"


def test_putting_off_again_moves_the_time_and_still_leads_back(world: Telling) -> None:
    world.act(c.Change(number=1001, fields={"status": "pending"}))
    snooze(world, 1)
    snooze(world, 10)
    world.until(world.now + hours(2))
    assert world.one.status == "on_hold"
    world.until(world.now + hours(9))
    assert world.one.status == "pending"


def test_a_late_timer_wakes_once(world: Telling) -> None:
    snooze(world, 1)
    world.until(world.now + hours(2))
    (due,) = [each for each in world.fired if each.kind == "snooze"]
    assert world.again(due).operations == []


@pytest.mark.parametrize(
    ("until", "status", "complaint"),
    [
        (-1.0, "open", "time to come"),
        (24 * 400.0, "open", "at most 366 days"),
        (1.0, "solved", "cannot be put off"),
        (1.0, "closed", "cannot be put off"),
        (1.0, "spam", "cannot be put off"),
    ],
)
def test_what_cannot_be_put_off_is_refused(world: Telling, until: float, status: str, complaint: str) -> None:
    world.act(c.Change(number=1001, fields={"status": status}))
    with pytest.raises(Refused, match=complaint):
        snooze(world, until)


# -- waiting for the customer --------------------------------------------------------------------------------------------


def waiting(world: Telling) -> Telling:
    world.policy = policy(tickets={"follow_up_after": timedelta(days=2)})
    world.act(c.Change(number=1001, fields={"status": "pending"}))
    return world


def test_an_agent_is_reminded_once_of_a_customer_who_does_not_answer(world: Telling) -> None:
    waiting(world).until(world.now + hours(49))
    assert world.to_agents() == [("agent.follow_up", ANNA.email)]
    world.until(world.now + timedelta(days=30))
    assert world.events().count("follow_up_due") == 1


def test_without_an_agent_the_team_is_reminded_and_without_one_the_operators() -> None:
    for teams, expected in (({TEAM: (LEA.email,)}, LEA.email), ({}, "ops@acme.example")):
        world = Telling()
        world.says("My printer does not start")
        waiting(world)
        world.policy = type(world.policy)(**{**vars(world.policy), "teams": teams, "alerts": ("ops@acme.example",)})
        world.act(c.Change(number=1001, fields={"team": TEAM}))
        world.until(world.now + hours(49))
        assert world.to_agents() == [("agent.follow_up", expected)]


def test_an_answer_ends_the_waiting_and_another_question_begins_it_anew(world: Telling) -> None:
    waiting(world).until(world.now + hours(40))
    world.says("Tomorrow")
    world.until(world.now + hours(40))
    assert "follow_up_due" not in world.events()
    world.act(c.Reply(number=1001, text="And now?", status="pending"))
    world.until(world.now + hours(40))
    world.act(c.Reply(number=1001, text="Please?"))
    world.until(world.now + hours(40))
    assert "follow_up_due" not in world.events()
    world.until(world.now + hours(9))
    assert "follow_up_due" in world.events()


def test_nobody_is_reminded_where_that_is_not_configured(world: Telling) -> None:
    world.act(c.Change(number=1001, fields={"status": "pending"}))
    world.until(world.now + timedelta(days=60))
    assert "follow_up_due" not in world.events()


# -- open again ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize(("days", "tickets"), [(2, 1), (4, 2)])
def test_what_is_closed_is_open_again_within_the_window_and_followed_later(
    channel: str, days: int, tickets: int
) -> None:
    world = Telling(policy(tickets={"reopen_within": timedelta(days=3)}))
    refs: tuple[str, ...] = ()
    if channel == "email":
        refs = (world.mails("My printer does not start"),)
    else:
        world.says("My printer does not start")
    world.act(c.Close(number=1001))
    world.until(world.now + timedelta(days=days))
    if channel == "email":
        world.mails("Again", refs=refs)
    else:
        world.says("Again")
    first = world.state.tickets[world.state.numbers[1001]]
    assert len(world.state.tickets) == tickets
    assert (first.status, first.reopened) == (("open", 1) if tickets == 1 else ("closed", 0))
    assert ("follow-up" in [link.kind for link in world.links()]) is (tickets == 2)
