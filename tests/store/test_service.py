"""The room as the others see it: over the bus."""

import time
from typing import Any

import pytest
from sqlalchemy import select

from services.store.models import Delivery, LedgerCount, table
from services.store.service import StoreService
from shared.bus import rpc, subjects
from shared.bus.errors import RemoteError, RequestTimeout
from shared.bus.publish import Publisher
from shared.identity import derive
from shared.messages.changeset import CommitReply, CommitRequest
from shared.messages.facts import Facts, FactsRequest
from shared.messages.outbound import Claim, ClaimReply, ClaimRequest, DeliveryReport
from shared.messages.ticket import AgentsAnswer, AgentsQuery, LedgerNote
from tests.store.house import House, until
from tests.store.making import claim, commit, fresh, opening, report


async def test_router_and_notifier_ask_over_the_bus(store: StoreService, house: House) -> None:
    router, notifier = await house.bus("router"), await house.bus("notifier")
    name = fresh()
    reply = CommitReply.decode(
        await rpc.request(router, subjects.STORE_COMMIT, CommitRequest(changesets=[opening(name)]).encode())
    )
    assert reply.results[0].result["number"] == 1001
    facts = Facts.decode(await rpc.request(router, subjects.STORE_FACTS, FactsRequest(sources=[name]).encode()))
    assert facts.sources[name].message_id == derive("message", name)
    wish = ClaimRequest(owner="n", claims=[Claim(delivery_id=derive("delivery", name))])
    grants = ClaimReply.decode(await rpc.request(notifier, subjects.STORE_CLAIM, wish.encode())).grants
    assert grants[0].granted
    answer = await rpc.request(await house.bus("desk"), subjects.query("agents"), AgentsQuery().encode())
    assert AgentsAnswer.decode(answer).agents == []


async def test_what_cannot_be_read_and_what_is_newer_is_told_to_the_asker(store: StoreService, house: House) -> None:
    router = await house.bus("router")
    for payload, kind in ((b"nonsense", "invalid"), (b'{"version": 99}', "newer-version")):
        with pytest.raises(RemoteError) as caught:
            await rpc.request(router, subjects.STORE_FACTS, payload)
        assert caught.value.kind == kind


async def test_a_request_that_came_too_late_is_not_begun(store: StoreService, house: House) -> None:
    router = await house.bus("router")
    name = fresh()
    with pytest.raises(RequestTimeout):
        await rpc.request(router, subjects.STORE_COMMIT, CommitRequest(changesets=[opening(name)]).encode(), timeout=-1)
    assert time.time() > 0
    assert (await commit(store, opening(name)))[0].outcome == "committed"


async def test_delivery_reports_are_taken_from_the_bus(store: StoreService, house: House) -> None:
    names = [fresh() for _ in range(20)]
    keys = [derive("delivery", name) for name in names]
    await commit(store, *map(opening, names))
    await claim(store, *keys)
    notifier = Publisher(await house.bus("notifier"))
    for key in keys:
        one = report(key, "accepted")
        await notifier.publish(
            subjects.DELIVERY, subjects.delivery("email", "accepted"), one.encode(), message_id=one.bus_id
        )

    async def recorded() -> bool:
        rows = await house.rows(select(table(Delivery).c.state))
        return {row["state"] for row in rows} == {"accepted"}

    await until(recorded)

    async def acknowledged() -> bool:
        info = await house.opened[0].jetstream().consumer_info(subjects.DELIVERY, subjects.STORE_DELIVERY.name)
        return info.num_ack_pending == 0 and info.num_pending == 0

    await until(acknowledged)


async def test_a_report_that_cannot_be_read_holds_up_nobody(store: StoreService, house: House) -> None:
    name = fresh()
    key = derive("delivery", name)
    await commit(store, opening(name))
    await claim(store, key)
    notifier = Publisher(await house.bus("notifier"))
    subject = subjects.delivery("email", "accepted")
    await notifier.publish(subjects.DELIVERY, subject, b"nonsense", message_id=fresh())
    good: DeliveryReport = report(key, "accepted")
    await notifier.publish(subjects.DELIVERY, subject, good.encode(), message_id=good.bus_id)

    async def recorded() -> bool:
        return (await house.rows(select(table(Delivery).c.state)))[0]["state"] == "accepted"

    await until(recorded)


async def test_a_ledger_note_counts_once(store: StoreService, house: House) -> None:
    intake = await house.bus("intake")
    note = LedgerNote(note_id=fresh(), counts={"email/support/refused/too large": 2, "email/support/duplicate/": 1})
    for one in (note, note, note.model_copy(update={"note_id": fresh()})):
        await rpc.request(intake, subjects.STORE_LEDGER, one.encode())
    count = table(LedgerCount).c
    rows = await house.rows(select(count.outcome, count.reason, count.count).order_by(count.outcome))
    assert [tuple(row.values()) for row in rows] == [("duplicate", "", 2), ("refused", "too large", 4)]
    with pytest.raises(RemoteError):
        await rpc.request(intake, subjects.STORE_LEDGER, LedgerNote(note_id=fresh(), counts={"nonsense": 1}).encode())


async def test_the_effective_configuration_is_handed_out(store: StoreService, house: House) -> None:
    await store.commit_configuration({"company": {"name": "Acme"}}, "v7")
    bucket = await (await house.bus("router")).jetstream().key_value(subjects.CONFIG)
    value: Any = (await bucket.get("effective")).value
    assert value == b'{"version":"v7","effective":{"company":{"name":"Acme"}}}'
    assert all(store.ready().values())
