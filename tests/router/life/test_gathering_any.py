"""Whatever is merged, unmerged and split, in any order, while customers write: every message is in one ticket, and none in a ghost."""

from collections.abc import Callable
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.deciding import gathered
from services.router.deciding.commands import Refused
from shared.messages.changeset import AddMessage, QueueDelivery
from shared.messages.command import Action, Reply
from shared.messages.gathering import Merge, Split, Unmerge
from shared.secrets import TicketToken, reply_address
from tests.router.life.telling import Telling, policy
from tests.router.world import KEYRING, START

POLICY = policy()
MOVES = (Merge, Unmerge, Split)
Step = Callable[[Telling], object]
which = st.integers(0, 5)


def number(world: Telling, place: int) -> int:
    return sorted(world.state.numbers)[place % len(world.state.numbers)]


def act(world: Telling, action: Action) -> None:
    with suppress(Refused):
        world.act(action)


def merge(one: int, other: int) -> Step:
    return lambda world: act(world, Merge(number=number(world, one), into=number(world, other)))


def unmerge(one: int) -> Step:
    return lambda world: act(world, Unmerge(number=number(world, one)))


def split(one: int, places: list[int]) -> Step:
    def step(world: Telling) -> None:
        ticket_id = world.state.numbers[number(world, one)]
        every = [each.message_id for each in world.state.messages.get(ticket_id, []) if each.direction == "in"]
        if every:
            messages = list({every[place % len(every)]: None for place in places})
            act(world, Split(number=number(world, one), messages=messages))

    return step


def mails(one: int, how: str) -> Step:
    """Ana writes a mail that leads to a ticket, in one way or another, or a new one."""

    def step(world: Telling) -> None:
        target = number(world, one)
        token = reply_address(KEYRING, TicketToken(target, "customer", "public", START.date()), "acme.example")
        known = world.state.tickets[world.state.numbers[target]].latest_message_ids
        options: dict[str, dict[str, object]] = {
            "token": {"recipients": [token]},
            "reference": {"refs": tuple(known[-1:])},
            "subject": {"subject": f"[T-{target}] again"},
            "new": {},
        }
        world.mails(f"{how} {world.done}", **options[how])  # type: ignore[arg-type]

    return step


def replies(one: int) -> Step:
    return lambda world: act(world, Reply(number=number(world, one), text="Look"))


steps = st.one_of(
    st.builds(merge, which, which),
    st.builds(merge, which, which),
    st.builds(unmerge, which),
    st.builds(split, which, st.lists(which, min_size=1, max_size=3)),
    st.builds(mails, which, st.sampled_from(["token", "reference", "subject", "new"])),
    st.builds(replies, which),
    st.just(lambda world: world.says("Hello?")),
)


def check(world: Telling, known: int) -> None:
    places = [message.message_id for some in world.state.messages.values() for message in some]
    assert len(places) == len(set(places)), "a message is in one ticket"
    written = [o.message_id for each in world.changesets for o in each.operations if isinstance(o, AddMessage)]
    assert set(places) == set(written), "no message is lost"
    for ticket_id, messages in world.state.messages.items():
        assert not messages or world.state.tickets[ticket_id].status != "merged", "no message is in a ghost"
        in_it = {message.source_id for message in messages if message.source_id}
        assert all(world.state.sources[source].ticket_id == ticket_id for source in in_it)
    for ticket in world.state.tickets.values():
        assert (ticket.merged_into is not None) == (ticket.status == "merged")
        last = gathered.final(ticket.ticket_id, world.state)
        assert last is not None
        assert last.status != "merged", "there is no circle"
    for delivery in world.state.deliveries.values():
        assert world.state.tickets[str(delivery.ticket_id)].status != "merged"
    for timer in world.state.timers.values():
        if timer.ticket_id:
            assert world.state.tickets[timer.ticket_id].status != "merged", "nothing wakes a ghost"
    for changeset in world.changesets[known:]:
        moved = any(operation.op in ("move_record", "move_messages") for operation in changeset.operations)
        sent = [o for o in changeset.operations if isinstance(o, QueueDelivery) and o.outbound.kind != "alert"]
        assert not (moved and sent), "moving sends nothing"


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, min_size=4, max_size=22))
def test_any_gathering_keeps_every_message_in_one_living_ticket(wanted: list[Step]) -> None:
    world = Telling(POLICY)
    for name in ("One", "Two", "Three"):
        world.mails(name, subject=name)
    for step in wanted:
        known = len(world.changesets)
        step(world)
        check(world, known)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(which, which), min_size=1, max_size=5), st.randoms())
def test_undoing_all_mergings_in_any_order_restores_what_was(pairs: list[tuple[int, int]], order: object) -> None:
    world = Telling(POLICY)
    for name in ("One", "Two", "Three", "Four"):
        world.mails(name, subject=name)
    before = {number: ids(world, number) for number in world.state.numbers}
    status = {number: world.ticket(number).status for number in world.state.numbers}
    people = {number: world.ticket(number).participants for number in world.state.numbers}
    for one, other in pairs:
        merge(one, other)(world)
    merged = [number for number in world.state.numbers if world.ticket(number).status == "merged"]
    order.shuffle(merged)  # type: ignore[attr-defined]
    for number_ in merged:
        world.act(Unmerge(number=number_))
    assert {number: ids(world, number) for number in world.state.numbers} == before
    assert {number: world.ticket(number).status for number in world.state.numbers} == status
    assert {number: world.ticket(number).participants for number in world.state.numbers} == people


def ids(world: Telling, number: int) -> set[str]:
    return {message.message_id for message in world.state.messages.get(world.state.numbers[number], [])}
