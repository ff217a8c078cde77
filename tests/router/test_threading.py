"""Which ticket a message joins, by which evidence, and what strangers cannot do."""

from datetime import date, timedelta

import pytest

from shared.messages.changeset import ChangeTicket
from shared.secrets import TicketToken, encode_token, message_id, reply_address
from tests.router.world import KEYRING, World, mail

DELIVERY = "0" * 32


def token(number: int) -> TicketToken:
    return TicketToken(number, "customer", "public", date(2026, 3, 2))


@pytest.fixture
def world() -> World:
    """A world with one ticket, T-1001, of Ana's with Bo in copy."""
    world = World()
    world.take(mail("first", cc=("bo@customer.example",)))
    return world


def test_a_reply_to_our_signed_address_joins_its_ticket(world: World) -> None:
    address = reply_address(KEYRING, token(1001), "acme.example")
    world.take(mail("second", subject="something else", recipients=[address.upper()]))
    assert world.ticket_of("second") == world.ticket_of("first")
    assert world.routed("second") == "signed reply address"


def test_our_message_id_among_the_references_is_enough(world: World) -> None:
    own = message_id(KEYRING, 1001, DELIVERY, "acme.example")
    world.take(mail("second", refs=("unknown", own, "unseen"), subject="no number"))
    assert world.routed("second") == "own message id"


def test_a_token_in_the_text_is_enough(world: World) -> None:
    world.take(mail("second", subject="new", body_tokens=[encode_token(KEYRING, token(1001))]))
    assert world.routed("second") == "token in the text"


def test_references_alone_are_enough_for_a_participant(world: World) -> None:
    world.take(mail("second", "bo@customer.example", refs=("first",), subject="changed subject"))
    assert world.routed("second") == "known reference"
    assert world.ticket_of("second") == world.ticket_of("first")


@pytest.mark.parametrize("subject", ["Re: [T-1001] Printer", "re: [1001]", "about T-1001", "ticket #1001"])
def test_a_number_in_the_subject_counts_for_a_participant(world: World, subject: str) -> None:
    world.take(mail("second", subject=subject))
    assert world.routed("second") == "number in the subject"


def test_a_stranger_with_the_number_gets_a_ticket_of_their_own_with_a_link(world: World) -> None:
    world.take(mail("second", "eve@else.example", subject="Re: [T-1001] Printer"))
    assert world.ticket_of("second") != world.ticket_of("first")
    assert [(link.kind, link.other_id) for link in world.links()] == [("possibly-related", world.ticket_of("first"))]


def test_a_forged_token_is_ordinary_text(world: World) -> None:
    forged = encode_token(KEYRING, token(1001))[:-1] + "7"
    address = f"reply+{forged}@acme.example"
    changed = forged != encode_token(KEYRING, token(1001))
    world.take(mail("second", "eve@else.example", recipients=[address], body_tokens=[forged], subject="hi"))
    assert changed
    assert world.ticket_of("second") != world.ticket_of("first")


def test_an_unknown_sender_with_a_valid_token_joins_without_a_participants_rights(world: World) -> None:
    address = reply_address(KEYRING, token(1001), "acme.example")
    world.take(mail("second", "eve@else.example", recipients=[address]))
    ticket = world.state.tickets[world.ticket_of("first")]
    assert world.ticket_of("second") == ticket.ticket_id
    assert "eve@else.example" in ticket.unconfirmed
    world.take(mail("third", "eve@else.example", subject="[T-1001] again"))
    assert world.ticket_of("third") != ticket.ticket_id


def test_newsletter_answers_of_many_people_stay_apart() -> None:
    world = World()
    many = tuple(f"p{i}@else.example" for i in range(40))
    world.take(mail("newsletter", cc=many))
    world.take(mail("one", "stranger@one.example", refs=("newsletter",)))
    world.take(mail("two", "stranger@two.example", refs=("newsletter",)))
    assert len(world.partition()) == 3
    assert {link.kind for link in world.links()} == {"possibly-related"}


def test_strangers_who_answer_a_mail_we_never_saw_stay_apart() -> None:
    world = World()
    world.take(mail("one", "a@one.example", refs=("campaign",)))
    world.take(mail("two", "b@two.example", refs=("campaign",)))
    assert len(world.partition()) == 2


def test_an_empty_id_joins_nothing() -> None:
    world = World()
    world.take(mail("one", message_id="", refs=()))
    world.take(mail("two", "other@else.example", message_id="", in_reply_to=["", " "], references=[""]))
    assert len(world.partition()) == 2


def test_a_late_ancestor_joins_the_ticket_that_mentions_it() -> None:
    world = World()
    world.take(mail("answer", "bo@customer.example", cc=("ana@customer.example",), refs=("root",)))
    world.take(mail("root", cc=tuple(f"p{i}@customer.example" for i in range(9))))
    assert world.ticket_of("root") == world.ticket_of("answer")
    assert world.routed("root") == "late ancestor"


def test_a_late_ancestor_of_others_is_linked_only() -> None:
    world = World()
    world.take(mail("answer", "bo@customer.example", refs=("root",)))
    world.take(mail("root", "news@else.example", to=tuple(f"p{i}@else.example" for i in range(9))))
    assert world.ticket_of("root") != world.ticket_of("answer")
    assert [link.kind for link in world.links()] == ["possibly-related"]


def test_the_same_mail_by_another_route_is_one_message_with_two_routes(world: World) -> None:
    world.take(mail("first", cc=("bo@customer.example",), inbox="sales"))
    assert len(world.state.sources) == 1
    assert world.state.sources["mail-first"].inboxes == ["support", "sales"]
    assert [c.ledger.outcome for c in world.changesets if c.ledger] == ["stored", "duplicate"]


def test_a_reused_message_id_with_other_content_does_not_let_a_stranger_in(world: World) -> None:
    world.take(mail("other", "eve@else.example", message_id="first@mua"))
    assert world.ticket_of("other") != world.ticket_of("first")


def _set(world: World, **fields: object) -> None:
    ticket = world.state.tickets[world.ticket_of("first")]
    for name, value in fields.items():
        setattr(ticket, name, value)


def test_a_customers_answer_opens_a_solved_ticket_again(world: World) -> None:
    _set(world, status="solved")
    world.take(mail("second", refs=("first",)))
    assert world.state.tickets[world.ticket_of("first")].status == "open"


def test_an_automatic_answer_joins_without_opening_it_again(world: World) -> None:
    _set(world, status="solved")
    changeset = world.take(mail("second", refs=("first",), automatic="auto-reply"))
    assert world.ticket_of("second") == world.ticket_of("first")
    assert not [o for o in changeset.operations if isinstance(o, ChangeTicket) and "status" in o.fields]


def test_a_customers_answer_to_a_ticket_closed_long_ago_opens_one_that_follows_it(world: World) -> None:
    long_ago = mail("x").received_at - world.policy.reopen_within - timedelta(days=1)
    _set(world, status="closed", closed_at=long_ago)
    world.take(mail("second", refs=("first",), minutes=5))
    assert world.ticket_of("second") != world.ticket_of("first")
    assert [link.kind for link in world.links()] == ["follow-up"]
