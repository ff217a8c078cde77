"""What did not arrive is sent again because somebody says so: only that, and only in its own ticket."""

import pytest

from services.router.deciding.commands.doing import Refused
from shared.messages.again import SendAgain
from shared.messages.automation import RequeueDelivery
from shared.messages.command import Reply
from shared.messages.outbound import instead_id
from tests.router.life.automated import Automated
from tests.router.life.test_hooks import world


def answered() -> tuple[Automated, int, str]:
    """A world in which a mail was answered; the ticket's number and the answer's delivery."""
    there = world()
    number = there.opened()
    changeset = there.act(Reply(number=number, text="Hello"))
    (delivery,) = [each.outbound for each in changeset.operations if each.op == "queue_delivery"]
    return there, number, delivery.delivery_id


@pytest.mark.parametrize("state", ["failed", "bounced", "unknown"])
def test_what_did_not_arrive_is_queued_again_and_noted(state: str) -> None:
    there, number, delivery_id = answered()
    there.state.deliveries[delivery_id].state = state
    changeset = there.act(SendAgain(number=number, delivery_id=delivery_id))
    assert [each.delivery_id for each in changeset.operations if isinstance(each, RequeueDelivery)] == [delivery_id]
    (event,) = there.trail(number, "sent_again")
    assert event.data["delivery"] == delivery_id


@pytest.mark.parametrize("state", ["queued", "sending", "accepted", "delivered", "read", "cancelled"])
def test_what_is_under_way_or_has_arrived_is_not_sent_twice(state: str) -> None:
    there, number, delivery_id = answered()
    there.state.deliveries[delivery_id].state = state
    with pytest.raises(Refused, match="only what has not arrived"):
        there.act(SendAgain(number=number, delivery_id=delivery_id))


def test_another_tickets_delivery_is_none_of_this_one() -> None:
    there, _, delivery_id = answered()
    there.state.deliveries[delivery_id].state = "failed"
    other = there.opened()
    with pytest.raises(Refused, match="has no delivery"):
        there.act(SendAgain(number=other, delivery_id=delivery_id))
    with pytest.raises(Refused, match="has no delivery"):
        there.act(SendAgain(number=other, delivery_id="nothing"))


def test_what_was_sent_on_another_channel_instead_is_not_sent_again() -> None:
    there, number, delivery_id = answered()
    failed = there.state.deliveries[delivery_id]
    failed.state = "failed"
    instead = instead_id(delivery_id)
    there.state.deliveries[instead] = failed.model_copy(
        update={"delivery_id": instead, "channel": "sms", "state": "delivered"}
    )
    with pytest.raises(Refused, match="another channel instead"):
        there.act(SendAgain(number=number, delivery_id=delivery_id))
