"""One customer behind all channels: points are tied by what is certain, suggested where it is likely, and an agent chooses among them."""

from typing import Any

import pytest

from services.router.deciding.commands import Refused
from services.router.deciding.consequences import decide_delivery
from shared.messages import command as c
from shared.messages.changeset import (
    ChangeContact,
    MergeContacts,
    OptPoint,
    PutContact,
    SuggestMerge,
    UnmergeContacts,
)
from shared.messages.facts import contact_key, point_key
from shared.messages.outbound import DeliveryReport
from shared.messages.parts import Point
from tests.router.talking import ANA, BO, Talk, said
from tests.router.world import START, mail


@pytest.fixture
def world() -> Talk:
    return Talk()


def contact_of(world: Talk, kind: str, value: str) -> str:
    return world.state.contacts[point_key(kind, value)].contact_id


def points(*pairs: tuple[str, str]) -> list[Point]:
    return [Point(kind=kind, value=value) for kind, value in pairs]


# -- tying --------------------------------------------------------------------------------------------------------------


def test_the_same_number_by_sms_and_whatsapp_is_one_contact(world: Talk) -> None:
    world.take(said("a"))
    world.take(said("b", channel="whatsapp"))
    assert contact_of(world, "phone", ANA) == contact_of(world, "whatsapp", ANA)
    tickets = world.state.tickets.values()
    assert len({ticket.contact_id for ticket in tickets}) == 1
    assert not world.operations(MergeContacts)


def test_a_number_shared_by_its_owner_in_telegram_ties_it_to_the_bots_chat(world: Talk) -> None:
    world.take(said("a", channel="telegram", sender="77"))
    world.take(said("b", channel="telegram", sender="77", points=points(("telegram", "77"), ("phone", ANA))))
    world.take(said("c"))
    assert world.state.tickets[world.ticket_of("c")].contact_id == world.state.tickets[world.ticket_of("a")].contact_id


def two_contacts_of_one_number(world: Talk) -> tuple[str, str]:
    """WhatsApp was known without its number, and somebody wrote SMS from it."""
    world.take(said("w", channel="whatsapp", points=points(("whatsapp", ANA))))
    world.take(said("s"))
    first, second = contact_of(world, "whatsapp", ANA), contact_of(world, "phone", ANA)
    assert first != second
    return first, second


def test_two_contacts_with_the_same_number_become_one(world: Talk) -> None:
    first, second = two_contacts_of_one_number(world)
    world.take(said("w2", channel="whatsapp", minutes=1))
    (merged,) = world.operations(MergeContacts)
    assert (merged.contact_id, merged.other_id, merged.by) == (first, second, "system")
    assert {ticket.contact_id for ticket in world.state.tickets.values()} == {first}
    assert "contacts_merged" in world.events()


def test_what_an_agent_took_apart_is_left_apart(world: Talk) -> None:
    first, second = two_contacts_of_one_number(world)
    world.state.apart = {first: [second], second: [first]}
    world.take(said("w2", channel="whatsapp", minutes=1))
    assert not world.operations(MergeContacts)
    assert not world.operations(SuggestMerge)


def test_a_tie_between_two_known_contacts_is_suggested_and_not_made(world: Talk) -> None:
    world.take(mail("m"))
    world.take(said("t", channel="telegram", sender="77"))
    world.do(c.Close(number=world.number_of("t")), key="close")
    both = points(("telegram", "77"), ("email", "ana@customer.example"))
    world.take(said("t2", channel="telegram", sender="77", points=both, minutes=1))
    world.take(said("t3", channel="telegram", sender="77", points=both, minutes=2))
    (suggested,) = world.operations(SuggestMerge)
    assert suggested.other_id == contact_of(world, "email", "ana@customer.example")
    assert not world.operations(MergeContacts)
    assert world.events().count("contact_suggested") == 1


def test_a_mail_address_that_somebody_types_in_a_chat_is_only_suggested(world: Talk) -> None:
    world.take(mail("m"))
    world.take(said("c", channel="chat", sender="s1", fields={"email": "Ana@customer.example"}))
    (suggested,) = world.operations(SuggestMerge)
    assert suggested.contact_id == contact_of(world, "chat", "s1")
    number = world.number_of("m")
    world.take(said("c2", f"T-{number}", channel="chat", sender="s1", fields={"email": "ana@customer.example"}))
    assert world.ticket_of("c2") != world.ticket_of("m"), "typing an address gives no rights"


def test_what_a_form_says_is_not_verified_until_somebody_writes_from_there(world: Talk) -> None:
    address = "ana@customer.example"
    world.take(said("f", channel="form", sender=address, conversation=None, points=points(("email", address))))
    assert not world.state.contacts[point_key("email", address)].verified
    world.take(mail("m"))
    assert world.state.contacts[point_key("email", address)].verified


@pytest.mark.parametrize(
    ("sender", "zone"),
    [(ANA, "Europe/Warsaw"), (BO, "Europe/Zagreb"), ("+15005550199", None), ("+99912345678", None)],
)
def test_the_time_zone_is_learnt_from_a_number_whose_country_has_one(
    world: Talk, sender: str, zone: str | None
) -> None:
    world.take(said("a", sender=sender))
    assert world.state.contacts[point_key("phone", sender)].timezone == zone


def test_a_browser_says_its_time_zone_and_nonsense_is_no_zone(world: Talk) -> None:
    world.take(said("a", channel="chat", sender="s1", fields={"timezone": "Europe/Zagreb"}))
    world.take(said("b", channel="chat", sender="s2", fields={"timezone": "../../etc/passwd"}))
    assert world.state.contacts[point_key("chat", "s1")].timezone == "Europe/Zagreb"
    assert world.state.contacts[point_key("chat", "s2")].timezone is None


def test_a_sure_language_is_learnt_and_outranks_detection(world: Talk) -> None:
    world.take(said("a", "Dzień dobry", language="pl", language_confidence=0.99))
    world.do(c.Close(number=world.number_of("a")), key="close")
    world.take(said("b", "ok", language="en", language_confidence=0.99, minutes=5))
    assert [each.language for each in world.sent("acknowledgement")] == ["pl", "pl"]


def test_a_contact_who_is_known_already_costs_no_operation(world: Talk) -> None:
    world.take(said("a", language="pl", language_confidence=0.99))
    world.take(said("b", language="pl", language_confidence=0.99, minutes=1))
    assert len(world.operations(PutContact)) == 1


# -- merging by hand ----------------------------------------------------------------------------------------------------


def two_people(world: Talk) -> tuple[str, str]:
    world.take(mail("m"))
    world.take(said("s"))
    return contact_of(world, "email", "ana@customer.example"), contact_of(world, "phone", ANA)


def test_an_agent_merges_two_contacts_and_undoes_it(world: Talk) -> None:
    kept, other = two_people(world)
    changeset = world.do(c.MergePeople(contact_id=kept, other=other), key="merge")
    (merged,) = world.operations(MergeContacts)
    assert (merged.contact_id, merged.other_id, merged.by) == (kept, other, "agent:anna")
    assert {contact_key(kept), contact_key(other), point_key("phone", ANA)} <= set(changeset.bumps)
    world.do(c.UnmergePeople(contact_id=kept, other=other), key="undo")
    assert len(world.operations(UnmergeContacts)) == 1


def test_after_merging_the_customer_takes_part_from_every_point(world: Talk) -> None:
    kept, other = two_people(world)
    world.do(c.MergePeople(contact_id=kept, other=other), key="merge")
    world.take(said("s2", f"more about T-{world.number_of('m')}", minutes=2))
    assert world.ticket_of("s2") == world.ticket_of("m")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda a, b: c.MergePeople(contact_id=a, other=a), "invalid"),
        (lambda a, b: c.MergePeople(contact_id=a, other="nobody"), "not-found"),
        (lambda a, b: c.UnmergePeople(contact_id=a, other=b), "conflict"),
        (lambda a, b: c.ChangePerson(contact_id=a, fields={"name": 5}), "invalid"),
        (lambda a, b: c.ChangePerson(contact_id=a, fields={"points": "x"}), "invalid"),
        (lambda a, b: c.ChangePerson(contact_id=a, fields={"language": "xx"}), "invalid"),
        (lambda a, b: c.ChangePerson(contact_id=a, fields={"timezone": "Europe/Nowhere"}), "invalid"),
        (lambda a, b: c.ChangePerson(contact_id=a, fields={}), "invalid"),
    ],
)
def test_what_cannot_be_done_with_contacts_is_refused(world: Talk, change: Any, error: str) -> None:
    kept, other = two_people(world)
    with pytest.raises(Refused) as refused:
        world.do(change(kept, other), key="no")
    assert refused.value.error == error


def test_a_contact_that_was_merged_is_not_merged_again(world: Talk) -> None:
    kept, other = two_people(world)
    world.do(c.MergePeople(contact_id=kept, other=other), key="merge")
    with pytest.raises(Refused, match="already"):
        world.do(c.MergePeople(contact_id=kept, other=other), key="again")


def test_an_agent_changes_what_is_known(world: Talk) -> None:
    kept, _ = two_people(world)
    fields = {"name": "Ana Horvat", "language": "hr", "timezone": "Europe/Zagreb"}
    world.do(c.ChangePerson(contact_id=kept, fields=fields), key="change")
    (changed,) = world.operations(ChangeContact)
    assert (changed.name, changed.language, changed.timezone) == ("Ana Horvat", "hr", "Europe/Zagreb")


# -- answering ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram", "chat"])
def test_an_answer_goes_out_on_the_customers_channel(world: Talk, channel: str) -> None:
    world.take(said("a", channel=channel))
    world.do(c.Reply(number=world.number_of("a"), text="Done"), key="r")
    (sent,) = world.sent("reply")
    assert (sent.channel, sent.to[0].address, sent.conversation) == (
        channel,
        ANA,
        said("a", channel=channel).conversation,
    )
    assert (sent.references, sent.in_reply_to) == ([], None)


def test_an_answer_goes_to_another_verified_point_by_choice(world: Talk) -> None:
    world.take(said("a", channel="whatsapp"))
    world.do(c.Reply(number=world.number_of("a"), text="Done", channel="sms"), key="r")
    (sent,) = world.sent("reply")
    assert (sent.channel, sent.inbox, sent.to[0].address, sent.conversation) == ("sms", "sms", ANA, f"sms:sms:{ANA}")


def test_a_mail_to_a_chats_customer_bears_no_ids_that_are_none(world: Talk) -> None:
    both = points(("chat", "s1"), ("email", "ana@customer.example"))
    world.take(said("c", channel="chat", sender="s1", points=both))
    world.do(c.Reply(number=world.number_of("c"), text="Done", channel="email"), key="r")
    (sent,) = world.sent("reply")
    assert (sent.channel, sent.to[0].address) == ("email", "ana@customer.example")
    assert (sent.references, sent.in_reply_to) == ([], None)


def test_a_forms_customer_is_answered_by_mail(world: Talk) -> None:
    address = "ana@customer.example"
    world.take(said("f", channel="form", sender=address, conversation=None, points=points(("email", address))))
    world.do(c.Reply(number=world.number_of("f"), text="Done"), key="r")
    (sent,) = world.sent("reply")
    assert (sent.channel, sent.inbox, sent.to[0].address) == ("email", "support", address)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"channel": "telegram"}, "not known to be the customer's"),
        ({"channel": "sms", "to": [BO]}, "not known to be the customer's"),
        ({"channel": "sms", "to": [ANA, BO]}, "one recipient"),
        ({"channel": "sms", "cc": ["x@y.example"]}, "one recipient"),
        ({"channel": "messenger"}, "no inbox that sends"),
        ({"channel": "voice"}, "no inbox that sends"),
        ({"channel": "email"}, "no customer to answer by mail"),
    ],
)
def test_an_answer_to_nobody_we_know_is_refused(world: Talk, more: dict[str, Any], why: str) -> None:
    world.take(said("a"))
    with pytest.raises(Refused, match=why):
        world.do(c.Reply(number=world.number_of("a"), text="Hi", **more), key="r")


def test_a_point_that_nobody_has_verified_is_not_written_to(world: Talk) -> None:
    world.take(mail("m"))
    contact_id = contact_of(world, "email", "ana@customer.example")
    world.state.people[contact_id].points += [type(world.state.people[contact_id].points[0])(
        kind="phone", value=BO, verified=False
    )]  # fmt: skip
    with pytest.raises(Refused, match="nobody has verified"):
        world.do(c.Reply(number=world.number_of("m"), text="Hi", channel="sms", to=[BO]), key="r")


def test_the_provider_says_that_somebody_opted_out(world: Talk) -> None:
    world.take(said("a"))
    delivery = world.sent()[0].delivery_id
    report = DeliveryReport(
        delivery_id=delivery, attempt=1, state="failed", at=START, channel="sms", inbox="sms",
        error="21610: the recipient has opted out",
    )  # fmt: skip
    changeset = decide_delivery(report, world.state.model_copy(deep=True), world.policy, START)
    (opted,) = [each for each in changeset.operations if isinstance(each, OptPoint)]
    assert (opted.point.kind, opted.point.value, opted.out) == ("phone", ANA, True)
