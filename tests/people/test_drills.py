"""The drills of a person's data in one house, on each database: what is handed over, what is forgotten, what grows too old.

Forgetting is real: after an erasure none of a person's words is found anywhere, none comes back, and everything else is as it was.
"""

import asyncio
from pathlib import Path

import pytest

from services.store.forgetting import task
from tests.desk.house import running
from tests.people import erasing, handing, retaining


def test_what_is_somebodys_is_handed_over_forgotten_everywhere_and_not_kept_for_longer_than_is_said(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "AGEING_AFTER", 3600.0)

    async def whole() -> None:
        async with running(tmp_path, database_url) as house:
            await erasing.drill(house, monkeypatch)
            await handing.drill(house, tmp_path, monkeypatch)
            await retaining.drill(house, monkeypatch)

    asyncio.run(whole())
