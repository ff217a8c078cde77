"""What is to be forgotten outside the database's own rows: messages on the streams, and files in the object store."""

import asyncio
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Text, cast, select

from services.store import models
from services.store.dialects import insert
from services.store.engine import Database
from services.store.errors import unavailable
from services.store.forgetting.naming import Names
from services.store.forgetting.rows import BLOB, CAUSE, Forgotten, note
from services.store.forgetting.tombs import bury, tombs
from services.store.group import WorkUnit
from services.store.models import table
from services.store.tables.documents import Document
from services.store.writer import Writer
from shared.bus import erasing, subjects
from shared.bus.blobs import key_of
from shared.bus.erasing import Found
from shared.bus.errors import BlobDamaged, BlobMissing, BlobTooLarge, BusUnavailable
from shared.bus.keyvalue import KeyValue, RevisionConflict
from shared.clock import now
from shared.pictures import cleaned, is_picture
from shared.service import Context

PATIENCE = 30.0
_PAGE = 1_000
_ATTEMPTS = 20
_MOST_CURSORS = 10_000


class Wanted:
    """Which messages are to go: ``items`` are ids by kind, ``values`` addresses with the time before which their messages count."""

    def __init__(self, items: Mapping[str, Collection[str]], values: Mapping[str, datetime]) -> None:
        self._sources, self._tickets = items.get("source", ()), items.get("ticket", ())
        self._deliveries = items.get("delivery", ())
        self._values, self._names = values, Names(values)

    def is_theirs(self, found: Found) -> bool:
        """Whether it came from them."""
        body = _body(found.data)
        sender = str((body.get("from") or {}).get("address") or "").lower()
        before = self._values.get(sender) if sender else None
        return body.get("source_id") in self._sources or (before is not None and found.at < erasing.moment(before))

    def _is_old(self, found: Found) -> bool:
        return found.at < max(map(erasing.moment, self._values.values()))

    def __call__(self, found: Found) -> bool:
        """Whether this one is, by what it says of itself."""
        body = _body(found.data)
        subject = subjects.original(found.subject)
        if self._values and _named(body) & self._values.keys() and self._is_old(found):
            return True  # a copy of what somebody else wrote to them, or was written with them; the database has it without them
        if subject.startswith("intake."):
            return self.is_theirs(found)
        if subject.startswith(("outbound.", "delivery.")):
            return body.get("ticket_id") in self._tickets or body.get("delivery_id") in self._deliveries
        if not subject.startswith("event."):
            return False
        return body.get("ticket_id") in self._tickets or (
            bool(self._values) and self._is_old(found) and self._names.are_in(found.data.decode("utf-8", "replace"))
        )


def _named(body: dict[str, Any]) -> set[str]:
    """The addresses that a message goes to, lower-cased."""
    lists = (body.get(name) for name in ("to", "cc", "bcc", "recipients", "reply_to"))
    return {str(each.get("address")).lower() for some in lists for each in some or () if isinstance(each, dict)}


def _body(data: bytes) -> dict[str, Any]:
    try:
        body = json.loads(data)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


async def forget_messages(
    context: Context,
    writer: Writer,
    erasure_id: str,
    items: Mapping[str, Collection[str]],
    values: Mapping[str, datetime],
) -> dict[str, int]:
    """Remove them from all streams; how many went. Raises `BusUnavailable` where somebody still works at what would go: it is to be
    repeated then."""
    js, done = context.bus.jetstream(), Forgotten()
    wanted = Wanted(items, values)
    for stream in (subjects.INTAKE, subjects.DELIVERY):
        if not await erasing.wait_until_settled(js, stream, PATIENCE):
            raise BusUnavailable(f"{stream} is still being worked through")
    for stream in subjects.STREAMS:
        async for some in erasing.erase(js, stream, wanted):
            done.count("on the bus", len(some))
            unit = WorkUnit(partial(_note, context=context, erasure_id=erasure_id, wanted=wanted, some=some))
            await writer.submit([unit])  # before they go: else an interruption would leave their files behind
    return done.counts


def _note(connection: Connection, context: Context, erasure_id: str, wanted: Wanted, some: list[Found]) -> None:
    done = Forgotten()
    for each in some:
        done.blobs(each.data.decode("utf-8", "replace"))
        if subjects.original(each.subject).startswith("intake.") and wanted.is_theirs(each):
            source = str(_body(each.data).get("source_id") or "")
            done.items.add(("source", source))
            if each.stream in (subjects.DEAD, subjects.RETRY):
                _bury_undecided(connection, context, each, source)
    note(connection, erasure_id, done)


def _bury_undecided(connection: Connection, context: Context, found: Found, source: str) -> None:
    """A dead letter, or what waits for another try, was received and never recorded: from now on it counts as erased."""
    channel, inbox = subjects.route(found.subject)
    at = now()
    bury(connection, context.keyring, [source], at)
    values = {
        "id": f"erased:{tombs(context.keyring, f'{found.stream}:{source}:{found.seq}')[0]}",
        "kind": "inbound",
        "fingerprint": "",
        "result": {},
        "policy": "",
        "at": at,
        "channel": channel,
        "inbox": inbox,
        "outcome": "duplicate",
        "reason": "erased",
    }
    connection.execute(insert(connection.dialect.name, CAUSE).on_conflict_do_nothing(), values)


async def forget_waiting(context: Context, values: Collection[str]) -> int:
    """Files of theirs that intake is still to fetch, noted with the message that they belong to: else they would come after all. How many;
    raises `BusError`."""
    if not values:
        return 0
    bucket, names, gone = KeyValue(context.bus, subjects.CURSORS), Names(values), 0
    for key, entry in (await bucket.all(_MOST_CURSORS)).items():
        for _ in range(_ATTEMPTS):
            kept, dropped = _without_notes(_body(entry.value), names)
            if not dropped:
                break
            try:
                await bucket.update(key, json.dumps(kept).encode(), entry.revision)
            except RevisionConflict:
                again = await bucket.get(key)
                if again is None:
                    break
                entry = again
            else:
                gone += dropped
                break
        else:
            raise BusUnavailable(f"{key} of bucket {subjects.CURSORS} is changed all the time")
    return gone


def _without_notes(body: dict[str, Any], names: Names) -> tuple[dict[str, Any], int]:
    """A cursor without the entries of its lists that name somebody; how many those were."""
    kept: dict[str, Any] = {}
    dropped = 0
    for name, value in body.items():
        left = [each for each in value if not _names(each, names)] if isinstance(value, list) else value
        dropped += len(value) - len(left) if isinstance(value, list) else 0
        kept[name] = left
    return kept, dropped


def _names(value: Any, names: Names) -> bool:
    if isinstance(value, dict):
        return any(_names(each, names) for each in value.values())
    if isinstance(value, list):
        return any(_names(each, names) for each in value)
    return isinstance(value, str) and (value.lower() in names.values or names.are_in(value))


async def forget_files(context: Context, database: Database, keys: Collection[str]) -> int:
    """Remove these blobs, and what was made of pictures among them, unless somebody still refers to them; how many went."""
    candidates = set(keys)
    for key in keys:
        candidates |= await _made_of(context, key)
    if not candidates:
        return 0
    with unavailable(database.url):
        used = await database.read_aside(lambda connection: _used(connection, candidates))
    gone = 0
    for key in sorted(candidates - used):
        gone += await context.blobs.delete(key)
    return gone


async def _made_of(context: Context, key: str) -> set[str]:
    """What a picture became before it was sent out: cleaning it again gives the same."""
    try:
        content = await context.blobs.get(key)
    except (BlobMissing, BlobDamaged, BlobTooLarge):
        return set()
    if not is_picture(content):
        return set()
    return {key_of(await asyncio.to_thread(cleaned, content))}


_NAMING = (
    *(table(models.Message).c[name] for name in ("attachments", "original")),
    *(table(models.Spoken).c[name] for name in ("attachments", "original")),
    table(models.Entry).c.data,
    table(models.Ticket).c.evidence,
    table(Document).c.body,
)
_PACKED = (table(models.Delivery).c.outbound, table(models.Held).c.message)


def _used(connection: Connection, keys: Collection[str]) -> set[str]:
    """Those of the keys that some row names; a walk through all that may."""
    found: set[str] = set()
    for column in _NAMING:
        written = cast(column, Text)
        for value in _values(connection, written, column, written.like('%"blob"%')):
            found |= set(BLOB.findall(value or "")) & set(keys)
    for column in _PACKED:
        for value in _values(connection, column, column, None):
            found |= set(BLOB.findall(bytes(value).decode("latin-1"))) & set(keys)
    return found


def _values(connection: Connection, expression: Any, column: Any, condition: Any) -> Any:
    """The column's values, a page in memory at a time."""
    statement = select(expression)
    if condition is not None:
        statement = statement.where(condition)
    with connection.execute(statement.execution_options(yield_per=_PAGE)) as result:
        for row in result:
            yield row[0]
