"""Whatever happens, in any order: nobody is given more than they can take, nobody who is away or not at work is given anything, everybody
gets as many as the others, and no step of a ladder is climbed twice."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.deciding.commands import Refused
from shared.messages import command as c
from shared.messages.changeset import AddEvent
from shared.messages.life import StaffFact
from shared.messages.staff import Escalate
from shared.settings.escalation import Escalation
from tests.router.life.clockwork import sla, warsaw
from tests.router.life.staffworld import ALWAYS, TEAM, Staffed, policy, staff, team_of_three
from tests.router.life.test_escalating import LEA
from tests.router.world import mail

Step = Callable[[Staffed], object]
LADDERS = (
    Escalation.model_validate(
        {
            "name": "angry",
            "when": {"angry": True, "reopened": 2},
            "step": [{"to": "lead"}, {"after": "1h", "to": "order", "priority": "high"}],
        }
    ),
    Escalation.model_validate(
        {"name": "late", "when": {"unanswered": "2h"}, "until": "solved", "hours": "office", "step": [
            {"notify": ["lead"]}, {"after": "1h", "to": TEAM[1]}, {"after": "1h", "to": "technical"}]}
    ),
    Escalation.model_validate({"name": "urgent", "when": {"priority": ["urgent"]}, "step": [{"to": "lead"}]}),
)  # fmt: skip
CAPACITY = 2


def some(action: Callable[[int], c.Action], which: int) -> Step:
    """An agent does something with one of the tickets, if it can be done."""

    def step(world: Staffed) -> None:
        numbers = sorted(world.state.numbers)
        if numbers:
            try:
                world.act(action(numbers[which % len(numbers)]))
            except Refused:
                world.now += timedelta(seconds=1)

    return step


def writes(who: int, words: str, into: int | None = None) -> Step:
    def step(world: Staffed) -> None:
        world.done += 1
        first = [f"w{number}" for number in range(world.done) if f"mail-w{number}" in world.state.sources]
        refs = (first[into % len(first)],) if into is not None and first else ()
        world.writes(f"w{world.done}", f"c{who}@customer.example", refs=refs, text=f"An error, {world.done}. {words}")

    return step


def passes(minutes: int) -> Step:
    return lambda world: world.until(world.now + timedelta(minutes=minutes))


numbers = st.integers(0, 5)
STEPS = st.one_of(
    st.builds(writes, st.integers(0, 3), st.sampled_from(["Hello.", "Outrageous!"]), st.none() | numbers),
    st.builds(some, st.sampled_from([
        lambda n: c.Reply(number=n, text="Look."),
        lambda n: c.Solve(number=n, summary="Mended."),
        lambda n: c.Reopen(number=n),
        lambda n: c.MarkSpam(number=n),
        lambda n: c.NotSpam(number=n),
        lambda n: c.Change(number=n, fields={"assignee": TEAM[2]}),
        lambda n: c.Change(number=n, fields={"assignee": None}),
        lambda n: c.Change(number=n, fields={"category": "order"}),
        lambda n: c.Change(number=n, fields={"team": "technical"}),
        lambda n: c.Change(number=n, fields={"priority": "urgent"}),
        lambda n: c.Change(number=n, fields={"status": "pending"}),
        lambda n: Escalate(number=n, reason="why"),
    ]), numbers),
    st.builds(lambda who, back: lambda world: world.away(
        TEAM[who], None if back else world.now + timedelta(hours=2)), st.integers(0, 2), st.booleans()),
    st.builds(passes, st.sampled_from([5, 61, 180, 60 * 24])),
)  # fmt: skip


class Watched(Staffed):
    """Looks at everything that is given out, with the agents as they are then."""

    def commit(self, changeset):  # type: ignore[no-untyped-def]
        before = {email: agent.model_copy() for email, agent in self.state.staff.items()}
        outcome = super().commit(changeset)
        given = Counter(
            str(each.data["agent"])
            for each in changeset.operations
            if isinstance(each, AddEvent) and each.what == "assigned" and outcome == "committed"
        )
        for email, count in given.items():
            self.check(before[email], count, changeset.operations[-1])
        return outcome

    def check(self, agent: StaffFact, count: int, _: object) -> None:
        assert agent.away_until is None or agent.away_until <= self.now, "away"
        assert agent.open + count <= CAPACITY, "full"
        assert self.policy.calendars["office"].is_open(self.now) or agent.hours != "office", "not at work"


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, min_size=4, max_size=25), st.sampled_from(["round_robin", "least_busy"]), st.booleans())
def test_any_life_gives_nobody_too_much_and_climbs_no_step_twice(steps: list[Step], mode: str, sticky: bool) -> None:
    rules = policy(mode, sticky=sticky, capacity=CAPACITY, escalation=LADDERS, sla=(sla(),))
    world = Watched(rules).hire(
        staff(TEAM[0]),
        staff(TEAM[1], hours="office"),
        staff(TEAM[2]),
        staff(LEA, role="lead"),
        staff("dora@acme.example"),
    )
    world.now = warsaw("2026-03-06T14:00")
    for step in steps:
        step(world)
    world.until(world.now + timedelta(days=3))
    for number, ticket_id in world.state.numbers.items():
        climbed: Counter[tuple[str, int]] = Counter()
        for event in world.events(number):
            if event.what == "escalation_begun":
                assert climbed[event.data["name"], 0] == 0, "two runs of one ladder at a time"
                climbed[event.data["name"], 0] = 1
            elif event.what == "de_escalated":
                for name in event.data["names"]:
                    climbed = Counter({key: count for key, count in climbed.items() if key[0] != name})
            elif event.what == "escalated" and event.data["why"] != "hand":
                name = event.data["name"]
                assert climbed[name, 0] == 1, "a step without a run"
                climbed[name, -1] += 1
                most = next(len(each.step) for each in LADDERS if each.name == name)
                assert climbed[name, -1] <= most
        ticket = world.state.tickets[ticket_id]
        if ticket.status not in ("new", "open", "pending", "on_hold"):
            assert "escalation" not in ticket.state
            own = [timer for timer in world.state.timers.values() if timer.ticket_id == ticket_id]
            assert not [timer for timer in own if timer.kind in ("escalation", "assign", "back")]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=8), st.integers(1, 9))
def test_round_robin_is_fair_within_one_whatever_the_batches(batches: list[int], agents: int) -> None:
    emails = [f"a{number}@acme.example" for number in range(agents)]
    world = Staffed(policy(sticky=False, team={"members": emails}))
    world.hire(*map(staff, emails))
    count = 0
    for size in batches:
        world.now += timedelta(minutes=1)
        mails = []
        for _ in range(size):
            count += 1
            mails.append(mail(f"m{count}", f"c{count}@customer.example", subject="Error", text=f"An error {count}",
                              received_at=world.now))  # fmt: skip
        assert world.commit_batch(world.decide_batch(mails)) == ["committed"] * size
    held = [agent.open for agent in world.state.staff.values()]
    assert sum(held) == count
    assert max(held) - min(held) <= 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.booleans(), min_size=3, max_size=3), st.integers(0, 8))
def test_what_is_given_to_nobody_is_given_when_somebody_is_there(away: list[bool], tickets: int) -> None:
    world = team_of_three(Staffed(policy("least_busy")))
    for email, gone in zip(TEAM, away, strict=True):
        world.away(email, ALWAYS if gone else None)
    for number in range(tickets):
        world.writes(f"m{number}")
    expected = tickets if not all(away) else 0
    assert sum(agent.open for agent in world.state.staff.values()) == expected
    world.away(TEAM[0], None)
    world.until(world.now + timedelta(hours=2))
    assert sum(agent.open for agent in world.state.staff.values()) == tickets
