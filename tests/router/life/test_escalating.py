"""Escalating: when a ladder begins, who gets the ticket step by step, who is told, when it ends, and doing it by hand."""

from datetime import timedelta
from typing import Any

import pytest

from services.router.deciding import life
from services.router.deciding.commands import Refused
from services.router.deciding.draft import Draft
from services.router.deciding.folding import fold
from services.router.deciding.inbound import decide_inbound
from services.router.deciding.life import escalating
from services.router.deciding.policy import Policy
from services.router.deciding.recording import event
from shared.messages import command as c
from shared.messages.after import CustomerAnswer
from shared.messages.changeset import AddMessage, QueueDelivery
from shared.messages.facts import TicketFact
from shared.messages.record import AddAction, AddPromise
from shared.messages.staff import Escalate
from shared.settings.escalation import Escalation
from tests.router.life import staffworld
from tests.router.life.clockwork import sla, warsaw
from tests.router.life.staffworld import ALWAYS, TEAM, Staffed, staff
from tests.router.world import mail

ANNA, BORIS, CARA = TEAM
LEA, MAX = "lea@acme.example", "max@acme.example"
HOUR = timedelta(hours=1)
LADDER = [
    {"to": "lead", "priority": "high"},
    {"after": "2h", "to": "order", "notify": ["operators", BORIS]},
    {"after": "4h", "priority": "urgent", "notify": ["lead"]},
]


def policy(when: dict[str, Any], step: list[dict[str, Any]] | None = None, **more: Any) -> Policy:
    """One ladder, for whatever ``when`` says, in a company whose tickets wait in queues."""
    rest = {name: more.pop(name) for name in ("sla", "mode", "team") if name in more}
    ladder = Escalation.model_validate({"name": "up", "when": when, "step": step or LADDER, **more})
    built = staffworld.policy(rest.pop("mode", "off"), escalation=(ladder,), **rest)
    return Policy(**{**built.__dict__, "alerts": ("ops@acme.example",)})


def world_with(when: dict[str, Any], step: list[dict[str, Any]] | None = None, **more: Any) -> Staffed:
    world = Staffed(policy(when, step, **more))
    world.policy = Policy(**{**world.policy.__dict__, "teams": {**world.policy.teams, "technical": (*TEAM, LEA)}})
    return world.hire(*(staff(email) for email in TEAM), staff(LEA, role="lead"), staff(MAX, role="lead"))


def levels(world: Staffed, name: str = "a") -> list[tuple[int, str, str]]:
    """The steps that were climbed: level, to whom, why."""
    return [(e.data["level"], e.data["to"], e.data["why"]) for e in world.trail(name, "escalated")]


def alerts(world: Staffed) -> list[str]:
    """Who was written to because of an escalation, in order."""
    return [each.to[0].address for each in world.told("agent.escalated")]


def ticket(world: Staffed) -> TicketFact:
    return world.state.tickets[world.ticket_of("a")]


def act(world: Staffed, action: type, **more: Any) -> None:
    world.act(action(number=world.number_of("a"), **more))


# -- what begins it -----------------------------------------------------------------------------------------------------


def angry(world: Staffed) -> None:
    world.writes("b", "a@customer.example", refs=("a",), text="This is outrageous.")


def plain(world: Staffed) -> None:
    world.writes("b", "a@customer.example", refs=("a",), text="Any news?")


def rejects(world: Staffed) -> None:
    act(world, c.Solve, summary="Mended.")
    act(world, CustomerAnswer, solved=False)


def dissatisfied(world: Staffed) -> None:
    act(world, c.Solve, summary="Mended.")
    act(world, CustomerAnswer, score=1)
    act(world, c.Reopen)


def reopened(times: int) -> Any:
    def step(world: Staffed) -> None:
        for _ in range(times):
            act(world, c.Solve, summary="Mended.")
            act(world, c.Reopen)

    return step


def waits(hours: float) -> Any:
    return lambda world: world.until(world.now + hours * HOUR)


def made(**fields: Any) -> Any:
    return lambda world: act(world, c.Change, fields=fields)


@pytest.mark.parametrize(
    ("when", "step", "why"),
    [
        ({"angry": True}, angry, "angry"),
        ({"angry": True}, plain, None),
        ({"words": {"en": ["any news"]}}, plain, "words"),
        ({"words": {"en": ["lawyer"]}}, plain, None),
        ({"rejected": True}, rejects, "rejected"),
        ({"dissatisfied": True}, dissatisfied, "dissatisfied"),
        ({"reopened": 2}, reopened(1), None),
        ({"reopened": 2}, reopened(2), "reopened"),
        ({"unanswered": "4h"}, waits(3.9), None),
        ({"unanswered": "4h"}, waits(4), "unanswered"),
        ({"sla": ["breached"]}, waits(1.9), None),
        ({"sla": ["breached"]}, waits(2), "sla"),
        ({"sla": "warning"}, waits(1.5), "sla"),
        ({"priority": ["urgent"]}, made(priority="urgent"), "like"),
        ({"priority": ["urgent"]}, made(priority="low"), None),
        ({"category": ["billing"], "angry": True}, angry, None),
        ({"contact": ["customer.example"], "angry": True}, angry, "angry"),
        ({"contact": ["elsewhere.example"], "angry": True}, angry, None),
        ({"tags": ["vip"]}, made(tags=["vip"]), "like"),
    ],
)
def test_what_begins_a_ladder(when: dict[str, Any], step: Any, why: str | None) -> None:
    world = world_with(when, sla=(sla(hours="", first_response="2h", warn_at=0.75),))
    world.writes("a")
    assert not world.trail("a", "escalation_begun")
    step(world)
    world.until(world.now)
    begun = [event.data["why"] for event in world.trail("a", "escalation_begun")]
    assert begun == ([why] if why else [])
    assert levels(world) == ([(1, "lead", why)] if why else [])


def test_the_customers_first_message_may_begin_it_and_is_acknowledged_in_one_mail() -> None:
    world = world_with({"angry": True})
    world.writes("a", text="Skandal! Urządzenie nie działa, error.", language="pl", language_confidence=1.0)
    (sent,) = world.told("acknowledgement")
    assert "notice.escalated" in [each.template for each in sent.postscripts]
    world.until(world.now)
    assert ticket(world).assignee == LEA
    assert not world.told("notice.escalated"), "the customer has heard of it already"


# -- the ladder ---------------------------------------------------------------------------------------------------------


def test_each_step_is_climbed_at_its_time_and_once() -> None:
    world = world_with({"angry": True})
    world.writes("a")
    angry(world)
    begun = world.now
    world.until(begun)
    assert (ticket(world).assignee, ticket(world).priority, alerts(world)) == (LEA, "high", [LEA])
    world.until(begun + 2 * HOUR)
    assert (ticket(world).assignee, ticket(world).team) == (None, "order")
    assert alerts(world)[1:] == ["dora@acme.example", "ops@acme.example", BORIS]
    angry_again = world.writes("c", "a@customer.example", refs=("a",), text="Outrageous! Where are you?", after=5)
    assert angry_again.ticket_id == ticket(world).ticket_id
    world.until(begun + 3 * 24 * HOUR)
    assert ticket(world).priority == "urgent"
    assert levels(world) == [(1, "lead", "angry"), (2, "order", "angry"), (3, "", "angry")]
    assert len(world.trail("a", "escalation_begun")) == 1


def test_a_firing_that_comes_twice_climbs_nothing_twice() -> None:
    world = world_with({"angry": True})
    world.writes("a")
    angry(world)
    world.until(world.now + 2 * HOUR)
    for due in [each for each in world.fired if each.kind == "escalation"]:
        assert not [op for op in world.again(due).operations if op.op != "cancel_timer"]
    assert [level for level, _, _ in levels(world)] == [1, 2]


def test_after_an_outage_all_steps_that_are_due_are_climbed_in_their_order() -> None:
    world = world_with({"angry": True})
    world.writes("a")
    angry(world)
    (timer,) = [each for each in world.state.timers.values() if each.kind == "escalation"]
    world.now += 10 * HOUR
    world.fire(timer)
    assert [level for level, _, _ in levels(world)] == [1, 2, 3]


def test_the_time_of_the_steps_counts_in_the_ladders_hours_through_a_weekend_and_a_holiday() -> None:
    world = world_with({"angry": True}, hours="office")
    world.now = warsaw("2026-04-30T16:30")  # the day before Labour Day, a Friday
    world.writes("a", after=0)
    world.until(warsaw("2026-04-30T17:10"))
    angry(world)
    assert not world.told("notice.escalated"), "nothing has happened yet"
    world.until(warsaw("2026-05-04T07:59"))
    assert not levels(world)
    world.until(warsaw("2026-05-04T08:00"))
    assert ticket(world).assignee == LEA
    assert len(world.told("notice.escalated")) == 1
    world.until(warsaw("2026-05-04T09:59"))
    assert len(levels(world)) == 1
    world.until(warsaw("2026-05-04T10:00"))
    assert len(levels(world)) == 2
    world.until(warsaw("2026-05-04T13:00"))
    assert len(levels(world)) == 3, "nobody works from twelve to one, and it goes on when they are back"


@pytest.mark.parametrize(
    ("until", "step", "over"),
    [
        ("answered", "reply", True),
        ("answered", "note", False),
        ("answered", "solve", True),
        ("solved", "reply", False),
        ("solved", "solve", True),
        ("solved", "spam", True),
    ],
)
def test_what_ends_a_ladder(until: str, step: str, over: bool) -> None:
    world = world_with({"angry": True}, until=until)
    world.writes("a")
    angry(world)
    world.until(world.now + HOUR)
    actions: dict[str, Any] = {
        "reply": (c.Reply, {"text": "Look."}),
        "note": (c.Note, {"text": "Look."}),
        "solve": (c.Solve, {"summary": "Mended."}),
        "spam": (c.MarkSpam, {}),
    }
    kind, more = actions[step]
    act(world, kind, **more)
    assert bool(world.trail("a", "de_escalated")) is over
    assert not over or not [each for each in world.state.timers.values() if each.kind == "escalation"]
    world.until(world.now + 10 * HOUR)
    assert len(levels(world)) == (1 if over else 3)


def test_what_happens_after_an_answer_begins_another_run() -> None:
    world = world_with({"angry": True})
    world.writes("a")
    angry(world)
    world.until(world.now + HOUR)
    act(world, c.Reply, text="We are sorry.")
    world.writes("d", "a@customer.example", refs=("a",), text="Still outrageous!")
    world.until(world.now + HOUR)
    assert levels(world) == [(1, "lead", "angry"), (1, "lead", "angry")]


def test_an_answer_ends_the_waiting_and_the_next_message_begins_it_anew() -> None:
    world = world_with({"unanswered": "4h"})
    world.writes("a")
    world.until(world.now + 3 * HOUR)
    act(world, c.Reply, text="We are looking.")
    world.until(world.now + 10 * HOUR)
    assert not levels(world)
    plain(world)
    world.until(world.now + 2 * HOUR)
    world.writes("c", "a@customer.example", refs=("a",), text="And?")
    world.until(world.now + HOUR)
    act(world, c.Change, fields={"status": "on_hold"})
    world.until(world.now + 5 * HOUR)
    assert not levels(world), "nobody is waited for while it is on hold"
    act(world, c.Change, fields={"status": "open"})
    world.until(world.now)
    assert levels(world) == [(1, "lead", "unanswered")], "since the first unanswered message"


def test_a_ladder_that_is_no_longer_configured_is_over() -> None:
    world = world_with({"angry": True})
    world.writes("a")
    angry(world)
    world.policy = staffworld.policy("off")
    world.until(world.now + HOUR)
    assert not levels(world)
    plain_again = world.writes("c", "a@customer.example", refs=("a",), text="Hello?")
    assert "escalation" not in plain_again.state


# -- to whom ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "away", "given", "told"),
    [
        ("lead", (), LEA, [LEA]),
        ("lead", (LEA,), ANNA, [LEA]),  # nobody who is away is given it, but they hear of it
        ("technical", (), ANNA, [ANNA, BORIS, CARA, LEA]),
        ("order", (), None, ["dora@acme.example"]),
        (CARA, (), CARA, [CARA]),
        (CARA, (CARA,), ANNA, [CARA]),
        ("nobody@acme.example", (), ANNA, ["nobody@acme.example"]),
    ],
)
def test_to_whom_a_step_raises_it(to: str, away: tuple[str, ...], given: str | None, told: list[str]) -> None:
    world = world_with({"angry": True}, [{"to": to}])
    world.writes("a")
    act(world, c.Change, fields={"assignee": ANNA})
    for email in away:
        world.away(email, ALWAYS)
    angry(world)
    world.until(world.now)
    assert ticket(world).assignee == given
    assert sorted(alerts(world)) == sorted(told)


def test_in_a_team_whose_tickets_are_given_to_agents_somebody_of_it_gets_it() -> None:
    world = world_with({"angry": True}, [{"to": "order"}], mode="round_robin").hire(staff("dora@acme.example"))
    world.writes("a")
    assert world.given("a") == ["anna"]
    angry(world)
    world.until(world.now)
    assert (ticket(world).team, ticket(world).assignee) == ("order", "dora@acme.example")


def test_a_higher_priority_makes_its_deadlines_sooner_and_is_never_taken_back() -> None:
    slas = (sla(hours="", first_response="8h", by_priority={"high": {"first_response": "1h"}}),)
    world = world_with({"angry": True}, [{"priority": "high"}], sla=slas)
    world.writes("a")
    angry(world)
    world.until(world.now)
    due = ticket(world).first_response_due
    assert due is not None
    assert due - ticket(world).created_at == HOUR
    calm = world_with({"angry": True}, [{"priority": "low"}])
    calm.writes("a")
    angry(calm)
    calm.until(calm.now)
    assert ticket(calm).priority == "normal"


def test_whoever_gets_it_has_all_that_is_needed_to_go_on_with_it() -> None:
    world = world_with({"angry": True})
    world.writes("a", text="The error lamp is on since Friday.")
    act(world, AddAction, what="Sent a technician", department="technical", requested_at=world.now)
    act(world, AddPromise, what="A call back", due=world.now + 24 * HOUR)
    angry(world)
    world.until(world.now)
    (note,) = [op for op in world.changesets[-1].operations if isinstance(op, AddMessage)]
    assert (note.direction, note.author_kind) == ("internal", "system")
    for wanted in (
        f"T-{world.number_of('a')}", "Error a", "the customer is angry", "a@customer.example", "The error lamp is on",
        "Sent a technician", "technical", "A call back", "the first answer",
    ):  # fmt: skip
        assert wanted in note.text, wanted
    (mail,) = world.told("agent.escalated")
    assert mail.variables["text"] == note.text.replace("a@customer.example", "[address]")


@pytest.mark.parametrize(("tell", "told"), [(True, 1), (False, 0)])
def test_the_customer_hears_once_what_happens_and_when_they_hear_of_us(tell: bool, told: int) -> None:
    slas = (sla(hours="", first_response="8h"),)
    world = world_with({"unanswered": "1h"}, tell_customer=tell, sla=slas)
    world.writes("a")
    world.until(world.now + 6 * HOUR)
    assert len(levels(world)) == 3
    notices = world.told("notice.escalated")
    assert len(notices) == told
    for notice in notices:
        assert notice.to[0].address == "a@customer.example"
        assert notice.variables["expected_seconds"] == 7 * 3600


# -- by hand ------------------------------------------------------------------------------------------------------------


def test_by_hand_it_goes_to_who_leads_the_team_at_once_with_the_reason() -> None:
    world = world_with({"angry": True})
    world.writes("a")
    act(world, Escalate, reason="They have been without heating since Friday.")
    assert ticket(world).assignee == LEA
    (event,) = world.trail("a", "escalated")
    assert (event.actor, event.data["why"], event.data["level"]) == ("agent:anna@acme.example", "hand", 1)
    assert event.reason == "They have been without heating since Friday."
    (mail,) = world.told("agent.escalated")
    assert "They have been without heating since Friday." in mail.variables["text"]
    assert len(world.told("notice.escalated")) == 1
    act(world, Escalate, reason="Still nothing.", to="order", tell=False)
    assert (ticket(world).team, world.trail("a", "escalated")[-1].data["level"]) == ("order", 2)
    assert len(world.told("notice.escalated")) == 1
    act(world, c.Solve, summary="Mended.")
    assert world.trail("a", "de_escalated")
    assert "escalation" not in ticket(world).state


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 1001}, "reason"),
        ({"reason": "why", "to": "nobody@acme.example"}, "to:"),
        ({"reason": "why", "to": "no-such-team"}, "to:"),
    ],
)
def test_by_hand_it_needs_a_reason_and_somebody_who_is_known(more: dict[str, str], error: str) -> None:
    world = world_with({"angry": True})
    world.writes("a")
    with pytest.raises(Refused, match=error):
        act(world, Escalate, **more)


def test_what_is_over_is_escalated_by_nobody() -> None:
    world = world_with({"angry": True})
    world.writes("a")
    act(world, c.Solve, summary="Mended.")
    with pytest.raises(Refused, match="solved"):
        act(world, Escalate, reason="why")


def test_without_an_escalation_nothing_is_remembered_of_any() -> None:
    world = Staffed(staffworld.policy("off"))
    assert "escalation" not in world.writes("a", text="Outrageous! An error!").state


def test_what_a_rule_raises_when_it_is_opened_has_no_number_yet_and_names_none() -> None:
    world = Staffed(staffworld.policy("off")).hire(staff(LEA, role="lead"))
    opened = mail("a", "a@customer.example", subject="Error", text="An error.")
    facts = world.facts(opened)
    draft_of = decide_inbound(opened, facts, world.policy, opened.received_at)
    fold(facts, draft_of)
    draft = Draft(operations=[op for op in draft_of.operations if op.op == "open_ticket"])
    ticket_id = draft.operations[0].ticket_id  # type: ignore[union-attr]
    facts.tickets.clear()
    draft.operations.append(event(escalating.ASKED, opened, ticket_id, None, world.now, {"to": LEA, "tell": False}))
    life.follow(life.Cause("rule", "rule:vip"), draft, facts, world.policy, world.now)
    (note,) = [op for op in draft.operations if isinstance(op, AddMessage)]
    assert note.text.startswith("“Error” was escalated")
    assert [op.outbound.to[0].address for op in draft.operations if isinstance(op, QueueDelivery)] == [LEA]
