"""What cannot be delivered in a conversation reaches its customer on another channel, once."""

from typing import Any

import pytest

from services.router.deciding.consequences import decide_delivery, delivery_needs
from shared.messages import command as c
from shared.messages.changeset import (
    AddEvent,
    BounceDelivery,
    Changeset,
    ChangeTicket,
    MarkPoint,
    OptPoint,
    QueueDelivery,
)
from shared.messages.facts import PersonFact, PointFact, point_key
from shared.messages.outbound import DeliveryReport, Outbound, instead_id
from shared.messages.parts import Address, FailedRecipient
from tests.router.talking import ANA, Talk, said
from tests.router.test_undelivered import bounce, signed
from tests.router.world import START

MAIL = "ana@customer.example"
OUTSIDE = "outside-window: Twilio 63016: Failed to send freeform message"
POINT = {"whatsapp": "whatsapp", "telegram": "telegram", "chat": "chat", "messenger": "messenger", "sms": "phone"}


def answered(channel: str = "whatsapp", *points: PointFact, **more: Any) -> tuple[Talk, Outbound]:
    """Ana wrote on a channel and was answered; ``points`` are the others of hers. Gives the answer."""
    world = Talk()
    sender = ANA if channel in ("whatsapp", "sms") else "4711"
    world.take(said("hello", channel=channel, sender=sender))
    number = world.number_of("hello")
    world.do(c.Reply(number=number, text="It is on its way."), "reply")
    (outbound,) = world.sent("reply")
    person = world.state.people[world.state.tickets[world.ticket_of("hello")].contact_id or ""]
    person.points += points
    return world, outbound.model_copy(update=more)


def fail(
    world: Talk, outbound: Outbound, error: str = OUTSIDE, *, attempt: int = 1, state: Any = "failed"
) -> Changeset:
    """What is decided when it fails, with the facts that are asked for."""
    report = DeliveryReport(
        delivery_id=outbound.delivery_id, attempt=attempt, state=state, at=START, channel=outbound.channel,
        inbox=outbound.inbox, error=error,
    )  # fmt: skip
    facts = world.state.model_copy(deep=True)
    request = delivery_needs([report], world.policy)
    assert request.customers
    facts.deliveries = {key: fact for key, fact in facts.deliveries.items() if key in request.deliveries}
    facts.sent = {outbound.delivery_id: outbound} if outbound.delivery_id in request.sent else {}
    return decide_delivery(report, facts, world.policy, START)


def queued(changeset: Changeset) -> list[Outbound]:
    """What goes to a customer because of it."""
    every = [op.outbound for op in changeset.operations if isinstance(op, QueueDelivery)]
    return [each for each in every if each.template != "notice.undelivered"]


def whats(changeset: Changeset) -> list[str]:
    return [op.what for op in changeset.operations if isinstance(op, AddEvent)]


MAILBOX = PointFact(kind="email", value=MAIL)
PHONE = PointFact(kind="phone", value=ANA)


@pytest.mark.parametrize(
    ("channel", "points", "error", "goes"),
    [
        ("whatsapp", [MAILBOX], OUTSIDE, ("email", MAIL)),
        ("whatsapp", [], OUTSIDE, ("sms", ANA)),  # WhatsApp vouches for the number
        ("whatsapp", [], "opted-out: Twilio 63032: user has opted out", ("sms", ANA)),
        ("whatsapp", [], "Twilio 63007 (the channel does not know our sender)", ("sms", ANA)),
        ("whatsapp", [], "unreachable: Twilio 63024: not a WhatsApp user", ("sms", ANA)),
        ("telegram", [MAILBOX, PHONE], "blocked: Forbidden: bot was blocked by the user", ("email", MAIL)),
        ("telegram", [PHONE], "blocked: Forbidden: bot was blocked by the user", ("sms", ANA)),
        ("telegram", [], "blocked: Forbidden: bot was blocked by the user", None),
        ("chat", [MAILBOX, PHONE], "5.1.1 no such user", ("sms", ANA)),  # mail was tried by the chat itself
        ("chat", [MAILBOX], "5.1.1 no such user", None),
        ("sms", [MAILBOX], "opted-out: Twilio 21610: Attempt to send to unsubscribed recipient", ("email", MAIL)),
        ("sms", [], "unreachable: Twilio 30003: Unreachable destination handset", None),
    ],
)
def test_a_failed_answer_goes_where_its_customer_can_be_reached(
    channel: str, points: list[PointFact], error: str, goes: tuple[str, str] | None
) -> None:
    world, outbound = answered(channel, *points)
    changeset = fail(world, outbound, error)
    assert [(each.channel, each.to[0].address) for each in queued(changeset)] == ([goes] if goes else [])
    assert ("sent_instead" in whats(changeset)) == bool(goes)


def test_the_message_is_the_same_and_says_why_it_comes_there() -> None:
    world, outbound = answered("whatsapp", MAILBOX, html="<p>It is <b>on</b> its way.</p>")
    changeset = fail(world, outbound)
    (instead,) = queued(changeset)
    assert instead.text == "We could not reach you by WhatsApp, so we are writing to you here.\n\nIt is on its way."
    assert instead.html == (
        "<p>We could not reach you by WhatsApp, so we are writing to you here.</p><p>It is <b>on</b> its way.</p>"
    )
    assert (instead.delivery_id, instead.instead_of) == (instead_id(outbound.delivery_id), outbound.delivery_id)
    assert (instead.ticket_id, instead.message_id) == (outbound.ticket_id, outbound.message_id)
    assert (instead.inbox, instead.subject, instead.conversation) == ("support", "Your request (Support)", None)
    (entry,) = [op for op in changeset.operations if isinstance(op, AddEvent) and op.what == "sent_instead"]
    assert (entry.reason, entry.data["from"], entry.data["to"]) == (OUTSIDE, "whatsapp", "email")
    assert entry.data["delivery"] == outbound.delivery_id
    (change,) = [op for op in changeset.operations if isinstance(op, ChangeTicket)]
    assert change.add_participants == [MAIL]  # so that what they answer belongs here


def test_by_sms_it_costs_no_more_than_its_words_and_the_talk_there_finds_the_ticket() -> None:
    world, outbound = answered("whatsapp", language="pl")
    changeset = fail(world, outbound)
    (instead,) = queued(changeset)
    assert instead.text.startswith("Nie moglismy dostarczyc Panstwu tej wiadomosci (WhatsApp), dlatego piszemy tutaj.")
    assert instead.conversation == f"sms:sms:{ANA}"
    assert world.commit(changeset) == "committed"
    world.take(said("reply", "Thank you", channel="sms", minutes=5))
    assert world.ticket_of("reply") == world.ticket_of("hello")


@pytest.mark.parametrize(
    "point",
    [
        PointFact(kind="email", value=MAIL, verified=False),
        PointFact(kind="email", value=MAIL, undeliverable=True),
        PointFact(kind="email", value=MAIL, opted_out=True),
        PointFact(kind="email", value="support@acme.example"),
    ],
)
def test_only_what_is_certainly_theirs_works_and_is_wanted_counts(point: PointFact) -> None:
    world, outbound = answered("telegram", point)
    changeset = fail(world, outbound, "blocked: Forbidden: bot was blocked by the user")
    assert queued(changeset) == []
    assert "sent_instead" not in whats(changeset)


def test_the_order_is_the_configured_one_and_none_is_none() -> None:
    world, outbound = answered("telegram", MAILBOX, PHONE)
    for order, channels in ((("sms", "email"), ["sms"]), (("sms",), ["sms"]), ((), [])):
        world.policy = type(world.policy)(**{**vars(world.policy), "fallback": order})
        assert [each.channel for each in queued(fail(world, outbound))] == channels


def test_a_message_goes_elsewhere_once() -> None:
    world, outbound = answered("whatsapp", MAILBOX)
    first = fail(world, outbound)
    assert world.commit(first) == "committed"
    (instead,) = queued(first)
    assert queued(fail(world, outbound, state="bounced")) == []
    assert queued(fail(world, instead, "5.1.1 no such user")) == []
    # Nor does what went by SMS go on by mail.
    world, outbound = answered("whatsapp")
    (by_sms,) = queued(fail(world, outbound))
    person: PersonFact = next(iter(world.state.people.values()))
    person.points.append(MAILBOX)
    world.commit(fail(world, outbound))
    assert queued(fail(world, by_sms, "unreachable: Twilio 30003: Unreachable destination handset")) == []


def test_two_reports_in_one_batch_send_it_once() -> None:
    from services.router.deciding.folding import fold

    world, outbound = answered("whatsapp", MAILBOX)
    first = fail(world, outbound)
    fold(world.state, first)
    assert queued(first)
    assert queued(fail(world, outbound, state="bounced")) == []


def test_an_old_failure_of_what_arrived_meanwhile_sends_nothing() -> None:
    world, outbound = answered("whatsapp", MAILBOX)
    world.state.deliveries[outbound.delivery_id].attempt = 2
    assert queued(fail(world, outbound, attempt=1)) == []
    assert queued(fail(world, outbound, attempt=2)) != []
    world.state.deliveries[outbound.delivery_id].state = "delivered"
    assert queued(fail(world, outbound, attempt=2)) == []


def test_what_went_to_somebody_else_does_not_reach_the_customer() -> None:
    world, outbound = answered("telegram", MAILBOX)
    world.state.deliveries[outbound.delivery_id].to = "999"
    assert queued(fail(world, outbound.model_copy(update={"to": [Address(address="999")]}))) == []


def test_what_is_sent_by_itself_keeps_to_its_budget_and_to_a_stop() -> None:
    world, outbound = answered("sms", MAILBOX)
    (ours,) = world.sent("acknowledgement")
    unreachable = "unreachable: Twilio 30003: Unreachable destination handset"
    assert [each.template for each in queued(fail(world, ours, unreachable))] == ["acknowledgement"]
    assert queued(fail(world, ours, "opted-out: Twilio 21610: unsubscribed")) == []
    # What a person wrote does go, for them to read.
    assert queued(fail(world, outbound, "opted-out: Twilio 21610: unsubscribed")) != []
    contact = world.state.contacts[point_key("phone", ANA)]
    world.state.contacts[point_key("email", MAIL)] = contact.model_copy(update={"undeliverable": True})
    assert queued(fail(world, ours, unreachable)) == []


@pytest.mark.parametrize("error", ["opted-out: Twilio 21610: unsubscribed", "21610: the recipient has opted out"])
def test_a_failure_because_somebody_opted_out_is_remembered(error: str) -> None:
    world, outbound = answered("sms")
    (opted,) = [op for op in fail(world, outbound, error).operations if isinstance(op, OptPoint)]
    assert (opted.point.kind, opted.point.value, opted.out) == ("phone", ANA, True)


def test_a_bot_that_was_blocked_is_not_written_from_again() -> None:
    world, outbound = answered("telegram")
    changeset = fail(world, outbound, "blocked: Forbidden: bot was blocked by the user")
    (mark,) = [op for op in changeset.operations if isinstance(op, MarkPoint)]
    assert (mark.point.kind, mark.point.value, mark.undeliverable) == ("telegram", "4711", True)
    changeset = fail(world, outbound, "Bad Request: chat not found")
    assert not [op for op in changeset.operations if isinstance(op, MarkPoint)]


def test_nothing_more_is_told_of_what_went_elsewhere() -> None:
    world, outbound = answered("whatsapp")
    ticket = world.state.tickets[world.ticket_of("hello")]
    ticket.assignee, world.policy = (
        "anna@acme.example",
        type(world.policy)(**{**vars(world.policy), "alerts": ("o@a.example",)}),
    )

    def told(changeset: Changeset) -> bool:
        return any(
            isinstance(op, QueueDelivery) and op.outbound.template == "notice.undelivered"
            for op in changeset.operations
        )

    assert not told(fail(world, outbound))
    world.policy = type(world.policy)(**{**vars(world.policy), "fallback": ()})
    assert told(fail(world, outbound))


@pytest.mark.parametrize("verified", [True, False])
def test_a_chats_mail_that_comes_back_goes_by_sms_instead(verified: bool) -> None:
    world, outbound = answered("chat", PointFact(kind="phone", value=ANA, verified=verified))
    world.state.sent[outbound.delivery_id] = outbound
    world.state.tickets[world.ticket_of("hello")].participants.append(MAIL)
    notice = bounce("back", FailedRecipient(address=MAIL, status="5.1.1"), original=signed(outbound.delivery_id))
    changeset = world.take(notice)
    assert [op.delivery_id for op in changeset.operations if isinstance(op, BounceDelivery)] == [outbound.delivery_id]
    goes = [(each.channel, each.to[0].address) for each in queued(changeset)]
    assert goes == ([("sms", ANA)] if verified else [])
    assert queued(world.take(bounce("again", original=signed(outbound.delivery_id), minutes=6))) == []
