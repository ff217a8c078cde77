"""Sending through the real library to the simulator, beside the real store: told, never doubled, honest about what failed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.notifier import sending as schedule
from services.notifier.twilio import sender as sending
from services.simulators import TwilioSimulator
from services.store import deliveries
from shared.bus import rpc, subjects, topology
from shared.messages.outbound import Outbound
from shared.messages.parts import Attachment
from shared.messages.provider import SendingAnswer, SendingQuery
from shared.messages.reasons import reason_of
from shared.messages.ticket import TicketAnswer, TicketQuery

from .conftest import ANA, CHANNELS, House, outbound, until
from .payloads import TEMPLATE

MESSAGES = "Messages.json"


@pytest.fixture
async def sender(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The house with its store and a notifier."""
    monkeypatch.setattr(sending, "LOOK_AFTER", 0.0)
    await house.remember()
    await house.notifier()
    return house


def taken(twilio: TwilioSimulator, text: str, channel: str = "sms") -> int:
    return twilio.times_sent(ANA[channel], text)


async def test_a_message_is_sent_on_every_channel_and_its_states_come_back(
    sender: House, twilio: TwilioSimulator
) -> None:
    sent = [outbound(f"by {channel}", name=channel, channel=channel) for channel in CHANNELS]
    for channel in CHANNELS:
        twilio.phone(ANA[channel]).texts("hello")  # opens the window
    await sender.commit(*sent, wrote=datetime.now(UTC))
    for one in sent:
        await sender.until_state(one, "delivered")
        assert taken(twilio, one.text, one.channel) == 1
    twilio.phone(ANA["whatsapp"]).reads(twilio.phone(ANA["whatsapp"]).received[-1])
    await sender.until_state(sent[1], "read")


async def test_a_state_that_comes_before_the_answer_or_late_never_moves_a_delivery_back(
    sender: House, twilio: TwilioSimulator
) -> None:
    held = twilio.faults.hold(on=MESSAGES)
    one = outbound()
    await sender.commit(one)
    await asyncio.to_thread(held.taken.wait, 60)
    await sender.until_state(one, "delivered")
    held.open()
    twilio.callbacks.reorder(3, on="status")
    other = outbound("another", name="two")
    await sender.commit(other)
    await sender.until_state(other, "delivered")
    await twilio.until(lambda: twilio.callbacks.is_idle)
    assert {state for state, _ in (await sender.recorded()).values()} == {"delivered"}


async def test_an_answer_that_was_lost_is_asked_for_and_the_message_not_sent_again(
    sender: House, twilio: TwilioSimulator
) -> None:
    twilio.callbacks.hold(on="status")
    twilio.faults.lose_response(on=MESSAGES)
    one = outbound()
    await sender.commit(one)
    await sender.until_state(one, "accepted")
    assert taken(twilio, one.text) == 1


@pytest.mark.parametrize("fault", ["cut", "broken"])
async def test_what_twilio_never_had_is_sent_after_it_was_asked_for(
    sender: House, twilio: TwilioSimulator, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "UNSURE", replace(schedule.UNSURE, first=timedelta(milliseconds=50)))
    getattr(twilio.faults, fault)(on=MESSAGES)
    one = outbound()
    await sender.commit(one)
    await sender.until_state(one, "delivered")
    assert taken(twilio, one.text) == 1


async def test_an_earlier_message_with_the_same_words_is_not_taken_for_this_one(
    sender: House, twilio: TwilioSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "UNSURE", replace(schedule.UNSURE, first=timedelta(milliseconds=50)))
    first = outbound("OK", name="one")
    await sender.commit(first)
    await sender.until_state(first, "delivered")
    await sender.crash(sender.notifiers[0])  # what it remembered is gone
    await sender.notifier()
    twilio.faults.cut(on=MESSAGES)
    second = outbound("OK", name="two")
    await sender.commit(second)
    await sender.until_state(second, "delivered")
    assert taken(twilio, "OK") == 2


async def test_a_killed_notifiers_message_is_asked_for_and_never_sent_twice(
    house: House, twilio: TwilioSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "LEASE", timedelta(seconds=1))
    await house.remember()
    durable = subjects.notifier("sms", "sms")
    config = topology.consumer_config(replace(durable, ack_wait=2.0))
    await house.tester.jetstream().add_consumer(durable.stream, config)
    victim = await house.notifier()
    twilio.callbacks.hold(on="status")  # nothing tells the store by another way
    held = twilio.faults.hold(on=MESSAGES)
    one = outbound()
    await house.commit(one)
    await asyncio.to_thread(held.taken.wait, 60)
    await house.crash(victim)
    held.open()
    await house.notifier()
    await house.until_state(one, "accepted")
    assert taken(twilio, one.text) == 1


async def test_a_long_text_whose_second_part_was_refused_for_now_continues_there(
    sender: House, twilio: TwilioSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "THROTTLE", replace(schedule.THROTTLE, first=timedelta(milliseconds=50)))
    parts = ["a" * 1_500, "b" * 1_500, "c" * 100]
    one = outbound("\n\n".join(parts))
    twilio.faults.slow(0.0, on=MESSAGES)
    twilio.faults.too_many(retry_after=1, on=MESSAGES)
    await sender.commit(one)
    await sender.until_state(one, "delivered")
    assert [taken(twilio, part) for part in parts] == [1, 1, 1]
    assert twilio.phone(ANA["sms"]).texts_received == parts


async def test_one_message_at_a_time_is_under_way_to_a_recipient(sender: House, twilio: TwilioSimulator) -> None:
    held = twilio.faults.hold(on=MESSAGES)
    first, second = outbound("first", name="one"), outbound("second", name="two")
    await sender.commit(first)
    await asyncio.to_thread(held.taken.wait, 60)
    other = outbound("to another", name="three", to=[{"address": "+48600100200"}])
    await sender.commit(second, other)
    await sender.until_state(other, "delivered")  # nobody else waits
    assert taken(twilio, "second") == 0
    held.open()
    await sender.until_state(second, "delivered")
    assert twilio.phone(ANA["sms"]).texts_received == ["first", "second"]


async def test_who_opted_out_is_not_texted_and_the_reason_is_told(sender: House, twilio: TwilioSimulator) -> None:
    twilio.phone(ANA["sms"]).texts("STOP")
    (stop,) = await sender.until_held(1)
    assert stop.fields["opt"] == "out"
    one = outbound()
    await sender.commit(one)
    assert reason_of(await sender.until_state(one, "failed")) == "opted-out"
    assert taken(twilio, one.text) == 0


@pytest.mark.parametrize(
    ("error", "reason"), [(30003, "unreachable"), (30005, "invalid-recipient"), (30007, "filtered")]
)
async def test_what_a_carrier_refuses_later_fails_with_its_reason(
    sender: House, twilio: TwilioSimulator, error: int, reason: str
) -> None:
    twilio.phone(ANA["sms"]).cannot_be_reached(error)
    one = outbound()
    await sender.commit(one)
    assert reason_of(await sender.until_state(one, "failed")) == reason


async def test_outside_the_window_a_template_goes_out_and_without_one_the_reason_is_told(
    sender: House, twilio: TwilioSimulator
) -> None:
    twilio.template(TEMPLATE, "Hello, about {{2}}: {{1}}")
    whatsapp = outbound("two\nlines", name="one", channel="whatsapp")
    messenger = outbound(name="two", channel="messenger")
    await sender.commit(whatsapp, messenger, wrote=datetime.now(UTC) - timedelta(hours=25))
    await sender.until_state(whatsapp, "delivered")
    (received,) = twilio.phone(ANA["whatsapp"]).texts_received
    assert received.startswith("Hello, about T-")
    assert received.endswith(": two lines")
    assert reason_of(await sender.until_state(messenger, "failed")) == "outside-window"


async def test_what_twilio_says_of_its_window_counts_where_we_believed_it_open(
    sender: House, twilio: TwilioSimulator
) -> None:
    one = outbound(channel="whatsapp")
    await sender.commit(one, wrote=datetime.now(UTC))
    assert reason_of(await sender.until_state(one, "failed")) == "outside-window"


async def test_the_ticket_shows_until_when_anything_may_be_sent(house: House) -> None:
    await house.remember()
    wrote = datetime.now(UTC).replace(microsecond=0)
    await house.commit(outbound(name="one", channel="whatsapp"), outbound(name="two"), wrote=wrote)
    shown = {}
    for number in (1001, 1002):
        asked = TicketQuery(number=number).encode()
        view = TicketAnswer.decode(await rpc.request(house.asker, subjects.query("ticket"), asked)).ticket
        assert view is not None
        shown[view.channel] = view.window_ends
    assert shown == {"whatsapp": wrote + timedelta(hours=24), "sms": None}


async def test_the_store_says_when_a_contact_wrote_and_what_belongs_to_other_deliveries(
    sender: House, twilio: TwilioSimulator
) -> None:
    wrote = datetime.now(UTC).replace(microsecond=0)
    one, two = outbound("one", name="one"), outbound("two", name="two")
    await sender.commit(one, two, wrote=wrote)
    for each in (one, two):
        await sender.until_state(each, "delivered")
    sids = [message.sid for message in twilio.phone(ANA["sms"]).received]
    query = SendingQuery(delivery_id=one.delivery_id, provider_ids=[*sids, "SM0"])
    data = await rpc.request(sender.asker, subjects.query("sending"), query.encode())
    answer = SendingAnswer.decode(data)
    other = next(message.sid for message in twilio.phone(ANA["sms"]).received if message.body == "two")
    assert (answer.last_inbound, answer.elsewhere) == (wrote, [other])
    nobody = SendingQuery(delivery_id="0" * 32).encode()
    assert SendingAnswer.decode(await rpc.request(sender.asker, subjects.query("sending"), nobody)) == SendingAnswer()


async def test_twilio_fetches_a_file_of_ours_with_its_type_and_nothing_that_a_browser_runs(
    sender: House, twilio: TwilioSimulator
) -> None:
    # A whole picture, without anything that would be taken out.
    content = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
    key = await sender.intake.blobs.put(content)
    kept = Attachment(filename="a", media_type="image/jpeg", size=len(content), sha256=key, blob=key)
    one = outbound("", channel="whatsapp", attachments=[kept])
    twilio.phone(ANA["whatsapp"]).texts("hello")
    await sender.commit(one, wrote=datetime.now(UTC))
    await sender.until_state(one, "delivered")
    (url,) = twilio.phone(ANA["whatsapp"]).received[-1].media
    async with httpx.AsyncClient(trust_env=False) as client:
        fetched = await client.get(url)
        forged = await client.get(url[:-1] + ("a" if url[-1] != "a" else "b"))
    assert (fetched.status_code, fetched.headers["content-type"], fetched.content) == (200, "image/jpeg", content)
    assert forged.status_code == 404


async def test_credentials_that_twilio_does_not_take_stop_the_inbox_and_cost_no_message(
    sender: House, twilio: TwilioSimulator
) -> None:
    token, twilio.account.token = twilio.account.token, "changed"
    one = outbound()
    await sender.commit(one)

    async def told() -> bool:
        return "account_sid" in (await sender.recorded())[one.delivery_id][1]

    await until(told)
    twilio.account.token = token
    await sender.until_state(one, "delivered")
    assert taken(twilio, one.text) == 1


async def test_with_all_faults_at_once_nothing_is_lost_and_nothing_sent_twice(
    sender: House, twilio: TwilioSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UNSURE", "THROTTLE", "RELAY"):
        quick = replace(getattr(schedule, name), first=timedelta(milliseconds=50), longest=timedelta(milliseconds=200))
        monkeypatch.setattr(schedule, name, quick)
    messages: list[Outbound] = [
        outbound(f"number {each}", name=f"n{each}", to=[{"address": f"+4860010020{each % 7}"}]) for each in range(40)
    ]
    twilio.callbacks.duplicate(10, on="status")
    twilio.callbacks.lose(10, on="status")
    twilio.callbacks.reorder(6, on="status")
    for _ in range(3):
        twilio.faults.lose_response(2, on=MESSAGES)
        twilio.faults.cut(1, on=MESSAGES)
        twilio.faults.slow(0.2, 2, on=MESSAGES)
        twilio.faults.broken(1, on=MESSAGES)
        twilio.faults.too_many(1, retry_after=1, on=MESSAGES)
    await sender.commit(*messages)

    async def all_sent() -> bool:
        return {state for state, _ in (await sender.recorded()).values()} <= {"accepted", "delivered"}

    await until(all_sent, 40)
    assert twilio.sent_twice() == {}
    assert sum(twilio.times_sent(each.to[0].address, each.text) for each in messages) == len(messages)
