"""`trunkline restore`: a house out of a backup, in an empty place, that sends nothing by itself.

All is built in a folder of its own, which becomes the data folder when everything is there; so what was interrupted is no house, and can
be thrown away; a database elsewhere is marked until then. The database comes first, then the bus; then store and router alone go
through what had come in and was not decided yet. Nobody listens and nobody sends meanwhile. What then waits to be sent is held: the
house that was lost may have sent it after the backup was made. `trunkline deliveries` shows and releases it.
"""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from services.composition.backing.archive import Reading
from services.composition.backing.building import Building, look_empty
from services.composition.backing.saving import SECRETS, bar, opened
from services.composition.errors import CannotStart
from services.composition.house import House
from services.composition.operating import operator
from services.composition.running import whole
from services.composition.users import user_of
from services.store import copying as rows
from services.store.unfinished import unmark
from shared.bus import copying, rpc, subjects
from shared.bus.blobs import Blobs
from shared.bus.connection import BusConnection, connect
from shared.bus.errors import BusError, NoResponders
from shared.bus.publish import Publisher
from shared.bus.topology import limits_for, reconcile
from shared.messages.people import RetentionQuery
from shared.settings import Settings

log = structlog.get_logger()

# Customers may have been told numbers that were given after the backup: nobody else gets these.
NUMBERS_LEFT_OUT = 1000
REPLAY_WITHIN = 600.0
QUIET_LOOKS = 3
_LOOK, _ANSWER = 0.3, 5.0
LARGEST_BLOB = 256 * 1024 * 1024


@dataclass
class Restored:
    """What there is now. ``held``: messages that wait for somebody to release them."""

    rows: dict[str, int]
    messages: int = 0
    blobs: int = 0
    held: int = 0
    settled: bool = True
    secrets: bool = False


async def restore(settings: Settings, file: Path) -> Restored:
    """Restore ``file`` into the data folder, database and bus of the settings. Raises `CannotStart`, `BusError` and `StoreError`."""
    archive = Reading(file)
    try:
        look_empty(settings.data)
        await _look_allowed(settings)
        if archive.about.get("secrets") is False and not settings.secrets.key:
            raise CannotStart("the backup has no secrets: configure the same secrets.key as before (--config)")
        with bar() as progress:
            task = progress.add_task("", total=None)

            def say(what: str) -> None:
                progress.update(task, description=what)

            await asyncio.to_thread(_verify, archive, say)
            async with Building(settings.data) as building:
                restored = await _build(settings.model_copy(update={"data": building.folder}), archive, say)
                building.settle()
            return restored
    finally:
        archive.close()


async def _look_allowed(settings: Settings) -> None:
    """Raises `CannotStart` for a bus on which somebody is at work, or on which this may not do what all rooms do together."""
    if not settings.bus.servers:
        return
    user = user_of(settings.bus.url.get_secret_value())
    if user in subjects.INTERNAL_USERS:
        raise CannotStart(
            f"bus.url names the bus user {user}: a restore needs one that may do everything (see docs/people.md)"
        )
    async with operator(settings) as running:
        try:
            await rpc.request(running.bus, subjects.query("retention"), RetentionQuery().encode(), _ANSWER)
        except NoResponders:
            return
        except BusError as error:
            log.warning("somebody answers oddly on the bus", error=str(error))
    raise CannotStart("a Trunkline is at work on this bus: stop it first, and make its bus and database empty")


def _verify(archive: Reading, say: Any) -> None:
    done = 0
    for size in archive.verify():
        done += size
        say(f"comparing checksums: {done >> 20} MiB")


async def _build(settings: Settings, archive: Reading, say: Any) -> Restored:
    if SECRETS in archive.files:
        path = settings.data / SECRETS
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(archive.read(SECRETS))
    async with opened(settings) as database:
        restored = Restored(await _fill(database, archive, settings.data, say), secrets=SECRETS in archive.files)
    async with whole(settings) as house:
        house.rooms = ("store", "router")
        await _fill_bus(house, archive, restored, say)
        say("deciding what had not been decided")
        await house.start()
        try:
            restored.settled = await _replayed(house)
        finally:
            await house.stop()
        async with opened(settings) as database:
            await rows.hold(database)
            restored.held = await rows.count_held(database)
            bus = await _connect(house, "store")
            await bus.jetstream().purge_stream(subjects.OUTBOUND)
            await bus.close()
            await unmark(database)
    return restored


async def _fill(database: Any, archive: Reading, folder: Path, say: Any) -> dict[str, int]:
    about = archive.about["database"]
    await rows.make_empty(database, str(about["revision"]), folder)
    counts: dict[str, int] = {}
    for name in sorted(archive.files):
        if not name.startswith("database/"):
            continue
        table = name.removeprefix("database/").removesuffix(".jsonl")
        lines = archive.lines(name)
        columns: list[str] = next(lines, [])
        say(f"the database: {table}")
        try:
            counts[table] = await rows.fill(database, table, columns, _pages(lines))
        except ValueError as error:
            raise CannotStart(f"{archive.path} cannot be restored by this version: {error}") from error
        if counts[table] != int(about["rows"][table]):
            raise CannotStart(f"{archive.path} is damaged: {name} has {counts[table]} rows")
    await rows.finish(database, int(about["last_number"]) + NUMBERS_LEFT_OUT)
    return counts


def _pages(lines: Iterator[Any]) -> Iterator[list[list[Any]]]:
    page: list[list[Any]] = []
    for line in lines:
        page.append(line)
        if len(page) == rows.PAGE:
            yield page
            page = []
    if page:
        yield page


async def _connect(house: House, user: str) -> BusConnection:
    url = house.url_for(user)
    prefix = subjects.inbox_prefix(user_of(url) or user)
    return await connect(url, name="trunkline-restore", user_inbox_prefix=prefix)


async def _fill_bus(house: House, archive: Reading, restored: Restored, say: Any) -> None:
    """Declare an empty bus and put back what the backup has of the old one. Raises `CannotStart` for a bus that is not empty."""
    settings = house.settings
    store, intake = await _connect(house, "store"), await _connect(house, "intake")
    try:
        js = store.jetstream()
        if not await copying.is_empty(js):
            raise CannotStart("there are messages on the bus already: a backup is restored onto an empty one only")
        limits = limits_for(settings.bus.max_bytes)
        about = archive.about["streams"]
        first = int(about["through"]) + 1
        await copying.declare_intake(js, first, settings.bus.replicas, limits)
        await reconcile(js, replicas=settings.bus.replicas, inboxes=settings.outlets, limits=limits)
        await _put_blobs(Blobs(store), archive, restored, say)
        for line in archive.lines("cursors.jsonl"):
            await copying.put_cursor(js, copying.Kept.of(line))
        say("the streams")
        ours, theirs = Publisher(store), Publisher(intake)
        elsewhere = await _put_open(ours, archive, restored)
        for line in archive.lines(f"streams/{subjects.DELIVERY}.jsonl"):
            await copying.put(theirs, subjects.DELIVERY, copying.Kept.of(line))
        counts = {str(subject): int(number) for subject, number in about["received"].items()}
        for line in archive.lines(f"streams/{subjects.INTAKE}.jsonl"):
            kept = copying.Kept.of(line)
            if kept.seq in elsewhere:  # it waits in RETRY or lies in DEAD: not twice
                counts[kept.subject] = counts.get(kept.subject, 0) + 1
                continue
            first = await copying.put_intake(js, theirs, kept, first)
            restored.messages += 1
        await copying.put_counts(js, int(about["through"]), counts)
    finally:
        await intake.close()
        await store.close()


async def _put_blobs(blobs: Blobs, archive: Reading, restored: Restored, say: Any) -> None:
    for name in archive.files:
        if name.startswith("blobs/"):
            if int(archive.files[name]["size"]) > LARGEST_BLOB:
                raise CannotStart(f"{archive.path}: {name} is larger than anything Trunkline takes")
            await blobs.put(archive.read(name))
            restored.blobs += 1
            say(f"files: {restored.blobs}")


async def _put_open(publisher: Publisher, archive: Reading, restored: Restored) -> set[int]:
    """Put back what waits for another try, and dead letters; which sequences of INTAKE these are copies of."""
    copies: set[int] = set()
    for stream in (subjects.RETRY, subjects.DEAD):
        for line in archive.lines(f"streams/{stream}.jsonl"):
            kept = copying.Kept.of(line)
            await copying.put(publisher, stream, kept)
            copies.add(kept.came_from)
            restored.messages += 1
    return copies - {0}


async def _replayed(house: House) -> bool:
    """Wait until everything that was open has been decided; False when something still waits after `REPLAY_WITHIN`."""
    bus = await _connect(house, "store")
    try:
        js, quiet = bus.jetstream(), 0
        async with asyncio.timeout(REPLAY_WITHIN):
            async with opened(house.settings) as database:
                while quiet < QUIET_LOOKS:
                    is_quiet = await copying.all_settled(js) and await rows.is_quiet(database)
                    quiet = quiet + 1 if is_quiet else 0
                    await asyncio.sleep(_LOOK)
        return True
    except TimeoutError:
        log.warning("something waits still for another try; it goes on when Trunkline is started")
        return False
    finally:
        await bus.close()
