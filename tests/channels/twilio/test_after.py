"""After solving, with a customer on the telephone and the whole house behind: what was done, is it solved, how satisfied, by digits."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from services.simulators import TwilioSimulator
from shared.bus import rpc, subjects
from shared.messages.command import Action, Command, CommandResult, Solve
from shared.messages.ticket import Satisfaction

from .conftest import ANA, House, until
from .test_conversation import ticket, tickets, whole

__all__ = ["whole"]


async def agent(house: House, action: Action) -> None:
    """An agent does something."""
    wanted = Command(command_id=uuid4().hex, actor="agent:anna", actor_name="Anna", at=datetime.now(UTC), action=action)
    answer = await rpc.request(house.desk, subjects.ROUTER_COMMAND, wanted.encode(), timeout=60)
    assert CommandResult.decode(answer).error is None


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
async def test_a_customer_confirms_rates_and_says_why_by_digits_and_words(
    whole: House, twilio: TwilioSimulator, channel: str
) -> None:
    phone = twilio.phone(ANA[channel], "Ana")

    async def heard(count: int) -> str:
        await twilio.until(lambda: len(phone.texts_received) >= count, 60)
        assert len(phone.texts_received) == count
        return phone.texts_received[-1]

    phone.texts("Moja drukarka nie działa, proszę o pomoc")
    await heard(1)
    (opened,) = await tickets(whole)
    await agent(whole, Solve(number=int(opened.number.removeprefix("T-")), summary="Wymieniliśmy bezpiecznik."))
    asked = await heard(2)
    assert "Wymieni" in asked
    assert asked.splitlines()[-2].startswith("1 = Tak")
    assert asked.splitlines()[-1].startswith("2 = Nie")
    phone.texts("1")
    assert "od 1" in await heard(3)
    phone.texts("4")
    await heard(4)
    phone.texts("Trochę długo to trwało")

    async def rated() -> bool:
        return (await ticket(whole, opened.number)).satisfaction == Satisfaction(
            score=4, words="Trochę długo to trwało"
        )

    await until(rated)
    done = await ticket(whole, opened.number)
    assert done.status == "closed"
    assert done.customer_confirmed_at is not None
    assert len(await tickets(whole)) == 1
    assert [each.text for each in done.messages or [] if each.direction == "in"][1:] == [
        "1",
        "4",
        "Trochę długo to trwało",
    ]
    assert len(phone.texts_received) == 4
    assert twilio.sent_twice() == {}
