"""An empty SQLite database as the migrations make it, made once per process: for houses whose tests are about something else.

The migrations themselves are tested where databases are (`tests.store.test_database`), and by every `trunkline up` of a system test.
"""

import asyncio
import shutil
import tempfile
import threading
from functools import lru_cache
from pathlib import Path

from services.store.engine import database_url, open_database
from services.store.migrations import migrate


def provide(data: Path) -> None:
    """Put an empty database into a data folder that has none."""
    there = data / "trunkline.sqlite"
    if not there.exists():
        data.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(_made().name) / there.name, there)


@lru_cache(maxsize=1)
def _made() -> "tempfile.TemporaryDirectory[str]":
    folder = tempfile.TemporaryDirectory(prefix="trunkline-template-")
    # In a thread of its own: whoever asks may be in an event loop.
    making = threading.Thread(target=lambda: asyncio.run(_make(Path(folder.name))))
    making.start()
    making.join()
    return folder


async def _make(folder: Path) -> None:
    database = open_database(database_url("", folder))
    await migrate(database)
    await database.close()
