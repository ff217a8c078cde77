"""Giving tickets to agents by themselves: to whom, when to nobody, when they come back, and what the customer hears."""

from datetime import datetime, timedelta

import pytest

from services.router.deciding import life
from services.router.deciding.inbound import decide_inbound
from shared.messages import command as c
from shared.messages.changeset import Changeset
from shared.messages.facts import FactsRequest, agent_key
from tests.router.life.clockwork import sla, warsaw
from tests.router.life.staffworld import ALWAYS, TEAM, Staffed, policy, staff, team_of_three
from tests.router.world import mail

ANNA, BORIS, CARA = TEAM
HOUR = timedelta(hours=1)


def acknowledgement(world: Staffed, name: str) -> list[str]:
    """The texts that the acknowledgement of a mail is made of."""
    ticket_id = world.ticket_of(name)
    (sent,) = [each for each in world.told("acknowledgement") if each.ticket_id == ticket_id]
    return ["acknowledgement", *(each.template for each in sent.postscripts)]


# -- to whom ------------------------------------------------------------------------------------------------------------


def test_without_a_mode_tickets_stay_in_their_teams_queue_and_nobody_asks_for_agents() -> None:
    world = team_of_three(Staffed(policy("off")))
    assert world.writes("a").team == "technical"
    assert world.given("a") == ["-"]
    assert not world.state.timers or all(timer.kind == "sla" for timer in world.state.timers.values())
    assert not life.inbound_needs(FactsRequest(), world.policy).staff
    asked = life.inbound_needs(FactsRequest(), policy())
    assert (asked.staff, asked.last_agents) == (True, True)


def test_round_robin_gives_each_of_the_team_one_in_turn() -> None:
    world = team_of_three(Staffed()).hire(staff("dora@acme.example"))
    for name in "abcdefg":
        world.writes(name)
    assert world.given(*"abcdefg") == ["anna", "boris", "cara", "anna", "boris", "cara", "anna"]
    (event,) = world.trail("a", "assigned")
    assert (event.actor, event.data["agent"], event.data["team"]) == ("system", ANNA, "technical")
    ticket = world.state.tickets[world.ticket_of("a")]
    assert ticket.assigned_at == world.trail("a", "assigned")[0].at


def test_a_batch_is_given_out_as_fairly_as_mail_after_mail() -> None:
    world = team_of_three(Staffed(policy("least_busy")))
    mails = [mail(f"m{n}", f"m{n}@customer.example", subject="Error", text=f"Error {n}") for n in range(9)]
    assert world.commit_batch(world.decide_batch(mails)) == ["committed"] * 9
    assert [agent.open for agent in world.state.staff.values()] == [3, 3, 3]


def test_the_least_busy_is_whoever_has_fewest_open_tickets() -> None:
    world = Staffed(policy("least_busy")).hire(staff(ANNA, open=4), staff(BORIS, open=1), staff(CARA, open=2))
    for name in "abcd":
        world.writes(name)
    assert world.given(*"abcd") == ["boris", "cara", "boris", "cara"]
    assert [agent.open for agent in world.state.staff.values()] == [4, 3, 4]
    world.act(c.Solve(number=world.number_of("a"), summary="Mended."))
    assert world.state.staff[BORIS].open == 2
    reason = world.trail("b", "assigned")[0]
    assert reason.reason == "least busy"
    assert "of 3 who can" in reason.data["evidence"]


@pytest.mark.parametrize(
    ("preference", "full", "given"),
    [("prefer", False, "cara"), ("prefer", True, "anna"), ("require", False, "cara"), ("require", True, "-")],
)
def test_agents_who_speak_the_customers_language_come_first(preference: str, full: bool, given: str) -> None:
    world = Staffed(policy(language=preference)).hire(
        staff(ANNA), staff(BORIS, languages=["en"]), staff(CARA, languages=["hr", "en"], capacity=0 if full else None)
    )
    world.writes("a", language="hr", language_confidence=1.0, text="Uređaj ne radi, error.")
    assert world.given("a") == [given]


def test_the_customers_last_agent_gets_their_next_ticket_unless_they_are_away() -> None:
    world = team_of_three(Staffed())
    for name in ("a", "b", "c", "d"):
        world.writes(name, "ana@customer.example")
    assert world.given("a", "b", "c", "d") == ["anna"] * 4
    assert world.trail("b", "assigned")[0].reason == "had the customer's last ticket"
    world.away(ANNA, world.now + HOUR)
    world.writes("e", "ana@customer.example")
    assert world.given("e") == ["boris"]
    plain = team_of_three(Staffed(policy(sticky=False)))
    for name in ("a", "b"):
        plain.writes(name, "ana@customer.example")
    assert plain.given("a", "b") == ["anna", "boris"]


def test_nobody_is_given_more_than_they_can_take_and_what_is_left_waits() -> None:
    world = Staffed(policy(capacity=1)).hire(staff(ANNA, capacity=2), staff(BORIS), staff(CARA, role="auditor"))
    for name in "abcd":
        world.writes(name)
    assert world.given(*"abcd") == ["anna", "boris", "anna", "-"]
    world.act(c.Solve(number=world.number_of("b"), summary="Mended."))
    world.until(world.now + HOUR)
    assert world.given("d") == ["boris"]
    assert not [timer for timer in world.state.timers.values() if timer.kind == "assign"]


def test_tickets_without_a_team_of_their_own_go_to_whoever_answers_customers() -> None:
    world = Staffed(policy(team={"name": "elsewhere"})).hire(staff(ANNA, role="admin"), staff(BORIS), staff(CARA))
    for name in "ab":
        world.writes(name)
    assert world.state.tickets[world.ticket_of("a")].team == "technical"
    assert world.given("a", "b") == ["boris", "cara"]


def test_a_team_decides_for_itself_and_one_without_agents_keeps_its_queue() -> None:
    own = team_of_three(Staffed(policy("off", team={"assign": "round_robin"})))
    own.writes("a")
    own.writes("b", subject="Invoice", text="A question about my invoice.")
    assert own.given("a", "b") == ["anna", "-"]
    empty = Staffed(policy()).hire(staff("dora@acme.example"))
    empty.writes("a")
    assert empty.given("a") == ["-"]
    assert not [timer for timer in empty.state.timers.values() if timer.kind == "assign"]


def test_spam_and_what_an_agent_put_back_is_given_to_nobody() -> None:
    world = team_of_three(Staffed(policy(sticky=False)))
    number = world.number_of(world.writes("a") and "a")
    world.act(c.Change(number=number, fields={"assignee": None}))
    assert world.given("a") == ["-"]
    world.act(c.MarkSpam(number=number))
    assert world.given("a") == ["-"]
    world.act(c.NotSpam(number=number))
    assert world.given("a") == ["boris"]


def test_two_routers_that_choose_the_same_agent_do_not_both_commit() -> None:
    world = Staffed(policy()).hire(staff(ANNA, capacity=1), staff(BORIS, capacity=1))
    one, other = (mail(name, f"{name}@customer.example", subject="Error", text=name) for name in "ab")
    first, second = (decide_inbound(each, world.facts(each), world.policy, each.received_at) for each in (one, other))
    assert agent_key("id-anna") in first.bumps
    assert world.commit(first) == "committed"
    assert world.commit(second) == "conflict"
    world.take(other)
    assert world.given("a", "b") == ["anna", "boris"]


def test_an_agent_who_is_filled_up_by_hand_meanwhile_is_given_no_more_by_a_router() -> None:
    world = Staffed(policy()).hire(staff(ANNA, capacity=1))
    world.writes("x", subject="Invoice", text="My invoice")
    late = mail("b", "b@customer.example", subject="Error", text="b")
    changeset = decide_inbound(late, world.facts(late), world.policy, late.received_at)
    world.act(c.Change(number=world.number_of("x"), fields={"assignee": ANNA}))
    assert world.commit(changeset) == "conflict"
    world.take(late)
    assert world.given("x", "b") == ["anna", "-"]


# -- to another team ----------------------------------------------------------------------------------------------------


def test_a_corrected_category_leads_to_its_team_and_to_somebody_of_it() -> None:
    world = team_of_three(Staffed()).hire(staff("dora@acme.example"))
    number = world.number_of(world.writes("a") and "a")
    world.act(c.Change(number=number, fields={"category": "billing"}))
    ticket = world.ticket(number)
    assert (ticket.team, ticket.assignee) == ("billing", "dora@acme.example")
    whats = [event.what for event in world.trail("a", "team_changed", "unassigned", "assigned")]
    assert whats == ["assigned", "team_changed", "unassigned", "assigned"]


def test_a_correction_undoes_no_team_that_somebody_chose() -> None:
    world = team_of_three(Staffed()).hire(staff("dora@acme.example"))
    number = world.number_of(world.writes("a") and "a")
    world.act(c.Change(number=number, fields={"team": "order"}))
    assert world.ticket(number).assignee == "dora@acme.example"
    world.act(c.Change(number=number, fields={"category": "billing"}))
    assert world.ticket(number).team == "order"
    world.act(c.Change(number=number, fields={"team": "technical", "assignee": "dora@acme.example"}))
    assert world.ticket(number).assignee == "dora@acme.example"


# -- away ---------------------------------------------------------------------------------------------------------------


def test_a_ticket_whose_agent_is_away_returns_to_the_team_when_its_customer_writes() -> None:
    world = team_of_three(Staffed())
    world.writes("a")
    world.away(ANNA, ALWAYS)
    world.writes("b", "a@customer.example", refs=("a",))
    world.until(world.now + 59 * HOUR / 60)
    assert world.given("a") == ["anna"]
    world.until(world.now + HOUR / 60)
    assert world.given("a") == ["boris"]
    assert [event.what for event in world.trail("a", "returned_to_team")] == ["returned_to_team"]


@pytest.mark.parametrize("what", ["answered", "back", "back by then", "given to another", "solved"])
def test_it_stays_where_it_is_if_the_agent_sees_to_it_after_all(what: str) -> None:
    world = team_of_three(Staffed())
    world.writes("a")
    world.away(ANNA, world.now + HOUR / 2 if what == "back by then" else ALWAYS)
    world.writes("b", "a@customer.example", refs=("a",))
    number = world.number_of("a")
    if what == "answered":
        world.act(c.Reply(number=number, text="Look."))
    elif what == "back":
        world.away(ANNA, None)
    elif what == "given to another":
        world.act(c.Change(number=number, fields={"assignee": CARA}))
    elif what == "solved":
        world.act(c.Solve(number=number, summary="Mended."))
    world.until(world.now + 2 * HOUR)
    assert world.given("a") == ["cara" if what == "given to another" else "anna"]
    assert not world.trail("a", "returned_to_team")


def test_only_the_teams_working_time_counts_and_without_a_mode_the_team_is_told() -> None:
    world = team_of_three(Staffed(policy("off", team={"hours": "office"})))
    world.now = warsaw("2026-03-06T16:30")  # a Friday
    world.writes("a", after=0)
    world.act(c.Change(number=world.number_of("a"), fields={"assignee": ANNA}))
    world.away(ANNA, ALWAYS)
    world.writes("b", "a@customer.example", refs=("a",), after=0)
    world.until(warsaw("2026-03-09T08:29"))
    assert world.given("a") == ["anna"]
    world.until(warsaw("2026-03-09T08:30"))
    assert world.given("a") == ["-"]
    assert {each.to[0].address for each in world.told("agent.returned")} == {BORIS, CARA}


# -- nobody is there ----------------------------------------------------------------------------------------------------


def test_a_customer_who_writes_at_night_is_told_when_somebody_is_there_and_has_somebody_then() -> None:
    night = policy(team={"hours": "office"}, sla=(sla(hours="", first_response="2h"),))
    world = team_of_three(Staffed(night))
    world.now = warsaw("2026-03-06T22:10")
    world.writes("a", after=0, language="pl", language_confidence=1.0, text="Urządzenie nie działa, error.")
    (sent,) = world.told("acknowledgement")
    assert [each.template for each in sent.postscripts] == ["nobody.here"]
    assert sent.postscripts[0].variables["when"] == "w poniedziałek 9 marca o godz. 08:00 CET"
    assert sent.variables["expected_seconds"] is None, "two hours from now nobody is there"
    world.until(warsaw("2026-03-09T07:59"))
    assert world.given("a") == ["-"]
    world.until(warsaw("2026-03-09T08:01"))
    assert world.given("a") == ["anna"]


def test_when_the_day_begins_who_waits_for_longest_comes_first() -> None:
    world = team_of_three(Staffed(policy(team={"hours": "office"}, capacity=1)))
    world.now = warsaw("2026-03-08T20:00")
    for number in range(5):
        world.writes(f"m{number}", after=7)
    world.until(warsaw("2026-03-09T08:01"))
    assert world.given("m0", "m1", "m2", "m3", "m4") == ["anna", "boris", "cara", "-", "-"]


@pytest.mark.parametrize(
    ("mode", "at", "team", "agents", "said"),
    [
        ("off", "2026-03-06T12:30", {"hours": "office"}, {}, "on Friday, 6 March, at 13:00 CET"),
        ("off", "2026-03-06T11:30", {"hours": "office"}, {}, None),
        ("off", "2026-03-06T22:30", {}, {}, None),
        ("round_robin", "2026-03-06T11:30", {"hours": "office"}, {}, None),
        ("round_robin", "2026-03-06T11:30", {"hours": "office"}, {"capacity": 0}, None),
        ("round_robin", "2026-03-06T11:30", {}, {"hours": "nights"}, "on Saturday, 7 March, at 22:00 CET"),
        (
            *("round_robin", "2026-03-06T11:30", {"hours": "office"}),
            *({"away_until": warsaw("2026-03-06T17:20")}, "on Monday, 9 March, at 08:00 CET"),
        ),
        ("round_robin", "2026-03-06T11:30", {}, {"away_until": ALWAYS}, None),
    ],
)
def test_what_the_acknowledgement_says_of_who_is_there(
    mode: str, at: str, team: dict[str, str], agents: dict[str, object], said: str | None
) -> None:
    world = team_of_three(Staffed(policy(mode, team=team)), **agents)
    world.now = warsaw(at)
    world.writes("a", after=0)
    (sent,) = world.told("acknowledgement")
    assert [each.variables.get("when") for each in sent.postscripts if each.template == "nobody.here"] == (
        [said] if said else []
    )
    silent = team_of_three(Staffed(policy(mode, team=team, tell_when=False)), **agents)
    silent.now = world.now
    silent.writes("a", after=0)
    assert acknowledgement(silent, "a") == ["acknowledgement"]


def test_a_queue_is_looked_at_seldom_when_nobody_comes() -> None:
    world = team_of_three(Staffed(policy()), away_until=ALWAYS)
    world.writes("a")
    world.until(world.now + timedelta(days=1))
    looked = [timer for timer in world.fired if timer.kind == "assign"]
    assert 20 <= len(looked) <= 30
    world.away(CARA, None)
    world.until(world.now + HOUR)
    assert world.given("a") == ["cara"]


def test_the_same_facts_give_the_same_agent_in_whatever_order_they_come() -> None:
    agents = [staff(email, open=2) for email in TEAM]
    chosen = set()
    for order in (agents, agents[::-1]):
        world = Staffed(policy("least_busy")).hire(*order)
        chosen.add(world.writes("a").assignee)
    assert chosen == {ANNA}


def test_many_tickets_in_one_decision_fill_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one decision has given already is counted: here two tickets come back into one draft."""
    from services.router.deciding.draft import Draft
    from services.router.deciding.life import assigning
    from services.router.deciding.recording import event

    world = Staffed(policy(capacity=1)).hire(staff(ANNA), staff(BORIS), staff(CARA, away_until=ALWAYS))
    numbers = []
    for name in "ab":
        world.writes(name)
        numbers.append(world.number_of(name))
    world.state.staff[ANNA].open = world.state.staff[BORIS].open = 0
    draft, facts = Draft(), world.state
    cause = life.Cause("bulk", "agent:lea")
    for number in numbers:
        ticket = world.ticket(number)
        ticket.assignee = None
        draft.operations.append(event("returned_to_team", mail("x"), ticket.ticket_id, None, world.now, {}))
    life.follow(cause, draft, facts, world.policy, world.now)
    world.commit(Changeset(cause="bulk", operations=draft.operations))
    assert sorted(world.given("a", "b")) == ["anna", "boris"]
    assert assigning.MEMORY not in world.ticket(numbers[0]).state


def test_nothing_is_late_because_of_a_far_future() -> None:
    world = team_of_three(Staffed(policy()), away_until=datetime.max.replace(tzinfo=ALWAYS.tzinfo))
    world.writes("a")
    assert world.given("a") == ["-"]
