"""An agent calls from a ticket: whose telephones ring, what each sees, what the ticket says afterwards; and nobody is dialled twice."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.notifier.sending import Attempt, Permanent, Sent, Temporary, Throttled
from services.notifier.voice import sender
from services.notifier.voice.sender import VoiceSender
from services.simulators import TwilioSimulator
from services.simulators.twilio.records import Call
from shared.clock import now
from shared.identity import derive
from shared.messages.command import Dial
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from shared.messages.ticket import TicketView
from shared.settings.inbox import TwilioInbox
from shared.speaking import Speaker
from tests.channels.voice.conftest import AGENT, ANA, OURS, House, until


@pytest.fixture
async def ticket(whole: House, twilio: TwilioSimulator) -> int:
    """The number of a ticket that Ana opened by SMS."""
    twilio.phone(ANA).texts("Drukarka nie działa, proszę o pomoc")
    (opened,) = await whole.until_tickets(1)
    return int(opened.number.removeprefix("T-"))


def legs(twilio: TwilioSimulator) -> list[Call]:
    with twilio.lock:
        return list(twilio.account.calls.values())


async def dialled(house: House, number: int, **more: Any) -> None:
    answer = await house.do(Dial(number=number, agent_number=AGENT), **more)
    assert answer.error is None, answer


async def until_over(house: House, state: str) -> TicketView:
    """The ticket, once its call is in this state and noted."""

    async def over() -> bool:
        (found,) = await house.tickets()
        calls = [each for each in found.deliveries or [] if each.channel == "voice"]
        noted = [each for each in found.messages or [] if each.direction == "internal"]
        return [each.state for each in calls] == [state] and bool(noted)

    await until(over)
    (found,) = await house.tickets()
    return found


def noted(ticket: TicketView) -> list[str]:
    return [each.text for each in ticket.messages or [] if each.direction == "internal"]


async def test_both_telephones_ring_and_neither_sees_the_others_number(
    whole: House, twilio: TwilioSimulator, ticket: int
) -> None:
    twilio.phone(AGENT).answers_calls(seconds=200)
    twilio.phone(ANA).answers_calls(seconds=192)
    await dialled(whole, ticket)
    found = await until_over(whole, "delivered")
    first, second = legs(twilio)
    assert (first.sender, first.recipient) == (OURS, AGENT)
    assert (second.sender, second.recipient, second.parent) == (OURS, ANA, first.sid)
    assert not any(ANA in text for text in first.said), "nobody reads it out either"
    assert first.errors == []
    assert noted(found) == ["Call to the customer: answered, 3 min 12 s."]
    states = [each.outgoing.label for each in twilio.callbacks.attempts if each.outgoing.label.startswith("call:")]
    assert states == ["call:initiated", "call:ringing", "call:in-progress", "call:completed"]
    ended = [event for event in found.events or [] if event.what == "call_ended"]
    assert [(event.data["answered"], event.data["seconds"]) for event in ended] == [(True, 192)]


@pytest.mark.parametrize(
    ("agent", "customer", "said"),
    [
        ("completed", "no-answer", "Call to the customer: not connected. Nobody answered."),
        ("no-answer", "completed", "Call to the customer: not connected. The agent's phone did not answer."),
    ],
)
async def test_a_call_that_was_not_answered_is_noted_and_nobody_is_mailed(
    whole: House, twilio: TwilioSimulator, ticket: int, agent: Any, customer: Any, said: str
) -> None:
    twilio.phone(AGENT).answers_calls(agent)
    twilio.phone(ANA).answers_calls(customer)
    await dialled(whole, ticket)
    found = await until_over(whole, "failed")
    assert noted(found) == [said]
    assert "undelivered" not in found.tags
    assert [each.recipient for each in legs(twilio)] == ([AGENT, ANA] if agent == "completed" else [AGENT])


async def test_what_was_lost_or_told_twice_is_noted_once(whole: House, twilio: TwilioSimulator, ticket: int) -> None:
    twilio.callbacks.lose(1, on="voice")  # how the customer's telephone did
    twilio.callbacks.duplicate(2, on="call:completed")
    twilio.phone(ANA).answers_calls(seconds=7)
    await dialled(whole, ticket)
    found = await until_over(whole, "delivered")
    await twilio.until(lambda: twilio.callbacks.is_idle)
    assert noted(found) == ["Call to the customer: answered, 7 s."]


async def test_a_lost_answer_is_asked_for_and_nobody_is_dialled_twice(
    whole: House, twilio: TwilioSimulator, ticket: int
) -> None:
    twilio.faults.lose_response(on="POST /2010-04-01/Accounts/")
    await dialled(whole, ticket)
    await until_over(whole, "delivered")
    assert [each.recipient for each in legs(twilio)] == [AGENT, ANA]


def wanted(name: str, customer: str = ANA) -> Outbound:
    """A call that an agent asked for; ``name`` tells it from others."""
    return Outbound(
        delivery_id=derive("delivery", name),
        channel="voice",
        inbox="phone",
        kind="message",
        to=[Address(address=customer)],
        variables={"agent_number": AGENT},
        created_at=now(),
    )


@pytest.fixture
async def dialler(whole: House) -> AsyncIterator[VoiceSender]:
    """What dials, without the store's claims and without any word from Twilio about what became of it."""
    context = await whole.context("notifier")
    inbox = context.settings.inbox[0]
    assert isinstance(inbox, TwilioInbox)
    made = VoiceSender(Speaker(inbox, "Acme", whole.public), context.keyring, context.bus, look_after=0.0)
    yield made
    await made.close()


async def test_an_attempt_after_another_finds_its_call_at_twilio_and_takes_nobody_elses(
    dialler: VoiceSender, twilio: TwilioSimulator
) -> None:
    twilio.callbacks.hold()
    twilio.phone(AGENT).answers_calls("busy")
    other = await dialler.send(wanted("other", "+48600100209"), Attempt(1))
    lost = wanted("lost")
    twilio.faults.lose_response(on="/Calls.json")
    first = await dialler.send(lost, Attempt(1))
    again = await dialler.send(lost, Attempt(2, ambiguous=True))
    assert isinstance(first, Sent)
    assert isinstance(other, Sent)
    assert first == again
    assert first.provider_id != other.provider_id
    assert len(legs(twilio)) == 2
    twilio.faults.cut(on="POST /2010")
    untaken = wanted("untaken")
    assert isinstance(await dialler.send(untaken, Attempt(1)), Temporary), "it is in no list, so it may be tried again"
    assert isinstance(await dialler.send(untaken, Attempt(2)), Sent)
    assert len(legs(twilio)) == 3


async def test_a_call_that_the_store_knows_is_taken_for_no_other(
    whole: House, dialler: VoiceSender, twilio: TwilioSimulator, ticket: int
) -> None:
    await dialled(whole, ticket)
    await until_over(whole, "delivered")
    sent = await dialler.send(wanted("lost"), Attempt(2, ambiguous=True))
    assert isinstance(sent, Sent)
    assert sent.provider_id == legs(twilio)[2].sid


async def test_without_the_list_nobody_is_dialled_again(dialler: VoiceSender, twilio: TwilioSimulator) -> None:
    twilio.faults.broken(times=2, on="GET /2010")
    found = await dialler.send(wanted("one"), Attempt(2, ambiguous=True))
    assert isinstance(found, Temporary)
    assert found.unsure
    assert legs(twilio) == []


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("too_many", Throttled), ("wrong", Permanent)],
)
async def test_what_twilio_says_no_to_is_an_outcome(
    dialler: VoiceSender, twilio: TwilioSimulator, fault: str, outcome: type
) -> None:
    if fault == "too_many":
        twilio.faults.too_many(retry_after=7, on="/Calls.json")
    else:
        del twilio.account.senders[OURS]
    assert isinstance(await dialler.send(wanted("one"), Attempt(1)), outcome)


async def test_the_same_request_again_is_the_same_call(whole: House, twilio: TwilioSimulator, ticket: int) -> None:
    for _ in range(3):
        await dialled(whole, ticket, key="once")
    await until_over(whole, "delivered")
    assert [each.recipient for each in legs(twilio)] == [AGENT, ANA]


async def test_nobody_is_rung_long_after_they_asked(
    whole: House, twilio: TwilioSimulator, ticket: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "PATIENCE", -sender.PATIENCE)
    await dialled(whole, ticket)
    found = await until_over(whole, "failed")
    assert noted(found) == ["Call to the customer: not connected. It could not be begun within five minutes."]
    assert legs(twilio) == []
