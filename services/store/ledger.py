"""What intake turned away or took twice, summed per hour; a repeated note counts once. And the effective configuration."""

from typing import Any

from sqlalchemy import Connection, select

from services.store import models
from services.store.batch import Batch
from services.store.models import table
from services.store.statements import Lookup, inserting, look_up, merging
from shared.messages.ticket import LedgerNote

_NOTE = table(models.NotedLedger)
_COUNT = table(models.LedgerCount)
_SEEN = Lookup(_NOTE.c.id, lambda some: select(_NOTE.c.id).where(some))
_INSERT = inserting(_NOTE)
_ADD = merging(_COUNT, lambda new: {"count": _COUNT.c.count + new.count})
_CONFIGURE = merging(table(models.Configuration), lambda new: {"effective": new.effective, "at": new.at})


def parts(key: str) -> tuple[str, str, str, str]:
    """(channel, inbox, outcome, reason) of a note's key. Raises ValueError for what is no such key."""
    channel, inbox, outcome, reason = key.split("/", 3)
    if outcome not in ("refused", "duplicate"):
        raise ValueError(f"{outcome!r} is not counted by notes")
    return channel, inbox, outcome, reason


def write_notes(connection: Connection, notes: list[LedgerNote], batch: Batch) -> None:
    """Add up the notes that were not counted before."""
    seen = {row[0] for row in look_up(connection, (_SEEN, {note.note_id for note in notes}))[0]}
    hour = batch.now.replace(minute=0, second=0, microsecond=0)
    counts: dict[tuple[str, str, str, str], int] = {}
    fresh: list[dict[str, Any]] = []
    for note in notes:
        if note.note_id in seen:
            continue
        seen.add(note.note_id)
        fresh.append({"id": note.note_id, "at": batch.now})
        for key, count in note.counts.items():
            counts[parts(key)] = counts.get(parts(key), 0) + count
    names = ("channel", "inbox", "outcome", "reason")
    sums = (dict(zip(names, key, strict=True)) | {"hour": hour, "count": counts[key]} for key in sorted(counts))
    batch.more += _INSERT.steps(connection.dialect, fresh)
    batch.more += _ADD.steps(connection.dialect, sums)


def write_configuration(connection: Connection, version: str, effective: dict[str, Any], batch: Batch) -> None:
    """Record the configuration that is in force from now on."""
    row = {"version": version, "effective": effective, "at": batch.now}
    batch.more += _CONFIGURE.steps(connection.dialect, [row])
