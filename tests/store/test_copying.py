"""Copying a whole database, as a backup does: from either kind into either kind, in pages."""

import asyncio
import json
import secrets
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.store import copying, models
from services.store.engine import Database, database_url, open_database
from services.store.models import table
from shared.messages.changeset import CommitRequest
from tests.store.conftest import _admin
from tests.store.house import House
from tests.store.making import delivery, fresh, opening
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


async def restored(target: Database, what: copying.Moment, rows: dict[str, list[Any]]) -> None:
    await copying.make_empty(target, what.revision)
    for one in copying.copied():
        assert await copying.fill(
            target, one.name, one.columns.keys(), [rows[one.name]] if rows[one.name] else []
        ) == len(rows[one.name])
    await copying.finish(target, what.last_number)


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
        await restored(target, what, rows)
        again, copy = await everything(target)
        assert again == what
        waiting = rows.pop("delivery"), copy.pop("delivery")
        for kept, other in (rows.pop("timer"), copy.pop("timer")), waiting:
            assert len(kept) == len(other)  # when they are looked at next is not as it was
        assert copy == rows
        assert await copying.hold(target) == len(waiting[0])
        assert await copying.count_held(target) == len(waiting[0])
        with pytest.raises(copying.NotEmpty):
            await copying.make_empty(target, what.revision)
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
