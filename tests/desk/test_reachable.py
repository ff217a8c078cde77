"""An address whose mail is refused is marked, and no longer when a mail to it arrives: from report to contact, over a real bus."""

from typing import Any
from uuid import uuid4

import pytest

from shared.bus import subjects
from shared.clock import now
from shared.messages.outbound import Claim, ClaimRequest, DeliveryReport
from tests.desk.house import House, until
from tests.desk.test_contacts import receive, shown, ticket_with

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def report(house: House, delivery_id: str, state: Any, error: str = "") -> None:
    """A notifier sends it, and says what became of it."""
    await house.store.claim(ClaimRequest(owner="tests", claims=[Claim(delivery_id=delivery_id)]))
    said = DeliveryReport(
        delivery_id=delivery_id, attempt=1, state=state, at=now(), channel="email", inbox="support", error=error
    )
    publisher = house.contexts["intake"].publisher
    subject = subjects.delivery("email", state)
    await publisher.publish(subjects.DELIVERY, subject, said.encode(), message_id=said.bus_id)


async def is_marked(house: House, contact: str) -> bool:
    (point,) = (await house.api.get(f"/api/v1/contacts/{contact}")).json()["points"]
    return bool(point["undeliverable"])


async def test_an_address_is_marked_by_a_refusal_and_reachable_again_by_a_mail_that_is_taken(house: House) -> None:
    name = uuid4().hex
    await receive(house, "email", f"{name}@customer.example", f"Word {name}")
    ticket = await ticket_with(house, name)
    contact, number = ticket["contact"]["id"], ticket["number"]
    (first,) = ticket["deliveries"]
    await report(house, first["id"], "failed", "5.1.1 no such user")

    async def marked() -> bool:
        return await is_marked(house, contact)

    await until(marked)
    await house.api.post(f"/api/v1/tickets/{number}/replies", json={"text": "Are you there?"})
    second = (await shown(house, number))["deliveries"][-1]
    assert second["kind"] == "reply"
    await report(house, second["id"], "accepted")

    async def reachable() -> bool:
        return not await is_marked(house, contact)

    await until(reachable)
    events = [each for each in (await shown(house, number))["events"] if each["what"] == "point_reachable"]
    assert [(each["data"]["contact"], each["data"]["delivery"]) for each in events] == [(contact, second["id"])]
