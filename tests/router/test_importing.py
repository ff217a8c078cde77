"""Mail out of an archive: the tickets it would have been, with its dates, and nothing that anybody would notice."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.deciding.importing import silenced
from shared.messages import changeset as c
from shared.messages.changeset import AddEvent, AddMessage, Changeset, ChangeTicket, OpenTicket, PutContact
from shared.messages.facts import Facts, point_key
from shared.messages.inbound import Inbound
from shared.messages.parts import Address, Bounce, FailedRecipient
from tests.router.world import World, mail

OLD = datetime(2019, 5, 6, 9, tzinfo=UTC)
SUPPORT = "support@acme.example"
ANA = "ana@customer.example"


def old(name: str, sender: str = ANA, days: float = 0, **more: object) -> Inbound:
    """A mail of years ago as an import hands it in; ours if the inbox wrote it."""
    direction = "out" if sender == SUPPORT else "in"
    fields: dict[str, object] = {"imported": True, "silent": True, "direction": direction}
    return mail(name, sender, received_at=OLD + timedelta(days=days), **(fields | more))  # type: ignore[arg-type]


def of(changeset: Changeset, kind: type) -> list[object]:
    """The operations of one kind."""
    return [operation for operation in changeset.operations if isinstance(operation, kind)]


def conversation(world: World) -> list[Changeset]:
    """A question, our answer, and thanks a day later each."""
    return [
        world.take(old("question")),
        world.take(old("answer", SUPPORT, 1, to=(ANA,), refs=("question",))),
        world.take(old("thanks", days=2, refs=("question", "answer"))),
    ]


def test_an_old_conversation_is_one_closed_ticket_with_its_dates() -> None:
    world = World()
    conversation(world)
    assert world.partition() == {frozenset({"mail-question", "mail-answer", "mail-thanks"})}
    ticket = world.state.tickets[world.ticket_of("question")]
    assert (ticket.status, ticket.created_at, ticket.closed_at) == ("closed", OLD, OLD + timedelta(days=2))
    assert (ticket.first_response_due, ticket.next_response_due, ticket.resolution_due) == (None, None, None)
    assert (ticket.customer, ticket.participants, ticket.unconfirmed) == (ANA, [ANA], [])
    assert ticket.first_responded_at == OLD + timedelta(days=1)
    assert "imported" in ticket.tags


def test_what_we_wrote_goes_out_and_its_recipient_is_the_customer() -> None:
    world = World()
    first = world.take(old("offer", SUPPORT, to=("other@acme.example.org", ANA), cc=(SUPPORT,)))
    (opened,) = of(first, OpenTicket)
    (message,) = of(first, AddMessage)
    (contact,) = of(first, PutContact)
    assert isinstance(opened, OpenTicket)
    assert isinstance(message, AddMessage)
    assert isinstance(contact, PutContact)
    assert (message.direction, message.author_kind, message.author.address) == ("out", "agent", SUPPORT)
    assert opened.customer == "other@acme.example.org"
    assert SUPPORT not in opened.participants
    assert [point.value for point in contact.points] == ["other@acme.example.org"]
    world.take(old("reply", days=1, refs=("offer",)))
    assert len(world.partition()) == 1


def test_a_contact_has_the_name_by_which_we_called_them_and_not_ours() -> None:
    world = World()
    message = old("offer", SUPPORT, **{"from": Address(name="Acme Support", address=SUPPORT)})
    changeset = world.take(message.model_copy(update={"to": [Address(name="Ana Horvat", address=ANA)]}))
    (contact,) = of(changeset, PutContact)
    assert isinstance(contact, PutContact)
    assert contact.name == "Ana Horvat"
    assert world.state.contacts[point_key("email", ANA)].name == "Ana Horvat"


def test_only_an_import_can_say_that_we_wrote_a_mail() -> None:
    changeset = World().take(mail("forged", direction="out"))
    (message,) = of(changeset, AddMessage)
    assert isinstance(message, AddMessage)
    assert (message.direction, message.author_kind) == ("in", "customer")
    (opened,) = of(changeset, OpenTicket)
    assert isinstance(opened, OpenTicket)
    assert opened.customer == ANA


def test_a_reply_of_today_to_an_old_ticket_opens_one_that_follows_it() -> None:
    world = World()
    conversation(world)
    world.take(mail("today", refs=("question", "answer", "thanks")))
    (link,) = world.links()
    assert (link.ticket_id, link.other_id, link.kind) == (
        world.ticket_of("today"),
        world.ticket_of("question"),
        "follow-up",
    )
    assert len(world.acknowledgements()) == 1
    assert world.state.tickets[world.ticket_of("question")].status == "closed"


def test_an_unfinished_thread_stays_open_without_targets() -> None:
    world = World()
    world.take(old("question", unfinished=True))
    world.take(old("more", days=1, refs=("question",), unfinished=True))
    ticket = world.state.tickets[world.ticket_of("question")]
    assert (ticket.status, ticket.closed_at, ticket.first_response_due) == ("open", None, None)


@pytest.mark.parametrize("status", ["new", "open", "pending", "on_hold", "solved", "closed"])
def test_old_mail_joins_a_ticket_of_today_and_leaves_it_as_it_is(status: str) -> None:
    world = World()
    world.take(mail("live", refs=("before",)))
    ticket = world.state.tickets[world.ticket_of("live")]
    ticket.status = status  # type: ignore[assignment]
    ticket.closed_at = OLD - timedelta(days=9) if status == "closed" else None
    before = ticket.model_copy(deep=True)
    changeset = world.take(old("before"))
    assert world.ticket_of("before") == world.ticket_of("live")
    kept = {"status", "closed_at", "solved_at", "created_at", "tags", "first_responded_at", "first_response_due"}
    after = world.state.tickets[world.ticket_of("live")]
    assert after.model_dump(include=kept) == before.model_dump(include=kept)
    assert [event.what for event in of(changeset, AddEvent) if isinstance(event, AddEvent)] == ["message_imported"]


def test_the_same_mail_from_an_archive_and_from_today_is_one_message() -> None:
    world = World()
    world.take(mail("live"))
    assert world.commit(world.decide(old("live"))) == "repeated"
    other = world.take(old("live", inbox="sales"))
    assert other.ledger is not None
    assert other.ledger.outcome == "duplicate"
    assert len(world.partition()) == 1


def test_the_ledger_says_what_was_imported() -> None:
    changeset = World().take(old("question"))
    assert changeset.ledger is not None
    assert (changeset.ledger.outcome, changeset.ledger.reason) == ("stored", "imported")


STAYS = {
    "open_ticket", "change_ticket", "add_message", "add_references", "add_route", "add_held_route", "put_contact",
    "link_tickets", "quarantine", "add_event",
}  # fmt: skip
KINDS = [kind for kind in get_args(get_args(c.Operation)[0]) if kind.model_fields["op"].default not in STAYS]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_whatever_else_a_decision_may_contain_is_left_out(kind: type) -> None:
    operation = kind.model_construct()  # type: ignore[attr-defined]
    assert silenced(old("question"), [operation], Facts()) == []


@given(
    automatic=st.sampled_from([None, "auto-reply", "bulk", "notification", "bounce", "report", "loop"]),
    sender=st.sampled_from([ANA, "bo@other.example", SUPPORT, "", "mailer-daemon@mx.example"]),
    refs=st.sampled_from([(), ("question",), ("question", "answer"), ("unseen",)]),
    unfinished=st.booleans(),
    bounce=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_nothing_is_sent_counted_timed_or_promised_on_account_of_an_old_mail(
    automatic: str | None, sender: str, refs: tuple[str, ...], unfinished: bool, bounce: bool
) -> None:
    world = World()
    world.take(mail("question"))
    sent = len(world.acknowledgements())
    failed = Bounce(recipients=[FailedRecipient(address=ANA)], original_message_id="answer@mua") if bounce else None
    changeset = world.take(old("m", sender, refs=refs, automatic=automatic, unfinished=unfinished, bounce=failed))
    assert {operation.op for operation in changeset.operations} <= STAYS
    assert len(world.acknowledgements()) == sent
    for opened in of(changeset, OpenTicket):
        assert isinstance(opened, OpenTicket)
        assert opened.first_response_due is opened.next_response_due is opened.resolution_due is None
        assert opened.status == ("open" if unfinished else "closed")
    for change in of(changeset, ChangeTicket):
        assert isinstance(change, ChangeTicket)
        assert "status" not in change.fields
    quiet = {"ticket_imported", "message_imported"}
    assert {event.what for event in of(changeset, AddEvent) if isinstance(event, AddEvent)} <= quiet
