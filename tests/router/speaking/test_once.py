"""Whatever is repeated, interrupted or fails: what an agent said is done once, and they are told once."""

import asyncio
from typing import Any

import pytest

from services.router import spoken
from services.router.deciding.speaking import settling
from services.router.store import StoreAway
from shared.messages.changeset import Committed
from shared.messages.command import CommandResult
from tests.router.speaking.speakworld import Speaking, _Store
from tests.router.talking import said


@pytest.fixture
def world() -> Speaking:
    return Speaking()


def answer(world: Speaking, **more: Any) -> Any:
    told = world.told(channel="sms")
    return said("one", f"{told.code} On its way.", "+48601601601", "sms", **more)


def test_the_same_message_again_is_done_once(world: Speaking) -> None:
    message = answer(world)
    first = world.hears(message)
    world.finishes(first.result)  # as after a crash right behind it
    again = world.hears(message)
    assert again.ledger is not None
    assert again.ledger.outcome == "duplicate"
    assert len(world.to_customers()) == len(world.echoes()) == len(world.put_down()) == 1


def test_a_crash_before_it_was_done_loses_nothing(world: Speaking) -> None:
    message = answer(world)
    changeset = world.decide(message)
    assert world.commit(changeset) == "committed"
    assert world.to_customers() == []
    # It comes again; the store answers with the first result, and that is done.
    assert world.commit(world.decide(message)) == "repeated"
    world.finishes(world.causes[message.cause].result)
    assert len(world.to_customers()) == len(world.echoes()) == 1


def test_by_two_inboxes_it_is_done_once(world: Speaking) -> None:
    message = answer(world)
    world.hears(message)
    other = message.model_copy(update={"inbox": "wa", "channel": "whatsapp", "inboxes": ["wa"]})
    world.state.speakers["whatsapp +48601601601"] = world.state.speakers["phone +48601601601"]
    other = other.model_copy(update={"points": [p.model_copy(update={"kind": "whatsapp"}) for p in message.points]})
    second = world.hears(other)
    assert second.ledger is not None
    assert second.ledger.outcome == "duplicate"
    assert len(world.to_customers()) == len(world.echoes()) == 1


def test_two_of_one_agent_in_a_batch_are_done_in_their_order(world: Speaking) -> None:
    told = world.told(channel="sms")
    messages = [said(name, f"{told.code} {name}", "+48601601601", "sms") for name in ("first one", "second")]
    messages = [each.model_copy(update={"source_id": f"s{place}"}) for place, each in enumerate(messages)]
    changesets = world.decide_batch(messages)
    assert world.commit_batch(changesets) == ["committed", "committed"]

    async def one(pending: Any, _: Any) -> None:
        await spoken.finish(_Store(world), pending, world._does, world.policy)  # type: ignore[arg-type]

    wanted = [spoken.wanted(Committed(cause="", outcome="committed", result=each.result)) for each in changesets]
    asyncio.run(spoken.in_turn([(each, None) for each in wanted], one))  # type: ignore[misc]
    assert [each.text for each in world.to_customers()] == ["first one", "second"]


def test_what_fails_is_settled_and_told_and_stops_nobody(world: Speaking, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: Any) -> CommandResult:
        raise ZeroDivisionError

    monkeypatch.setattr(world, "_does", broken)
    world.hears(answer(world))
    assert world.verdicts() == [("refused", "failed")]
    assert len(world.echoes()) == 1


def test_while_the_store_is_away_the_message_is_to_come_again(world: Speaking, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_: Any) -> CommandResult:
        return CommandResult(error="unavailable", detail="the store is away")

    does = world._does
    monkeypatch.setattr(world, "_does", away)
    message = answer(world)
    with pytest.raises(StoreAway):
        world.hears(message)
    assert world.echoes() == []
    monkeypatch.setattr(world, "_does", does)
    world.finishes(world.causes[message.cause].result)
    assert len(world.to_customers()) == len(world.echoes()) == 1


def test_what_was_settled_before_is_not_told_again(world: Speaking) -> None:
    message = answer(world)
    result = world.hears(message).result
    wanted = spoken.wanted(Committed(cause="", outcome="committed", result=result))
    assert wanted is not None
    late = settling.settled(wanted, CommandResult(error="failed"), world.state, world.policy, world.now)
    assert late.operations == []
