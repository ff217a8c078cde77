"""The notifier beside the real store: from the committed decision to the recorded delivery."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.store import deliveries
from services.store.models import Delivery
from services.store.service import StoreService
from shared.bus import subjects, topology
from shared.bus.blobs import Blobs
from shared.bus.publish import Publisher
from shared.bus.pull import ContinuousPull
from shared.bus.rpc import request
from shared.messages.changeset import Changeset, CommitReply, CommitRequest, OpenTicket, QueueDelivery
from shared.messages.outbound import Outbound
from shared.service import Context
from shared.settings import Settings
from tests.natsserver import NatsServer
from tests.store import template

from .conftest import KEYRING, House, outbound, until


class Stored(House):
    """The house with the store itself."""

    async def open(self) -> None:
        await super().open()
        await self.store.fall_silent()
        await self.store.stop()
        nc = await self.connect("store")
        context = Context(Settings(), KEYRING, self.data, nc, Publisher(nc), Blobs(nc))
        template.provide(self.data)
        self.real = StoreService(context, database_url="")
        await self.real.start()

    async def close(self) -> None:
        for room in self.rooms:
            await room.stop()
        await self.real.stop()
        for nc in self.opened:
            await nc.close()

    async def commit(self, *messages: Outbound) -> None:
        nc = await self.connect("router")
        changesets = [
            Changeset(
                cause=f"test:{message.delivery_id}",
                operations=[
                    OpenTicket(
                        ticket_id=str(message.ticket_id),
                        subject=message.subject,
                        channel="email",
                        inbox=message.inbox,
                        language="en",
                        created_at=datetime.now(UTC),
                    ),
                    QueueDelivery(outbound=message),
                ],
            )
            for message in messages
        ]
        answer = await request(nc, subjects.STORE_COMMIT, CommitRequest(changesets=changesets).encode(), timeout=60)
        assert {each.outcome for each in CommitReply.decode(answer).results} == {"committed"}

    async def recorded(self) -> list[tuple[str, int]]:
        """State and attempt of every delivery."""
        async with self.real.reader.snapshot() as connection:
            rows = await connection.execute(select(Delivery.__table__.c.state, Delivery.__table__.c.attempt))  # type: ignore[attr-defined]
            return sorted((row[0], row[1]) for row in rows)

    async def until_recorded(self, *wanted: tuple[str, int], timeout: float = 60.0) -> None:
        async with asyncio.timeout(timeout):
            while await self.recorded() != sorted(wanted):
                await asyncio.sleep(0.05)


@pytest.fixture
async def stored(bus_server: NatsServer, tmp_path: Path) -> AsyncIterator[Stored]:
    house = Stored(bus_server, tmp_path)
    await house.open()
    yield house
    await house.close()


async def test_a_committed_decision_becomes_a_mail_and_a_recorded_delivery(stored: Stored, sinks: Any) -> None:
    sink = await sinks()
    await stored.notifier({"support": [sink.url]})
    count = 60
    await stored.commit(*(outbound(f"n{each}", ticket_number=0) for each in range(count)))
    await stored.until_recorded(*[("accepted", 1)] * count)
    assert len({mail.message_id for mail in sink.received}) == len(sink.received) == count
    assert all("[T-1" in str(mail.message["Subject"]) for mail in sink.received)


async def test_a_relay_that_was_away_gets_the_mail_when_the_store_queues_it_again(stored: Stored, sinks: Any) -> None:
    sink = await sinks()
    await sink.stop()
    await stored.notifier({"support": [sink.url]})
    await stored.commit(outbound(ticket_number=0))
    await stored.until_recorded(("queued", 1))
    await sink.start()
    await stored.until_recorded(("accepted", 2))
    assert len(sink.received) == 1


async def test_what_a_killed_notifier_was_sending_is_sent_again_with_the_same_message_id(
    stored: Stored, sinks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "LEASE", timedelta(seconds=2))
    durable = subjects.notifier("email", "support")
    js = stored.opened[0].jetstream()
    await js.add_consumer(durable.stream, topology.consumer_config(replace(durable, ack_wait=3.0)))
    sink = await sinks()
    sink.script["DATA"].append("keep")  # the relay has the mail, and the notifier never hears of it
    victim = await stored.notifier({"support": [sink.url]})
    await stored.commit(outbound(ticket_number=0))
    await until(lambda: sink.hanging == 1)
    await stored.crash(victim)
    sink.release.set()
    assert len(sink.received) == 1
    await stored.notifier({"support": [sink.url]})
    await stored.until_recorded(("accepted", 2))
    first, second = sink.received
    assert first.message_id == second.message_id
    assert first.content == second.content


async def test_what_this_notifier_knows_to_be_sent_is_reported_again_and_not_sent_again(
    stored: Stored, sinks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As after an outage longer than a claim holds: the report is on the bus, the store has not read it yet and grants once more.
    monkeypatch.setattr(deliveries, "LEASE", timedelta(0))
    monkeypatch.setattr(deliveries, "STUCK", timedelta(0))
    reading = stored.real._pull
    assert reading is not None
    await reading.stop()
    sink = await sinks()
    room = await stored.notifier({"support": [sink.url]})
    message = outbound(ticket_number=0)
    await stored.commit(message)
    lane = room._lanes[0]
    await until(lambda: len(sink.received) == 1 and not lane._in_hand)
    assert await stored.recorded() == [("sending", 1)]
    await Publisher(stored.opened[0]).publish(
        subjects.OUTBOUND, subjects.outbound("email", "support"), message.encode(), message_id="the same once more"
    )
    async with asyncio.timeout(60):
        while await stored.recorded() != [("sending", 2)]:
            await asyncio.sleep(0.05)
    await until(lambda: not lane._in_hand)
    durable = subjects.STORE_DELIVERY
    stored.real._pull = ContinuousPull(stored.opened[0], durable.stream, durable.name, stored.real._reports)
    await stored.real._pull.start()
    await stored.until_recorded(("accepted", 2))
    assert len(sink.received) == 1
