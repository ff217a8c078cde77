"""Each agent is told when they chose: never in their quiet hours, together in a digest, and nothing is lost or told twice."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.router.deciding.consequences import decide_timer, timer_needs
from services.router.deciding.draft import Draft
from services.router.deciding.folding import fold
from services.router.deciding.life import choosing, digesting
from shared.messages.agents import AddNews, RemoveNews
from shared.messages.changeset import CancelTimer, Changeset, QueueDelivery, SetTimer
from shared.messages.command import Change
from shared.messages.facts import Facts, TimerFact, agent_key
from shared.messages.outbound import TimerDue
from shared.secrets.shortcode import short_code
from shared.settings.notifying import Digest, Notifying, Quiet
from tests.router.life.annas import (
    DUE,
    NIGHT,
    PHONE,
    POLICY,
    TELEGRAM,
    annas,
    choice,
    kept,
    told,
)
from tests.router.life.telling import ANNA
from tests.router.world import KEYRING, START


@pytest.mark.parametrize(
    ("event", "priority", "clock", "expected"),
    [
        ("replied", "normal", "12:00", None),
        ("replied", "normal", "22:00", ("quiet", "07:00")),
        ("replied", "normal", "06:59", ("quiet", "07:00")),
        ("replied", "normal", "07:00", None),
        ("replied", "urgent", "23:00", None),
        ("opened", "normal", "12:10", ("digest", "13:00")),
        ("opened", "normal", "13:00", ("digest", "14:00")),
        ("opened", "normal", "21:10", ("quiet-digest", "07:00")),
        ("opened", "normal", "23:00", ("quiet", "07:00")),
        ("opened", "urgent", "12:10", None),
        ("watched", "normal", "12:10", ("digest", "13:00")),
    ],
)
def test_quiet_hours_and_digests_by_the_clock(
    event: str, priority: str, clock: str, expected: tuple[str, str] | None
) -> None:
    notify = Notifying.model_validate({"quiet": NIGHT, "digest": {"every": "1h"}})
    zone = ZoneInfo("Europe/Warsaw")
    at = datetime.combine(START.date(), time.fromisoformat(clock), zone)
    found = choosing.later(notify, event, priority, at.astimezone(UTC), "UTC")
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert found.why == expected[0].rpartition("-")[2]
        assert f"{found.at.astimezone(zone):%H:%M}" == expected[1]
        assert found.at > at


@pytest.mark.parametrize(
    ("every", "zone", "now", "told_at"),
    [
        ("1d", "Europe/Warsaw", "2026-03-02T09:00+01:00", "2026-03-03T08:00+01:00"),
        ("1d", "Europe/Warsaw", "2026-07-02T07:00+02:00", "2026-07-02T08:00+02:00"),
        ("7d", "UTC", "2026-03-03T09:00+00:00", "2026-03-09T08:00+00:00"),
        ("15m", "UTC", "2026-03-03T09:01+00:00", "2026-03-03T09:15+00:00"),
        ("1d", "Europe/Warsaw", "2026-03-28T23:00+01:00", "2026-03-29T08:00+02:00"),
    ],
)
def test_digests_are_told_at_round_times(every: str, zone: str, now: str, told_at: str) -> None:
    notify = Notifying.model_validate({"digest": {"every": every}})
    found = choosing.later(notify, "opened", "low", datetime.fromisoformat(now), zone)
    assert found == choosing.Later("digest", datetime.fromisoformat(told_at))


def test_news_of_the_night_is_told_together_in_the_morning_and_can_be_answered() -> None:
    world = annas({"channels": ["telegram"], "quiet": NIGHT}, TELEGRAM)
    world.until(START + timedelta(hours=13))  # 23:00 in Warsaw
    world.says("Are you there?")
    assert told(world) == []
    world.actor = "agent:id-lea"
    world.act(Change(number=1001, fields={"status": "on_hold"}))
    world.says("Hello?", after=60)
    world.until(START + timedelta(hours=22))
    (outbound,) = world.told("agent.digest")
    assert outbound.created_at == datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
    assert (outbound.channel, outbound.ticket_id, outbound.agent_id) == ("telegram", world.one.ticket_id, ANNA.agent_id)
    assert outbound.code == short_code(KEYRING, outbound.delivery_id)
    assert outbound.variables["text"].splitlines()[0].startswith("T-1001")
    assert outbound.variables["text"].endswith(": Are you there? / Hello?")
    assert world.state.news[ANNA.agent_id] == []
    assert not [timer for timer in world.state.timers.values() if timer.kind == digesting.TIMER]


def test_what_is_urgent_is_told_at_night_too() -> None:
    world = annas({"channels": ["sms"], "quiet": NIGHT}, PHONE)
    world.one.priority = "urgent"
    world.until(START + timedelta(hours=13))
    world.says("It burns!")
    assert [(each.channel, each.event) for each in told(world)] == [("sms", "replied")]


def test_of_an_agent_who_is_no_more_it_is_forgotten() -> None:
    world = annas({"quiet": NIGHT}, TELEGRAM)
    world.until(START + timedelta(hours=13))
    world.says("Are you there?")
    world.state.choices.clear()
    world.state.staff.clear()
    world.until(START + timedelta(hours=22))
    assert world.told("agent.digest") == []
    assert world.state.news[ANNA.agent_id] == []


def test_a_digest_says_what_has_happened_to_each_ticket_and_is_bounded() -> None:
    changeset = decide_timer(DUE, kept(400, 90), POLICY, START)
    (outbound,) = (op.outbound for op in changeset.operations if isinstance(op, QueueDelivery))
    lines = outbound.variables["text"].splitlines()
    assert lines[:2] == ["T-1001 Pump 1001", "- The customer has written (×5): words 180 / words 270 / words 360"]
    assert lines[-1] == "… and in further tickets: 70"
    assert len(outbound.variables["text"]) < 8_000
    assert (outbound.ticket_id, outbound.code, outbound.variables["count"]) == (None, "", 400)
    (removed,) = (op for op in changeset.operations if isinstance(op, RemoveNews))
    assert len(removed.news_ids) == 400


def test_a_digest_goes_where_news_of_its_tickets_priority_go() -> None:
    facts = kept(1)
    facts.choices[ANNA.email].notify = {
        "channels": ["telegram"],
        "rules": [{"priorities": ["urgent"], "channels": ["sms"]}],
    }
    facts.choices[ANNA.email].points.append(PHONE)
    assert facts.news[ANNA.agent_id][0].priority == "normal"
    (outbound,) = (
        op.outbound for op in decide_timer(DUE, facts, POLICY, START).operations if isinstance(op, QueueDelivery)
    )
    assert outbound.channel == "telegram"


def test_a_digest_and_what_goes_to_another_channel_say_as_of_when_they_tell() -> None:
    world = annas({"channels": ["telegram"], "quiet": NIGHT}, TELEGRAM)
    world.until(START + timedelta(hours=13))
    world.says("Are you there?")
    wrote = world.now
    world.until(START + timedelta(hours=22))
    (outbound,) = world.told("agent.digest")
    assert (outbound.seen_at, outbound.created_at) == (
        wrote,
        world.now.replace(hour=6, minute=0, second=0, microsecond=0),
    )


def test_what_another_version_kept_is_told_by_its_kind() -> None:
    facts = kept(1)
    facts.news[ANNA.agent_id][0].template = "agent.of_tomorrow"
    assert digesting.listed(facts.news[ANNA.agent_id], "en") == "T-1001 Pump 1001\n- replied: words 0"


def test_of_very_much_the_rest_is_told_at_once_afterwards() -> None:
    changeset = decide_timer(DUE, kept(digesting.AT_ONCE), POLICY, START)
    assert [op.due_at for op in changeset.operations if isinstance(op, SetTimer)] == [START]


def test_what_is_kept_while_it_is_told_is_not_lost() -> None:
    """One router tells; another has kept something in between and set the timer: the first decides again."""
    before = kept(1)
    telling = decide_timer(DUE, before, POLICY, START)
    assert telling.relies == {agent_key(ANNA.agent_id): 3}
    draft = Draft()
    news = AddNews(
        news_id="late", agent_id=ANNA.agent_id, ticket_id="t1001", event="replied", template="agent.replied", at=START
    )
    digesting.keep(draft, news, choosing.Later("digest", START + timedelta(hours=1)))
    assert agent_key(ANNA.agent_id) in draft.bumps
    # Even where nothing is kept the timer is not taken away from under what is just being kept.
    assert decide_timer(DUE, kept(0), POLICY, START).relies == {agent_key(ANNA.agent_id): 3}


def test_two_timers_of_one_batch_tell_it_once() -> None:
    facts = kept(3)
    first = decide_timer(DUE, facts, POLICY, START)
    fold(facts, first)
    second = decide_timer(DUE.model_copy(update={"timer_id": f"quiet:{ANNA.agent_id}"}), facts, POLICY, START)
    told_by = [[op for op in each.operations if isinstance(op, QueueDelivery)] for each in (first, second)]
    assert [len(each) for each in told_by] == [1, 0]


def test_the_timer_asks_for_what_is_kept_and_for_the_agent() -> None:
    request = timer_needs([DUE], POLICY)
    assert (request.news_of, request.choices, request.staff) == ([ANNA.agent_id], True, True)


# -- never lost, never twice, never in quiet hours ----------------------------------------------------------------------

ZONES = ("Europe/Warsaw", "UTC", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia")
# Nights in which clocks are changed are among them.
DAYS = tuple(datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 1), (3, 28), (4, 4), (10, 24)))
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
QUIETS = st.builds(Quiet, start=CLOCKS, end=CLOCKS, zone=st.sampled_from(ZONES))


def _hours(start: int, length: int, zone: str) -> Quiet:
    begin, end = (time(minute // 60 % 24, minute % 60) for minute in (start, start + length))
    return Quiet(start=begin, end=end, zone=zone)


# Awake for longer than a router may be late.
NIGHTS = st.builds(_hours, st.integers(0, 24 * 60 - 1), st.integers(0, 20 * 60), st.sampled_from(ZONES))
MINUTES = st.integers(5, 60 * 24 * 7)
DIGESTS = st.builds(
    Digest, every=MINUTES.map(lambda minutes: timedelta(minutes=minutes)), events=st.just(("opened", "watched"))
)
MOMENTS = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes), st.sampled_from(DAYS), st.integers(0, 3 * 24 * 60)
)


@settings(deadline=None, max_examples=150)
@given(QUIETS, MOMENTS)
@example(Quiet(start=time(22), end=time(2, 30), zone="Europe/Warsaw"), datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
@example(Quiet(start=time(2, 10), end=time(2, 40), zone="Europe/Warsaw"), datetime(2026, 10, 25, 1, 20, tzinfo=UTC))
def test_the_end_of_quiet_hours_is_later_and_not_quiet(quiet: Quiet, now: datetime) -> None:
    if choosing.is_quiet(quiet, now):
        end = choosing.quiet_until(quiet, now)
        assert now < end <= now + timedelta(hours=25)
        assert not choosing.is_quiet(quiet, end)


@pytest.mark.parametrize(
    ("start", "end", "now", "ends"),
    [
        ("22:00", "07:00", "2026-03-28T23:00+00:00", "2026-03-29T05:00+00:00"),
        ("22:00", "02:30", "2026-03-29T00:30+00:00", "2026-03-29T01:30+00:00"),
        ("22:00", "07:00", "2026-10-24T23:00+00:00", "2026-10-25T06:00+00:00"),
        ("02:10", "02:40", "2026-10-25T00:20+00:00", "2026-10-25T00:40+00:00"),
        ("02:10", "02:40", "2026-10-25T01:20+00:00", "2026-10-25T01:40+00:00"),
    ],
)
def test_in_nights_in_which_clocks_are_changed_quiet_hours_end_by_the_clock(
    start: str, end: str, now: str, ends: str
) -> None:
    quiet = Quiet(start=time.fromisoformat(start), end=time.fromisoformat(end), zone="Europe/Warsaw")
    assert choosing.quiet_until(quiet, datetime.fromisoformat(now)) == datetime.fromisoformat(ends)


@settings(deadline=None, max_examples=100)
@given(DIGESTS, MOMENTS, st.sampled_from(ZONES))
@example(Digest(every=timedelta(minutes=15)), datetime(2026, 10, 25, 1, 5, tzinfo=UTC), "Europe/Warsaw")
def test_the_next_digest_is_later_than_now_and_within_its_time(digest: Digest, now: datetime, zone: str) -> None:
    found = choosing.later(Notifying(digest=digest), "opened", "normal", now, zone)
    assert found is not None
    assert now < found.at <= now + digest.every + timedelta(hours=2)


@dataclass
class Desk:
    """What is kept for one agent, and their timers: news is told now, or kept as the store would keep it."""

    notify: Notifying
    facts: Facts = field(default_factory=Facts)
    told: list[tuple[str, datetime]] = field(default_factory=list)
    wanted: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    generation: int = 0
    causes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        dumped = self.notify.model_dump(mode="json")
        self.facts.choices[ANNA.email] = choice(dumped, TELEGRAM)
        self.facts.versions[agent_key(ANNA.agent_id)] = 0

    def happens(self, name: str, event: str, priority: str, now: datetime) -> None:
        self.wanted[name] = priority, now
        later = choosing.later(self.notify, event, priority, now, "UTC")
        if later is None:
            self.told.append((name, now))
            return
        draft = Draft()
        news = AddNews(
            news_id=name, agent_id=ANNA.agent_id, ticket_id="t", event=event, template="agent.opened", at=now
        )
        digesting.keep(draft, news, later)
        self.commit(Changeset(cause=name, operations=draft.operations, bumps=list(draft.bumps)), now)

    def commit(self, changeset: Changeset, now: datetime) -> None:
        if changeset.cause in self.causes:
            return
        self.causes.add(changeset.cause)
        fold(self.facts, changeset)
        told_now = [op for op in changeset.operations if isinstance(op, QueueDelivery)]
        for operation in changeset.operations:
            if isinstance(operation, SetTimer):
                self.generation += 1
                fields = {name: getattr(operation, name) for name in ("timer_id", "kind", "ticket_id", "due_at")}
                self.facts.timers[operation.timer_id] = TimerFact(generation=self.generation, **fields)
            elif isinstance(operation, CancelTimer):
                self.facts.timers.pop(operation.timer_id, None)
            elif isinstance(operation, RemoveNews):
                assert len(told_now) == 1
                self.told += [(news_id, now) for news_id in operation.news_ids]

    def until(self, at: datetime, late: timedelta, twice: bool) -> None:
        while due := [each for each in self.facts.timers.values() if each.due_at + late <= at]:
            timer = min(due, key=lambda each: (each.due_at, each.timer_id))
            firing = TimerDue.model_validate(timer.model_dump())
            for _ in range(1 + twice):
                now = timer.due_at + late
                self.commit(decide_timer(firing, self.facts.model_copy(deep=True), POLICY, now), now)


@settings(deadline=None, max_examples=120)
@given(
    st.none() | NIGHTS,
    st.none() | DIGESTS,
    st.lists(
        st.tuples(st.sampled_from(("opened", "replied")), st.sampled_from(("normal", "urgent")), MOMENTS), max_size=12
    ),
    st.integers(0, 90).map(lambda minutes: timedelta(minutes=minutes)),
    st.booleans(),
)
def test_nothing_is_lost_nothing_is_told_twice_and_nothing_in_quiet_hours(
    quiet: Quiet | None,
    digest: Digest | None,
    happenings: list[tuple[str, str, datetime]],
    late: timedelta,
    twice: bool,
) -> None:
    desk = Desk(Notifying(channels=("telegram",), quiet=quiet, digest=digest))
    for place, (event, priority, now) in enumerate(sorted(happenings, key=lambda each: each[2])):
        desk.until(now, late, twice)
        desk.happens(f"n{place}", event, priority, now)
    desk.until(datetime(2028, 1, 1, tzinfo=UTC), late, twice)
    assert sorted(name for name, _ in desk.told) == sorted(desk.wanted)
    for name, at in desk.told:
        priority, happened = desk.wanted[name]
        assert at >= happened
        if quiet is not None and priority != "urgent":
            assert not choosing.is_quiet(quiet, at)
        if priority == "urgent":
            assert at == happened
    assert not desk.facts.timers
