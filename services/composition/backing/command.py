"""What `trunkline backup`, `restore` and `deliveries` print."""

import json
import os
from pathlib import Path

from services.composition.backing.restoring import restore
from services.composition.backing.saving import backup
from services.composition.errors import CannotStart
from services.composition.listing import print_table
from services.composition.operating import Operator, operator
from shared.messages.people import HeldDeliveries, HeldDeliveriesQuery, HeldDelivery, ReleaseDelivery
from shared.settings import Settings

_PAGE = 500


async def save(settings: Settings, file: Path, as_json: bool) -> None:
    """Make a backup and say what is in it. Raises `CannotStart` and what `backup` raises."""
    if not file.name:
        raise CannotStart(f"{file} is no file; write something like trunkline-2026-01-31.backup")
    about = await backup(settings, file)
    rows = about["database"]["rows"]
    told = {
        "file": str(file),
        "size": os.stat(file).st_size,
        "tickets": rows["ticket"],
        "messages": rows["message"],
        "files": about["blobs"]["count"],
        "missing": about["blobs"]["missing"],
        "open": about["streams"]["messages"],
        "secrets": about["secrets"],
    }
    if as_json:
        print(json.dumps(told))
        return
    print(f"wrote {file}: {told['tickets']} tickets, {told['messages']} messages, {told['files']} files")
    for each in told["missing"]:
        print(f"missing: {each}")
    if about["secrets"]:
        print("it holds the signing keys: keep it where nobody else reads it")
    else:
        print("it holds no secrets: keep secrets.key of the configuration with it")


async def bring_back(settings: Settings, file: Path, as_json: bool) -> None:
    """Restore a backup and say what there is now. Raises `CannotStart` and what `restore` raises."""
    done = await restore(settings, file)
    told = {
        "tickets": done.rows["ticket"],
        "messages": done.rows["message"],
        "files": done.blobs,
        "open": done.messages,
        "held": done.held,
        "settled": done.settled,
    }
    if as_json:
        print(json.dumps(told))
        return
    print(
        f"restored {told['tickets']} tickets, {told['messages']} messages, {told['files']} files into {settings.data}"
    )
    if not done.settled:
        print("some messages wait for another try still; they go on when Trunkline is started")
    print(f"nothing was sent; {done.held} messages are held: see `trunkline deliveries held`")


async def held(settings: Settings, as_json: bool) -> None:
    """Print what the restore holds, oldest first."""
    async with operator(settings) as running:
        found = await _all(running)
    if as_json:
        print(json.dumps([each.model_dump(mode="json") for each in found], ensure_ascii=False))
    elif not found:
        print("nothing is held")
    else:
        rows = [
            [x.id, x.ticket or "", x.channel, x.kind, x.to, f"{x.created_at:%Y-%m-%d %H:%M}", x.subject] for x in found
        ]
        print_table(["id", "ticket", "channel", "kind", "to", "made", "subject"], rows)


async def release(settings: Settings, delivery_id: str | None) -> None:
    """Send one that is held; null: all. Raises `CannotStart`."""
    async with operator(settings) as running:
        ids = [delivery_id] if delivery_id else [each.id for each in await _all(running)]
        for each in ids:
            await running.do(ReleaseDelivery(delivery_id=each))
    print(f"released {len(ids)}")


async def _all(running: Operator) -> list[HeldDelivery]:
    found: list[HeldDelivery] = []
    after = ""
    while True:
        query = HeldDeliveriesQuery(after=after, limit=_PAGE)
        page = HeldDeliveries.decode(await running.ask("held_deliveries", query.encode())).items
        found += page
        if len(page) < _PAGE:
            return sorted(found, key=lambda each: (each.created_at, each.id))
        after = page[-1].id
