"""Tokens, agents, and what the watchdog is told, on both databases."""

import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest

from services.store.group import ReportUnit
from shared.bus import subjects
from shared.bus.janitor import stored_at
from shared.bus.publish import Publisher
from shared.messages.changeset import AddAgent, AddToken, QueueDelivery
from shared.messages.outbound import DeliveryReport, Outbound
from shared.messages.parts import Address
from shared.messages.ticket import (
    AgentsAnswer,
    AgentsQuery,
    HealthAnswer,
    HealthQuery,
    TokenAnswer,
    TokenQuery,
)
from tests.queries.archive import START, Archive

pytestmark = pytest.mark.asyncio(loop_scope="module")


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def test_a_token_is_known_by_its_hash_alone(archive: Archive) -> None:
    token = uuid4().hex
    await archive.commit(AddToken(token_id="t1", name="robot", sha256=digest(token), at=START))
    assert await archive.ask("token", TokenQuery(sha256=digest(token)), TokenAnswer) == TokenAnswer(
        token_id="t1", name="robot"
    )
    for other in ("", token, digest(token).upper(), "\0", "' OR 1=1 --"):
        assert await archive.ask("token", TokenQuery(sha256=other), TokenAnswer) == TokenAnswer()


async def test_agents_are_listed_by_address(archive: Archive) -> None:
    for email in ("zoe@acme.example", "anna@acme.example"):
        await archive.commit(AddAgent(agent_id=uuid4().hex, email=email, name=email[:4], at=START))
    agents = (await archive.ask("agents", AgentsQuery(), AgentsAnswer)).agents
    assert [agent.email for agent in agents] == ["anna@acme.example", "zoe@acme.example"]
    assert agents[0].role == "agent"


async def test_health_tells_of_what_waits_and_why(archive: Archive) -> None:
    delivery_id = uuid4().hex
    outbound = Outbound(
        delivery_id=delivery_id,
        channel="email",
        inbox="support",
        kind="notice",
        to=[Address(address="ana@customer.example")],
        created_at=START,
    )
    before: HealthAnswer = await archive.ask("health", HealthQuery(), HealthAnswer)
    assert (before.oldest_delivery_at, before.waiting, before.last_errors) == (None, {}, {})
    await archive.commit(QueueDelivery(outbound=outbound))
    waiting: HealthAnswer = await archive.ask("health", HealthQuery(), HealthAnswer)
    assert waiting.oldest_delivery_at is not None
    assert waiting.waiting == {"support": 1}
    assert waiting.outbox_waiting > 0
    assert waiting.disk_free
    await archive.claim(delivery_id)
    await archive.write([ReportUnit(_failed(delivery_id))])
    retried: HealthAnswer = await archive.ask("health", HealthQuery(), HealthAnswer)
    assert retried.last_errors == {"support": "relay is away"}
    assert retried.oldest_delivery_at == waiting.oldest_delivery_at, "a retry does not make it younger"


def _failed(delivery_id: str) -> DeliveryReport:
    return DeliveryReport(
        delivery_id=delivery_id,
        attempt=1,
        state="queued",
        at=START,
        channel="email",
        inbox="support",
        error="relay is away",
        retry_at=START + timedelta(hours=1),
    )


async def test_health_tells_when_an_inbox_last_received(archive: Archive) -> None:
    subject = subjects.intake("email", "support")
    bus = await archive.server.connect("intake")
    ack = await Publisher(bus).publish(subjects.INTAKE, subject, b"x", message_id=uuid4().hex)
    await bus.close()
    answer: HealthAnswer = await archive.ask("health", HealthQuery(), HealthAnswer)
    stored = await archive.context.js.get_msg(subjects.INTAKE, ack.seq)
    assert set(answer.last_received) == {"support"}
    assert abs(answer.last_received["support"].timestamp() - stored_at(stored)) < 0.001
