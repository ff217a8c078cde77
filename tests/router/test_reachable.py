"""An address that nothing reached is reachable again: its owner writes from it, or something sent there arrives."""

from datetime import timedelta
from typing import Any

import pytest

from services.router.deciding.consequences import decide_delivery, decide_timer, delivery_needs, timer_needs
from shared.identity import derive
from shared.messages.changeset import AddEvent, Changeset, MarkPoint, QueueDelivery
from shared.messages.facts import DeliveryFact, Facts, TimerFact, point_key
from shared.messages.outbound import REACHED, DeliveryReport, TimerDue
from shared.messages.parts import Authentication, Bounce, FailedRecipient, Point
from tests.router.world import START, World, mail, policy

ANA = "ana@customer.example"
KEY = point_key("email", ANA)
FORGED = Authentication(by="mx", domain="customer.example", spf="fail", dkim="fail", dmarc="fail")


def marked(reason: str = "bounced: 5.1.1 ana@customer.example", minutes: float = 5) -> World:
    """T-1001 of Ana's, whose address was then marked undeliverable."""
    world = World()
    world.take(mail("first"))
    at = START + timedelta(minutes=minutes)
    mark = MarkPoint(point=Point(kind="email", value=ANA), undeliverable=True, reason=reason, at=at)
    assert world.commit(Changeset(cause="mark", relies={KEY: 1}, bumps=[KEY], operations=[mark])) == "committed"
    return world


def clears(changeset: Changeset) -> list[str]:
    return [o.point.value for o in changeset.operations if isinstance(o, MarkPoint) and not o.undeliverable]


def noted(changeset: Changeset) -> list[dict[str, Any]]:
    return [o.data for o in changeset.operations if isinstance(o, AddEvent) and o.what == "point_reachable"]


def test_whoever_writes_from_a_marked_address_is_answered_again() -> None:
    world = marked()
    changeset = world.take(mail("again", minutes=9, subject="Another thing", text="Something else is broken."))
    assert clears(changeset) == [ANA]
    contact = derive("contact", "email", ANA)
    assert noted(changeset) == [{"kind": "email", "contact": contact, "because": "they wrote from it"}]
    assert [o.outbound.kind for o in changeset.operations if isinstance(o, QueueDelivery)] == ["acknowledgement"]
    assert not world.state.contacts[KEY].undeliverable
    assert clears(world.take(mail("third", minutes=10, refs=("again",)))) == []


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("it was on its way before the mark", {"minutes": 4}),
        ("it is a machine's", {"automatic": "auto-reply"}),
        ("it is a bounce", {"bounce": Bounce(recipients=[FailedRecipient(address=ANA, status="5.1.1")])}),
        ("it is old mail", {"silent": True}),
        ("it comes out of an archive", {"imported": True}),
        ("its domain disowns it", {"authentication": FORGED}),
        ("somebody else wrote it", {"sender": "bo@customer.example"}),
    ],
)
def test_mail_that_shows_nothing_leaves_the_mark(why: str, changes: dict[str, Any]) -> None:
    world = marked()
    changeset = world.take(mail("again", **({"minutes": 9} | changes)))
    assert clears(changeset) == [], why
    assert world.state.contacts[KEY].undeliverable


def test_a_mark_that_was_set_before_anybody_had_the_address_goes_when_they_first_write() -> None:
    world = World()
    mark = MarkPoint(point=Point(kind="email", value=ANA), undeliverable=True, reason="5.1.1", at=START)
    world.commit(Changeset(cause="mark", relies={KEY: 0}, bumps=[KEY], operations=[mark]))
    changeset = world.take(mail("first", minutes=9))
    assert clears(changeset) == [ANA]
    assert clears(world.take(mail("other", "bo@customer.example", minutes=9))) == []


def delivered(world: World, state: str, to: str = ANA) -> tuple[TimerDue, Facts]:
    """The store's word that a delivery came that far, and what is known then."""
    delivery = DeliveryFact(
        delivery_id="d", ticket_id=world.ticket_of("first"), channel="email", inbox="support", to=to, state=state,
        attempt=1, kind="reply",
    )  # fmt: skip
    due = TimerDue(timer_id=f"{REACHED}:d", kind=REACHED, generation=7, due_at=START, ticket_id=delivery.ticket_id)
    timer = TimerFact(timer_id=due.timer_id, kind=REACHED, ticket_id=due.ticket_id, generation=7, due_at=START)
    request = timer_needs([due], world.policy)
    assert (request.deliveries, request.recipients) == (["d"], True)
    facts = world.state.model_copy(deep=True)
    facts.deliveries["d"], facts.timers[due.timer_id] = delivery, timer
    return due, facts


REFUSED, BOUNCED = "5.1.1 no such user here", "bounced: 5.1.1"


@pytest.mark.parametrize(
    ("reason", "state", "cleared"),
    [
        (REFUSED, "accepted", True),
        (REFUSED, "delivered", True),
        (BOUNCED, "delivered", True),
        (BOUNCED, "read", True),
        (BOUNCED, "accepted", False),  # what came back had been accepted, too
        (REFUSED, "bounced", False),  # it has come back meanwhile
        (REFUSED, "failed", False),
    ],
)
def test_a_delivery_that_arrives_takes_the_mark_away(reason: str, state: str, cleared: bool) -> None:
    world = marked(reason)
    due, facts = delivered(world, state, to="Ana@Customer.example")
    changeset = decide_timer(due, facts, world.policy, START)
    assert clears(changeset) == ([ANA] if cleared else [])
    assert [data["delivery"] for data in noted(changeset)] == (["d"] if cleared else [])
    assert (KEY in changeset.bumps) is cleared
    assert KEY in changeset.relies


def test_a_delivery_to_an_address_without_a_mark_changes_nothing() -> None:
    world = World()
    world.take(mail("first"))
    due, facts = delivered(world, "delivered")
    assert clears(decide_timer(due, facts, world.policy, START)) == []
    due, facts = delivered(world, "delivered", to="nobody@customer.example")
    assert clears(decide_timer(due, facts, world.policy, START)) == []


def test_a_failed_delivery_relies_on_what_is_known_of_its_recipient() -> None:
    world = World()
    world.take(mail("first"))
    (delivery,) = world.state.deliveries
    report = DeliveryReport(
        delivery_id=delivery, attempt=1, state="failed", at=START, channel="email", inbox="support", error="5.1.1 gone"
    )
    assert delivery_needs([report], policy()).recipients
    changeset = decide_delivery(report, world.state.model_copy(deep=True), world.policy, START)
    assert changeset.relies[KEY] == world.state.versions[KEY] > 0
    (mark,) = [o for o in changeset.operations if isinstance(o, MarkPoint)]
    assert (mark.undeliverable, mark.at) == (True, START)
