"""`trunkline backup`: everything into one file while Trunkline works.

The order matters. First it is noted up to where the streams are settled and how far mailboxes were read; then the database is copied in
one snapshot; then what the streams hold above those positions; then the blobs, which are stored before anything speaks of them. So
whatever is not in the snapshot is on a stream of the backup, and what is in both is told apart by its cause when it is replayed.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from nats.js import JetStreamContext
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from services import __version__
from services.composition.backing.archive import Part, Writing
from services.composition.operating import operator
from services.store import copying as rows
from services.store.engine import Database, database_url, open_database
from shared.bus import copying, subjects
from shared.bus.blobs import Blobs
from shared.bus.errors import BlobDamaged, BlobMissing
from shared.clock import now
from shared.settings import Settings

SECRETS = "secrets.json"
POSITIONS = "positions.json"


def bar() -> Progress:
    """What is shown on stderr while it goes on; nothing where nobody looks."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    return Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal, redirect_stdout=False, redirect_stderr=False
    )  # fmt: skip


@asynccontextmanager
async def opened(settings: Settings, data: Path | None = None) -> AsyncIterator[Database]:
    """The database that these settings name, through the store's own engine."""
    database = open_database(database_url(settings.database.url.get_secret_value(), data or settings.data))
    try:
        yield database
    finally:
        await database.close()


async def backup(settings: Settings, file: Path) -> dict[str, Any]:
    """Write the backup; gives its manifest. Raises `CannotStart`, `BusError` and `StoreError`."""
    async with operator(settings, "store") as running:
        js, blobs = running.bus.jetstream(), Blobs(running.bus)
        with bar() as progress, Writing(file) as archive:
            task = progress.add_task("looking where everything is", total=None)

            def say(what: str) -> None:
                progress.update(task, description=what)

            position = await copying.position(js)
            with archive.part("cursors.jsonl") as part:
                async for each in copying.cursors(js):
                    part.line(each.plain())
            about: dict[str, Any] = {"version": __version__, "made_at": now().isoformat()}
            about |= await _database(settings, archive, say)
            about["streams"] = await _streams(js, archive, position, say)
            about["blobs"] = await _blobs(js, blobs, archive, say)
            about["secrets"] = _secrets(settings, archive)
            archive.finish(about)
            return about


async def _database(settings: Settings, archive: Writing, say: Any) -> dict[str, Any]:
    counts: dict[str, int] = {}
    async with opened(settings) as database, rows.snapshot(database) as moment:
        what = await moment.moment()
        for table in rows.copied():
            counts[table.name] = 0
            with archive.part(f"database/{table.name}.jsonl") as part:
                part.line(table.columns.keys())
                async for page in moment.rows(table):
                    await asyncio.to_thread(_lines, part, page)
                    counts[table.name] += len(page)
                    say(f"the database: {table.name} {counts[table.name]}")
    return {"database": {"revision": what.revision, "last_number": what.last_number, "rows": counts}}


def _lines(part: Part, page: list[list[Any]]) -> None:
    for row in page:
        part.line(row)


async def _streams(js: JetStreamContext, archive: Writing, position: copying.Position, say: Any) -> dict[str, Any]:
    after = {subjects.INTAKE: position.intake, subjects.DELIVERY: position.delivery, subjects.RETRY: position.retry}
    counts: dict[str, int] = {}
    for stream in copying.TAKEN:
        counts[stream] = 0
        with archive.part(f"streams/{stream}.jsonl") as part:
            async for each in copying.messages(js, stream, after.get(stream, 0)):
                part.line(each.plain())
                counts[stream] += 1
                say(f"{stream}: {counts[stream]}")
    # Last: had the janitor removed something of the above meanwhile, this says so.
    received = await copying.counted(js, position.intake)
    return {"through": position.intake, "received": received, "messages": counts}


async def _blobs(js: JetStreamContext, blobs: Blobs, archive: Writing, say: Any) -> dict[str, Any]:
    count, gone = 0, []
    async for key in copying.blob_keys(js):
        try:
            _size, pieces = await blobs.stream(key)
            with archive.part(f"blobs/{key}", packed=False) as part:
                async for piece in pieces:
                    await asyncio.to_thread(part.write, piece)
        except (BlobMissing, BlobDamaged) as error:
            # Erased while we were at it, or damaged on disk: the rest is worth more than this one, and the manifest says it.
            gone.append(str(error))
            continue
        count += 1
        say(f"files: {count}")
    return {"count": count, "missing": gone[:1000]}


def _secrets(settings: Settings, archive: Writing) -> bool:
    path = settings.data / SECRETS
    if settings.secrets.key or not path.exists():
        return False
    with archive.part(SECRETS) as part:
        part.write(path.read_bytes())
    return True
