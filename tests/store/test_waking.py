"""What is due is put on the bus: timers, next attempts, and what was forgotten."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from services.store import due
from services.store.group import ReportUnit, TidyUnit, WakeUnit
from services.store.models import AutomaticSent, Delivery, Timer, table
from services.store.service import StoreService
from shared.bus import subjects
from shared.clock import now
from shared.messages import changeset as c
from shared.messages.facts import FactsRequest
from shared.messages.outbound import Outbound, TimerDue
from shared.messages.parts import Point
from tests.store.house import House, until
from tests.store.making import claim, commit, delivery, doing, fresh, report

DELIVERY, TIMER = table(Delivery), table(Timer)


async def published(house: House, stream: str, count: int) -> list[Any]:
    """Wait until ``count`` messages are in the stream, and give them."""

    async def there() -> list[Any]:
        messages = await house.messages(stream)
        return messages if len(messages) >= count else []

    messages: list[Any] = await until(there)
    return messages


def timer(key: str, seconds: float, kind: str = "close") -> c.SetTimer:
    return c.SetTimer(timer_id=key, kind=kind, due_at=now() + timedelta(seconds=seconds))


async def generation(store: StoreService, key: str) -> int:
    return (await store.facts(FactsRequest(timers=[key]))).timers[key].generation


async def test_a_timer_is_put_on_the_bus_when_it_is_due_and_stays_until_it_is_dealt_with(
    store: StoreService, house: House
) -> None:
    key, later = fresh(), fresh()
    await commit(store, doing(timer(later, 3600), timer(key, 0.2)))
    message = (await published(house, subjects.TIMER, 1))[0]
    fired = TimerDue.decode(message.data)
    assert now() >= fired.due_at
    assert (message.subject, fired.timer_id) == ("timer.close", key)
    assert fired.generation == await generation(store, key)
    waiting = await house.rows(select(TIMER.c.id, TIMER.c.wake_at).where(TIMER.c.id == key))
    assert waiting[0]["wake_at"] > now() + due.TIMER_AGAIN / 2


async def test_setting_a_timer_again_raises_its_generation_even_after_it_was_cancelled(store: StoreService) -> None:
    key = fresh()
    await commit(store, doing(timer(key, 3600)))
    first = await generation(store, key)
    await commit(store, doing(timer(key, 3600)), doing(timer(key, 7200)))
    second = await generation(store, key)
    await commit(store, doing(c.CancelTimer(timer_id=key)))
    assert (await store.facts(FactsRequest(timers=[key]))).timers == {}
    await commit(store, doing(timer(key, 3600)))
    assert first < second < await generation(store, key)


async def test_a_cancelled_timer_does_not_fire(store: StoreService, house: House) -> None:
    cancelled, kept = fresh(), fresh()
    await commit(store, doing(timer(cancelled, 1.5), timer(kept, 1.6)))
    await commit(store, doing(c.CancelTimer(timer_id=cancelled)))
    fired = await published(house, subjects.TIMER, 1)
    assert [TimerDue.decode(message.data).timer_id for message in fired] == [kept]


async def test_a_delivery_is_published_again_when_its_next_attempt_is_due(store: StoreService, house: House) -> None:
    key = fresh()
    await commit(store, doing(delivery(key)))
    for attempt in (1, 2):
        assert (await claim(store, key))[0].attempt == attempt
        again = report(key, "queued", attempt, retry_at=now() + timedelta(seconds=0.1))
        await store.writer.submit([ReportUnit(again)])
        await published(house, subjects.OUTBOUND, attempt + 1)
    messages = await house.messages(subjects.OUTBOUND)
    ids = [message.headers["Nats-Msg-Id"] for message in messages]
    # With the time of each repetition: what was published with the same attempt before a restore is another message for the bus.
    assert [each.split(":")[:2] for each in ids] == [[key, str(attempt)] for attempt in (0, 1, 2)]
    assert all(each.split(":")[2].isdecimal() for each in ids[1:])
    assert {Outbound.decode(message.data).delivery_id for message in messages} == {key}
    assert (await claim(store, key))[0].attempt == 3


@pytest.mark.parametrize("sending", [True, False])
async def test_a_delivery_of_which_nothing_was_heard_is_published_again_ever_more_rarely(
    store: StoreService, house: House, sending: bool
) -> None:
    key = fresh()
    await commit(store, doing(delivery(key)))
    if sending:
        await claim(store, key)
    await published(house, subjects.OUTBOUND, 1)
    assert store._database is not None
    long_ago = now() - timedelta(hours=1)
    async with store._database.writer.begin() as connection:
        await connection.execute(update(DELIVERY).values(wake_at=now(), updated_at=long_ago))
    await store.writer.submit([WakeUnit()])
    messages = await published(house, subjects.OUTBOUND, 2)
    assert messages[0].headers["Nats-Msg-Id"] != messages[1].headers["Nats-Msg-Id"]
    row = (await house.rows(select(DELIVERY.c.wake_at, DELIVERY.c.state)))[0]
    assert row["wake_at"] >= now() + timedelta(minutes=59)
    assert row["state"] == ("sending" if sending else "queued")


async def test_what_is_over_is_not_woken(store: StoreService, house: House) -> None:
    key = fresh()
    await commit(store, doing(delivery(key)))
    await claim(store, key)
    await store.writer.submit([ReportUnit(report(key, "accepted"))])
    assert (await house.rows(select(DELIVERY.c.wake_at)))[0]["wake_at"] is None


async def test_tidying_forgets_automatic_answers_of_the_day_before(store: StoreService, house: House) -> None:
    old, new = now() - timedelta(days=2), now() - timedelta(hours=2)
    point = Point(kind="email", value="ann@example.com")
    await commit(store, doing(*(c.CountAutomatic(point=point, at=at) for at in (old, new))))
    await store.writer.submit([TidyUnit()])
    assert [row["at"] for row in await house.rows(select(table(AutomaticSent).c.at))] == [new]
