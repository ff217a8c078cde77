"""Held messages that nobody need look at, suggestions that were wrong, and marks that a delivery puts in doubt, on both databases."""

from datetime import timedelta

from sqlalchemy import text

from services.store.queries.contacts import read_contact
from services.store.queries.ledger import read_ledger
from services.store.queries.quarantine import list_held, read_held
from services.store.service import StoreService
from shared.bus import subjects
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.contacts import ContactQuery
from shared.messages.facts import point_key
from shared.messages.outbound import REACHED, TimerDue
from shared.messages.parts import Point
from shared.messages.quarantine import HeldQuery, QuarantineQuery
from shared.messages.ticket import LedgerQuery
from tests.store.house import House
from tests.store.making import claim, commit, delivery, doing, fresh, opening, report
from tests.store.test_contacts import contact_of, context, merging
from tests.store.test_deliveries import record
from tests.store.test_moving import ask
from tests.store.test_quarantine import holding, inbound


async def test_a_discarded_message_is_no_longer_listed_and_stays_counted_as_quarantined(
    store: StoreService, house: House
) -> None:
    message = inbound(fresh())
    held_id = derive("held", message.source_id)
    await commit(store, holding(message))
    discarding = c.DiscardHeld(held_id=held_id, by="agent:1", reason="a newsletter", at=now())
    assert [done.outcome for done in await commit(store, doing(discarding))] == ["committed"]
    questions = context(house, store)
    assert (await list_held(questions, QuarantineQuery())).total == 0
    assert (await list_held(questions, QuarantineQuery(released=True))).items == []
    (shown,) = (await list_held(questions, QuarantineQuery(discarded=True))).items
    assert (shown.id, shown.discarded_by, shown.discard_reason) == (held_id, "agent:1", "a newsletter")
    found = (await read_held(questions, HeldQuery(id=held_id))).held
    assert found is not None
    assert found.discarded_at == discarding.at
    facts = await ask(store, sources=[message.source_id])
    assert facts.held[message.source_id].discarded_at == discarding.at
    causes = await house.rows(text(f"SELECT outcome, reason FROM cause WHERE id = '{message.cause}'"))
    assert causes == [{"outcome": "quarantined", "reason": "blocked"}]
    lines = (await read_ledger(questions, LedgerQuery())).lines
    assert sum(line.quarantined for line in lines if line.inbox == "support") == 1


async def test_what_was_discarded_can_be_let_out_until_it_is_forgotten(store: StoreService, house: House) -> None:
    message, name = inbound(fresh()), fresh()
    held_id = derive("held", message.source_id)
    await commit(store, holding(message), doing(c.DiscardHeld(held_id=held_id, by="operator", at=now())))
    let_out = c.ReleaseHeld(
        held_id=held_id, cause=message.cause, ticket_id=derive("ticket", name), by="operator", at=now()
    )
    await commit(store, opening(name, let_out))
    everything = QuarantineQuery(released=True, discarded=True)
    (shown,) = (await list_held(context(house, store), everything)).items
    assert shown.ticket == "T-1001"


# -- suggestions --------------------------------------------------------------------------------------------------------


async def suggested(house: House, store: StoreService, name: str) -> list[str]:
    found = (await read_contact(context(house, store), ContactQuery(contact_id=contact_of(name)))).contact
    assert found is not None
    return [each.contact_id for each in found.contact_suggestions or []]


async def test_a_dismissed_suggestion_stays_dismissed_and_is_known_to_decisions(
    house: House, store: StoreService
) -> None:
    one, other = fresh(), fresh()
    phone = Point(kind="phone", value="+48600100200")
    await commit(store, opening(one), opening(other))
    await commit(store, doing(c.PutContact(contact_id=contact_of(one), points=[phone])))
    suggesting = c.SuggestMerge(contact_id=contact_of(one), other_id=contact_of(other), reason="a call", at=now())
    await commit(store, doing(suggesting))
    assert await suggested(house, store, other) == [contact_of(one)]
    dismissing = c.DismissSuggestion(contact_id=contact_of(other), other_id=contact_of(one), by="agent:1", at=now())
    await commit(store, doing(dismissing))
    await commit(store, doing(suggesting))
    assert await suggested(house, store, one) == await suggested(house, store, other) == []
    facts = await ask(store, points=[phone])
    assert facts.apart == {contact_of(one): [contact_of(other)]}


async def test_two_who_were_said_to_differ_can_be_merged_by_hand(house: House, store: StoreService) -> None:
    one, other = fresh(), fresh()
    await commit(store, opening(one), opening(other))
    dismissing = c.DismissSuggestion(contact_id=contact_of(one), other_id=contact_of(other), by="agent:1", at=now())
    await commit(store, doing(dismissing))
    await commit(store, doing(merging(one, other)))
    assert await house.rows(text("SELECT * FROM contact_suggestion")) == []


# -- marks --------------------------------------------------------------------------------------------------------------

ANN = Point(kind="email", value="ann@example.com")


def marking(undeliverable: bool = True) -> c.Changeset:
    return doing(c.MarkPoint(point=ANN, undeliverable=undeliverable, reason="5.1.1 gone", at=now()))


async def waking(house: House) -> list[str]:
    return [row["id"] for row in await house.rows(text("SELECT id FROM timer")) if row["id"].startswith(REACHED)]


async def test_the_router_is_woken_when_something_arrives_at_a_point_that_is_marked(
    house: House, store: StoreService
) -> None:
    first, second, failing = fresh(), fresh(), fresh()
    await commit(store, doing(delivery(first), delivery(second), delivery(failing)))
    await claim(store, first, second, failing)
    await record(store, report(first, "accepted"))
    assert await waking(house) == []
    await commit(store, marking())
    bus = (await house.bus()).jetstream()
    published = await bus.subscribe(subjects.timer(REACHED))
    await record(store, report(second, "accepted"), report(failing, "failed", error="5.1.1 gone"))
    due = TimerDue.decode((await published.next_msg(timeout=60)).data)
    assert (due.timer_id, due.kind) == (f"{REACHED}:{second}", REACHED)
    assert await waking(house) == [due.timer_id]


async def test_since_when_a_point_is_marked_is_known_until_the_mark_goes(house: House, store: StoreService) -> None:
    name = fresh()
    point = Point(kind="email", value=f"{name}@example.com")
    await commit(store, opening(name))
    at = now() - timedelta(hours=1)
    await commit(store, doing(c.MarkPoint(point=point, undeliverable=True, reason="bounced: 5.1.1", at=at)))
    key = point_key("email", point.value)
    fact = (await ask(store, points=[point])).contacts[key]
    assert (fact.undeliverable, fact.marked_at, fact.mark_reason) == (True, at, "bounced: 5.1.1")
    await commit(store, doing(c.MarkPoint(point=point, undeliverable=False, at=now())))
    fact = (await ask(store, points=[point])).contacts[key]
    assert (fact.undeliverable, fact.marked_at, fact.mark_reason) == (False, None, "")


async def test_the_points_that_deliveries_went_to_are_told_when_asked_for(store: StoreService) -> None:
    name, key = fresh(), fresh()
    await commit(store, opening(name, c.PutContact(contact_id=derive("contact", name), points=[ANN])))
    await commit(store, doing(delivery(key)))
    wanted = point_key("email", ANN.value)
    assert wanted not in (await ask(store, deliveries=[key])).versions
    facts = await ask(store, deliveries=[key], recipients=True)
    assert facts.contacts[wanted].contact_id == derive("contact", name)
    assert wanted in facts.versions
