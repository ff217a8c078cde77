"""A migrated database of either kind, filled through the store's own writing, and the queries on it."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from tests.natsserver import NatsServer
from tests.queries.archive import Archive
from tests.store.postgres import Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path_factory.mktemp("nats"), durable=False)
    server.start()
    yield server
    server.kill()


async def new_database(postgres: Postgres) -> str:
    """The URL of an empty database of the server."""
    name = f"test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres.url())
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    return postgres.url(name)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def archive(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, nats_server: NatsServer
) -> AsyncIterator[Archive]:
    """A database of each kind; a module's tests share it and use words and names of their own."""
    folder: Path = await asyncio.to_thread(tmp_path_factory.mktemp, "archive")
    url = ""
    if request.param == "postgresql":
        url = await new_database(request.getfixturevalue("postgres"))
    archive = Archive(folder, url)
    await archive.open(nats_server)
    yield archive
    await archive.close()
