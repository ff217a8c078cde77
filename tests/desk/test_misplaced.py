"""What a message says of its channel holds only on the subject where that channel may write."""

import pytest

from shared.bus.subjects import ROUTER
from shared.clock import now
from shared.messages.inbound import Inbound
from tests.desk.house import House, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _message(name: str, inbox: str) -> Inbound:
    return Inbound(
        source_id=name,
        channel="api",
        inbox=inbox,
        inboxes=[inbox],
        received_at=now(),
        correlation_id=name,
        subject=name,
        text=f"This is {name}.",
    )


async def test_a_message_that_claims_another_inbox_than_its_subject_is_not_believed(house: House) -> None:
    publisher = house.contexts["intake"].publisher
    for name, inbox in (("false", "support"), ("true", "shop")):
        message = _message(name, inbox)
        await publisher.publish("INTAKE", "intake.api.shop", message.encode(), message_id=message.bus_id)

    async def there() -> bool:
        return bool((await house.api.get("/api/v1/tickets")).json()["total"])

    await until(there)
    tickets = (await house.api.get("/api/v1/tickets")).json()["items"]
    assert [ticket["subject"] for ticket in tickets] == ["true"]
    js = house.contexts["store"].bus.jetstream()

    async def one_is_left() -> bool:
        info = await js.consumer_info("INTAKE", ROUTER.name)
        return info.num_pending == 0 and info.num_ack_pending == 1  # it is to be tried again, then dead

    await until(one_is_left)
    assert (await house.api.get("/api/v1/tickets")).json()["total"] == 1
