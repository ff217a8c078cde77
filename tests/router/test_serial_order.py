"""However mails are delayed, repeated, and decided by several routers at once: the tickets are those of some serial order."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.messages.changeset import Changeset
from shared.messages.inbound import Inbound
from tests.router.world import World, mail

PEOPLE = ["ana@customer.example", "bo@customer.example", "cy@customer.example"]


@st.composite
def conversations(draw: st.DrawFn, name: str = "c") -> list[Inbound]:
    """One conversation as mail clients write it: every answer goes to all and names all it descends from."""
    people = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
    prefixed = [f"{name}-{person}" for person in people]
    mails: list[Inbound] = []
    ancestry: list[tuple[str, ...]] = []
    for i in range(draw(st.integers(1, 6))):
        sender = draw(st.sampled_from(prefixed))
        others = tuple(person for person in prefixed if person != sender)
        parent = draw(st.integers(0, i - 1)) if i else None
        refs = () if parent is None else (*ancestry[parent], f"{name}{parent}")
        ancestry.append(refs)
        mails.append(mail(f"{name}{i}", sender, cc=others, refs=refs, minutes=i / 10, text=f"text {i} of {name}"))
    return mails


@st.composite
def mailbags(draw: st.DrawFn) -> list[Inbound]:
    """Several conversations, and mails that share an id with another's, a subject number, or a stranger's quotation."""
    bag = [m for name in "cde"[: draw(st.integers(1, 3))] for m in draw(conversations(name))]
    for i in range(draw(st.integers(0, 3))):
        quoted = draw(st.sampled_from(bag))
        reference = (quoted.message_id or "",)
        bag.append(mail(f"x{i}", f"stranger{i}@else.example", refs=reference, subject="Fwd: [T-1001]", minutes=1))
    return bag


@given(mails=conversations(), seed=st.integers(0, 2**32))
@settings(max_examples=80, deadline=None)
def test_a_conversation_is_one_ticket_whatever_order_its_mails_come_in(mails: list[Inbound], seed: int) -> None:
    random.Random(seed).shuffle(mails)
    world = World()
    for message in mails:
        world.take(message)
    assert len(world.partition()) == 1


@given(mails=mailbags(), seed=st.integers(0, 2**32))
@settings(max_examples=80, deadline=None)
def test_redelivered_and_repeated_mails_change_nothing(mails: list[Inbound], seed: int) -> None:
    rng = random.Random(seed)
    once, again = World(), World()
    for message in mails:
        once.take(message)
        again.take(message)
        earlier = rng.choice(mails[: mails.index(message) + 1])
        again.take(earlier)
        assert again.commit(again.causes[earlier.cause]) == "repeated"
    assert once.state.tickets == again.state.tickets
    assert once.partition() == again.partition()
    assert len(once.acknowledgements()) == len(again.acknowledgements())


@given(mails=mailbags(), seed=st.integers(0, 2**32), routers=st.integers(2, 4))
@settings(max_examples=80, deadline=None)
def test_concurrent_routers_give_the_tickets_of_the_order_in_which_they_committed(
    mails: list[Inbound], seed: int, routers: int
) -> None:
    rng = random.Random(seed)
    rng.shuffle(mails)
    waiting = [*mails, *rng.sample(mails, k=len(mails) // 2)]
    world = World()
    in_hand: list[tuple[Inbound, object]] = []
    while waiting or in_hand:
        if waiting and (len(in_hand) < routers or not in_hand):
            message = waiting.pop()
            in_hand.append((message, world.decide(message)))  # decided now, committed when others have been
            continue
        message, changeset = in_hand.pop(rng.randrange(len(in_hand)))
        if world.commit(changeset) == "conflict":  # type: ignore[arg-type]
            waiting.append(message)
    alone = World()
    by_cause = {message.cause: message for message in mails}
    for cause in world.order:
        alone.take(by_cause[cause])
    assert alone.partition() == world.partition()
    assert alone.state.tickets == world.state.tickets
    assert alone.state.automatic == world.state.automatic
    assert len(set(world.order)) == len(mails)


@given(mails=mailbags(), seed=st.integers(0, 2**32), routers=st.integers(2, 3))
@settings(max_examples=80, deadline=None)
def test_batches_decided_on_facts_that_never_came_true_are_decided_again(
    mails: list[Inbound], seed: int, routers: int
) -> None:
    rng = random.Random(seed)
    rng.shuffle(mails)
    waiting = [*mails, *rng.sample(mails, k=len(mails) // 2)]
    by_cause = {message.cause: message for message in mails}
    world = World()
    in_hand: list[list[Changeset]] = []
    while waiting or in_hand:
        if waiting and len(in_hand) < routers:
            size = rng.randint(1, 4)
            batch, waiting = waiting[:size], waiting[size:]
            in_hand.append(world.decide_batch(batch))
            continue
        changesets = in_hand.pop(rng.randrange(len(in_hand)))
        outcomes = world.commit_batch(changesets)
        waiting += [by_cause[c.cause] for c, o in zip(changesets, outcomes, strict=True) if o == "conflict"]
    alone = World()
    for cause in world.order:
        alone.take(by_cause[cause])
    assert alone.partition() == world.partition()
    assert alone.state.tickets == world.state.tickets
    assert len(world.order) == len(mails)
