"""Opening, migrating and losing the database."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select, text

import services.store.tables  # noqa: F401  (the desk's tables are part of the database)
from services.store import migrations, writer
from services.store.engine import database_url, open_database
from services.store.errors import DatabaseTooNew, DatabaseUnavailable
from services.store.migrations import migrate, newest
from services.store.models import Row, Ticket, table
from services.store.probing import probe, probe_file
from services.store.queries.search import is_search_object
from tests.store.house import House
from tests.store.making import commit, doing, fresh, opening
from tests.store.postgres import Postgres


async def opened(url: str, data: Path) -> None:
    """Open and migrate, as a store does at its start, and close again."""
    database = open_database(database_url(url, data))
    try:
        await migrate(database)
    finally:
        await database.close()


async def test_the_migrations_make_what_the_models_say(house: House) -> None:
    def differences(connection: Connection) -> list[object]:
        def ours(_object: object, name: str | None, *_: object) -> bool:
            return not is_search_object(name)

        options = {"compare_type": True, "include_object": ours}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Row.metadata))

    database = open_database(database_url(house.url, house.data))
    async with database.readers.connect() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


def test_the_newest_revision_is_the_one_that_alembic_would_run_to() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert newest() == set(ScriptDirectory.from_config(config).get_heads())


async def test_several_stores_may_migrate_at_the_same_time(house: House, postgres: Postgres, tmp_path: Path) -> None:
    url = ""
    if house.dialect == "postgresql":
        url = postgres.url(f"m{fresh()[:12]}")
        database = open_database(database_url(house.url, tmp_path))
        async with database.writer.connect() as connection:
            outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await outside.execute(text(f"CREATE DATABASE {url.rpartition('/')[2]}"))
        await database.close()
    (tmp_path / "new").mkdir()
    databases = [open_database(database_url(url, tmp_path / "new")) for _ in range(3)]
    await asyncio.gather(*map(migrate, databases))
    async with databases[0].readers.connect() as connection:
        assert (await connection.execute(select(table(Ticket)))).all() == []
    for one in databases:
        await one.close()


async def test_a_transaction_on_sqlite_leaves_the_event_loop_free(tmp_path: Path) -> None:
    database = open_database(database_url("", tmp_path))
    await migrate(database)
    begun, seen = threading.Event(), threading.Event()

    def work(_: Connection) -> bool:
        begun.set()
        return seen.wait(60)

    for transaction in (database.write, database.read):
        begun.clear()
        seen.clear()
        waiting = asyncio.create_task(transaction(work))
        async with asyncio.timeout(60):
            while not begun.is_set():
                await asyncio.sleep(0)
        seen.set()
        assert await waiting
    await database.close()


async def test_nothing_of_a_transaction_that_fails_is_written(house: House) -> None:
    database = open_database(database_url(house.url, house.data))

    def work(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(work)
    await migrate(database)  # would refuse the version
    await database.close()


async def test_a_database_of_a_newer_trunkline_is_refused_in_one_clear_line(house: House) -> None:
    database = open_database(database_url(house.url, house.data))
    async with database.writer.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(DatabaseTooNew, match="newer Trunkline"):
        await house.store()
    with pytest.raises(DatabaseTooNew, match="newer Trunkline"):
        await probe(database.url)


async def test_a_check_finds_a_file_of_a_newer_trunkline_or_of_none_and_leaves_its_folder_as_it_was(
    tmp_path: Path,
) -> None:
    await opened("", tmp_path)
    file, before = tmp_path / "trunkline.sqlite", sorted(tmp_path.iterdir())
    probe_file(file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseTooNew, match="newer Trunkline"):
        probe_file(file)
    file.write_bytes(b"nonsense" * 1000)
    with pytest.raises(DatabaseUnavailable, match="file is not a database"):
        probe_file(file)
    assert sorted(tmp_path.iterdir()) == before


async def test_postgresql_plans_what_is_read_by_its_values_however_often_it_is_asked(
    postgres: Postgres, tmp_path: Path
) -> None:
    database = open_database(database_url(postgres.url(), tmp_path))
    try:
        counted = select(table(Ticket).c.number).where(table(Ticket).c.status.in_(["new"])).limit(1_000)
        await migrate(database)
        async with database.readers.begin() as connection:
            for _ in range(8):
                await connection.execute(counted)
            plans = text(
                "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE starts_with(statement, 'SELECT ticket')"
            )
            assert [tuple(row) for row in await connection.execute(plans)] == [(8, 0)]
    finally:
        await database.close()


async def test_what_is_wrong_with_the_database_is_one_line_without_the_password(
    postgres: Postgres, tmp_path: Path
) -> None:
    wrong = {
        postgres.url(password="not-the-pa55word"): "refuses user 'trunkline'",
        postgres.url("nowhere"): "no database 'nowhere'",
        "postgres://ann:s3cret-pa55word@127.0.0.1:1/x": "does not answer",
        "mysql://ann:s3cret-pa55word@127.0.0.1/x": "not supported",
    }
    for url, words in wrong.items():
        with pytest.raises(DatabaseUnavailable) as caught:
            await opened(url, tmp_path)
        assert words in str(caught.value)
        assert "pa55word" not in str(caught.value)
        assert "\n" not in str(caught.value)


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "trunkline.sqlite").write_text("Dear diary, " * 1000)
    with pytest.raises(DatabaseUnavailable, match=r"trunkline\.sqlite cannot be used"):
        await opened("", tmp_path)


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="data folder"):
        await opened("", tmp_path / "missing")


@pytest.mark.parametrize("house", ["postgresql"], indirect=True)
async def test_a_restart_of_the_database_needs_no_restart_of_the_store(house: House, postgres: Postgres) -> None:
    store = await house.store()
    await commit(store, opening(fresh()))
    postgres.stop()
    waiting = asyncio.create_task(commit(store, opening(fresh())))
    await asyncio.sleep(0)
    await asyncio.get_running_loop().run_in_executor(None, postgres.start)
    assert (await waiting)[0].outcome == "committed"
    assert len(await house.rows(select(table(Ticket).c.id))) == 2


@pytest.mark.parametrize("house", ["postgresql"], indirect=True)
async def test_while_the_database_is_away_requests_fail_in_bounded_time_and_work_again_after(
    house: House, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PATIENCE", 0.3)
    store = await house.store()
    postgres.stop()
    try:
        with pytest.raises(DatabaseUnavailable, match="does not answer"):
            await commit(store, opening(fresh()))
        assert not store.ready()["database"]
    finally:
        await asyncio.get_running_loop().run_in_executor(None, postgres.start)
    assert (await commit(store, doing()))[0].outcome == "committed"
    assert store.ready()["database"]
