"""What an agent is told and does not arrive goes to their next channel, once each, and in the end by mail."""

from dataclasses import replace
from datetime import timedelta

from services.router.deciding.consequences import decide_timer, delivery_needs
from shared.messages.changeset import QueueDelivery
from shared.messages.outbound import DeliveryReport, instead_id
from shared.messages.parts import Bounce, FailedRecipient
from shared.secrets import message_id
from tests.router.life.annas import (
    DUE,
    NIGHT,
    PHONE,
    POLICY,
    TELEGRAM,
    annas,
    failing,
    kept,
    told,
)
from tests.router.life.telling import ANNA, Telling
from tests.router.world import KEYRING, START, mail


def test_what_fails_goes_to_the_next_channel_once_each_and_in_the_end_by_mail() -> None:
    world = annas({"channels": ["telegram", "sms", "whatsapp"]}, TELEGRAM, PHONE)
    world.policy = replace(world.policy, alerts=("ops@acme.example",))
    world.says("Well, and now?", after=30)
    (outbound,) = told(world)
    wrote, seen = outbound.created_at, []
    while outbound.kind == "alert":
        seen.append((outbound.channel, outbound.to[0].address))
        previous = outbound
        assert bool(outbound.code) == (outbound.channel != "email")
        (outbound,) = failing(world, outbound)
        if outbound.kind == "alert":
            assert (outbound.instead_of, outbound.delivery_id) == (
                previous.delivery_id,
                instead_id(previous.delivery_id),
            )
            assert outbound.variables == previous.variables
            assert outbound.seen_at == wrote  # it tells what was so then, whenever it arrives
            assert failing(world, previous, "bounced") == []  # it is said once
    assert seen == [("telegram", "4711"), ("sms", "+48511222333"), ("email", ANNA.email)]
    # Now the operators hear that something did not arrive, and none of the customer's words.
    assert (outbound.template, outbound.to[0].address) == ("notice.undelivered", "ops@acme.example")
    assert "and now" not in outbound.encode().decode()
    noted = [
        op for each in world.changesets for op in each.operations if op.op == "add_event" and op.what == "told_instead"
    ]
    assert [(event.data["from"], event.data["to"]) for event in noted] == [("telegram", "sms"), ("sms", "email")]


def test_a_mail_to_an_agent_that_comes_back_goes_to_their_next_channel() -> None:
    world = annas({"channels": ["email", "telegram"]}, TELEGRAM)
    world.policy = replace(world.policy, alerts=("ops@acme.example",))
    world.says("Well?", after=30)
    (outbound,) = told(world)
    assert outbound.channel == "email"
    world.state.sent[outbound.delivery_id] = outbound
    original = message_id(KEYRING, 0, outbound.delivery_id, "acme.example")
    returned = Bounce(recipients=[FailedRecipient(address=ANNA.email, status="5.1.1")], original_message_id=original)
    world.take(mail("b", "mailer-daemon@mx.example", automatic="bounce", bounce=returned, received_at=world.now))
    assert [(each.channel, each.to[0].address, each.instead_of) for each in told(world)] == [
        ("telegram", "4711", outbound.delivery_id)
    ]
    assert all(each.kind == "alert" for each in world.to_customer() + told(world))


def test_an_older_attempts_failure_and_what_arrived_are_told_nowhere_else() -> None:
    world = annas({"channels": ["telegram"]}, TELEGRAM)
    world.says("Well?", after=30)
    (outbound,) = told(world)
    world.state.deliveries[outbound.delivery_id].attempt = 2
    assert [each.kind for each in failing(world, outbound, attempt=1)] == []
    world.state.deliveries[outbound.delivery_id].state = "delivered"
    assert [each.kind for each in failing(world, outbound, "bounced", attempt=2)] == []


def test_what_fails_in_the_night_is_told_in_the_morning() -> None:
    world = annas({"channels": ["telegram", "sms"], "quiet": NIGHT}, TELEGRAM, PHONE)
    world.says("Well?", after=30)
    (outbound,) = told(world)
    world.until(START + timedelta(hours=13))
    assert failing(world, outbound) == []
    world.until(START + timedelta(hours=22))
    assert [each.created_at.hour for each in world.told("agent.digest")] == [6]


def test_a_digest_that_fails_goes_on_too() -> None:
    facts = kept(5, 3)
    (outbound,) = (
        op.outbound for op in decide_timer(DUE, facts, POLICY, START).operations if isinstance(op, QueueDelivery)
    )
    world = Telling()
    world.state.choices = facts.choices
    world._remember(QueueDelivery(outbound=outbound))
    (again,) = failing(world, outbound)
    assert (again.channel, again.inbox, again.template, again.ticket_id) == ("email", "support", "agent.digest", None)


def test_of_a_failed_delivery_all_is_asked_that_the_next_channel_needs() -> None:
    report = DeliveryReport(delivery_id="d", attempt=1, state="failed", at=START, channel="email", inbox="support")
    request = delivery_needs([report], POLICY)
    assert (request.sent, request.choices) == (["d"], True)
    assert instead_id("d") in request.deliveries
