"""An answer is held when somebody else has written since its author saw the ticket; by tables over the decision itself."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.deciding.commands import Refused, decide_command, needs
from shared.messages import command as c
from shared.messages import talking as t
from shared.messages.changeset import QueueDelivery
from shared.messages.presence import SinceFact
from tests.router.world import START, World, mail

ME = "agent:anna"
SEEN = START - timedelta(minutes=10)
AFTER = SEEN + timedelta(seconds=1)


@pytest.fixture(scope="module")
def told() -> World:
    """A world with one ticket, T-1001."""
    world = World()
    world.take(mail("first"))
    return world


def wrote(at: datetime = AFTER, *, actor: str = "customer", **fields: Any) -> SinceFact:
    direction = "in" if actor == "customer" else "out"
    given = {"direction": direction, "name": "Ana Kovač", "channel": "email", "text": "Still broken."} | fields
    return SinceFact(message_id=f"m-{at.isoformat()}-{actor}", at=at, actor=actor, **given)


def decided(world: World, action: c.Action, *since: SinceFact, actor: str = ME) -> list[Any]:
    facts = world.state.model_copy(deep=True)
    facts.since[world.ticket_of("first")] = list(since)
    command = c.Command(command_id="k", actor=actor, actor_name="Anna", at=START, action=action)
    return decide_command(command, facts, world.policy, START).operations


def answer(seen_at: datetime | None = SEEN) -> c.Reply:
    return c.Reply(number=1001, text="Switch it on.", seen_at=seen_at)


def refused(world: World, action: c.Action, *since: SinceFact, actor: str = ME) -> Refused:
    with pytest.raises(Refused) as caught:
        decided(world, action, *since, actor=actor)
    return caught.value


@pytest.mark.parametrize(
    ("since", "held"),
    [
        ([], False),
        ([wrote()], True),
        ([wrote(SEEN - timedelta(seconds=1))], False),
        ([wrote(SEEN)], False),
        ([wrote(actor="agent:bob", name="Bob")], True),
        ([wrote(actor="token:desk", name="desk")], True),
        ([wrote(actor=ME, name="Anna")], False),
        ([wrote(actor=ME, name="Anna"), wrote(AFTER + timedelta(minutes=1))], True),
    ],
    ids=["nothing", "customer", "customer before", "what was seen", "colleague", "api", "own", "own, then customer"],
)
@pytest.mark.parametrize(
    "action", [answer(), t.WriteMessage(number=1001, text="Switch it on.", seen_at=SEEN)], ids=lambda each: each.do
)
def test_an_answer_is_held_by_what_others_wrote_since(
    told: World, action: c.Action, since: list[SinceFact], held: bool
) -> None:
    if held:
        assert refused(told, action, *since).error == "moved-on"
    else:
        assert [each for each in decided(told, action, *since) if isinstance(each, QueueDelivery)]


def test_who_does_not_say_what_they_saw_answers_whatever_was_written(told: World) -> None:
    assert decided(told, answer(None), wrote())


def test_it_is_told_who_wrote_what_when_and_where_without_addresses_and_numbers(told: World) -> None:
    texts = "Write to ANA@customer.example instead. " + "x" * 1_000
    since = [
        wrote(AFTER, text=texts, channel="sms"),
        wrote(AFTER + timedelta(seconds=1), actor="agent:bob", name="Bob", text="On it"),
        wrote(AFTER + timedelta(seconds=2), name="ana@customer.example"),
        wrote(AFTER + timedelta(seconds=3), name="+385 91 123 4567"),
        wrote(AFTER + timedelta(seconds=4), actor="operator", name=""),
    ]
    error = refused(told, answer(), *since)
    shown = error.result["since"]
    people = [(each["who"], each["by"], each["channel"]) for each in shown]
    assert people == [
        ("Ana Kovač", "customer", "sms"),
        ("Bob", "agent", "email"),
        ("the customer", "customer", "email"),
        ("the customer", "customer", "email"),
        ("a colleague", "agent", "email"),
    ]
    assert shown[1]["at"] == (AFTER + timedelta(seconds=1)).isoformat()
    assert len(shown[0]["text"]) <= 300
    assert shown[1]["text"] == "On it"
    assert "T-1001" in str(error)
    assert "5 messages" in str(error)
    assert len(str(error)) < 700
    for told_anywhere in (str(error), str(shown)):
        assert "customer.example" not in told_anywhere.lower()
        assert "4567" not in told_anywhere


def test_of_a_flood_of_messages_the_newest_are_told(told: World) -> None:
    many = [wrote(AFTER + timedelta(seconds=each), text=f"number {each}") for each in range(200)]
    shown = refused(told, answer(), *many).result["since"]
    assert [each["text"] for each in shown] == [f"number {each}" for each in range(180, 200)]


@pytest.mark.parametrize(
    "seen_at",
    [
        SEEN.replace(microsecond=123_456),
        SEEN.replace(microsecond=123_000),  # as a browser's clock has it
        SEEN.replace(microsecond=123_456).astimezone(timezone(timedelta(hours=2))),
        SEEN.replace(microsecond=123_456, tzinfo=None),
    ],
    ids=["as told", "in milliseconds", "in another zone", "without a zone: UTC"],
)
def test_a_time_counts_however_a_client_has_kept_it(told: World, seen_at: datetime) -> None:
    same = wrote(SEEN.replace(microsecond=123_456))
    assert decided(told, answer(seen_at), same)
    later = wrote(SEEN.replace(microsecond=124_000))
    assert refused(told, answer(seen_at), same, later).error == "moved-on"


def test_a_time_that_we_cannot_have_told_is_refused(told: World) -> None:
    assert decided(told, answer(START + timedelta(seconds=30)))
    error = refused(told, answer(START + timedelta(hours=1)))
    assert (error.error, str(error).partition(":")[0]) == ("invalid", "seen_at")


def test_what_could_not_be_answered_at_all_is_told_first(told: World) -> None:
    assert refused(told, c.Reply(number=9999, text="x", seen_at=SEEN), wrote()).error == "not-found"
    assert refused(told, c.Reply(number=1001, text=" ", seen_at=SEEN), wrote()).error == "invalid"


@pytest.mark.parametrize("action", [answer(), t.WriteMessage(number=1001, text="x", seen_at=SEEN)])
def test_what_was_written_is_asked_for_only_where_it_counts(told: World, action: c.Action) -> None:
    def asked(action: c.Action) -> list[Any]:
        command = c.Command(command_id="k", actor=ME, at=START, action=action)
        return needs(command, told.policy).since

    (ask,) = asked(action)
    assert (ask.number, ask.actor) == (1001, ME)
    assert timedelta() <= ask.at - SEEN < timedelta(milliseconds=1)
    assert asked(action.model_copy(update={"seen_at": None})) == []
    assert asked(c.Note(number=1001, text="x")) == []


@given(
    seen=st.datetimes(min_value=datetime(1, 1, 1), timezones=st.sampled_from([UTC, timezone(timedelta(hours=14))])),
    offsets=st.lists(st.tuples(st.integers(-3_000, 3_000), st.sampled_from([ME, "customer", "agent:bob"])), max_size=6),
)
def test_nothing_of_others_after_the_time_is_ever_overlooked(
    told: World, seen: datetime, offsets: list[tuple[int, str]]
) -> None:
    if seen.year < 2 or seen > START:
        seen = SEEN
    written = [wrote(seen.astimezone(UTC) + timedelta(milliseconds=each), actor=who) for each, who in offsets]
    missed = [each for each in written if each.actor != ME and each.at - seen >= timedelta(milliseconds=1)]
    if missed:
        shown = refused(told, answer(seen), *written).result["since"]
        assert {each["message_id"] for each in shown} >= {each.message_id for each in missed}
    else:
        assert decided(told, answer(seen), *(each for each in written if each.at <= seen))
