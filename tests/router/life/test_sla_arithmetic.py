"""The clocks against an independent calculation that knows nothing of spans and sums: it walks through every minute and looks at the
clock on the wall. Over calendars, zones, changes of the clocks, pauses, other priorities and teams, and timers that come late."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.messages import command as c
from shared.settings.targets import Hours, Sla
from tests.router.life.clockwork import Clockwork, policy

MINUTE = timedelta(minutes=1)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# A zone, and a moment near a change of its clocks or something else odd.
PLACES = [
    ("Europe/Warsaw", "2026-03-29T01:00"),
    ("Europe/Zagreb", "2026-10-25T01:00"),
    ("America/St_Johns", "2010-11-07T02:31"),
    ("Australia/Lord_Howe", "2026-04-04T15:00"),
    ("Asia/Kathmandu", "2026-06-01T12:00"),
]
TARGETS = [8, 40, 60, 200, 480, 1000]
CLOCKS = ("first_response", "next_response", "resolution")
ACTIONS = (
    "reply",
    "message",
    "note",
    "pending",
    "on_hold",
    "open",
    "solve",
    "reopen",
    "urgent",
    "normal",
    "night",
    "day",
    "close",
)


@dataclass
class Case:
    """Hours of two teams in one zone, what is aimed at, when it begins, and what happens how many minutes after what."""

    hours: dict[str, dict[str, list[tuple[int, int]]]]
    off: set[Any]
    zone: str
    targets: dict[tuple[str, str], dict[str, int]]
    begin: datetime
    steps: list[tuple[int, str]]
    late: bool


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, odd = draw(st.sampled_from(PLACES))
    near = datetime.fromisoformat(odd).replace(tzinfo=UTC)
    edges = st.lists(st.integers(0, 1440), max_size=6, unique=True).map(sorted)
    spans = edges.map(lambda found: list(zip(found[::2], found[1::2], strict=False)))
    week = st.fixed_dictionaries(dict.fromkeys(DAYS, spans))
    targets = st.fixed_dictionaries(dict.fromkeys(CLOCKS, st.sampled_from(TARGETS)))
    return Case(
        hours={"day": draw(week), "night": draw(week)},
        off={(near + timedelta(days=each)).date() for each in draw(st.sets(st.integers(-2, 3), max_size=1))},
        zone=zone,
        targets={(team, level): draw(targets) for team in ("day", "night") for level in ("normal", "urgent")},
        begin=near + draw(st.integers(-1500, 300)) * MINUTE,
        steps=draw(st.lists(st.tuples(st.integers(1, 500), st.sampled_from(ACTIONS)), min_size=1, max_size=9)),
        late=draw(st.booleans()),
    )


# -- the calculation ----------------------------------------------------------------------------------------------------


@dataclass
class Run:
    """A run of a clock, in minutes."""

    clock: str
    elapsed: int = 0
    paused: int = 0
    warned: bool = False
    breached: datetime | None = None
    ended: datetime | None = None


@dataclass
class Ledger:
    """What the ticket is like at a minute, and what has been counted by then."""

    case: Case
    status: str = "new"
    level: str = "normal"
    team: str = "day"
    answered: bool = False
    runs: list[Run] = field(default_factory=list)
    spent: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def open(self, clock: str) -> Run | None:
        return next((run for run in self.runs if run.clock == clock and run.ended is None), None)

    def begin(self, clock: str) -> None:
        if self.open(clock) is None:
            self.runs.append(Run(clock))

    def end(self, at: datetime, *clocks: str) -> None:
        for clock in clocks:
            run = self.open(clock)
            if run is not None:
                run.ended = at

    def target(self, run: Run) -> int:
        return self.case.targets[self.team, self.level][run.clock]

    def happens(self, what: str, at: datetime) -> None:
        was = self.status
        if what == "reply":
            self.answered = True
            self.end(at, "first_response", "next_response")
            self.status = "open" if was == "new" else was
        elif what == "message":
            self.status = "open" if was in ("pending", "on_hold", "solved", "closed") else was
        elif what in ("pending", "on_hold", "open", "solve", "reopen", "close"):
            self.status = {"solve": "solved", "reopen": "open", "close": "closed"}.get(what, what)
        elif what in ("urgent", "normal"):
            self._takes(lambda: setattr(self, "level", what))
        elif what in ("night", "day"):
            self._takes(lambda: setattr(self, "team", what))
        if self.status in ("solved", "closed"):
            self.end(at, *CLOCKS)
        elif was in ("solved", "closed"):
            self.begin("resolution")
        if what == "message" and self.open("first_response") is None:
            self.begin("next_response")

    def _takes(self, change: Any) -> None:
        """Another target gives another chance to be warned, as long as its share has not passed."""
        before = {id(run): self.target(run) for run in self.runs}
        change()
        for run in self.runs:
            if run.ended is None and before[id(run)] != self.target(run) and 4 * run.elapsed < 3 * self.target(run):
                run.warned = False

    def minute(self, at: datetime) -> None:
        """What is due by ``at`` after all that happened then; then the minute that begins passes."""
        paused = self.status in ("pending", "on_hold")
        works = self._works(at)
        for run in self.runs:
            if run.ended is not None:
                continue
            if paused:
                run.paused += 1
                continue
            if run.breached is None and run.elapsed >= self.target(run):
                run.breached = at
            elif run.breached is None and not run.warned and 4 * run.elapsed >= 3 * self.target(run):
                run.warned = True
            run.elapsed += works
        self.spent[self.status, self.team][0] += 1
        self.spent[self.status, self.team][1] += works

    def _works(self, at: datetime) -> bool:
        local = at.astimezone(ZoneInfo(self.case.zone))
        minute = local.hour * 60 + local.minute
        spans = self.case.hours[self.team][DAYS[local.weekday()]]
        return local.date() not in self.case.off and any(start <= minute < end for start, end in spans)


# -- both -----------------------------------------------------------------------------------------------------------------


def configured(case: Case) -> dict[str, Any]:
    def text(minute: int) -> str:
        return f"{minute // 60:02}:{minute % 60:02}"

    hours = tuple(
        Hours.model_validate({
            "name": name, "timezone": case.zone, "holidays": sorted(map(str, case.off)),
            "week": {day: [f"{text(a)}-{text(b)}" for a, b in spans] for day, spans in week.items()},
        })
        for name, week in case.hours.items()
    )  # fmt: skip
    slas = []
    for team in ("night", "day"):
        normal, urgent = (
            {clock: f"{minutes}m" for clock, minutes in case.targets[team, level].items()}
            for level in ("normal", "urgent")
        )
        more = {"name": team, "hours": team, "by_priority": {"urgent": urgent}}
        when = {"team": ["night"]} if team == "night" else {}
        slas.append(Sla.model_validate(normal | more | {"when": when}))
    return {"slas": slas, "hours": hours}


def possible(status: str, what: str) -> bool:
    """What an agent may do by hand then; and what would be no change at all is left out."""
    if what in ("pending", "on_hold"):
        return status in ("new", "open", "pending", "on_hold") and status != what
    if what == "open":
        return status in ("new", "pending", "on_hold")
    if what == "reopen":
        return status in ("solved", "closed")
    if what in ("solve", "close"):
        return status in ("new", "open", "pending", "on_hold")
    return what != "message" or status != "closed"  # which would open another ticket


def action(what: str) -> c.Action:
    fields: dict[str, dict[str, Any]] = {
        **{status: {"status": status} for status in ("pending", "on_hold", "open")},
        **{level: {"priority": level} for level in ("urgent", "normal")},
        **{team: {"team": team} for team in ("night", "day")},
    }
    if what in fields:
        return c.Change(number=1001, fields=fields[what])
    return {
        "reply": c.Reply(number=1001, text="Please switch it on."),
        "note": c.Note(number=1001, text="I'll look."),
        "solve": c.Solve(number=1001, summary="It was off."),
        "close": c.Close(number=1001),
        "reopen": c.Reopen(number=1001),
    }[what]


def played(case: Case) -> tuple[Clockwork, Ledger, datetime]:
    """The same as decisions and as a walk through the minutes."""
    setting = configured(case)
    world = Clockwork(policy=policy(*setting["slas"], hours=setting["hours"]))
    ledger = Ledger(case)
    at = case.begin
    world.write("first", at)
    world.act(c.Change(number=1001, fields={"team": "day"}), at)
    ledger.begin("first_response")
    ledger.begin("resolution")
    for number, (minutes, what) in enumerate([*case.steps, (1, "note")]):
        for _ in range(minutes):
            ledger.minute(at)
            at += MINUTE
        if not case.late:
            world.run(at, inclusive=False)
        if not possible(world.ticket.status, what):
            continue
        ledger.happens(what, at)
        if what == "message":
            world.write(f"more {number}", at, refs=("first",))
        else:
            world.act(action(what), at)
        assert world.ticket.status == ledger.status
    ledger.minute(at)
    world.run(at)
    return world, ledger, at


@settings(max_examples=80, deadline=None)
@given(cases())
def test_every_clock_says_what_walking_through_the_minutes_gives(case: Case) -> None:
    world, ledger, _ = played(case)
    for clock in CLOCKS:
        cycles = world.cycles(clock)
        runs = [run for run in ledger.runs if run.clock == clock]
        assert [cycle.cycle for cycle in cycles] == list(range(1, len(runs) + 1))
        assert len([cycle for cycle in cycles if cycle.ended_at is None]) <= 1
        for cycle, run in zip(cycles, runs, strict=True):
            assert cycle.ended_at == run.ended
            assert cycle.breached_at == run.breached, (clock, cycle, run)
            if run.ended is not None:
                assert cycle.elapsed_seconds == run.elapsed * 60
                assert cycle.paused_seconds == run.paused * 60
    told = [(event.data["clock"], event.data["cycle"]) for event in world.events("sla_breached")]
    assert sorted(told) == sorted(
        (clock, number)
        for clock in CLOCKS
        for number, run in enumerate((each for each in ledger.runs if each.clock == clock), 1)
        if run.breached is not None
    )
    if not case.late:
        open_runs = [(run, world.cycles(run.clock)[-1]) for run in ledger.runs if run.ended is None]
        assert all(run.warned == (cycle.warned_at is not None) for run, cycle in open_runs if run.breached is None)


@settings(max_examples=40, deadline=None)
@given(cases())
def test_what_is_due_is_the_first_moment_at_which_the_minutes_have_passed(case: Case) -> None:
    world, ledger, at = played(case)
    due = {clock: getattr(world.ticket, f"{clock}_due") for clock in CLOCKS}
    running = {clock: run for clock in CLOCKS if (run := ledger.open(clock)) is not None}
    if ledger.status in ("pending", "on_hold"):
        running = {}
    assert all(due[clock] is None for clock in CLOCKS if clock not in running)
    missed = {clock: run for clock, run in running.items() if run.breached is not None}
    assert all(run.breached <= due[clock] for clock, run in missed.items() if due[clock] is not None)
    # It walks on from here, with nothing happening any more.
    reached: dict[str, datetime] = {}
    minute, limit = at + MINUTE, at + timedelta(days=5)
    while minute < limit and len(reached) < len(running):
        for clock, run in running.items():
            if run.elapsed >= ledger.target(run):
                reached.setdefault(clock, minute)
        ledger.minute(minute)
        minute += MINUTE
    for clock in running.keys() - missed.keys():
        if clock in reached:
            assert due[clock] == reached[clock]
        else:
            assert due[clock] is None or due[clock] >= minute - MINUTE


@settings(max_examples=40, deadline=None)
@given(cases())
def test_the_time_in_each_status_and_team_is_what_walking_through_the_minutes_gives(case: Case) -> None:
    world, ledger, at = played(case)
    held = world.ticket.state["time"]
    parts: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for status, team, _agent, seconds, working in held["parts"]:
        parts[status, team][0] += seconds
        parts[status, team][1] += working
    assert held["in"][:2] == [ledger.status, ledger.team]
    running = ledger.status, ledger.team
    for place, (seconds, working) in ledger.spent.items():
        if place != running:
            assert [each / 60 for each in parts.pop(place)] == [seconds, working]
    unwritten = (at + MINUTE - datetime.fromisoformat(held["to"])) / MINUTE
    assert parts.pop(running, [0.0, 0.0])[0] / 60 + unwritten == ledger.spent[running][0]
    assert not {place: spent for place, spent in parts.items() if spent != [0.0, 0.0]}
