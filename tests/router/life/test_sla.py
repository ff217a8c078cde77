"""The clocks of an SLA: what starts, pauses and stops them, in whose working hours, and who hears of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.router.deciding.inbound import decide_inbound
from shared.messages import command as c
from shared.messages.automation import AskDetails
from shared.messages.changeset import AddEvent, ChangeTicket, OpenTicket, SetTimer
from shared.messages.gathering import Merge, Unmerge
from shared.settings.policy import Team
from shared.settings.rules import Customer
from shared.settings.targets import Hours
from tests.router.life.clockwork import Clockwork, policy, sla, warsaw
from tests.router.world import mail

HOUR = timedelta(hours=1)
MONDAY = warsaw("2026-03-02T09:00")
TEAM = Team(name="technical", members=("boris@acme.example", "ana@acme.example"))


def opened(at: datetime = MONDAY, *slas: Any, **more: Any) -> Clockwork:
    world = Clockwork(policy=policy(*slas, **more))
    world.write("first", at)
    return world


def change(**fields: Any) -> c.Change:
    return c.Change(number=1001, fields=fields)


def reply() -> c.Reply:
    return c.Reply(number=1001, text="Please switch it on.")


def breaches(world: Clockwork) -> list[tuple[str, int]]:
    return [(event.data["clock"], event.data["cycle"]) for event in world.events("sla_breached")]


# -- working time -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "written", "first", "target"),
    [
        ("office", "2026-03-02T09:00", "2026-03-02T11:00", "2h"),
        ("office", "2026-03-02T11:00", "2026-03-02T14:00", "2h"),  # lunch
        ("office", "2026-03-02T16:00", "2026-03-02T17:00", "1h"),  # the last minute of the day still counts
        ("office", "2026-03-06T16:00", "2026-03-09T09:00", "2h"),  # Friday evening
        ("office", "2026-03-06T22:10", "2026-03-09T10:00", "2h"),  # Friday night
        ("office", "2026-03-07T12:00", "2026-03-09T10:00", "2h"),  # Saturday
        ("office", "2026-11-10T16:00", "2026-11-12T09:00", "2h"),  # Independence Day between
        ("office", "2026-04-03T16:00", "2026-04-07T09:00", "2h"),  # Good Friday works, Easter Monday does not
        ("office", "2026-03-27T16:30", "2026-03-30T16:30", "8h"),  # the clocks go forward on the Sunday
        ("nights", "2026-03-28T23:00", "2026-03-29T04:00", "4h"),  # the night has an hour less
        ("nights", "2026-10-24T23:00", "2026-10-25T03:00", "5h"),  # the night has an hour more
        ("", "2026-03-06T16:00", "2026-03-06T18:00", "2h"),
        ("", "2026-03-28T23:00", "2026-03-29T04:00", "4h"),
    ],
)  # fmt: skip
def test_the_first_answer_is_due_in_working_time(hours: str, written: str, first: str, target: str) -> None:
    world = opened(warsaw(written), sla(hours=hours, first_response=target))
    assert world.ticket.first_response_due == warsaw(first).astimezone(UTC)


def test_hours_of_several_windows_in_another_zone_count_where_the_office_is() -> None:
    zagreb = Hours.model_validate({
        "name": "shop", "timezone": "Asia/Kathmandu", "holidays": ["2026-03-03"],
        "week": {"mon": ["06:15-07:00", "09:30-10:00", "23:00-24:00"], "tue": ["00:00-24:00"], "wed": ["00:00-01:00"]},
    })  # fmt: skip
    world = opened(datetime(2026, 3, 2, 0, 0, tzinfo=UTC), sla(hours="shop", first_response="2h30m"), hours=(zagreb,))
    # 05:45 there: 45 minutes, 30 minutes, 60 minutes, a day off, 15 minutes of Wednesday.
    assert world.ticket.first_response_due == datetime(2026, 3, 3, 18, 30, tzinfo=UTC)


def test_a_calendar_that_is_never_open_promises_nothing_and_fails_nowhere() -> None:
    world = opened(MONDAY, sla(hours="never"), hours=(Hours(name="never"),))
    assert world.ticket.first_response_due is None
    assert not world.state.timers
    assert world.sent("acknowledgement")[0].outbound.variables["expected_seconds"] is None


# -- what starts and stops them -----------------------------------------------------------------------------------------


def test_the_first_answer_stops_its_clock_and_a_customers_message_starts_the_next() -> None:
    world = opened()
    world.act(c.Note(number=1001, text="I'll look."), MONDAY + HOUR / 4)
    assert world.cycles("first_response")[0].met_at is None
    world.write("more", MONDAY + HOUR / 2, refs=("first",))
    assert not world.cycles("next_response"), "the first answer is still to come"
    world.act(reply(), MONDAY + HOUR)
    (first,) = world.cycles("first_response")
    assert (first.met_at, first.elapsed_seconds, first.breached_at) == (MONDAY + HOUR, 3600, None)
    assert world.ticket.first_response_due is None
    world.write("again", MONDAY + 2 * HOUR, refs=("first",))
    world.write("and again", MONDAY + 2.5 * HOUR, refs=("first",))
    assert world.ticket.next_response_due == warsaw("2026-03-02T12:00")
    world.act(c.Note(number=1001, text="Asked the workshop."), MONDAY + 2.6 * HOUR)
    assert world.ticket.next_response_due is not None
    world.act(reply(), warsaw("2026-03-02T11:45"))
    assert world.ticket.next_response_due is None
    world.write("once more", warsaw("2026-03-02T16:30"), refs=("first",))
    assert world.ticket.next_response_due == warsaw("2026-03-03T08:30")
    assert [cycle.cycle for cycle in world.cycles("next_response")] == [1, 2]


def test_automatic_mail_is_no_question_that_waits_for_an_answer() -> None:
    world = opened()
    world.act(reply(), MONDAY + HOUR)
    world.write("away", MONDAY + 2 * HOUR, refs=("first",), automatic="auto-reply")
    assert not world.cycles("next_response")


def test_what_is_said_over_and_over_by_a_machine_asks_nothing() -> None:
    world = Clockwork()
    for number in range(10):
        world.write(f"same {number}", MONDAY + timedelta(minutes=number), text="All is well.")
    number = world.number_of("same 9")
    world.act(c.Reply(number=number, text="Thank you."), MONDAY + timedelta(minutes=15))
    world.write("same again", MONDAY + timedelta(minutes=20), text="All is well.")
    assert (world.routed("same again"), world.number_of("same again")) == ("repeated content", number)
    held = world.state.tickets[world.ticket_of("same again")].state["sla"]
    assert [run["clock"] for run in held["open"]] == ["resolution"]


def test_a_message_that_waited_for_us_counts_from_when_it_came() -> None:
    world = opened()
    world.act(reply(), MONDAY + HOUR / 2)
    late = mail("late", refs=("first",), text="It still does not.", received_at=MONDAY + HOUR)
    assert world.commit(decide_inbound(late, world.facts(late), world.policy, MONDAY + 1.5 * HOUR)) == "committed"
    assert world.ticket.next_response_due == MONDAY + 2 * HOUR


def test_solving_stops_every_clock_and_opening_again_starts_another_run() -> None:
    world = opened()
    world.act(reply(), MONDAY + HOUR)
    world.write("more", MONDAY + 2 * HOUR, refs=("first",))
    world.act(c.Solve(number=1001, summary="It was off."), MONDAY + 2.5 * HOUR)
    assert world.ticket.next_response_due is world.ticket.resolution_due is None
    assert {timer.kind for timer in world.state.timers.values()} == {"close"}
    (solved,) = world.cycles("resolution")
    assert (solved.met_at, solved.elapsed_seconds) == (MONDAY + 2.5 * HOUR, 2.5 * 3600)
    world.write("no", warsaw("2026-03-02T14:00"), refs=("first",))
    again = world.cycles("resolution")[1]
    assert (again.cycle, again.started_at, again.elapsed_seconds) == (2, warsaw("2026-03-02T14:00"), 0)
    assert world.ticket.resolution_due == warsaw("2026-03-03T14:00")
    assert world.cycles("next_response")[1].due == warsaw("2026-03-02T15:00")


def test_what_an_agent_opens_again_waits_for_a_solution_and_no_answer() -> None:
    world = opened()
    world.act(c.Solve(number=1001, summary="It was off."), MONDAY + HOUR)
    world.act(c.Reopen(number=1001), MONDAY + 2 * HOUR)
    assert [cycle.cycle for cycle in world.cycles("resolution")] == [1, 2]
    assert not world.cycles("next_response")
    assert world.ticket.first_response_due is None


@pytest.mark.parametrize("undone", [c.NotSpam(number=1001), change(status="open")])
def test_spam_is_waited_for_by_nobody_until_somebody_says_that_it_is_none(undone: c.Action) -> None:
    world = opened()
    world.act(c.MarkSpam(number=1001), MONDAY + HOUR)
    assert not world.state.timers
    assert world.ticket.first_response_due is None
    assert [(each.met_at, each.ended_at) for each in world.cycles("first_response")] == [(None, MONDAY + HOUR)]
    world.act(undone, MONDAY + 2 * HOUR)
    assert world.ticket.first_response_due == warsaw("2026-03-02T14:00")
    assert [each.cycle for each in world.cycles("resolution")] == [1, 2]
    assert [timer.kind for timer in world.state.timers.values()] == ["sla"]


def test_a_merging_that_is_undone_lets_the_clocks_go_on_as_if_it_had_not_been() -> None:
    world = opened()
    world.write("second", MONDAY, subject="Something else")
    world.act(Merge(number=1001, into=1002), MONDAY + HOUR)
    merged = next(each for each in world.state.tickets.values() if each.number == 1001)
    assert merged.status == "merged"
    assert merged.first_response_due is merged.resolution_due is None
    world.act(Unmerge(number=1001), MONDAY + 1.25 * HOUR)
    assert world.ticket.first_response_due == MONDAY + 2 * HOUR
    world.run(MONDAY + 2 * HOUR)
    assert [event.ticket_id for event in world.events("sla_breached")].count(world.ticket_of("first")) == 1


def test_whoever_waits_in_a_ticket_that_is_merged_waits_in_the_other_one() -> None:
    world = opened()
    world.act(reply(), MONDAY + HOUR / 2)
    world.write("second", MONDAY + HOUR, subject="Something else")
    assert world.number_of("second") == 1002
    world.act(Merge(number=1002, into=1001), MONDAY + 1.5 * HOUR)
    assert world.ticket.next_response_due == MONDAY + 2 * HOUR
    assert {timer.ticket_id for timer in world.state.timers.values()} == {world.ticket_of("first")}
    world.act(Unmerge(number=1002), MONDAY + 1.75 * HOUR)
    assert world.ticket.next_response_due is None
    assert world.state.tickets[world.ticket_of("second")].first_response_due == MONDAY + 3 * HOUR


def test_a_ticket_inside_the_house_has_to_be_solved_in_time_and_answered_to_nobody() -> None:
    world = Clockwork()
    world.act(c.OpenByHand(subject="Order 7", text="Please send it.", internal=True), MONDAY)
    (ticket,) = world.state.tickets.values()
    assert (ticket.first_response_due, ticket.resolution_due) == (None, warsaw("2026-03-03T09:00"))


def test_an_imported_or_old_ticket_has_no_clocks_until_its_customer_writes() -> None:
    for more in ({"imported": True, "unfinished": True}, {"silent": True}):
        world = Clockwork()
        world.write("first", MONDAY, **more)
        assert "sla" not in world.ticket.state
        assert world.ticket.first_response_due is world.ticket.resolution_due is None
        assert not world.state.timers
        world.act(change(priority="urgent"), MONDAY + HOUR)
        assert not world.state.timers
        world.write("now", MONDAY + HOUR, refs=("first",))
        assert world.ticket.next_response_due == warsaw("2026-03-02T11:00")


# -- pauses -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["pending", "on_hold"])
def test_the_clocks_stand_still_while_somebody_else_is_waited_for(status: str) -> None:
    world = opened()
    world.act(change(status=status), MONDAY + HOUR)
    assert world.ticket.first_response_due is world.ticket.resolution_due is None
    assert not world.state.timers
    world.run(warsaw("2026-03-04T10:00"))
    assert not breaches(world)
    world.act(change(status="open"), warsaw("2026-03-04T10:00"))
    (first,) = world.cycles("first_response")
    assert first.due == world.ticket.first_response_due == warsaw("2026-03-04T11:00")
    assert (first.elapsed_seconds, first.paused_seconds) == (3600, 48 * 3600)
    assert world.ticket.resolution_due == warsaw("2026-03-05T09:00")


def test_a_policy_says_itself_what_pauses_it() -> None:
    world = opened(MONDAY, sla(pauses=["pending"]))
    world.act(change(status="on_hold"), MONDAY + HOUR)
    assert world.ticket.first_response_due == MONDAY + 2 * HOUR
    world.act(change(status="pending"), MONDAY + HOUR)
    assert world.ticket.first_response_due is None


def test_whoever_was_asked_for_details_is_waited_for_whatever_else_pauses_a_policy() -> None:
    world = opened(MONDAY, sla(pauses=["on_hold"]))
    world.act(AskDetails(number=1001, fields=["model"]), MONDAY + HOUR)
    assert world.ticket.resolution_due is None
    world.write("model", MONDAY + 2 * HOUR, refs=("first",))
    assert world.ticket.resolution_due == warsaw("2026-03-03T10:00")


def test_a_customers_answer_ends_the_pause() -> None:
    world = opened()
    world.act(reply(), MONDAY + HOUR)
    world.act(change(status="pending"), MONDAY + HOUR)
    world.write("here", MONDAY + 2 * HOUR, refs=("first",))
    assert world.ticket.status == "open"
    assert world.ticket.next_response_due == MONDAY + 3 * HOUR
    assert world.ticket.resolution_due == warsaw("2026-03-03T10:00")


# -- other terms --------------------------------------------------------------------------------------------------------


def test_another_priority_changes_the_target_and_keeps_what_has_passed() -> None:
    world = opened(MONDAY, sla(by_priority={"urgent": {"first_response": "90m", "resolution": "4h"}}))
    world.act(change(priority="urgent"), MONDAY + HOUR)
    assert world.ticket.first_response_due == MONDAY + 1.5 * HOUR
    assert world.ticket.resolution_due == warsaw("2026-03-02T14:00")
    world.act(change(priority="normal"), MONDAY + 1.25 * HOUR)
    assert world.ticket.first_response_due == MONDAY + 2 * HOUR
    assert len(world.cycles("first_response")) == 1


@pytest.mark.parametrize(
    ("when", "fields"),
    [
        ({"priority": ["high"]}, {"priority": "high"}),
        ({"category": ["billing"]}, {"category": "billing"}),
        ({"team": ["technical"]}, {"team": "technical"}),
        ({"tags": ["vip"]}, {"tags": ["other", "vip"]}),
    ],
)
def test_the_policy_follows_whatever_it_depends_on(when: dict[str, Any], fields: dict[str, Any]) -> None:
    world = opened(MONDAY, sla("fast", when=when, first_response="30m", hours=""), sla())
    assert world.ticket.first_response_due == MONDAY + 2 * HOUR
    changeset = world.act(change(**fields), MONDAY + HOUR / 4)
    assert world.ticket.first_response_due == MONDAY + HOUR / 2
    event = next(event for event in world.events("sla_changed"))
    assert event.data == {"from": "standard", "to": "fast"}
    reasons = [op.reasons["sla"] for op in changeset.operations if isinstance(op, ChangeTicket) and "sla" in op.reasons]
    assert [reason.evidence for reason in reasons] == ["fast"]


@pytest.mark.parametrize(
    ("contact", "applies"),
    [
        ("ana@customer.example", True),
        ("Customer.Example", True),
        ("@customer.example", True),
        ("example", False),
        ("other.example", False),
    ],
)
def test_a_policy_may_be_for_an_address_or_a_domain(contact: str, applies: bool) -> None:
    world = opened(MONDAY, sla("vip", when={"contact": [contact]}, first_response="30m"), sla())
    assert (world.ticket.first_response_due == MONDAY + HOUR / 2) is applies


@pytest.mark.parametrize(
    ("known", "applies"),
    [({"domains": ["Customer.example"]}, True), ({"addresses": ["ana@customer.example"]}, True), ({"domains": ["x.example"]}, False)],
)  # fmt: skip
def test_a_policy_may_be_for_a_customer_who_is_known_beforehand(known: dict[str, Any], applies: bool) -> None:
    big = Customer.model_validate({"name": "Big Corp"} | known)
    fast = sla("vip", when={"customer": ["Big Corp"]}, first_response="30m")
    world = opened(MONDAY, fast, sla(), customer=(big,))
    assert (world.ticket.first_response_due == MONDAY + HOUR / 2) is applies


def test_a_policy_may_be_for_an_inbox_and_all_conditions_must_be_met() -> None:
    fast = sla("fast", when={"inbox": ["support"], "priority": ["high"]}, first_response="30m")
    assert opened(MONDAY, fast, sla()).ticket.first_response_due == MONDAY + 2 * HOUR
    fast = sla("fast", when={"inbox": ["support"], "priority": ["normal", "high"]}, first_response="30m")
    assert opened(MONDAY, fast, sla()).ticket.first_response_due == MONDAY + HOUR / 2


def test_without_a_policy_time_is_measured_and_nothing_is_due() -> None:
    world = opened(MONDAY, sla(when={"team": ["none"]}))
    assert world.ticket.first_response_due is world.ticket.resolution_due is None
    assert not world.state.timers
    world.act(reply(), MONDAY + 5 * HOUR)
    assert world.cycles("first_response")[0].elapsed_seconds == 5 * 3600


def test_a_target_that_is_used_up_when_it_comes_to_count_is_missed_at_once_and_a_longer_one_not_again() -> None:
    world = opened(MONDAY, sla(by_priority={"urgent": {"first_response": "30m"}, "low": {"first_response": "4h"}}))
    world.act(change(priority="urgent"), MONDAY + HOUR)
    assert breaches(world) == [("first_response", 1)]
    world.act(change(priority="low"), MONDAY + 1.5 * HOUR)
    assert world.ticket.first_response_due == warsaw("2026-03-02T14:00")
    world.run(MONDAY + 48 * HOUR)
    assert breaches(world).count(("first_response", 1)) == 1


def test_other_hours_in_the_configuration_count_as_soon_as_something_happens_or_the_timer_goes_off() -> None:
    world = opened()
    mornings = {day: ["08:00-10:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    office = Hours.model_validate({"name": "office", "timezone": "Europe/Warsaw", "week": mornings})
    world.policy = replace(policy(hours=(office,)), version="another")
    world.run(warsaw("2026-03-02T12:00"))
    assert not breaches(world), "only an hour of it was worked on Monday"
    assert world.ticket.first_response_due == warsaw("2026-03-03T09:00")


# -- warnings -----------------------------------------------------------------------------------------------------------


def test_a_target_warns_at_its_share_and_is_missed_once() -> None:
    world = opened()
    assert [timer.due_at for timer in world.state.timers.values()] == [MONDAY + 1.5 * HOUR]
    world.run(MONDAY + 1.5 * HOUR)
    (warning,) = world.events("sla_warning")
    assert warning.data == {
        "clock": "first_response", "cycle": 1, "policy": "standard", "target_seconds": 7200.0,
        "due": (MONDAY + 2 * HOUR).astimezone(UTC).isoformat(),
    }  # fmt: skip
    assert (warning.actor, warning.at) == ("system", MONDAY + 1.5 * HOUR)
    world.run(MONDAY + 2 * HOUR)
    assert breaches(world) == [("first_response", 1)]
    world.run(MONDAY + 14 * 24 * HOUR)
    assert breaches(world) == [("first_response", 1), ("resolution", 1)]
    assert len(world.events("sla_warning")) == 2
    assert not world.state.timers
    world.act(reply(), MONDAY + 14 * 24 * HOUR)
    (first,) = world.cycles("first_response")
    assert (first.breached_at, first.met_at) == (MONDAY + 2 * HOUR, MONDAY + 14 * 24 * HOUR)


def test_another_target_warns_again() -> None:
    world = opened(MONDAY, sla(by_priority={"low": {"first_response": "8h"}}))
    world.run(MONDAY + 1.75 * HOUR)
    world.act(change(priority="low"), MONDAY + 1.75 * HOUR)
    world.run(warsaw("2026-03-02T15:59"))
    assert len(world.events("sla_warning")) == 1
    world.run(warsaw("2026-03-02T16:00"))
    assert [event.data["target_seconds"] for event in world.events("sla_warning")] == [7200, 28800, 28800]
    assert {event.data["clock"] for event in world.events("sla_warning")} == {"first_response", "resolution"}


def test_what_was_missed_stays_due_when_it_was_over_a_pause() -> None:
    world = opened()
    world.run(MONDAY + 2.5 * HOUR)
    world.act(change(status="pending"), MONDAY + 2.5 * HOUR)
    world.act(change(status="open"), warsaw("2026-03-04T09:00"))
    assert world.ticket.first_response_due == MONDAY + 2 * HOUR
    assert breaches(world) == [("first_response", 1)]


def test_a_pause_at_the_moment_of_a_warning_needs_none_until_it_is_over() -> None:
    world = opened()
    world.act(change(status="pending"), MONDAY + 1.5 * HOUR)
    assert not world.events("sla_warning")
    world.act(change(status="open"), warsaw("2026-03-04T09:00"))
    assert len(world.events("sla_warning")) == 1


def test_a_pause_at_the_last_moment_is_in_time_and_its_end_is_not() -> None:
    world = opened()
    world.act(change(status="pending"), MONDAY + 2 * HOUR)
    assert not breaches(world)
    world.act(change(status="open"), warsaw("2026-03-04T09:00"))
    assert breaches(world) == [("first_response", 1)]
    assert world.ticket.first_response_due == warsaw("2026-03-04T09:00")


def test_a_timer_that_goes_off_early_by_the_routers_clock_is_set_again() -> None:
    world = opened()
    (timer,) = world.state.timers.values()
    world.fire(timer, MONDAY + 1.5 * HOUR - timedelta(seconds=1))
    assert not world.events("sla_warning")
    (again,) = world.state.timers.values()
    assert (again.due_at, again.generation) == (timer.due_at, 2)


def test_one_timer_is_set_for_whatever_comes_first_and_only_when_that_changes() -> None:
    world = opened()
    (timer,) = world.state.timers.values()
    assert timer.kind == "sla"
    changeset = world.act(c.Note(number=1001, text="I'll look."), MONDAY + HOUR)
    assert not [op for op in changeset.operations if isinstance(op, SetTimer | ChangeTicket)]
    world.act(reply(), MONDAY + HOUR)
    (moved,) = world.state.timers.values()
    assert (moved.timer_id, moved.generation, moved.due_at) == (timer.timer_id, 2, warsaw("2026-03-02T16:00"))


def test_a_timer_that_goes_off_late_tells_of_the_miss_alone() -> None:
    world = opened()
    (timer,) = world.state.timers.values()
    world.fire(timer, MONDAY + 3 * HOUR)
    assert not world.events("sla_warning")
    assert breaches(world) == [("first_response", 1)]
    assert world.cycles("first_response")[0].breached_at == MONDAY + 2 * HOUR


def test_a_timer_that_goes_off_twice_or_for_what_is_over_tells_nothing() -> None:
    world = opened()
    (timer,) = world.state.timers.values()
    world.run(MONDAY + 1.5 * HOUR)
    assert world.commit(world.causes[f"timer:{timer.timer_id}:{timer.generation}"]) == "repeated"
    (timer,) = world.state.timers.values()
    world.act(reply(), MONDAY + 1.75 * HOUR)
    assert not world.fire(timer, MONDAY + 2 * HOUR).operations
    assert len(world.events("sla_warning")) == 1
    assert not breaches(world)


def test_an_answer_at_the_last_moment_is_in_time_and_one_after_it_is_not() -> None:
    for late, expected in ((timedelta(0), []), (timedelta(microseconds=1), [("first_response", 1)])):
        world = opened()
        world.act(reply(), MONDAY + 2 * HOUR + late)
        assert breaches(world) == expected
        assert all(event.actor == "system" for event in world.events("sla_breached"))


@pytest.mark.parametrize(
    ("assignee", "team", "told"),
    [
        ("zora@acme.example", "technical", ["zora@acme.example"]),
        (None, "technical", ["boris@acme.example", "ana@acme.example"]),
        (None, None, ["ops@acme.example"]),
        ("nobody whose address is known", "technical", ["boris@acme.example", "ana@acme.example"]),
    ],
)
def test_the_assignee_is_told_else_the_team_else_the_operators(
    assignee: str | None, team: str | None, told: list[str]
) -> None:
    world = opened(MONDAY, team=(TEAM,))
    world.policy = replace(world.policy, alerts=("ops@acme.example",))
    (ticket,) = world.state.tickets.values()
    ticket.assignee, ticket.team = assignee, team
    world.run(MONDAY + 2 * HOUR)
    for template in ("sla.warning", "sla.breached"):
        sent = [delivery.outbound for delivery in world.sent(template)]
        assert [each.to[0].address for each in sent] == told
        assert all(each.kind == "alert" and each.channel == "email" for each in sent)
    warning = world.sent("sla.warning")[0].outbound
    assert warning.subject == "Due soon: Printer"
    said = {"what": "the first answer", "until": "2026-03-02 11:00 CET", "customer": "the customer"}
    assert warning.variables == said


def test_nobody_is_told_of_what_is_answered_too_late_or_where_the_policy_says_so() -> None:
    world = opened(MONDAY, team=(TEAM,))
    world.act(change(team="technical"), MONDAY)
    world.act(reply(), MONDAY + 3 * HOUR)
    assert breaches(world) == [("first_response", 1)]
    assert not world.sent("sla.breached")
    quiet = opened(MONDAY, sla(tell=False), team=(TEAM,))
    quiet.act(change(team="technical"), MONDAY)
    quiet.run(MONDAY + 3 * HOUR)
    assert breaches(quiet) == [("first_response", 1)]
    assert not quiet.sent("sla.breached")


# -- what the customer is told ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "language", "expected"),
    [
        ("2026-03-02T09:00", "en", None),
        ("2026-03-02T11:00", "en", "by Monday, 2 March, 14:00 CET"),
        ("2026-03-06T22:10", "en", "by Monday, 9 March, 10:00 CET"),
        ("2026-03-06T16:01:01", "pl", "najpóźniej w poniedziałek 9 marca do godz. 09:05 CET"),
        ("2026-04-03T16:00", "hr", "najkasnije u utorak, 7. travnja do 09:00 CEST"),
    ],
)
def test_the_acknowledgement_says_by_when_we_answer(written: str, language: str, expected: str | None) -> None:
    world = Clockwork()
    world.write("first", warsaw(written), language=language, language_confidence=1.0)
    variables = world.sent("acknowledgement")[0].outbound.variables
    assert variables.get("expected") == expected
    if expected is None:
        assert variables["expected_seconds"] == 7200


def test_a_message_that_waited_for_us_is_promised_what_is_left_and_never_the_past() -> None:
    for waited, seconds in ((HOUR, 3600), (2 * HOUR, None), (30 * HOUR, None)):
        world = Clockwork(policy=policy(sla(hours="")))
        message = mail("first", received_at=MONDAY)
        changeset = decide_inbound(message, world.facts(message), world.policy, MONDAY + waited)
        assert world.commit(changeset) == "committed"
        variables = world.sent("acknowledgement")[0].outbound.variables
        assert variables["expected_seconds"] == seconds
        assert world.ticket.first_response_due == MONDAY + 2 * HOUR


def test_opening_an_ordinary_ticket_costs_one_timer_and_tells_of_its_policy() -> None:
    world = opened()
    operations = world.changesets[0].operations
    assert [op.kind for op in operations if isinstance(op, SetTimer)] == ["sla"]
    (opening,) = (op for op in operations if isinstance(op, OpenTicket))
    assert opening.reasons["sla"].evidence == "standard"
    assert not [op for op in operations if isinstance(op, ChangeTicket) and op.fields]
    assert not [op for op in operations if isinstance(op, AddEvent) and op.what.startswith("sla")]


def test_whoever_asks_hears_until_when_on_the_clock_of_the_office() -> None:
    world = opened()
    world.write("asking", MONDAY + HOUR / 2, refs=("first",), text="STATUS")
    (told,) = world.sent("status.due")
    assert told.outbound.variables["until"] == "2026-03-02 11:00 CET"
