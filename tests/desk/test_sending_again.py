"""A failed delivery on its way again, and a message's original, with a real router and store behind."""

from uuid import uuid4

import pytest

from shared.messages.again import SendAgain
from shared.messages.original import OriginalAnswer, OriginalQuery
from shared.messages.parts import Stored
from tests.desk.house import House, until
from tests.desk.test_contacts import number_of, receive, shown, ticket_with
from tests.desk.test_reachable import report

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_failed_is_on_its_way_again_and_only_once(house: House) -> None:
    name = uuid4().hex
    await receive(house, "email", f"{name}@customer.example", f"Word {name}")
    ticket = await ticket_with(house, name)
    number, (first,) = ticket["number"], ticket["deliveries"]
    wish = SendAgain(number=int(number.removeprefix("T-")), delivery_id=first["id"])
    assert (await house.command(wish)).error == "conflict", "it is under way"
    await report(house, first["id"], "failed", "4.7.0 come again")

    async def failed() -> bool:
        return bool((await shown(house, number))["deliveries"][0]["state"] == "failed")

    await until(failed)
    assert (await house.command(wish)).error is None
    after = await shown(house, number)
    assert after["deliveries"][0]["state"] == "queued"
    assert [event["what"] for event in after["events"]].count("sent_again") == 1
    assert (await house.command(wish)).error == "conflict", "it is under way again"


async def test_an_original_is_had_from_its_own_ticket_only(house: House) -> None:
    name = uuid4().hex
    content = f"From: {name}@customer.example\r\n\r\nHello".encode()
    original = Stored(sha256="0" * 64, size=len(content), inline=content)
    await receive(house, "sms", number_of(name), f"Word {name}", original=original)
    ticket = await ticket_with(house, name)
    number, message = int(ticket["number"].removeprefix("T-")), ticket["messages"][0]["id"]
    gate = house.desk.app.state.backend.gate

    async def asked(number: int, message_id: str) -> OriginalAnswer:
        answer: OriginalAnswer = await gate.query(
            "original", OriginalQuery(number=number, message_id=message_id), OriginalAnswer
        )
        return answer

    kept = (await asked(number, message)).original
    assert kept is not None
    assert kept.inline == content
    assert not (await asked(number + 1, message)).found
    assert not (await asked(number, "\0")).found
    assert not (await asked(2**40, message)).found
