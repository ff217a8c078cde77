"""A customer on each of Twilio's channels and the whole house behind: ticket, acknowledgement, answer, states, STOP."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from services.notifier.twilio import sender as sending
from services.router.service import RouterService
from services.simulators import TwilioSimulator
from shared.bus import rpc, subjects
from shared.messages.command import Command, CommandResult, Reply
from shared.messages.ticket import TicketAnswer, TicketQuery, TicketsPage, TicketsQuery, TicketView
from shared.settings import effective

from .conftest import ANA, CHANNELS, House, until


@pytest.fixture
async def whole(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """The house with a router too."""
    monkeypatch.setattr(sending, "LOOK_AFTER", 0.0)
    store = await house.remember()
    configuration = effective(house.intake.settings)
    await store.commit_configuration(configuration, configuration["version"])
    router = RouterService(await house.context("router"))
    await router.start()
    await house.notifier()
    yield house
    await router.stop()


async def tickets(house: House) -> list[TicketView]:
    asked = TicketsQuery().encode()
    return TicketsPage.decode(await rpc.request(house.asker, subjects.query("tickets"), asked)).items


async def ticket(house: House, number: str) -> TicketView:
    asked = TicketQuery(number=int(number.removeprefix("T-"))).encode()
    found = TicketAnswer.decode(await rpc.request(house.asker, subjects.query("ticket"), asked)).ticket
    assert found is not None
    return found


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_customer_is_acknowledged_once_and_stays_in_one_ticket(
    whole: House, twilio: TwilioSimulator, channel: str
) -> None:
    phone = twilio.phone(ANA[channel], "Ana")
    phone.texts("The printer does not start")
    await twilio.until(lambda: phone.texts_received, 60)
    (opened,) = await tickets(whole)
    assert (opened.channel, opened.number in phone.texts_received[0]) == (channel, True)
    phone.texts("and it smokes")

    async def joined() -> bool:
        return len((await ticket(whole, opened.number)).messages or []) >= 2

    await until(joined)
    assert len(await tickets(whole)) == 1
    assert [each.text for each in (await ticket(whole, opened.number)).messages or [] if each.direction == "in"] == [
        "The printer does not start",
        "and it smokes",
    ]
    assert len(phone.texts_received) == 1
    assert twilio.sent_twice() == {}


async def command(house: House, action: Reply) -> CommandResult:
    wanted = Command(command_id=uuid4().hex, actor="operator", at=datetime.now(UTC), action=action).encode()
    return CommandResult.decode(await rpc.request(house.desk, subjects.ROUTER_COMMAND, wanted, timeout=60))


async def test_an_agents_answer_reaches_the_phone_and_its_state_the_ticket(
    whole: House, twilio: TwilioSimulator
) -> None:
    phone = twilio.phone(ANA["sms"])
    phone.texts("The printer does not start")
    await twilio.until(lambda: phone.texts_received, 60)
    (opened,) = await tickets(whole)
    answer = await command(whole, Reply(number=int(opened.number.removeprefix("T-")), text="Press the red button."))
    assert answer.error is None, answer
    await twilio.until(lambda: "Press the red button." in phone.texts_received, 60)

    async def delivered() -> bool:
        return [each.state for each in (await ticket(whole, opened.number)).deliveries or []] == ["delivered"] * 2

    await until(delivered)
    shown = (await ticket(whole, opened.number)).deliveries or []
    assert {each.via for each in shown} == {"twilio (1 segment)"}


async def test_who_said_stop_is_not_written_to_until_they_say_start(whole: House, twilio: TwilioSimulator) -> None:
    phone = twilio.phone(ANA["sms"])
    phone.texts("The printer does not start")
    await twilio.until(lambda: phone.texts_received, 60)
    (opened,) = await tickets(whole)
    number = int(opened.number.removeprefix("T-"))

    async def refused() -> bool:
        return (await command(whole, Reply(number=number, text="Are you there?"))).error is not None

    async def taken() -> bool:
        return not await refused()

    phone.texts("STOP")
    await twilio.until(lambda: len(phone.texts_received) == 2)  # Twilio's own words
    await whole.until_events("opted_out")
    assert await refused()
    phone.texts("START")
    await whole.until_events("opted_in")
    await until(taken)
    await twilio.until(lambda: "Are you there?" in phone.texts_received, 60)


async def test_what_is_stored_is_not_taken_from_twilios_list_again(whole: House, twilio: TwilioSimulator) -> None:
    phone = twilio.phone(ANA["whatsapp"])
    phone.texts("by webhook")
    await twilio.until(lambda: phone.texts_received, 60)
    twilio.callbacks.lose()
    phone.texts("its webhook was lost")
    reader = whole.reader("whatsapp", grace=timedelta(seconds=-5))
    assert await reader.look() == 1
    (opened,) = await tickets(whole)

    async def joined() -> bool:
        stored = (await ticket(whole, opened.number)).messages or []
        return [each.text for each in stored if each.direction == "in"] == ["by webhook", "its webhook was lost"]

    await until(joined)
    assert await whole.reader("whatsapp", grace=timedelta(seconds=-5)).look() == 0


async def test_outside_the_window_without_a_template_the_answer_comes_by_sms_once(
    whole: House, twilio: TwilioSimulator
) -> None:
    phone, texts = twilio.phone(ANA["whatsapp"], "Ana"), twilio.phone(ANA["sms"])
    phone.texts("The printer does not start")
    await twilio.until(lambda: phone.texts_received, 60)
    (opened,) = await tickets(whole)
    phone.lets_window_pass()
    number = int(opened.number.removeprefix("T-"))
    assert (await command(whole, Reply(number=number, text="Press the red button."))).error is None
    await twilio.until(lambda: texts.texts_received, 60)

    async def settled() -> bool:
        states = {
            each.channel: each.state
            for each in (await ticket(whole, opened.number)).deliveries or []
            if each.kind == "reply"
        }
        return states == {"whatsapp": "failed", "sms": "delivered"}

    await until(settled)
    shown = await ticket(whole, opened.number)
    failed, instead = (
        next(d for d in shown.deliveries or [] if (d.kind, d.channel) == ("reply", each))
        for each in ("whatsapp", "sms")
    )
    assert (failed.instead, instead.instead) == ("sms", "")
    assert failed.message_id == instead.message_id
    assert "sent_instead" in [each.what for each in shown.events or []]
    assert len(phone.texts_received) == len(texts.texts_received) == 1
    assert texts.texts_received[0].endswith("here.\n\nPress the red button.")
    # What is written back there belongs to the same ticket.
    texts.texts("I did")

    async def joined() -> bool:
        return any(each.text == "I did" for each in (await ticket(whole, opened.number)).messages or [])

    await until(joined)
    assert len(await tickets(whole)) == 1


async def test_whom_twilio_knows_to_have_opted_out_is_not_written_to_again(
    whole: House, twilio: TwilioSimulator
) -> None:
    phone = twilio.phone(ANA["sms"])
    phone.texts("The printer does not start")
    await twilio.until(lambda: phone.texts_received, 60)
    (opened,) = await tickets(whole)
    twilio.callbacks.lose(on="inbound")
    phone.texts("STOP")  # which only Twilio hears
    await twilio.until(lambda: len(phone.texts_received) == 2)
    number = int(opened.number.removeprefix("T-"))
    assert (await command(whole, Reply(number=number, text="Are you there?"))).error is None

    async def refused() -> bool:
        again = await command(whole, Reply(number=number, text="Still there?"))
        return again.error == "conflict" and "STOP" in again.detail

    async def failed() -> bool:
        deliveries = (await ticket(whole, opened.number)).deliveries or []
        return any(each.state == "failed" and each.error.startswith("opted-out: ") for each in deliveries)

    await until(failed)
    await until(refused)
