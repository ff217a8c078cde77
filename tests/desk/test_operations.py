"""Operations over HTTP: how everything is, dead letters and having them replayed, deliveries that failed and sending them again."""

import asyncio
import hashlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa

from services.store.models import AuditEvent, Delivery, table
from shared.bus import headers as hdr
from shared.bus import subjects
from shared.clock import now
from shared.messages.command import CreateToken
from shared.messages.inbound import Inbound
from shared.messages.outbound import DeliveryReport
from tests.desk.house import House, until
from tests.desk.test_gathering import opened

pytestmark = pytest.mark.asyncio(loop_scope="module")

_event, _delivery = table(AuditEvent), table(Delivery)


def letter(name: str) -> Inbound:
    return Inbound.model_validate(
        {
            "source_id": f"mail-{name}", "channel": "email", "inbox": "support", "inboxes": ["support"],
            "received_at": now(), "correlation_id": name, "message_id": f"{name}@mua",
            "from": {"address": f"{name}@customer.example"}, "subject": f"About {name}",
            "to": [{"address": "support@localhost"}], "text": f"A text on {name}.", "reply_text": f"A text on {name}.",
        }
    )  # fmt: skip


async def died(house: House, name: str, error: str = "ValueError: odd") -> int:
    """A mail that the router gave up; the number of its dead letter. (As `shared.bus.retry` leaves it.)"""
    inbound = letter(name)
    subject = subjects.intake("email", "support")
    head = {
        hdr.ORIGINAL_SUBJECT: subject, hdr.ORIGINAL_ID: inbound.bus_id, hdr.ORIGINAL_SEQUENCE: "INTAKE:999999",
        hdr.DURABLE: "router", hdr.LAST_ERROR: error, hdr.FIRST_ERROR: "ValueError: first", hdr.ATTEMPT: "9",
    }  # fmt: skip
    ack = await house.contexts["store"].publisher.publish(
        subjects.DEAD, subjects.dead(subject), inbound.encode(), message_id=f"dead-{name}", headers=head
    )
    return ack.seq


async def tickets_about(house: House, name: str) -> list[dict[str, Any]]:
    found = (await house.api.get("/api/v1/tickets", params={"q": f"About {name}"})).json()["items"]
    return [each for each in found if each["subject"] == f"About {name}"]


async def rows(house: House, statement: Any) -> list[dict[str, Any]]:
    async with house.store.reader.snapshot() as connection:
        return [dict(row) for row in (await connection.execute(statement)).mappings()]


async def audited(house: House, what: str) -> list[dict[str, Any]]:
    return await rows(house, sa.select(_event).where(_event.c.what == what))


async def client_of(house: House, role: str) -> httpx.AsyncClient:
    text = uuid4().hex
    made = {"name": f"a {role}", "sha256": hashlib.sha256(text.encode()).hexdigest(), "role": role}
    assert (await house.command(CreateToken.model_validate(made))).error is None
    return house.client(text)


async def test_a_dead_letter_is_listed_shown_and_replayed_into_one_ticket(house: House) -> None:
    name = "deadpump"
    number = await died(house, name)
    listed = (await house.api.get("/api/v1/dead")).json()
    (found,) = [each for each in listed["items"] if each["id"] == number]
    assert found["subject"] == "intake.email.support"
    assert (found["durable"], found["error"], found["attempts"]) == ("router", "ValueError: odd", 9)
    assert listed["total"] >= 1
    shown = (await house.api.get(f"/api/v1/dead/{number}")).json()
    assert f"A text on {name}." in shown["content"]["payload"]
    assert shown["content"]["headers"][hdr.FIRST_ERROR] == "ValueError: first"
    assert (await house.api.get("/api/v1/operations")).json()["dead"] >= 1

    # Two people press at the same moment, and one of them again.
    paths = [f"/api/v1/dead/{number}/replay"] * 2
    first, second = await asyncio.gather(
        *(house.api.post(path, headers={"Idempotency-Key": f"{name}{n}"}) for n, path in enumerate(paths))
    )
    # Who is first has it replayed; the other has asked for the same, comes too late, or meets it while it moves and is told to ask again.
    assert {first.status_code, second.status_code} in ({200}, {200, 404}, {200, 503})

    async def there() -> bool:
        return bool(await tickets_about(house, name))

    await until(there)
    done = first if first.status_code == 200 else second
    key = f"{name}{0 if done is first else 1}"
    again = await house.api.post(paths[0], headers={"Idempotency-Key": key})
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert again.json() == done.json() == {"id": number, "subject": "intake.email.support"}
    assert (await house.api.post(paths[0])).status_code == 404
    assert len(await tickets_about(house, name)) == 1
    assert number not in [each["id"] for each in (await house.api.get("/api/v1/dead")).json()["items"]]
    (event, *more) = [each for each in await audited(house, "dead_letter_replayed") if each["data"]["dead"] == number]
    assert event["actor"].startswith("token:")
    assert event["data"]["error"] == "ValueError: odd"
    # Who was told to ask again may have been written down before: who wants it comes before what is done.
    assert len(more) in {200: (1,), 404: (0,), 503: (0, 1)}[max(first.status_code, second.status_code)]


async def test_only_an_admin_looks_into_dead_letters_and_replays_them(house: House) -> None:
    number = await died(house, "deadkept")
    for role, allowed in (("auditor", ()), ("agent", ()), ("lead", ("resend",))):
        async with await client_of(house, role) as client:
            assert (await client.get("/api/v1/operations")).status_code == 200
            assert (await client.get("/api/v1/dead")).status_code == 200
            assert (await client.get(f"/api/v1/dead/{number}")).status_code == 403
            assert (await client.post(f"/api/v1/dead/{number}/replay")).status_code == 403
            assert (await client.get("/api/v1/operations/outgoing")).status_code == 403
            answer = await client.post("/api/v1/deliveries/nobody/resend")
            assert answer.status_code == (404 if "resend" in allowed else 403)
    listed = (await house.api.get("/api/v1/dead", params={"after": number - 1})).json()["items"]
    assert [each["id"] for each in listed] == [number]


async def test_a_replay_that_could_not_go_out_is_done_by_asking_again(house: House) -> None:
    """What is written down first, and then interrupted, is not over: the letter still lies there, and the same call moves it."""
    name = "deadhalf"
    number = await died(house, name)
    bus = house.router._context.bus
    publish = house.router._context.publisher.publish

    async def away(*_: Any, **__: Any) -> Any:
        from shared.bus.errors import BusUnavailable

        raise BusUnavailable("the bus is away")

    path, head = f"/api/v1/dead/{number}/replay", {"Idempotency-Key": name}
    assert bus.is_connected
    object.__setattr__(house.router._context.publisher, "publish", away)
    try:
        assert (await house.api.post(path, headers=head)).status_code == 503
    finally:
        object.__setattr__(house.router._context.publisher, "publish", publish)
    assert not await tickets_about(house, name)
    done = await house.api.post(path, headers=head)
    assert (done.status_code, done.headers["Idempotent-Replayed"]) == (200, "true")

    async def there() -> bool:
        return bool(await tickets_about(house, name))

    await until(there)
    assert len([each for each in await audited(house, "dead_letter_replayed") if each["data"]["dead"] == number]) == 1


async def failed_delivery(house: House, contact: str, error: str = "550 no such user") -> tuple[str, str]:
    """A reply that could not be delivered: (ticket, delivery)."""
    number = await opened(house, contact)
    answer = await house.api.post(f"/api/v1/tickets/{number}/replies", json={"text": "Hello."})
    assert answer.status_code in (200, 201), answer.text

    async def queued() -> bool:
        return bool(
            await rows(house, sa.select(_delivery.c.id).where(_delivery.c.to == contact, _delivery.c.kind == "reply"))
        )

    await until(queued)
    (row,) = await rows(house, sa.select(_delivery).where(_delivery.c.to == contact, _delivery.c.kind == "reply"))
    said = {"channel": "email", "inbox": "support", "attempt": row["attempt"], "error": error, "at": now()}
    report = DeliveryReport.model_validate({"delivery_id": row["id"], "state": "failed", **said})
    context = house.contexts["intake"]
    await context.bus.jetstream().publish(
        subjects.delivery("email", "failed"), report.encode(), headers={"Nats-Msg-Id": f"{row['id']}-failed"}
    )

    async def noted() -> bool:
        return (await state(house, row["id"]))["state"] == "failed"

    await until(noted)
    return number, row["id"]


async def state(house: House, delivery_id: str) -> dict[str, Any]:
    (row,) = await rows(house, sa.select(_delivery).where(_delivery.c.id == delivery_id))
    return row


async def test_what_did_not_arrive_is_listed_over_all_tickets_and_sent_again_once(house: House) -> None:
    number, delivery = await failed_delivery(house, "gone@customer.example")
    page = (await house.api.get("/api/v1/deliveries/failed", params={"channel": "email", "inbox": "support"})).json()
    (found,) = [each for each in page["items"] if each["id"] == delivery]
    assert (found["ticket"], found["state"], found["error"]) == (number, "failed", "550 no such user")
    assert found["to"] == "gone@customer.example"
    assert (await house.api.get("/api/v1/deliveries/failed", params={"channel": "sms"})).json()["total"] == 0
    later = (now() + timedelta(hours=1)).isoformat()
    assert (await house.api.get("/api/v1/deliveries/failed", params={"since": later})).json()["items"] == []

    async with await client_of(house, "lead") as lead:
        path, head = f"/api/v1/deliveries/{delivery}/resend", {"Idempotency-Key": "send-it"}
        assert (await lead.post(path, headers=head)).json() == {"id": delivery, "ticket": number}
        assert (await state(house, delivery))["state"] == "queued"
        again = await lead.post(path, headers=head)
        assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
        assert (await lead.post(path)).status_code == 409
    (event,) = [each for each in await audited(house, "sent_again") if each["data"]["delivery"] == delivery]
    assert event["ticket_id"]
    page = (await house.api.get("/api/v1/deliveries/failed")).json()
    assert delivery not in [each["id"] for each in page["items"]]


async def test_how_everything_is_comes_from_store_and_bus(house: House) -> None:
    await opened(house, "counted@customer.example")
    shown = (await house.api.get("/api/v1/operations")).json()
    assert shown["away"] == {}
    assert shown["checks"] == {"bus": True, "store": True}
    assert {each["name"] for each in shown["streams"]} == set(subjects.STREAMS)
    assert {each["name"] for each in shown["queues"]} >= {"router", "router-timer", "store-delivery"}
    assert all(each["pulled"] for each in shown["queues"] if each["name"] in ("router", "store-delivery"))
    assert shown["disk_free"] > 0
    assert shown["configuration"]
    (inbox,) = [each for each in shown["inboxes"] if each["name"] == "support"]
    assert inbox["channel"] == "email"
    assert shown["quarantine"] == 0
    if shown["dead"]:
        (trouble,) = [each for each in shown["troubles"] if each["code"] == "dead"]
        assert trouble["section"] == "docs/operations.md#dead-letters"
        assert str(shown["dead"]) in trouble["text"]
    for span in ("today", "week", "ever"):
        lines = (await house.api.get("/api/v1/operations/ledger", params={"span": span})).json()["lines"]
        assert all(set(each) > {"channel", "inbox", "missing"} for each in lines)
    assert (await house.api.get("/api/v1/operations/ledger", params={"span": "year"})).status_code == 422
    outgoing = (await house.api.get("/api/v1/operations/outgoing")).json()
    assert outgoing == {"known": False, "mails": [], "total": 0, "inboxes": []}, "no notifier runs in this house"


async def test_who_looks_at_a_ticket_is_seen_from_everywhere(house: House) -> None:
    number = int((await opened(house, "watched@customer.example")).removeprefix("T-"))
    board = house.desk.app.state.presence
    await board.note(number, "agent:a1", "Anna", "desk", "writing")
    everywhere = await board.everywhere()
    assert [(each.actor, each.state) for each in everywhere[number]] == [("agent:a1", "writing")]
    await board.note(number, "agent:a1", "Anna", "desk", "gone")
    assert number not in await board.everywhere()
