"""The right to send is given once, and a delivery's state only moves forward."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from services.store import deliveries
from services.store.group import ReleaseUnit, ReportUnit
from services.store.models import Delivery, table
from services.store.service import StoreService
from shared.bus import subjects
from shared.clock import now
from shared.messages.outbound import DeliveryReport, Event
from tests.store.house import House, until
from tests.store.making import claim, commit, delivery, doing, fresh, report

DELIVERY = table(Delivery)


async def row(house: House, key: str) -> dict[str, Any]:
    return (await house.rows(select(DELIVERY).where(DELIVERY.c.id == key)))[0]


async def change(store: StoreService, key: str, **values: Any) -> None:
    """Let time pass for a delivery."""
    assert store._database is not None
    async with store._database.writer.begin() as connection:
        await connection.execute(update(DELIVERY).where(DELIVERY.c.id == key).values(**values))


async def record(store: StoreService, *reports: DeliveryReport) -> None:
    """Have reports recorded as they are when they come over the bus."""
    await store.writer.submit([ReportUnit(one) for one in reports])


@pytest.fixture
async def queued(store: StoreService) -> str:
    """A queued delivery."""
    key = fresh()
    await commit(store, doing(delivery(key)))
    return key


async def test_a_claim_is_granted_once_however_many_ask_at_the_same_time(
    store: StoreService, queued: str, house: House
) -> None:
    asked = [claim(store, queued, queued, owner=f"owner-{number}") for number in range(8)]
    grants = [grant for grants in await asyncio.gather(*asked) for grant in grants]
    assert sum(grant.granted for grant in grants) == 1
    assert all(grant.held and grant.state == "sending" for grant in grants if not grant.granted)
    assert (await row(house, queued))["attempt"] == 1


@pytest.mark.parametrize("house", ["postgresql"], indirect=True)
async def test_a_claim_at_two_stores_is_granted_by_one(house: House) -> None:
    stores = [await house.store(), await house.store()]
    keys = [fresh() for _ in range(30)]
    await commit(stores[0], *(doing(delivery(key)) for key in keys))
    answers = await asyncio.gather(
        *(claim(store, *keys, owner=f"at-{id(store)}") for store in stores for _ in range(2))
    )
    for grants in zip(*answers, strict=True):
        assert sum(grant.granted for grant in grants) == 1


async def test_what_is_being_sent_is_held_even_from_its_own_sender(store: StoreService, queued: str) -> None:
    await claim(store, queued, owner="one")
    for owner, redelivered in (("one", False), ("one", True), ("two", True)):
        grant = (await claim(store, queued, owner=owner, redelivered=redelivered))[0]
        assert (grant.granted, grant.held) == (False, True)


async def test_a_mail_whose_sender_died_is_granted_again_as_ambiguous(store: StoreService, queued: str) -> None:
    await claim(store, queued)
    await change(store, queued, lease_until=now() - timedelta(seconds=1))
    assert (await claim(store, queued, owner="two"))[0].held
    grant = (await claim(store, queued, owner="two", redelivered=True))[0]
    assert (grant.granted, grant.ambiguous, grant.attempt) == (True, True, 2)


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
async def test_a_store_whose_process_holds_everything_knows_that_former_senders_are_gone(
    house: House, store: StoreService, queued: str
) -> None:
    await claim(store, queued)
    await store.writer.submit([ReleaseUnit()])
    assert (await claim(store, queued, owner="two", redelivered=True))[0].held
    await store.writer.submit([ReleaseUnit(leases=True)])
    grant = (await claim(store, queued, owner="two", redelivered=True))[0]
    assert (grant.granted, grant.ambiguous) == (True, True)


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "messenger", "voice", "chat"])
async def test_a_text_message_whose_sender_died_is_granted_as_one_that_the_provider_is_asked_for(
    store: StoreService, channel: str
) -> None:
    key = fresh()
    await commit(store, doing(delivery(key, channel=channel, inbox="sms")))
    await claim(store, key)
    await change(store, key, lease_until=now() - timedelta(seconds=1))
    grant = (await claim(store, key, owner="two", redelivered=True))[0]
    assert (grant.granted, grant.ambiguous) == (True, True)


async def test_what_no_provider_can_be_asked_for_becomes_unknown_and_is_not_sent_again(
    store: StoreService, house: House
) -> None:
    key = fresh()
    await commit(store, doing(delivery(key, channel="telegram", inbox="bot")))
    await claim(store, key)
    await change(store, key, lease_until=now() - timedelta(seconds=1))
    grant = (await claim(store, key, owner="two", redelivered=True))[0]
    assert (grant.granted, grant.held, grant.state) == (False, False, "unknown")
    assert (await row(house, key))["state"] == "unknown"


async def test_there_is_nothing_to_send_of_what_nobody_knows_or_what_was_sent(store: StoreService, queued: str) -> None:
    await claim(store, queued)
    await record(store, report(queued, "accepted"))
    done, strange = await claim(store, queued, "nobody-knows", redelivered=True)
    assert (done.granted, done.held, done.state) == (False, False, "accepted")
    assert (strange.granted, strange.held, strange.state) == (False, False, None)


@pytest.mark.parametrize(
    ("reported", "state"),
    [
        ([(1, "accepted"), (1, "unknown")], "accepted"),
        ([(1, "delivered"), (1, "accepted")], "delivered"),
        ([(1, "accepted"), (1, "read"), (1, "delivered")], "read"),
        ([(1, "accepted"), (1, "bounced"), (1, "delivered")], "bounced"),
        ([(1, "unknown"), (1, "accepted")], "accepted"),
        ([(1, "accepted"), (1, "queued")], "accepted"),
    ],
)
async def test_a_state_only_moves_forward(
    store: StoreService, queued: str, house: House, reported: list[tuple[int, str]], state: str
) -> None:
    await claim(store, queued)
    for attempt, said in reported:
        await record(store, report(queued, said, attempt))
    assert (await row(house, queued))["state"] == state


async def test_an_older_attempt_cannot_fail_a_newer_but_what_it_brought_has_arrived(
    store: StoreService, queued: str, house: House
) -> None:
    await claim(store, queued)
    await record(store, report(queued, "queued", retry_at=now()))
    await change(store, queued, next_attempt_at=None)
    assert (await claim(store, queued))[0].attempt == 2
    await record(store, report(queued, "failed", 1), report(queued, "queued", 1, retry_at=now()))
    assert (await row(house, queued))["state"] == "sending"
    await record(store, report(queued, "accepted", 1, provider_id="p1"))
    after = await row(house, queued)
    assert (after["state"], after["attempt"], after["provider_id"]) == ("accepted", 2, "p1")


async def test_what_failed_for_now_waits_until_its_time(store: StoreService, queued: str, house: House) -> None:
    await claim(store, queued)
    at = now() + timedelta(minutes=5)
    await record(store, report(queued, "queued", retry_at=at, error="451 busy"))
    after = await row(house, queued)
    assert (after["state"], after["next_attempt_at"], after["error"]) == ("queued", at, "451 busy")
    grant = (await claim(store, queued, redelivered=True))[0]
    assert (grant.granted, grant.held, grant.state) == (False, False, "queued")


async def test_a_failure_is_announced_and_an_acceptance_is_not(store: StoreService, house: House) -> None:
    good, bad = fresh(), fresh()
    await commit(store, doing(delivery(good), delivery(bad)))
    await claim(store, good, bad)
    await record(store, report(good, "accepted"), report(bad, "failed", error="550 no such user ann@example.com"))

    async def announced() -> list[Any]:
        return await house.messages(subjects.EVENT)

    events = [Event.decode(message.data) for message in await until(announced)]
    assert [(event.what, event.data["delivery_id"], event.data["state"]) for event in events] == [
        ("delivery", bad, "failed")
    ]
    assert "example.com" not in str(events)


async def test_a_delivery_that_nobody_finished_is_given_to_whoever_asks_much_later(
    store: StoreService, queued: str
) -> None:
    await claim(store, queued)
    await change(store, queued, lease_until=now() - deliveries.STUCK)
    grant = (await claim(store, queued, owner="two"))[0]
    assert (grant.granted, grant.ambiguous) == (True, True)
