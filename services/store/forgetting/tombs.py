"""By what an erased message is known when it comes again: a keyed hash of its source id, under each key that there is."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, select

from services.store.dialects import insert
from services.store.models import table
from services.store.tables.people import Tombstone
from shared.messages.facts import Facts, FactsRequest
from shared.secrets import Keyring

_TOMB = table(Tombstone)
_PURPOSE = b"tombstone"
_AT_ONCE = 200
Item = TypeVar("Item")


def tombs(keyring: Keyring, source_id: str) -> list[str]:
    """The tombstones by which a source id may be known: one for each key, the current one's first."""
    digest = hashlib.sha256(source_id.encode("utf-8", "surrogatepass")).hexdigest()
    keys = [keyring.current, *(each for each in keyring.keys if each != keyring.current)]
    return [f"{each}{keyring.sign(_PURPOSE, digest, each)}" for each in keys]


def add_erased(connection: Connection, request: FactsRequest, facts: Facts, keyring: Keyring) -> None:
    """Which of the messages that are asked about were erased."""
    named = {tomb: source for source in request.sources for tomb in tombs(keyring, source)}
    if named:
        found = connection.execute(select(_TOMB.c.key).where(_TOMB.c.key.in_(list(named)))).scalars()
        facts.erased = sorted({named[key] for key in found})


def bury(connection: Connection, keyring: Keyring, sources: Collection[str], at: datetime) -> None:
    """Remember that these were erased."""
    rows = [{"key": tombs(keyring, source)[0], "at": at} for source in sorted(sources)]
    for some in pieces(rows, _AT_ONCE):
        connection.execute(insert(connection.dialect.name, _TOMB).on_conflict_do_nothing(), some)


def pieces(items: Iterable[Item], size: int) -> Iterable[list[Item]]:
    """The items, so many at a time."""
    piece: list[Item] = []
    for each in items:
        piece.append(each)
        if len(piece) == size:
            yield piece
            piece = []
    if piece:
        yield piece
