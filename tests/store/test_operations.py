"""What operators ask of the store, on both databases: what did not arrive, who is there, how what waits is, what was given up."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from services.store.queries.health import read_health
from services.store.queries.operations import (
    SHOWN,
    content_of,
    list_failed_deliveries,
    list_online,
    read_dead,
)
from services.store.service import StoreService
from shared.bus import headers as hdr
from shared.bus import subjects
from shared.bus.publish import Publisher
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages import signin as s
from shared.messages.automation import RequeueDelivery
from shared.messages.operations import DeadQuery, FailedDeliveriesQuery, OnlineQuery
from shared.messages.outbound import instead_id
from shared.messages.ticket import HealthQuery
from tests.store.house import House
from tests.store.making import claim, commit, delivery, doing, fresh, opening, report
from tests.store.test_contacts import context
from tests.store.test_deliveries import record


async def test_what_did_not_arrive_is_found_over_all_tickets_the_latest_first(
    store: StoreService, house: House
) -> None:
    names = [fresh() for _ in range(3)]
    await commit(store, *(opening(name) for name in names))
    ids = [derive("delivery", name) for name in names]
    hook, lost = fresh(), fresh()
    await commit(store, doing(delivery(hook, channel="api", inbox="crm"), delivery(lost, channel="sms", inbox="sms")))
    await commit(store, doing(delivery(instead_id(ids[1]))))
    for each in (*ids[:2], hook, lost):
        await claim(store, each)
    await record(store, report(ids[0], "failed", error="550 no such user"))
    await record(store, report(ids[1], "failed", error="421 not now"))
    await record(store, report(hook, "failed", error="HTTP 500").model_copy(update={"channel": "api"}))
    await record(store, report(lost, "failed", error="21610").model_copy(update={"channel": "sms"}))
    questions = context(house, store)

    found = await list_failed_deliveries(questions, FailedDeliveriesQuery())
    assert found.total == 3
    assert {each.id for each in found.items} == {ids[0], ids[1], lost}, "webhooks have a page of their own"
    assert [each.updated_at for each in found.items] == sorted((each.updated_at for each in found.items), reverse=True)
    by_id = {each.id: each for each in found.items}
    assert (by_id[ids[0]].number is None, by_id[lost].number) == (False, None)
    assert (by_id[ids[0]].error, by_id[ids[0]].instead, by_id[ids[1]].instead) == ("550 no such user", False, True)

    async def seen(**narrowed: object) -> set[str]:
        query = FailedDeliveriesQuery.model_validate(narrowed)
        return {each.id for each in (await list_failed_deliveries(questions, query)).items}

    assert await seen(channel="sms") == {lost}
    assert await seen(inbox="support", channel="email") == {ids[0], ids[1]}
    assert await seen(inbox="support\0") == set()
    assert await seen(since=now() + timedelta(minutes=1)) == set()
    assert len(await seen(per_page=2)) + len(await seen(per_page=2, page=2)) == 3
    await commit(store, doing(RequeueDelivery(delivery_id=lost)))
    assert await seen(channel="sms") == set()
    assert await seen(id=lost) == {lost}, "by its id it is found however it is"
    assert await seen(id=hook) == set()


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)  # PostgreSQL chooses by how many rows there are
async def test_the_list_of_what_did_not_arrive_looks_at_nothing_else(store: StoreService, house: House) -> None:
    wanted = "channel <> 'api' AND state IN ('failed', 'bounced', 'unknown')"
    plan = await house.rows(text(f"EXPLAIN QUERY PLAN SELECT id FROM delivery WHERE {wanted} ORDER BY updated_at DESC"))
    assert "ix_delivery_undelivered" in str(plan)


async def test_agents_are_there_whose_session_was_used_lately(store: StoreService, house: House) -> None:
    at = now()
    names = [fresh() for _ in range(3)]
    agents = [derive("agent", name) for name in names]
    made = [
        c.AddAgent(agent_id=agent, email=f"{name}@acme.example", name=f"Agent {place}", role="lead", at=at)
        for place, (name, agent) in enumerate(zip(names, agents, strict=True))
    ]

    def session(agent: str, name: str, hours: int) -> list[object]:
        kept = {"session_id": name, "agent_id": agent, "sha256": name * 2, "created_at": at - timedelta(hours=hours)}
        return [s.AddSession.model_validate(kept | {"expires_at": at + timedelta(days=1)})]

    keys = [fresh() for _ in range(4)]
    sessions = [
        *session(agents[0], keys[0], 0),
        *session(agents[0], keys[1], 0),
        *session(agents[1], keys[2], 2),
        *session(agents[2], keys[3], 0),
    ]
    await commit(store, doing(*made, *sessions))
    await commit(store, doing(s.EndSessions(agent_id=agents[2], at=now())))
    found = (await list_online(context(house, store), OnlineQuery(since=at - timedelta(minutes=10)))).agents
    assert [(each.agent_id, each.name, each.role) for each in found] == [(agents[0], "Agent 0", "lead")]


async def test_health_says_since_when_each_inbox_waits(store: StoreService, house: House) -> None:
    first, second = fresh(), fresh()
    await commit(store, doing(delivery(first), delivery(second, channel="sms", inbox="sms")))
    found = await read_health(context(house, store), HealthQuery())
    assert set(found.waiting_since) == set(found.waiting) == {"support", "sms"}
    assert found.oldest_delivery_at == min(found.waiting_since.values())
    assert found.mailboxes == {}, "no inbox of these is fetched"


async def test_dead_letters_are_listed_without_what_is_in_them(store: StoreService, house: House) -> None:
    publisher = Publisher(await house.bus())
    payload = b'{"text": "' + b"x" * 5_000_000 + b'"}'
    head = {hdr.DURABLE: "router", hdr.LAST_ERROR: "ValueError: odd", hdr.ATTEMPT: "nine", hdr.FIRST_SEEN: "1e300"}
    numbers = []
    for _ in range(3):
        subject = subjects.dead(subjects.intake("email", "support"))
        ack = await publisher.publish(subjects.DEAD, subject, payload, message_id=fresh(), headers=head)
        numbers.append(ack.seq)
    questions = context(house, store)
    page = await read_dead(questions, DeadQuery(limit=2))
    assert ([each.id for each in page.items], page.total, page.content) == (numbers[:2], 3, None)
    assert len(page.encode()) < 5_000
    assert {each.size for each in page.items} == {len(payload)}
    assert (page.items[0].durable, page.items[0].attempts, page.items[0].first_seen.year) == ("router", 0, 1970)
    assert [each.id for each in (await read_dead(questions, DeadQuery(after=numbers[1]))).items] == numbers[2:]
    one = await read_dead(questions, DeadQuery(id=numbers[0]))
    assert one.content is not None
    assert one.content.cut
    assert len(one.content.payload) == SHOWN
    assert one.content.headers[hdr.LAST_ERROR] == "ValueError: odd"
    for nothing in (numbers[-1] + 1, 0, -1):
        assert (await read_dead(questions, DeadQuery(id=nothing))).items == []
    assert (await read_dead(questions, DeadQuery(after=numbers[-1]))).items == []


@pytest.mark.parametrize(
    ("payload", "shown", "cut"),
    [
        (b'{"a":1,"b":["\\u017c"]}', '{\n  "a": 1,\n  "b": [\n    "\u017c"\n  ]\n}', False),
        (b"\xff\x00\x1b[31mred", "\ufffd\ufffd\ufffd[31mred", False),
        (b"plain \xe2\x80\xae text\n", "plain \ufffd text\n", False),
        (b"[" * 100_000, "[" * SHOWN, True),
        (b"", "", False),
        (b'{"raw":"' + b"Q" * 3_000 + b'"}', '{\n  "raw": "' + "Q" * 2_000 + '… (+1000)"\n}', False),
    ],
)
def test_what_is_in_a_dead_letter_is_shown_as_bounded_plain_text(payload: bytes, shown: str, cut: bool) -> None:
    content = content_of(payload, {})
    assert (content.payload, content.cut) == (shown, cut)
