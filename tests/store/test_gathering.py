"""Merged tickets in the database: all of one moves to another and back, and what it is part of comes along. On both databases."""

from datetime import timedelta

from sqlalchemy import select

from services.store import models
from services.store.models import table
from services.store.queries.blocked import list_blocked
from services.store.reading import QueryContext
from services.store.service import StoreService
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.facts import ticket_key
from shared.messages.gathering import BlockedPage, BlockedQuery, MoveRecord
from shared.messages.life import PutEntry
from shared.messages.parts import Point
from shared.settings import load
from tests.store.house import House
from tests.store.making import commit, doing, fresh, opening
from tests.store.test_moving import ask


async def opened(store: StoreService, count: int) -> list[tuple[str, str]]:
    """The names and ids of new tickets, T-1001 and so on."""
    names = [fresh() for _ in range(count)]
    await commit(store, *map(opening, names))
    return [(name, derive("ticket", name)) for name in names]


def entry(name: str, ticket_id: str) -> PutEntry:
    at = now()
    more = {"due_at": at + timedelta(days=1), "created_at": at, "updated_at": at}
    return PutEntry(entry_id=derive("entry", name), ticket_id=ticket_id, kind="promise", data={"what": "Call"}, **more)


async def test_messages_deliveries_and_entries_move_and_keep_why_they_are_there(
    store: StoreService, house: House
) -> None:
    (one, first), (two, second) = await opened(store, 2)
    await commit(store, doing(entry(one, first), entry(two, second)))
    before = await house.rows(select(table(models.Message)).where(table(models.Message).c.ticket_id == second))
    moved = MoveRecord(
        from_id=second,
        ticket_id=first,
        message_ids=[derive("message", two)],
        delivery_ids=[derive("delivery", two)],
        entry_ids=[derive("entry", two)],
        latest=[f"{one}@x", f"{two}@x"],
    )
    (done,) = await commit(store, doing(moved))
    assert done.outcome == "committed"
    delivery = derive("delivery", two)
    found = await ask(store, numbers=[1001, 1002], messages_of=[1001, 1002], deliveries=[delivery], entries=True)
    assert {name: len(some) for name, some in found.messages.items()} == {first: 2}
    assert [each.entry_id for each in found.entries[first]] == [derive("entry", one), derive("entry", two)]
    assert {each.ticket_id for each in found.entries[first]} == {first}
    assert second not in found.entries
    assert found.deliveries[delivery].ticket_id == first
    assert (found.tickets[first].latest_message_ids, found.tickets[second].latest_message_ids) == (
        [f"{one}@x", f"{two}@x"],
        [],
    )
    rows = await house.rows(select(table(models.Message)).where(table(models.Message).c.id == derive("message", two)))
    assert [row["routed_by"] for row in rows] == [row["routed_by"] for row in before]
    back = MoveRecord(from_id=first, ticket_id=second, message_ids=moved.message_ids, entry_ids=moved.entry_ids)
    await commit(store, doing(back))
    found = await ask(store, numbers=[1002], messages_of=[1002], entries=True)
    assert [len(found.messages[second]), len(found.entries[second])] == [1, 1]


async def test_what_a_ticket_is_part_of_comes_along_with_its_version_and_what_is_wanted_of_it(
    store: StoreService,
) -> None:
    (_, first), (_, second), (_, third) = await opened(store, 3)
    timer = c.SetTimer(timer_id="timer of the first", kind="sla", ticket_id=first, due_at=now() + timedelta(days=1))
    other = timer.model_copy(update={"timer_id": "timer of the third", "ticket_id": third})
    merged = [
        c.ChangeTicket(ticket_id=third, fields={"status": "merged", "merged_into": second}),
        c.ChangeTicket(ticket_id=second, fields={"status": "merged", "merged_into": first}),
    ]
    version = (await ask(store, numbers=[1001])).versions[ticket_key(first)]
    relies = {ticket_key(first): version}
    (done,) = await commit(store, doing(*merged, timer, other, bumps=[ticket_key(first)], relies=relies))
    assert done.outcome == "committed"
    found = await ask(store, numbers=[1003])
    assert set(found.tickets) == {first, second, third}
    assert (found.versions[ticket_key(first)], found.tickets[third].merged_into) == (version + 1, second)
    assert not found.messages
    assert not found.timers
    found = await ask(store, numbers=[1003], messages_of=[1003], timers_of=[1003], deliveries_of=[1003])
    assert set(found.messages) == {first, second, third}
    assert {each.ticket_id for each in found.deliveries.values()} == {first, second, third}
    assert {name: each.ticket_id for name, each in found.timers.items()} == {
        "timer of the first": first,
        "timer of the third": third,
    }


async def test_blocked_points_are_listed_in_their_order_whosever_they_are(store: StoreService, house: House) -> None:
    points = [Point(kind="email", value=f"{name}@evil.example") for name in ("c", "a", "b")]
    await commit(store, doing(*(c.BlockPoint(point=point, blocked=True) for point in points)))
    await commit(store, doing(c.BlockPoint(point=points[0], blocked=False)))
    page = await blocked(store, house, BlockedQuery())
    assert ([each.value for each in page.items], page.total) == (["a@evil.example", "b@evil.example"], 2)
    page = await blocked(store, house, BlockedQuery(page=2, per_page=1))
    assert ([each.value for each in page.items], page.total) == (["b@evil.example"], 2)


async def blocked(store: StoreService, house: House, query: BlockedQuery) -> BlockedPage:
    js = (await house.bus()).jetstream()
    return await list_blocked(QueryContext(store.reader, js, house.data, load(None, house.data, {})), query)
