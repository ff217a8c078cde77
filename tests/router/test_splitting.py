"""Mailing-list explosions, tokens that grew old, and the rule of the same subject, which has to be asked for."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared.messages.facts import point_key
from shared.secrets import TicketToken, encode_token, reply_address
from tests.router.world import KEYRING, START, World, mail

MANY = tuple(f"p{i}@else.example" for i in range(40))


def person(i: int) -> str:
    return f"reader{i}@people{i % 7}.example"


def test_two_hundred_people_who_answer_one_newsletter_get_two_hundred_tickets_linked_to_it() -> None:
    world = World()
    world.take(mail("newsletter", "news@customer.example", cc=MANY))
    original = world.ticket_of("newsletter")
    for i in range(200):
        world.take(mail(f"a{i}", person(i), refs=("newsletter",), text=f"{person(i)} says no", minutes=i / 60))
    assert len(world.partition()) == 201
    linked = [link for link in world.links() if link.kind == "possibly-related"]
    assert len(linked) == 200
    assert {link.other_id for link in linked} == {original}
    assert all(link.reason == "known reference: newsletter@mua" for link in linked)


@pytest.mark.parametrize("seen", [True, False])
def test_two_answers_of_one_person_are_one_ticket_however_many_others_answered(seen: bool) -> None:
    world = World()
    if seen:
        world.take(mail("newsletter", "news@customer.example", cc=MANY))
    for i in range(120):
        world.take(mail(f"a{i}", person(i), refs=("newsletter",), text=f"first of {person(i)}", minutes=i / 60))
    for reference, entries in world.state.references.items():
        if reference == "newsletter@mua":  # as much as the store tells of an id that very many mention
            entries[:] = sorted(entries, key=lambda entry: (not entry.owned, entry.ticket_id))[:50]
    for i in (0, 60, 119):
        world.take(mail(f"b{i}", person(i), refs=("newsletter",), text=f"second of {person(i)}", minutes=5))
        assert world.ticket_of(f"b{i}") == world.ticket_of(f"a{i}")
    assert len(world.partition()) == 120 + seen


def test_strangers_who_answer_an_unseen_newsletter_and_its_sender_stay_apart() -> None:
    world = World()
    world.take(mail("one", "a@one.example", cc=("news@acme.example",), refs=("campaign",)))
    world.take(mail("two", "b@two.example", cc=("news@acme.example",), refs=("campaign",)))
    assert len(world.partition()) == 2


def test_colleagues_in_copy_of_one_mail_stay_together() -> None:
    world = World()
    world.take(mail("first", cc=MANY))
    world.take(mail("second", MANY[7], refs=("first",)))
    assert len(world.partition()) == 1


def token(days: int) -> TicketToken:
    return TicketToken(1001, "customer", "public", START.date() - timedelta(days=days))


@pytest.mark.parametrize(("days", "joins"), [(0, True), (729, True), (731, False)])
def test_an_old_reply_address_proves_nothing_to_a_stranger(days: int, joins: bool) -> None:
    world = World()
    world.take(mail("first"))
    world.take(mail("second", "eve@else.example", recipients=[reply_address(KEYRING, token(days), "acme.example")]))
    assert (world.ticket_of("second") == world.ticket_of("first")) is joins
    assert [link.reason for link in world.links()] == ([] if joins else ["expired reply address: T-1001"])


@pytest.mark.parametrize("where", ["address", "text"])
def test_an_old_token_still_leads_a_participant_to_the_ticket(where: str) -> None:
    world = World()
    world.take(mail("first"))
    more: dict[str, object] = (
        {"recipients": [reply_address(KEYRING, token(3000), "acme.example")]}
        if where == "address"
        else {"body_tokens": [encode_token(KEYRING, token(3000))]}
    )
    world.take(mail("second", subject="again", **more))
    assert world.ticket_of("second") == world.ticket_of("first")
    assert world.routed("second") == "expired reply address"


def test_reply_addresses_may_be_valid_for_ever() -> None:
    world = World()
    world.policy = replace(world.policy, reply_valid=None)
    world.take(mail("first"))
    ancient = TicketToken(1001, "customer", "public", date(1999, 1, 1))
    world.take(mail("second", "eve@else.example", recipients=[reply_address(KEYRING, ancient, "acme.example")]))
    assert world.ticket_of("second") == world.ticket_of("first")


def test_the_same_sender_and_subject_are_two_tickets_unless_asked_for() -> None:
    world = World()
    world.take(mail("first", subject="Printer"))
    world.take(mail("second", subject="Re: Printer", text="still"))
    assert len(world.partition()) == 2


@pytest.mark.parametrize(
    ("sender", "subject", "minutes", "joins"),
    [
        ("ana@customer.example", "Re: AW: printer", 60, True),
        ("Ana@Customer.example", "[T-9] Printer", 60, True),
        ("ana@customer.example", "Printer", 181, False),
        ("ana@customer.example", "Fwd: Printer", 60, False),
        ("eve@else.example", "Printer", 60, False),
        ("ana@customer.example", "Re:", 60, False),
    ],
)
def test_the_same_sender_and_subject_within_hours_are_one_ticket_where_asked_for(
    sender: str, subject: str, minutes: float, joins: bool
) -> None:
    world = World()
    world.policy = replace(world.policy, same_subject_within=timedelta(hours=3))
    world.take(mail("first", subject="Printer"))
    world.take(mail("second", sender, subject=subject, text="still", minutes=minutes))
    assert (world.ticket_of("second") == world.ticket_of("first")) is joins
    assert (world.routed("second") == "same sender and subject") is joins


def test_a_subject_without_words_joins_nothing() -> None:
    world = World()
    world.policy = replace(world.policy, same_subject_within=timedelta(hours=3))
    world.take(mail("first", subject="Re: "))
    world.take(mail("second", subject="", text="other"))
    assert len(world.partition()) == 2


def test_a_mail_cannot_mention_what_tickets_are_marked_with() -> None:
    world = World()
    world.take(mail("first"))
    mark = "member 1001 ana@customer.example"
    world.take(mail("second", "eve@else.example", refs=(f"{mark}",), message_id=mark, references=[mark, "sent 0@x"]))
    world.take(mail("third", recipients=[reply_address(KEYRING, token(0), "acme.example")]))
    assert world.ticket_of("third") == world.ticket_of("first")
    assert point_key("email", "eve@else.example") in world.state.contacts


def test_one_persons_answers_to_two_newsletters_are_two_tickets() -> None:
    world = World()
    for name in ("march", "april"):
        world.take(mail(name, "news@customer.example", cc=MANY, text=f"News of {name}"))
        world.take(mail(f"to {name}", person(1), refs=(name,), text=f"My answer to {name}"))
    assert len(world.partition()) == 4
