"""Copying a whole database, as a backup does: from either kind into either kind, in pages."""

import asyncio
import json
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.store import copying, models
from services.store.engine import Database, database_url, open_database
from services.store.models import table
from services.store.unfinished import unmark
from shared.clock import now
from shared.identity import derive
from shared.messages.changeset import ChangeTicket, CommitRequest, SetTimer
from shared.messages.people import HELD_BY_RESTORE
from shared.messages.waiting import ANSWER_TIMER, WAITING, waiting_views
from tests.store.conftest import _admin
from tests.store.house import House
from tests.store.making import commit, delivery, fresh, opening
from tests.store.postgres import Postgres


async def everything(database: Database) -> tuple[copying.Moment, dict[str, list[Any]]]:
    """All rows of a database, through JSON as they would go through a file."""
    found: dict[str, list[Any]] = {}
    async with copying.snapshot(database) as moment:
        what = await moment.moment()
        for one in copying.copied():
            found[one.name] = [row async for page in moment.rows(one) for row in page]
    read: dict[str, list[Any]] = json.loads(json.dumps(found))
    return what, read


async def restored(target: Database, what: copying.Moment, rows: dict[str, list[Any]], folder: Path) -> None:
    await copying.make_empty(target, what.revision, folder)
    for one in copying.copied():
        assert await copying.fill(
            target, one.name, one.columns.keys(), [rows[one.name]] if rows[one.name] else []
        ) == len(rows[one.name])
    await copying.finish(target, what.last_number)
    await unmark(target)


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
async def test_a_copy_has_the_same_rows_and_counts_on_from_there_whatever_the_database(
    house: House, into: str, postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "PAGE", 3)  # several pages of each table
    store = await house.store()
    names = [fresh() for _ in range(8)]
    await store.commit(CommitRequest(changesets=[opening(name, delivery(f"d-{name}")) for name in names]))
    source = open_database(database_url(house.url, house.data))
    url = ""
    if into == "postgresql":
        name = f"r{secrets.token_hex(6)}"
        await _admin(postgres, f"CREATE DATABASE {name}")
        url = postgres.url(name)
    (tmp_path / "copy").mkdir()
    target = open_database(database_url(url, tmp_path / "copy"))
    try:
        what, rows = await everything(source)
        assert len(rows["ticket"]) == 8
        assert len(rows["delivery"]) >= 8
        await restored(target, what, rows, tmp_path / "copy")
        again, copy = await everything(target)
        assert again == what
        waiting = rows.pop("delivery"), copy.pop("delivery")
        for kept, other in (rows.pop("timer"), copy.pop("timer")), waiting:
            assert len(kept) == len(other)  # when they are looked at next is not as it was
        assert copy == rows
        assert await copying.hold(target) == len(waiting[0])
        assert await copying.count_held(target) == len(waiting[0])
        with pytest.raises(copying.NotEmpty):
            await copying.make_empty(target, what.revision, tmp_path / "copy")
    finally:
        await source.close()
        await target.close()
    await house.close()
    house.stores.clear(), house.opened.clear()
    other = House(url, tmp_path / "copy", house.nats)
    try:
        more = fresh()
        reopened = await other.store()
        (done,) = (await reopened.commit(CommitRequest(changesets=[opening(more)]))).results
        assert done.outcome == "committed", done
        assert max(done.numbers.values()) == what.last_number + 1
        found = await other.rows(select(table(models.Message).c.seq))
        assert len({row["seq"] for row in found}) == 9
    finally:
        await other.close()
        await asyncio.sleep(0)


async def test_an_answer_that_waited_when_it_was_backed_up_is_kept_and_not_sent_by_what_is_restored(
    house: House,
) -> None:
    store = await house.store()
    name, at = fresh(), now()
    ticket_id = derive("ticket", name)
    command = {
        "command_id": "c",
        "actor": "agent:anna",
        "at": at.isoformat(),
        "action": {"do": "reply", "text": "Hello"},
    }
    state = {WAITING: {"w": {"command": command, "send_at": at.isoformat()}}, "told": {"x": 1}}
    waiting = ChangeTicket(ticket_id=ticket_id, state=state)
    timers = [
        SetTimer(timer_id=f"{kind}-{name}", kind=kind, ticket_id=ticket_id, due_at=at + timedelta(hours=1))
        for kind in (ANSWER_TIMER, "close")
    ]
    (done,) = await commit(store, opening(name, waiting, *timers))
    assert done.outcome == "committed", done
    database = open_database(database_url(house.url, house.data))
    try:
        await copying.finish(database, 2_000)
    finally:
        await database.close()
    left = [row["kind"] for row in await house.rows(select(table(models.Timer)))]
    assert left == ["close"]
    (row,) = await house.rows(select(table(models.Ticket).c.state))
    (view,) = waiting_views(row["state"])
    assert (view.text, view.stopped) == ("Hello", HELD_BY_RESTORE)
    assert row["state"]["told"] == {"x": 1}
