"""What holds of figures whatever the history: parts add up to the whole, the period before is told as it was told itself."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.messages.reports import ReportTable
from shared.reports import NAMES, Deed, Report, Run, Spent, TicketRow
from shared.reports.drawing import checksum, drawn
from shared.reports.spread import median, percentile
from tests.reports.making import DAY, at, deed, run, scope

minutes = st.integers(-8 * DAY, 9 * DAY)
names = st.sampled_from(["", "a", "b"])


spent = st.builds(Spent, st.sampled_from(["open", "pending"]), names, st.integers(0, 99), st.integers(0, 99))


@st.composite
def runs(draw: Any, clock: str) -> Run:
    start = draw(minutes)
    took = draw(st.none() | st.integers(0, 3 * DAY))
    late = draw(st.none() | st.just(start + 60))
    target = draw(st.none() | st.just(3_600.0))
    return run(clock, start, None if took is None else start + took, late=late, target=target, worked=float(took or 0))


@st.composite
def tickets(draw: Any) -> TicketRow:
    clocks = draw(st.lists(st.sampled_from(["first_response", "next_response", "resolution"]), max_size=4))
    return TicketRow(
        number=draw(st.integers(1, 9)),
        status=draw(st.sampled_from(["new", "open", "solved", "closed"])),
        created_at=at(draw(minutes)),
        channel=draw(names),
        category=draw(names),
        team=draw(names),
        agent=draw(names),
        first_responded_at=draw(st.none() | minutes.map(at)),
        over_at=draw(st.none() | minutes.map(at)),
        runs=sorted((draw(runs(clock)) for clock in clocks), key=lambda each: each.started_at),
        spent=draw(st.lists(spent, max_size=3)),
        words=draw(st.sampled_from(["pump leaks", "invoice wrong", ""])),
    )  # fmt: skip


kinds = st.sampled_from(["answered", "solved", "rated", "reopened"])
deeds = st.builds(
    lambda what, when, score, place: deed(what, when, score=score, team=place, channel=place, category=place, who=place),
    kinds, minutes, st.integers(1, 5), names,
)  # fmt: skip
SUMMED = {
    "first_response": "count", "next_response": "count", "resolution": "count", "sla": "decided", "volume": "opened",
    "backlog": "open", "reopened": "solutions", "satisfaction": "answers",
}  # fmt: skip


def made(rows: list[TicketRow], done: list[Deed], of: Any, *, compare: bool = False) -> Report:
    report = Report(NAMES, of, compare=compare)
    report.tickets(rows)
    report.deeds(sorted(done, key=lambda each: each.at))
    return report


@settings(deadline=None, max_examples=25)
@given(st.lists(tickets(), max_size=8), st.lists(deeds, max_size=8))
def test_the_parts_of_every_division_add_up_to_the_whole(rows: list[TicketRow], done: list[Deed]) -> None:
    tables = made(rows, done, scope()).tables()
    whole: dict[str, ReportTable] = {table.report: table for table in tables if not table.by}
    seen = 0
    for table in tables:
        column = SUMMED.get(table.report)
        if column is None or table.by in ("", "words"):
            continue
        seen += 1
        assert sum(row[column] for row in table.told()) == whole[table.report].told()[0][column], table.name  # type: ignore[misc, arg-type]
    assert seen > 25


@settings(deadline=None, max_examples=12)
@given(st.lists(tickets(), max_size=8), st.lists(deeds, max_size=8))
def test_the_period_before_is_told_as_it_is_told_by_itself(rows: list[TicketRow], done: list[Deed]) -> None:
    both = made(rows, done, scope(), compare=True)
    alone = made(rows, done, scope(since=-7 * DAY, until=0, before=-14 * DAY))
    assert both.previous() == alone.tables()


@given(st.lists(st.integers(0, 1_000), min_size=1))
def test_half_of_the_values_lie_on_each_side_of_the_median_and_nine_tenths_below_the_ninth_decile(
    values: list[int],
) -> None:
    values.sort()
    middle, ninth = median(values), percentile(values, 0.9)
    assert middle is not None
    assert ninth is not None
    assert sum(each <= middle for each in values) * 2 >= len(values)
    assert sum(each >= middle for each in values) * 2 >= len(values)
    assert sum(each <= ninth for each in values) >= 0.9 * len(values)
    assert ninth in values


@given(st.sets(st.integers(1, 10_000), max_size=60), st.integers(0, 10), st.randoms())
def test_a_draw_is_the_same_whatever_order_the_candidates_come_in(
    candidates: set[int], count: int, chance: Any
) -> None:
    shuffled = list(candidates)
    chance.shuffle(shuffled)
    found = drawn("seed", shuffled, count)
    assert found == drawn("seed", sorted(candidates), count)
    assert len(set(found)) == len(found) == min(count, len(candidates))
    assert set(found) <= candidates
    assert checksum(shuffled) == checksum(sorted(candidates))


def test_a_draw_prefers_nobody() -> None:
    # 2,000 draws of one from ten: 200 each are expected, 150 to 250 lie within four standard deviations.
    counts = [0] * 10
    for seed in range(2_000):
        counts[drawn(str(seed), range(10), 1)[0]] += 1
    assert all(145 < count < 255 for count in counts)
