"""A store on each database, with a real bus; every test has a database of its own and an emptied bus."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from services.store.engine import database_url, open_database
from services.store.migrations import migrate
from services.store.service import StoreService
from shared.bus import subjects, topology
from tests.natsserver import NatsServer
from tests.store import template
from tests.store.house import INBOXES, House
from tests.store.postgres import Postgres


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path_factory.mktemp("nats"), inboxes=INBOXES, durable=False)
    server.start()
    asyncio.run(_declare(server))
    yield server
    server.kill()


async def _declare(server: NatsServer) -> None:
    bus = await server.connect()
    await topology.reconcile(bus.jetstream(), replicas=1, inboxes=INBOXES, limits={})
    await bus.close()


@pytest.fixture
def own_nats(tmp_path: Path) -> Iterator[NatsServer]:
    """A bus for one test, which may kill it."""
    server = NatsServer(tmp_path, inboxes=INBOXES, durable=False)
    server.start()
    asyncio.run(_declare(server))
    yield server
    server.kill()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL with a migrated database ``template``."""
    server = Postgres()
    server.start()
    asyncio.run(_template(server))
    yield server
    server.remove()


async def _template(server: Postgres) -> None:
    await _admin(server, "CREATE DATABASE template")
    database = open_database(database_url(server.url("template"), Path()))
    await migrate(database)
    await database.close()


async def _admin(server: Postgres, statement: str) -> None:
    connection = await asyncpg.connect(server.url())
    await connection.execute(statement)
    await connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def house(
    request: pytest.FixtureRequest, tmp_path: Path, nats_server: NatsServer, postgres: Postgres
) -> AsyncIterator[House]:
    """A house on each database."""
    url = await own_database(postgres) if request.param == "postgresql" else ""
    if not url:
        template.provide(tmp_path)
    house = House(url, tmp_path, nats_server)
    js = (await house.bus()).jetstream()
    for stream in subjects.STREAMS:
        await js.purge_stream(stream)
    yield house
    await house.close()


async def own_database(postgres: Postgres) -> str:
    """The URL of a fresh database."""
    name = f"t{secrets.token_hex(6)}"
    await _admin(postgres, f"CREATE DATABASE {name} TEMPLATE template")
    return str(postgres.url(name))


@pytest.fixture
async def store(house: House) -> StoreService:
    return await house.store()
