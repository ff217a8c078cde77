"""Deciding about people who are to be forgotten, and about what a restore holds back."""

import pytest

from services.router.deciding.commands import Refused, decide_command
from services.router.deciding.commands.rights import allowed
from shared.messages.automation import RequeueDelivery
from shared.messages.command import Command
from shared.messages.facts import AgentFact, DeliveryFact, Facts, point_key
from shared.messages.life import StaffFact
from shared.messages.parts import Point
from shared.messages.people import EraseContact, Forget, ReleaseDelivery
from tests.router.world import START, World, mail, policy

ANN = Point(kind="email", value="ann@customer.example")


def command(action: EraseContact | ReleaseDelivery) -> Command:
    return Command(command_id="c-1", actor="operator", channel="cli", at=START, action=action)


def test_a_mail_that_was_forgotten_is_counted_and_forgotten_again_and_makes_nothing() -> None:
    world = World()
    message = mail("one")
    world.state.erased = [message.source_id]
    changeset = world.decide(message)
    assert [type(each) for each in changeset.operations] == [Forget]
    assert changeset.ledger is not None
    assert (changeset.ledger.outcome, changeset.ledger.reason) == ("duplicate", "erased")
    world.state.erased = []
    assert len(world.decide(message).operations) > 1


def test_whoever_is_to_be_forgotten_is_with_all_points_and_the_trail_does_not_name_them() -> None:
    phone = Point(kind="phone", value="+385911234567")
    changeset = decide_command(command(EraseContact(point=ANN, points=[ANN, phone])), Facts(), policy(), START)
    forget, event = changeset.operations
    assert isinstance(forget, Forget)
    assert forget.points == [ANN, phone]
    assert ANN.value not in event.model_dump_json()
    assert ANN.value not in str(changeset.result)


def test_an_agent_of_the_company_is_not_forgotten_as_a_customer() -> None:
    agent = AgentFact(agent_id="a", email=ANN.value, name="Ann", role="agent")
    facts = Facts(agents={point_key("email", ANN.value): agent})
    with pytest.raises(Refused, match="agent"):
        decide_command(command(EraseContact(point=ANN)), facts, policy(), START)


@pytest.mark.parametrize(("state", "released"), [("unknown", True), ("queued", False), ("delivered", False)])
def test_only_what_nobody_knows_to_have_been_sent_is_released(state: str, released: bool) -> None:
    fact = DeliveryFact.model_validate(
        {"delivery_id": "d", "ticket_id": None, "channel": "email", "inbox": "support", "to": ANN.value, "state": state}
        | {"attempt": 1, "kind": "reply", "message_id": None}
    )
    asked = command(ReleaseDelivery(delivery_id="d"))
    if released:
        changeset = decide_command(asked, Facts(deliveries={"d": fact}), policy(), START)
        assert changeset.operations[0] == RequeueDelivery(delivery_id="d")
    else:
        with pytest.raises(Refused):
            decide_command(asked, Facts(deliveries={"d": fact}), policy(), START)


@pytest.mark.parametrize("role", ["lead", "agent", "auditor"])
def test_only_an_admin_forgets_anybody(role: str) -> None:
    staff = StaffFact(agent_id="a", email="a@acme.example", name="A", role=role)
    assert allowed(EraseContact(point=ANN), staff) is not None
    assert allowed(ReleaseDelivery(delivery_id="d"), staff) is not None
