"""Databases for the drills."""

import asyncio
import secrets
from collections.abc import Iterator

import asyncpg
import pytest

from tests.store.postgres import Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return ""
    server: Postgres = request.getfixturevalue("postgres")
    return asyncio.run(made(server))


async def made(server: Postgres) -> str:
    """A new and empty database; its URL."""
    name = f"people_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(server.url())
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    return server.url(name)
