"""What webhooks were not told and what people corrected, on each database: listed, tried again, and never mixed up with anything else."""

from typing import Any

from services.store.group import ReportUnit
from services.store.queries.automation import list_corrections, list_failed_hooks, read_past
from services.store.reading import QueryContext
from services.store.service import StoreService
from shared.clock import now
from shared.messages.automation import CorrectionsQuery, FailedHooksQuery, PastQuery, RequeueDelivery
from shared.messages.changeset import AddEvent
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from tests.store.house import House, until
from tests.store.making import claim, commit, delivery, doing, fresh, opening, report


def told(name: str, ticket_id: str | None = None) -> Any:
    """An event for a webhook."""
    made = delivery(name, ticket_id, "api", "crm")
    made.outbound = Outbound(
        delivery_id=name, ticket_id=ticket_id, channel="api", inbox="crm", kind="alert", to=[Address(address="crm")],
        subject="status_changed", variables={"event": {"id": name}}, automatic=True, created_at=now(),
    )  # fmt: skip
    return made


def reading(store: StoreService) -> QueryContext:
    context = store._context
    return QueryContext(store.reader, context.bus.jetstream(), context.data, context.settings)


async def failing(store: StoreService, key: str) -> None:
    await claim(store, key)
    await store.writer.submit([ReportUnit(report(key, "failed", error="HTTP 410"))])


async def test_what_failed_is_listed_and_goes_out_once_more(store: StoreService, house: House) -> None:
    mail, missed, under_way = fresh(), fresh(), fresh()
    name = fresh()
    (opened,) = await commit(store, opening(name))
    ticket_id = next(iter(opened.numbers))
    await commit(store, doing(delivery(mail), told(missed, ticket_id), told(under_way)))
    await failing(store, mail)
    await failing(store, missed)
    page = await list_failed_hooks(reading(store), FailedHooksQuery())
    assert [(each.id, each.webhook, each.event, each.error) for each in page.items] == [
        (missed, "crm", "status_changed", "HTTP 410")
    ]
    assert (page.total, page.items[0].ticket) == (1, f"T-{opened.numbers[ticket_id]}")
    assert (await list_failed_hooks(reading(store), FailedHooksQuery(webhook="other"))).items == []
    before = len(await house.messages("OUTBOUND"))
    await commit(store, doing(RequeueDelivery(delivery_id=missed), RequeueDelivery(delivery_id=under_way)))

    async def again() -> bool:
        return len(await house.messages("OUTBOUND")) > before

    await until(again)
    assert (await list_failed_hooks(reading(store), FailedHooksQuery())).items == []
    newest = Outbound.decode((await house.messages("OUTBOUND"))[-1].data)
    assert newest.delivery_id == missed, "what was not over is not put out again"
    waiting = await list_failed_hooks(reading(store), FailedHooksQuery(waiting=True))
    assert [(each.id, each.attempts) for each in waiting.items] == [(missed, 1)]
    (grant,) = await claim(store, missed)
    assert (grant.granted, grant.attempt) == (True, 2)


async def test_corrections_are_listed_in_pages_newest_first(store: StoreService) -> None:
    (opened,) = await commit(store, opening(fresh()))
    ticket_id = next(iter(opened.numbers))
    for name in ("a", "b", "c"):
        data = {"from": "general", "to": name, "by": "agent:anna"}
        events = [
            AddEvent(what=what, ticket_id=ticket_id, actor="agent:anna", data=data, at=now())
            for what in ("category_corrected", "priority_corrected", "ticket_changed")
        ]
        await commit(store, doing(*events))
    first = await list_corrections(reading(store), CorrectionsQuery(limit=2))
    assert [each.became for each in first.items] == ["c", "b"]
    rest = await list_corrections(reading(store), CorrectionsQuery(limit=2, before=first.next))
    assert ([each.became for each in rest.items], rest.next) == (["a"], None)


async def test_past_tickets_come_in_pages_with_their_moments(store: StoreService) -> None:
    names = [fresh() for _ in range(3)]
    numbers = []
    for name in names:
        (opened,) = await commit(store, opening(name))
        numbers += opened.numbers.values()
        happened = AddEvent(what="ticket_opened", ticket_id=next(iter(opened.numbers)), actor="customer", at=now())
        await commit(store, doing(happened))
    found, query = [], PastQuery(limit=2, texts=True)
    while True:
        page = await read_past(reading(store), query)
        found += page.tickets
        if page.next is None:
            break
        query = query.model_copy(update={"before": page.next})
    assert [ticket.number for ticket in found] == numbers[::-1]
    assert found[-1].points == [f"{names[0]}@example.com"]
    assert [moment.what for moment in found[0].moments] == ["ticket_opened"]
