"""Side conversations: what leads there, what does not, and that nothing of them touches the customer's thread."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic_core import to_json

from services.router.deciding import sides
from services.router.deciding.commands import Refused
from services.router.deciding.consequences import decide_delivery
from services.store.fields import STATE_BYTES
from shared.messages import command as c
from shared.messages.changeset import AddReferences, PutContact
from shared.messages.facts import ContactFact, point_key
from shared.messages.gathering import Merge, Unmerge
from shared.messages.inbound import Inbound
from shared.messages.outbound import DeliveryReport
from shared.messages.parts import Authentication, Bounce, FailedRecipient
from shared.messages.talking import StartSide, WriteSide
from shared.secrets import TicketToken, reply_address
from tests.router.life.sideworld import ANNA, COURIER, DRIVER, Aside, alerts, outside, whats
from tests.router.talking import said
from tests.router.world import KEYRING, START, mail

FORGED = Authentication(dmarc="fail", domain="courier.example")
Making = Callable[[Aside, str], Inbound]


@pytest.fixture
def world() -> Aside:
    """Ana's ticket T-1001, which Anna has."""
    world = Aside()
    world.act(c.Change(number=1001, fields={"assignee": ANNA.email}), name="Ewa")
    world.actor = "agent:anna@acme.example"
    return world


def newest(world: Aside) -> str:
    """The Message-ID of what was sent last."""
    return world.own_id(world.sent("message")[-1])


LEADS: dict[str, tuple[Making, str, bool]] = {
    "the signed address": (
        lambda w, side: mail("x", COURIER, recipients=[w.address(side)], to=(w.address(side),)),
        "side conversation's signed address",
        True,
    ),
    "the signed address in capitals": (
        lambda w, side: mail("x", COURIER.title(), recipients=[w.address(side).upper()]),
        "side conversation's signed address",
        True,
    ),
    "our Message-ID alone": (
        lambda w, side: mail("x", COURIER, refs=(newest(w),)),
        "own message id of a side conversation",
        True,
    ),
    "our Message-ID among others": (
        lambda w, side: mail("x", COURIER, refs=("old", newest(w), "later")),
        "own message id of a side conversation",
        True,
    ),
    "another sender with the address": (
        lambda w, side: mail("x", "eve@else.example", recipients=[w.address(side)]),
        "side conversation's signed address",
        False,
    ),
    "another sender with our Message-ID": (
        lambda w, side: mail("x", "eve@else.example", refs=(newest(w),)),
        "own message id of a side conversation",
        False,
    ),
    "a forged sender": (
        lambda w, side: mail("x", COURIER, recipients=[w.address(side)], authentication=FORGED),
        "side conversation's signed address",
        False,
    ),
    "the customer to whom it was forwarded": (
        lambda w, side: mail("x", recipients=[w.address(side)]),
        "side conversation's signed address",
        False,
    ),
    "the number in a new mail of the same sender": (
        lambda w, side: mail("x", COURIER, subject="Parcel [T-1001]"),
        "number in the subject, in a side conversation",
        True,
    ),
    "beside a reference to the customer's mail": (
        lambda w, side: mail("x", COURIER, refs=("first", newest(w))),
        "own message id of a side conversation",
        True,
    ),
}


@pytest.mark.parametrize("how", LEADS)
def test_what_leads_to_a_side_conversation(world: Aside, how: str) -> None:
    making, rule, known = LEADS[how]
    side = world.starts()
    changeset = world.take(making(world, side))
    kept = world.kept(changeset)
    assert (kept.direction, kept.side, kept.author_kind) == ("internal", side, "other")
    assert kept.routed_by is not None
    assert kept.routed_by.rule == rule
    assert (sides.OTHER_SENDER in kept.defects) == (not known)
    (event,) = [e for e in world.events(1001) if e.what == "side_received"]
    assert event.data["known"] is known
    assert outside(changeset) == []


@pytest.mark.parametrize(
    "making",
    [
        lambda w, side: mail("x", "eve@else.example", subject="Parcel [T-1001]"),
        lambda w, side: mail("x", COURIER, subject="A question of my own"),
        lambda w, side: mail("x", COURIER, recipients=[w.address("f" * 32)]),
        lambda w, side: mail("x", COURIER, refs=("first",)),
        lambda w, side: mail("x", COURIER, subject="[T-1001] parcel", authentication=FORGED),
    ],
    ids=["a stranger with the number", "anything else of theirs", "another conversation's id",
         "the customer's Message-ID", "a forged sender with the number"],
)  # fmt: skip
def test_what_opens_a_ticket_of_its_own(world: Aside, making: Making) -> None:
    side = world.starts()
    world.take(making(world, side))
    assert world.ticket_of("x") != world.ticket_of("first") or world.routed("x") == "known reference"
    assert not [e for e in world.events(1001) if e.what == "side_received"]


def test_an_old_address_counts_only_for_whom_it_was_made(world: Aside) -> None:
    world.policy = replace(world.policy, reply_valid=timedelta(days=30))
    side = world.starts()
    world.take(mail("eve", "eve@else.example", recipients=[world.address(side, days=40)]))
    assert world.ticket_of("eve") != world.ticket_of("first")
    kept = world.kept(world.take(mail("courier", COURIER, recipients=[world.address(side, days=40)])))
    assert kept.side == side


def test_nobody_gains_a_part_in_the_ticket_and_its_status_stays(world: Aside) -> None:
    side = world.starts()
    world.act(c.Solve(number=1001, summary="Found"))
    before = world.first().model_copy(deep=True)
    changeset = world.take(mail("x", COURIER, recipients=[world.address(side)], cc=("boss@courier.example",)))
    after = world.first()
    assert after.participants == before.participants == ["ana@customer.example"]
    assert (after.status, after.unconfirmed, after.latest_message_ids) == ("solved", [], before.latest_message_ids)
    kinds = {type(op) for op in changeset.operations}
    assert AddReferences not in kinds
    assert PutContact not in kinds
    assert "status_changed" not in whats(changeset)
    assert "message_received" not in whats(changeset)
    # Nor by what they write next without the address: that is a matter of their own.
    world.take(mail("own", COURIER, refs=("x",)))
    assert world.ticket_of("own") != world.ticket_of("first")


def test_whoever_has_the_ticket_is_told_and_a_machine_tells_nobody(world: Aside) -> None:
    side = world.starts()
    told = world.take(mail("x", COURIER, recipients=[world.address(side)], text="On Monday."))
    assert alerts(told) == [(ANNA.email, "agent.side")]
    machine = world.take(mail("y", COURIER, recipients=[world.address(side)], automatic="auto-reply"))
    assert world.kept(machine).side == side
    assert alerts(machine) == []


@pytest.mark.parametrize("words", ["status", "STATUS T-1001", "yes", "1"])
def test_whoever_is_asked_aside_is_told_nothing_of_the_ticket(world: Aside, words: str) -> None:
    side = world.starts()
    world.act(c.Solve(number=1001, summary="Found"))
    changeset = world.take(mail("x", COURIER, recipients=[world.address(side)], text=words, subject=words))
    assert world.kept(changeset).side == side
    assert outside(changeset) == []
    assert world.first().customer_confirmed_at is None


def test_it_goes_on_in_its_own_thread_with_the_newest_of_theirs(world: Aside) -> None:
    side = world.starts(subject="Parcel 12")
    (first,) = world.sent("message")
    assert (first.subject, first.side, first.in_reply_to, first.references) == ("Parcel 12", side, None, [])
    assert first.cc == first.bcc == []
    world.take(mail("x", COURIER, recipients=[world.address(side)]))
    world.act(WriteSide(number=1001, side_id=side, text="Thank you"))
    second = world.sent("message")[-1]
    assert (second.in_reply_to, second.references, second.subject) == ("x@mua", ["x@mua"], "Parcel 12")
    assert [each.address for each in second.to] == [COURIER]


def test_the_customers_subject_stands_in_no_side_conversation(world: Aside) -> None:
    world.starts()
    (sent,) = world.sent("message")
    assert "Printer" not in sent.subject
    assert sent.subject


def test_the_customers_answers_know_nothing_of_it(world: Aside) -> None:
    side = world.starts()
    world.take(mail("x", COURIER, recipients=[world.address(side)]))
    world.act(c.Reply(number=1001, text="It comes on Monday."))
    reply = world.sent("reply")[-1]
    assert [each.address for each in reply.to] == ["ana@customer.example"]
    assert reply.references == ["first@mua"]
    world.take(mail("again", refs=("first",)))
    assert world.ticket_of("again") == world.ticket_of("first")


def test_several_of_one_ticket_are_kept_apart(world: Aside) -> None:
    courier = world.starts()
    supplier = world.starts("parts@supplier.example")
    kept = [
        world.kept(world.take(mail("a", COURIER, recipients=[world.address(courier)]))),
        world.kept(world.take(mail("b", "parts@supplier.example", recipients=[world.address(supplier)]))),
    ]
    assert [each.side for each in kept] == [courier, supplier]
    assert list(world.sides()) == [courier, supplier]


def test_by_sms_the_talk_leads_there_until_they_have_a_matter_of_their_own(world: Aside) -> None:
    side = world.starts(DRIVER, "sms")
    (sent,) = world.sent("message")
    assert (sent.channel, sent.conversation) == ("sms", f"sms:sms:{DRIVER}")
    world.now += timedelta(minutes=1)
    kept = world.kept(world.take(said("d1", "In an hour", DRIVER, minutes=5)))
    assert (kept.side, kept.direction, kept.conversation) == (side, "internal", None)
    assert world.ticket(1001).participants == ["ana@customer.example"]
    # Somebody has opened a ticket with them since: there it goes on.
    opened = world.opened(contact=DRIVER, channel="sms", subject="Broken phone")
    world.state.tickets[world.state.numbers[opened]].updated_at = world.now + timedelta(minutes=30)
    world.take(said("d2", "Any news?", DRIVER, minutes=40))
    assert world.state.tickets[world.ticket_of("d2")].number == opened
    # And a number says which.
    assert world.kept(world.take(said("d3", "T-1001 is delivered", DRIVER, minutes=50))).side == side


def test_stop_counts_for_somebody_who_is_asked_aside(world: Aside) -> None:
    side = world.starts(DRIVER, "sms")
    world.take(said("stop", "STOP", DRIVER, fields={"opt": "out"}))
    with pytest.raises(Refused, match="STOP"):
        world.act(WriteSide(number=1001, side_id=side, text="Hello?"))


def test_a_bounce_is_internal_marks_the_address_and_tells_who_has_it(world: Aside) -> None:
    side = world.starts()
    (sent,) = world.sent("message")
    bounce = Bounce(
        recipients=[FailedRecipient(address=COURIER, status="5.1.1")], original_message_id=world.own_id(sent)
    )
    changeset = world.take(
        mail("b", "mailer-daemon@x.example", recipients=[world.address(side)], bounce=bounce, automatic="bounce")
    )
    assert (world.kept(changeset).side, world.kept(changeset).direction) == (side, "internal")
    assert "delivery_bounced" in whats(changeset)
    assert [each.to[0].address for each in outside(changeset)] == [ANNA.email]


def test_what_fails_is_not_sent_to_the_customer_instead(world: Aside) -> None:
    world.policy = replace(world.policy, fallback=("email", "sms"))
    world.starts(DRIVER, "sms")
    (sent,) = world.sent("message")
    facts = world.state.model_copy(deep=True)
    facts.sent[sent.delivery_id] = sent
    report = DeliveryReport(
        delivery_id=sent.delivery_id, attempt=1, state="failed", at=world.now, channel="sms", inbox="sms", error="30003"
    )
    changeset = decide_delivery(report, facts, world.policy, world.now)
    assert "sent_instead" not in whats(changeset)
    assert all(each.kind == "notice" and each.to[0].address == ANNA.email for each in outside(changeset))


def test_a_ticket_that_was_merged_takes_its_side_conversations_along_and_gets_them_back(world: Aside) -> None:
    side = world.starts()
    world.take(mail("other"))
    target = world.ticket_of("other")
    world.act(Merge(number=1001, into=1002))
    changeset = world.take(mail("x", COURIER, recipients=[world.address(side)]))
    assert (world.kept(changeset).ticket_id, world.kept(changeset).side) == (target, side)
    world.act(WriteSide(number=1002, side_id=side, text="Thank you"))
    world.act(Unmerge(number=1001))
    assert list(world.sides()) == [side]
    assert not world.sides(1002)
    kept = world.state.messages[world.ticket_of("first")]
    assert "mail-x" in [each.source_id for each in kept]
    # What was written meanwhile bears the other ticket's number.
    late = world.kept(world.take(mail("late", COURIER, recipients=[world.address(side, number=1002)])))
    assert (late.ticket_id, late.side) == (world.ticket_of("first"), side)
    by_id = world.kept(world.take(mail("later", COURIER, refs=(newest(world),))))
    assert (by_id.ticket_id, by_id.side) == (world.ticket_of("first"), side)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"to": "ana@customer.example"}, "conflict", "takes part"),
        ({"to": "support@acme.example"}, "invalid", "ours"),
        ({"to": "nobody"}, "invalid", "mail address"),
        ({"to": "600 100 200", "channel": "sms"}, "invalid", "number"),
        ({"to": "+15005550006", "channel": "sms"}, "invalid", "ours"),
        ({"channel": "chat"}, "invalid", "channel"),
        ({"channel": "voice", "to": DRIVER}, "invalid", "channel"),
        ({"text": " "}, "invalid", "text"),
        ({"language": "xx"}, "invalid", "language"),
    ],
)
def test_what_cannot_be_is_refused(world: Aside, given: dict[str, str], error: str, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        world.act(StartSide.model_validate({"number": 1001, "channel": "email", "to": COURIER, "text": "Hi"} | given))
    assert refused.value.error == error


def test_who_stood_in_copy_is_no_outsider(world: Aside) -> None:
    world.take(mail("copied", refs=("first",), cc=("bo@customer.example",)))
    with pytest.raises(Refused, match="takes part"):
        world.starts("Bo@customer.example")


def test_another_point_of_the_customer_is_no_outsider(world: Aside) -> None:
    contact_id = world.first().contact_id or ""
    world.state.contacts[point_key("phone", DRIVER)] = ContactFact(contact_id=contact_id, name="Ana")
    with pytest.raises(Refused, match="takes part"):
        world.starts(DRIVER, "sms")


@pytest.mark.parametrize("sender", [ANNA.email, "eve@else.example"])
def test_what_answers_a_mail_to_an_agent_is_internal_and_gives_nobody_rights(world: Aside, sender: str) -> None:
    address = reply_address(KEYRING, TicketToken(1001, "agent", "internal", START.date()), "acme.example")
    world.act(c.Solve(number=1001, summary="Found"))
    changeset = world.take(mail("x", sender, recipients=[address], text="Please close it."))
    kept = world.kept(changeset)
    assert (kept.ticket_id, kept.direction, kept.author_kind, kept.side) == (
        world.ticket_of("first"),
        "internal",
        "other",
        None,
    )
    assert "alert_answered" in whats(changeset)
    assert outside(changeset) == []
    assert (world.first().status, world.first().participants) == ("solved", ["ana@customer.example"])


def test_there_is_an_end_to_side_conversations(world: Aside) -> None:
    for place in range(sides.MOST):
        world.starts(f"c{place}@courier.example")
    with pytest.raises(Refused, match="most"):
        world.starts()


def test_whatever_the_others_call_their_mails_a_ticket_has_room_for_all_its_side_conversations() -> None:
    world = Aside(actor="token:tests")
    expert = f"{'e' * 60}@{'x' * 180}.example"
    side = world.starts(expert, name="n" * 200, subject="s" * 200)
    for place in range(10):
        name = f"{place}{'m' * (190 if place < 5 else 450)}"
        world.take(mail(name, sender=expert, recipients=[world.address(side)], received_at=world.now))
    held = world.sides()[side]
    assert len(held["ids"]) == 5
    assert len(to_json(held)) * sides.MOST < STATE_BYTES * 0.95
