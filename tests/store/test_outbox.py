"""What was committed is published, whatever happens in between, and is then forgotten."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from services.store import batch, waking
from services.store.engine import Database, database_url, open_database
from services.store.group import CommitUnit, write_group
from services.store.models import Outbox, table
from shared.bus import subjects
from shared.clock import now
from shared.identity import derive
from shared.messages.outbound import Event, Outbound
from tests.natsserver import NatsServer
from tests.store.house import House, until
from tests.store.making import commit, fresh, opening

OUTBOX = table(Outbox)


async def emptied(house: House) -> None:
    """Wait until the outbox is."""

    async def empty() -> bool:
        return await house.rows(select(OUTBOX.c.id)) == []

    await until(empty)


async def test_a_committed_delivery_is_published_and_its_outbox_row_removed(house: House) -> None:
    store = await house.store()
    name = fresh()
    await commit(store, opening(name))
    await emptied(house)
    message = (await house.messages(subjects.OUTBOUND))[0]
    outbound = Outbound.decode(message.data)
    assert message.subject == "outbound.email.support"
    assert message.headers["Nats-Msg-Id"] == f"{derive('delivery', name)}:0"
    assert (outbound.ticket_number, outbound.correlation_id) == (1001, "c-1")
    assert [event.subject for event in await house.messages(subjects.EVENT)] == ["event.ticket.opened"]


async def test_a_published_event_is_what_its_model_writes(house: House) -> None:
    await commit(await house.store(), opening(fresh()))
    await emptied(house)
    message = (await house.messages(subjects.EVENT))[0]
    event = Event.decode(message.data)
    assert event.encode() == message.data
    assert (event.what, event.ticket_number, event.version) == ("ticket.opened", 1001, Event.VERSION)


async def test_what_a_killed_store_had_committed_and_not_published_is_published_at_the_next_start(house: House) -> None:
    database = open_database(database_url(house.url, house.data))
    await killed_after_commit(database, names := [fresh() for _ in range(3)])
    if house.dialect == "postgresql":
        # Another store might still be alive and publishing; only when its time is over anyone may.
        async with database.writer.begin() as connection:
            await connection.execute(update(OUTBOX).values(claimed_until=now()))
    await database.close()
    await house.store()
    await emptied(house)
    sent = {Outbound.decode(message.data).delivery_id for message in await house.messages(subjects.OUTBOUND)}
    assert sent == {derive("delivery", name) for name in names}
    assert len(await house.messages(subjects.EVENT)) == 3


async def killed_after_commit(database: Database, names: list[str]) -> None:
    """Write what a store writes, and do nothing of what it does afterwards."""

    def write(connection: Any) -> None:
        write_group(connection, [CommitUnit(opening(name)) for name in names], [], now())

    async with database.writer.begin() as connection:
        await connection.run_sync(write)


@pytest.mark.parametrize("house", ["postgresql"], indirect=True)
async def test_a_living_store_takes_over_what_a_dead_one_left(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "SWEEP_SECONDS", 0.05)
    await house.store()
    database = open_database(database_url(house.url, house.data))
    monkeypatch.setattr(batch, "CLAIM", -batch.CLAIM)
    await killed_after_commit(database, [fresh()])
    monkeypatch.undo()
    await database.close()
    await emptied(house)
    assert len(await house.messages(subjects.OUTBOUND)) == 1


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
async def test_while_the_bus_is_away_rows_wait_and_are_published_after(
    house: House, own_nats: NatsServer, tmp_path: Path
) -> None:
    there = House(house.url, house.data, own_nats)
    store = await there.store()
    names = [fresh() for _ in range(20)]
    await commit(store, opening(names[0]))
    await emptied(there)
    own_nats.kill()
    for name in names[1:]:
        assert (await commit(store, opening(name)))[0].outcome == "committed"
    assert len(await there.rows(select(OUTBOX.c.id))) == 2 * 19
    own_nats.start()
    await emptied(there)
    sent = {Outbound.decode(message.data).delivery_id for message in await there.messages(subjects.OUTBOUND)}
    assert sent == {derive("delivery", name) for name in names}
    await there.close()


async def test_stopping_publishes_what_was_committed(house: House) -> None:
    store = await house.store()
    names = [fresh() for _ in range(50)]
    await commit(store, *map(opening, names))
    await store.stop()
    house.stores.clear()
    assert len(await house.messages(subjects.OUTBOUND)) == 50
    await house.store()
    assert await house.rows(select(OUTBOX.c.id)) == []
