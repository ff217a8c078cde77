"""One house for a whole module: its tests use tickets of their own."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.desk.house import House, running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Store, router and desk; on SQLite."""
    folder: Path = await asyncio.to_thread(tmp_path_factory.mktemp, "house")
    async with running(folder) as house:
        yield house
