"""Webhooks told over HTTP: what is posted and how it is signed, what each answer means, and that a dead receiver delays nobody else."""

import asyncio
import json
import subprocess
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from services.notifier.lane import Lane
from services.notifier.sending import Attempt, Outcome, Permanent, Sent, Temporary, Throttled, report_for
from services.notifier.webhook import sender as sending
from services.notifier.webhook.sender import WebhookSender
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from shared.settings.hooks import Webhook

from .conftest import House, until
from .receiver import Receiver

SECRET = "a secret of the receiver's"
LOOPBACK = (ip_network("127.0.0.0/8"),)
EVENT = {"id": "e1", "event": "status_changed", "at": "2026-03-02T09:00:00+00:00", "message_id": None,
         "actor": "agent:anna", "channel": "api", "data": {"from": "new", "to": "open", "é": "ž"}}  # fmt: skip


def outbound(name: str = "one", inbox: str = "crm", **more: Any) -> Outbound:
    fields: dict[str, Any] = {
        "delivery_id": f"delivery-{name}",
        "ticket_id": "t1",
        "ticket_number": 1001,
        "channel": "api",
        "inbox": inbox,
        "kind": "alert",
        "to": [Address(address=inbox)],
        "subject": "status_changed",
        "variables": {"event": EVENT, "ticket": {"status": "open"}},
        "automatic": True,
        "created_at": datetime.now(UTC),
    }
    return Outbound(**fields | more)


def hook(url: str, name: str = "crm") -> Webhook:
    return Webhook.model_validate({"name": name, "url": url, "secret": SECRET})


@pytest.fixture
async def receivers() -> AsyncIterator[Any]:
    started: list[Receiver] = []

    async def start(**options: Any) -> Receiver:
        started.append(await Receiver(**options).start())
        return started[-1]

    yield start
    for each in started:
        await each.stop()


async def send(receiver: Receiver, **more: Any) -> Outcome:
    return await WebhookSender(hook(receiver.url), LOOPBACK, **more).send(outbound(), Attempt(1))


async def test_an_event_is_posted_and_its_signature_holds(receivers: Any) -> None:
    receiver = await receivers()
    assert isinstance(await send(receiver), Sent)
    (got,) = receiver.received
    assert json.loads(got.body) == EVENT | {"ticket": {"id": "t1", "number": "T-1001", "status": "open"}}
    assert got.headers["trunkline-event"] == "status_changed"
    assert got.headers["trunkline-delivery"] == "delivery-one"
    assert got.headers["content-type"] == "application/json"
    stamp, _, mac = got.headers["trunkline-signature"].partition(",v1=")
    at = stamp.removeprefix("t=")
    assert abs(int(at) - time.time()) < 60
    assert mac == _openssl(f"{at}.".encode() + got.body)
    assert mac != _openssl(f"{int(at) + 1}.".encode() + got.body)


def _openssl(signed: bytes) -> str:
    """HMAC-SHA-256 by somebody else's hand."""
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"key:{SECRET}", "-r"]
    done = subprocess.run(command, input=signed, capture_output=True, check=True, timeout=60)
    return done.stdout.decode().split()[0]


async def test_each_attempt_says_the_same_under_the_same_name(receivers: Any) -> None:
    receiver = await receivers(answers=[500])
    told = WebhookSender(hook(receiver.url), LOOPBACK)
    assert isinstance(await told.send(outbound(), Attempt(1)), Temporary)
    assert isinstance(await told.send(outbound(), Attempt(2)), Sent)
    first, second = receiver.received
    assert first.body == second.body
    assert first.headers["trunkline-delivery"] == second.headers["trunkline-delivery"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Sent), (204, Sent), (301, Temporary), (400, Temporary), (401, Temporary), (404, Temporary),
        (408, Temporary), (410, Permanent), (429, Throttled), (500, Temporary), (503, Temporary),
    ],
)  # fmt: skip
async def test_what_each_answer_means(status: int, kind: type, receivers: Any) -> None:
    assert isinstance(await send(await receivers(status=status)), kind)


async def test_how_long_to_wait_is_heeded(receivers: Any) -> None:
    found = await send(await receivers(status=503, more="Retry-After: 7\r\n"))
    assert isinstance(found, Temporary)
    assert found.retry_after == 7


async def test_a_redirect_is_not_followed(receivers: Any) -> None:
    other = await receivers()
    receiver = await receivers(status=307, more=f"Location: {other.url}\r\n")
    assert isinstance(await send(receiver), Temporary)
    assert other.received == []


async def test_what_is_not_public_is_refused_unless_listed(receivers: Any) -> None:
    receiver = await receivers()
    found = await WebhookSender(hook(receiver.url), ()).send(outbound(), Attempt(1))
    assert isinstance(found, Permanent)
    assert "[fetch] allow" in found.error
    assert receiver.received == []


async def test_a_receiver_that_never_answers_is_left_alone_for_a_while(receivers: Any) -> None:
    receiver = await receivers(status=None)
    told = WebhookSender(hook(receiver.url), LOOPBACK, seconds=0.05)
    for number in range(sending.SILENT):
        assert isinstance(await told.send(outbound(), Attempt(number + 1)), Temporary)
    found = await told.send(outbound("two"), Attempt(1))
    assert isinstance(found, Temporary)
    assert found.error == "the receiver has not answered lately"
    assert len(receiver.received) <= sending.SILENT


def test_it_is_tried_for_two_days_and_then_given_up() -> None:
    began = datetime(2026, 3, 2, tzinfo=UTC)
    message, at, waits = outbound(created_at=began), began, []
    for attempt in range(1, 100):
        report = report_for(Temporary("HTTP 500", unsure=True), message, attempt, at)
        if report.state == "failed":
            break
        assert report.retry_at is not None
        waits.append((report.retry_at - at).total_seconds())
        at = report.retry_at
    assert waits[:4] == [15, 30, 60, 120]
    assert at - began > timedelta(days=2)


async def test_a_dead_receiver_delays_no_other(house: House, receivers: Any) -> None:
    dead, alive = await receivers(status=None), await receivers()
    bus = await house.connect("notifier")
    lanes = [
        Lane(bus, "me", "api", name, WebhookSender(hook(receiver.url, name), LOOPBACK))
        for name, receiver in (("dead", dead), ("crm", alive))
    ]
    for lane in lanes:
        await lane.start()
    try:
        await house.store.queue(*(outbound(f"dead-{n}", "dead") for n in range(20)))
        await house.store.queue(*(outbound(f"crm-{n}", "crm") for n in range(20)))
        await until(lambda: len(alive.received) == 20)
        assert {each.headers["trunkline-delivery"] for each in alive.received} == {
            f"delivery-crm-{n}" for n in range(20)
        }
        await until(lambda: len(house.store.reported("accepted")) == 20)
    finally:
        await dead.stop()
        await asyncio.gather(*(lane.stop() for lane in lanes))
