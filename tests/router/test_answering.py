"""When an automatic answer goes out, in which language, and when it does not."""

from datetime import timedelta

import pytest

from services.router.deciding.answering import refusal
from shared.messages.changeset import AddEvent, OpenTicket
from shared.messages.facts import AutomaticSent, ContactFact
from tests.router.world import START, World, mail, policy

POLICY = policy()


def why_not(address: str = "ana@customer.example", automatic: str | None = None, **more: object) -> str | None:
    contact = ContactFact(contact_id="c", name="", undeliverable=bool(more.get("undeliverable")))
    sent = more.get("sent", [])
    return refusal(address, automatic, contact, sent, "t", POLICY, START)  # type: ignore[arg-type]


def test_an_ordinary_mail_is_acknowledged_once() -> None:
    world = World()
    world.take(mail("first"))
    world.take(mail("second", refs=("first",)))
    sent = [queued.outbound for queued in world.acknowledgements()]
    assert [(o.kind, o.to[0].address, o.in_reply_to) for o in sent] == [
        ("acknowledgement", "ana@customer.example", "first@mua")
    ]
    assert sent[0].automatic
    assert sent[0].variables["expected_seconds"] == 8 * 3600


@pytest.mark.parametrize("kind", ["auto-reply", "bulk", "notification", "bounce", "report", "loop"])
def test_automatic_mail_is_stored_and_never_answered(kind: str) -> None:
    world = World()
    changeset = world.take(mail("first", automatic=kind))
    assert not world.acknowledgements()
    assert world.partition() == {frozenset({"mail-first"})}
    events = [o for o in changeset.operations if isinstance(o, AddEvent)]
    assert any(event.what == "not_acknowledged" and kind in event.data["why"] for event in events)


@pytest.mark.parametrize(
    "address",
    [
        "mailer-daemon@x.example",
        "MAILER-DAEMON@x.example",
        "postmaster@x.example",
        "no-reply@x.example",
        "noreply@x.example",
        "do-not-reply@x.example",
        "support@acme.example",
        "support+more@acme.example",
        "reply+abc@acme.example",
        "list-bounces@x.example",
        "owner-list@x.example",
        "",
        "nobody",
    ],
)
def test_systems_and_ourselves_are_never_answered(address: str) -> None:
    assert why_not(address) is not None


@pytest.mark.parametrize(
    "address", ["ana@customer.example", "norepl@x.example", "rooter@x.example", "listen@x.example"]
)
def test_people_are_answered(address: str) -> None:
    assert why_not(address) is None


def test_an_undeliverable_address_is_not_answered() -> None:
    assert why_not(undeliverable=True) == "the address is undeliverable"


@pytest.mark.parametrize(("count", "minutes", "ok"), [(29, 5, True), (30, 5, False), (30, 11, True), (60, 20, False)])
def test_the_budget_over_all_tickets_holds(count: int, minutes: int, ok: bool) -> None:
    sent = [AutomaticSent(at=START - timedelta(minutes=minutes), ticket_id=f"other{i}") for i in range(count)]
    assert (why_not(sent=sent) is None) is ok


@pytest.mark.parametrize(("count", "ok"), [(9, True), (10, False)])
def test_the_budget_of_a_ticket_is_smaller(count: int, ok: bool) -> None:
    sent = [AutomaticSent(at=START - timedelta(minutes=1), ticket_id="t") for _ in range(count)]
    assert (why_not(sent=sent) is None) is ok


def test_thousands_of_mails_from_one_address_are_answered_within_the_budget() -> None:
    world = World()
    for i in range(100):
        text = "".join(chr(ord("a") + int(digit)) for digit in str(i))
        world.take(mail(f"m{i}", subject=f"number {i}", text=f"a matter called {text}", minutes=i / 60))
    assert len(world.partition()) == 100
    assert len(world.acknowledgements()) == 30


@pytest.mark.parametrize(
    ("language", "confidence", "chosen"),
    [
        ("pl", 0.99, "pl"),
        ("hr", 0.9, "hr"),
        ("sr", 0.9, "hr"),
        ("bs", 0.9, "hr"),
        ("de", 0.99, "en"),
        ("pl", 0.2, "en"),
    ],
)
def test_the_answer_is_in_the_customers_language(language: str, confidence: float, chosen: str) -> None:
    world = World()
    changeset = world.take(mail("first", language=language, language_confidence=confidence))
    opened = next(o for o in changeset.operations if isinstance(o, OpenTicket))
    assert opened.language == chosen
    assert world.acknowledgements()[0].outbound.language == chosen


def test_a_known_language_outranks_what_is_detected() -> None:
    world = World()
    world.take(mail("first", language="pl", language_confidence=0.99))
    world.take(mail("second", subject="OK", language="en", language_confidence=0.8))
    assert world.acknowledgements()[1].outbound.language == "pl"
