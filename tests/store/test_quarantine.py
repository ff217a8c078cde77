"""Held messages, blocked points and what the spam filter has learnt, on both databases."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.store.group import TidyUnit
from services.store.models import SpamLearnt, SpamWord, table
from services.store.quarantine import SAMPLE_TEXT
from services.store.queries.quarantine import list_held, read_held
from services.store.reading import QueryContext
from services.store.service import StoreService
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.facts import EXAMPLES, Facts, FactsRequest, LearntFact, point_key
from shared.messages.inbound import Inbound
from shared.messages.parts import Address, Point, Reason, Stored
from shared.messages.quarantine import HeldQuery, QuarantineQuery
from shared.settings import load
from tests.store.house import House
from tests.store.making import changing, commit, doing, fresh, opening

ORIGINAL = Stored(sha256="0" * 64, size=9, media_type="message/rfc822", inline=b"From: \xff\x00a")


def inbound(name: str, **changes: Any) -> Inbound:
    """A mail as intake hands it over."""
    fields = {"source_id": name, "channel": "email", "inbox": "support", "inboxes": ["support"], "received_at": now(),
              "correlation_id": "c", "from": Address(name="W", address="win@lottery.example"), "subject": f"You won {name}",
              "text": "Claim it", "original": ORIGINAL}  # fmt: skip
    return Inbound.model_validate(fields | changes)


def holding(message: Inbound, **changes: Any) -> c.Changeset:
    """The changeset that holds it back."""
    at = now()
    values = {"held_id": derive("held", message.source_id), "message": message, "held_at": at,
              "reason": Reason(rule="blocked", evidence="win@lottery.example"), "expires_at": at + timedelta(days=30)}  # fmt: skip
    ledger = c.Ledgered(channel="email", inbox="support", outcome="quarantined", reason="blocked")
    return doing(c.Quarantine(**(values | changes)), cause=message.cause, ledger=ledger)


async def ask(store: StoreService, **wanted: object) -> Facts:
    """As over the bus: from bytes to bytes."""
    answer = await store.facts(FactsRequest.decode(FactsRequest(**wanted).encode()))  # type: ignore[arg-type]
    return Facts.decode(answer.encode())


@pytest.fixture
async def context(house: House, store: StoreService) -> QueryContext:
    """What queries are answered with."""
    return QueryContext(store.reader, (await house.bus()).jetstream(), house.data, load(None, house.data, {}))


async def test_a_held_message_is_kept_whole_and_shown_with_its_reason(
    store: StoreService, context: QueryContext
) -> None:
    message = inbound(fresh())
    await commit(store, holding(message))
    found = await read_held(context, HeldQuery(id=derive("held", message.source_id), whole=True))
    assert found.message == message
    assert found.held is not None
    assert found.content is not None
    assert (found.held.reason.rule, found.held.sender, found.held.released_at) == (
        "blocked",
        "win@lottery.example",
        None,
    )
    assert found.content.text == "Claim it"
    facts = await ask(store, sources=[message.source_id, "unseen"])
    assert set(facts.held) == {message.source_id}
    assert facts.held[message.source_id].released_at is None
    assert (await read_held(context, HeldQuery(id="no-such\0"))).held is None


async def test_holding_what_is_held_changes_nothing(store: StoreService, context: QueryContext) -> None:
    message = inbound(fresh())
    await commit(store, holding(message))
    again = holding(message, reason=Reason(rule="hostile"))
    again.cause += ":again"
    assert [done.outcome for done in await commit(store, again)] == ["committed"]
    page = await list_held(context, QuarantineQuery())
    assert [(one.id, one.reason.rule) for one in page.items] == [(derive("held", message.source_id), "blocked")]


async def test_a_route_is_noted_also_in_the_commit_that_holds(store: StoreService) -> None:
    one, other = inbound(fresh()), inbound(fresh())
    both = c.AddHeldRoute(held_id=derive("held", one.source_id), inboxes=["support", "orders"])
    await commit(store, holding(one), doing(both))
    await commit(store, holding(other))
    await commit(store, doing(both.model_copy(update={"held_id": derive("held", other.source_id)})))
    facts = await ask(store, sources=[one.source_id, other.source_id])
    assert [held.inboxes for held in facts.held.values()] == [["support", "orders"]] * 2


async def test_a_released_message_counts_as_stored_and_knows_its_ticket(
    store: StoreService, house: House, context: QueryContext
) -> None:
    message, name = inbound(fresh()), fresh()
    held_id, ticket = derive("held", message.source_id), derive("ticket", name)
    await commit(store, holding(message), holding(inbound(fresh())))
    let_out = c.ReleaseHeld(held_id=held_id, cause=message.cause, ticket_id=ticket, by="agent:1", at=now())
    assert [done.outcome for done in await commit(store, opening(name, let_out))] == ["committed"]
    causes = await house.rows(text(f"SELECT outcome, reason FROM cause WHERE id = '{message.cause}'"))
    assert causes == [{"outcome": "stored", "reason": "released from quarantine"}]
    fact = (await ask(store, sources=[message.source_id])).held[message.source_id]
    assert (fact.ticket_id, fact.released_at) == (ticket, let_out.at)
    assert (await list_held(context, QuarantineQuery())).total == 1
    every = await list_held(context, QuarantineQuery(released=True))
    assert [(one.ticket, one.released_by) for one in every.items if one.id == held_id] == [("T-1001", "agent:1")]


async def test_a_release_into_a_ticket_that_is_not_there_is_refused(store: StoreService) -> None:
    let_out = c.ReleaseHeld(held_id="h", cause="x", ticket_id="no-such", by="operator", at=now())
    assert [done.outcome for done in await commit(store, doing(let_out))] == ["invalid"]


async def test_pages_are_newest_first_and_follow_one_another(store: StoreService, context: QueryContext) -> None:
    names = [fresh() for _ in range(5)]
    for minutes, name in enumerate(names):
        await commit(store, holding(inbound(name), held_at=now() + timedelta(minutes=minutes)))
    pages = [await list_held(context, QuarantineQuery(page=page, per_page=2)) for page in (1, 2, 3, 4)]
    assert [one.id for page in pages for one in page.items] == [derive("held", name) for name in reversed(names)]
    assert {page.total for page in pages} == {5}


async def test_what_is_held_is_forgotten_when_its_time_is_over(store: StoreService, context: QueryContext) -> None:
    old, young = inbound(fresh()), inbound(fresh())
    await commit(store, holding(old, expires_at=now() - timedelta(seconds=1)), holding(young))
    await store.writer.submit([TidyUnit()])
    assert [one.id for one in (await list_held(context, QuarantineQuery())).items] == [derive("held", young.source_id)]


# -- contacts -----------------------------------------------------------------------------------------------------------


async def test_a_point_is_blocked_and_unblocked(store: StoreService) -> None:
    name = fresh()
    point = Point(kind="email", value=f"{name}@example.com")
    key = point_key("email", point.value)
    await commit(store, opening(name))
    for blocked in (True, True, False):
        await commit(store, doing(c.BlockPoint(point=point, contact_id=derive("contact", name), blocked=blocked)))
        contact = (await ask(store, points=[point])).contacts[key]
        assert (contact.blocked, contact.name, contact.undeliverable) == (blocked, "Ann", False)


async def test_blocking_survives_another_mark_and_another_mail(store: StoreService) -> None:
    name = fresh()
    point = Point(kind="email", value=f"{name}@example.com")
    await commit(store, opening(name))
    await commit(store, doing(c.BlockPoint(point=point, blocked=True)))
    put = c.PutContact(contact_id=derive("contact", name), points=[point])
    await commit(store, doing(c.MarkPoint(point=point, undeliverable=True, reason="5.1.1"), put))
    contact = (await ask(store, points=[point])).contacts[point_key("email", point.value)]
    assert (contact.blocked, contact.undeliverable) == (True, True)


async def test_a_contact_counts_as_answered_once_an_agent_answered_in_a_ticket_that_is_no_spam(
    store: StoreService,
) -> None:
    name = fresh()
    point, ticket = Point(kind="email", value=f"{name}@example.com"), derive("ticket", name)
    key = point_key("email", point.value)
    await commit(store, opening(name))
    assert not (await ask(store, points=[point])).contacts[key].answered
    await commit(store, changing(ticket, first_responded_at=now().isoformat()))
    assert (await ask(store, points=[point])).contacts[key].answered
    await commit(store, changing(ticket, status="spam"))
    assert not (await ask(store, points=[point])).contacts[key].answered


async def test_whether_a_contact_was_answered_is_looked_up_in_an_index(store: StoreService, house: House) -> None:
    if house.dialect == "sqlite":
        asked = "SELECT 1 FROM ticket WHERE contact_id = 'c' AND ticket.first_responded_at IS NOT NULL"
        plan = await house.rows(text(f"EXPLAIN QUERY PLAN {asked}"))
        assert any("ix_ticket_answered" in row["detail"] for row in plan), plan
    else:  # which chooses by its statistics
        found = await house.rows(text("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_ticket_answered'"))
        assert "first_responded_at IS NOT NULL" in found[0]["indexdef"]


# -- words --------------------------------------------------------------------------------------------------------------


def learning(ticket: str, spam: bool, sign: Any, *words: str) -> c.Changeset:
    """What an agent's word teaches."""
    return doing(c.LearnSpam(ticket_id=ticket, spam=spam, sign=sign, words=list(words)))


async def test_words_are_counted_and_what_is_taken_back_is_taken_back_exactly(
    store: StoreService, house: House
) -> None:
    names = [fresh() for _ in range(3)]
    one, two, three = (derive("ticket", name) for name in names)
    await commit(store, *(opening(name) for name in names))
    await commit(
        store, learning(one, True, 1, "win", "cash"), learning(two, True, 1, "win"), learning(three, False, 1, "win")
    )
    asked = {"words": [EXAMPLES, "win", "cash", "never"], "samples": [1001]}
    facts = await ask(store, **asked)
    assert facts.words == {EXAMPLES: (2, 1), "win": (2, 1), "cash": (1, 0)}
    assert facts.samples[one].learnt == LearntFact(spam=True, words=["win", "cash"])
    both = c.LearnSpam(ticket_id=one, spam=True, sign=-1, words=["win", "cash"])
    await commit(store, doing(both, c.LearnSpam(ticket_id=one, spam=False, sign=1, words=["win", "cash"])))
    facts = await ask(store, **asked)
    assert facts.words == {EXAMPLES: (1, 2), "win": (1, 2), "cash": (0, 1)}
    assert facts.samples[one].learnt == LearntFact(spam=False, words=["win", "cash"])
    await commit(
        store,
        learning(one, False, -1, "win", "cash"),
        learning(two, True, -1, "win"),
        learning(three, False, -1, "win"),
    )
    assert {(row["spam"], row["ham"]) for row in await house.rows(table(SpamWord).select())} == {(0, 0)}
    assert await house.rows(table(SpamLearnt).select()) == []


async def test_many_lessons_at_the_same_time_are_all_counted(store: StoreService) -> None:
    names = [fresh() for _ in range(24)]
    await commit(store, *(opening(name) for name in names))
    words = [f"w{i}" for i in range(60)]
    lessons = [
        learning(derive("ticket", name), bool(i % 2), 1, *(words if i % 3 else reversed(words)))
        for i, name in enumerate(names)
    ]
    done = await asyncio.gather(*(commit(store, lesson) for lesson in lessons))
    assert {one.outcome for each in done for one in each} == {"committed"}
    assert (await ask(store, words=[EXAMPLES, *words])).words == dict.fromkeys([EXAMPLES, *words], (12, 12))


async def test_what_is_learnt_from_is_the_first_message_from_outside_cut_at_its_bound(store: StoreService) -> None:
    name, by_hand = fresh(), fresh()
    ticket = derive("ticket", name)
    first = opening(name)
    for operation in first.operations:
        if isinstance(operation, c.AddMessage):
            operation.text = "a" * (SAMPLE_TEXT + 5)
            later = operation.model_copy(update={"message_id": fresh(), "source_id": fresh(), "text": "later"})
            note = operation.model_copy(update={"message_id": fresh(), "source_id": None, "direction": "internal"})
    written = opening(by_hand)
    for operation in written.operations:
        if isinstance(operation, c.AddMessage):
            operation.source_id = None
    await commit(store, first, written, doing(later, note))
    facts = await ask(store, samples=[1001, 1002, 9999])
    assert set(facts.samples) == {ticket}
    sample = facts.samples[ticket]
    assert (sample.text, sample.subject, sample.learnt) == ("a" * SAMPLE_TEXT, "Broken", None)
    assert sample.sender == f"{name}@example.com"


async def test_a_nul_in_a_held_message_does_not_keep_it_from_being_held(
    store: StoreService, context: QueryContext
) -> None:
    message = inbound(fresh(), subject="a\0b", text="c\0d")
    assert [done.outcome for done in await commit(store, holding(message))] == ["committed"]
    found = await read_held(context, HeldQuery(id=derive("held", message.source_id), whole=True))
    assert found.message is not None
    assert found.message.original == ORIGINAL
    assert found.message.text in ("c\0d", "c\ufffdd")
