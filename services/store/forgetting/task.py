"""The task that forgets: it takes up whatever erasure is not done, and goes on until it is. All of it may be interrupted anywhere.

The database comes first, in pieces of a few tickets, each in a transaction of its own which also notes what is to go elsewhere; then
the streams, then files that nobody refers to any more; last the space on disk where the words stood. Only then is an erasure done.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, delete, select, update

from services.store.engine import Database
from services.store.errors import StoreError, unavailable
from services.store.forgetting import ageing, finding, rows
from services.store.forgetting.away import forget_files, forget_messages
from services.store.forgetting.disk import overwrite
from services.store.forgetting.rows import CAUSE, EVENT, ITEM, Forgotten
from services.store.forgetting.tombs import pieces, tombs
from services.store.group import WorkUnit
from services.store.models import table
from services.store.tables.people import Erasure
from services.store.writer import Writer
from shared.bus.errors import BusError
from shared.clock import now
from shared.service import Context

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
# When old tickets are first looked for, and how often then.
AGEING_AFTER, AGEING_SECONDS = 300.0, 3600.0
_TROUBLE_SECONDS = 5.0
_TICKETS = 20
_PAGE = 2_000
_ROUNDS = 50

ERASURE = table(Erasure)
Result = TypeVar("Result")


class Forgetter:
    """Carries out erasures, one after the other."""

    def __init__(self, context: Context, database: Database, writer: Writer) -> None:
        self._context, self._database, self._writer = context, database, writer

    async def run(self) -> None:
        """For ever: look whether somebody is to be forgotten."""
        loop = asyncio.get_running_loop()
        next_look = loop.time() + AGEING_AFTER
        while True:
            try:
                if loop.time() >= next_look:
                    await self.forget_old()
                    next_look = loop.time() + AGEING_SECONDS
                if not await self.forget_all():
                    await asyncio.sleep(LOOK_SECONDS)
            except (StoreError, BusError) as error:
                log.warning("forgetting goes on later", error=str(error))
                await asyncio.sleep(_TROUBLE_SECONDS)
            except Exception:
                log.exception("forgetting failed, and is tried again")
                await asyncio.sleep(_TROUBLE_SECONDS)

    async def forget_all(self) -> int:
        """Carry out what is open; how many erasures that were. Raises `StoreError` and `BusError`, after which it may be repeated."""
        open_ = await self._read(
            lambda c: c.execute(select(ERASURE).where(ERASURE.c.done_at.is_(None))).mappings().all()
        )
        if not open_:
            return 0
        people: list[finding.Person] = []
        for row in open_:
            if row["points"]:
                people.append(await self._read(partial(finding.whole, erasure=row)))
                # Written down whole: once their contacts are gone, an interrupted erasure could not find the rest of it again.
                await self._write(partial(_keep, person=people[-1]))
                await self._forget_rows(people[-1])
        items = await self._items()
        values = {each: person.at for person in people for each in person.values}
        counts = await forget_messages(self._context, self._writer, open_[0]["id"], items, values)
        items = await self._items()
        await self._forget_causes(items)
        files = await forget_files(self._context, self._database, items.get("blob", set()))
        await overwrite(self._database)
        await self._write(lambda c: _done(c, [row["id"] for row in open_], {**counts, "files": files}))
        return len(open_)

    async def forget_old(self) -> int:
        """Begin to forget the tickets that are over for longer than is kept (``[retention]``); how many. Raises `StoreError`."""
        kept, keyring, total = self._context.settings.retention, self._context.keyring, 0
        for keep, words in ((kept.words, True), (kept.files, False)):
            while True:
                ids = await self._read(partial(ageing.overdue, now=now(), keep=keep, limit=_TICKETS, words=words))
                if not ids:
                    break
                await self._write(partial(ageing.forget, keyring=keyring, ids=ids, now=now(), words=words))
                total += len(ids)
        return total

    async def _items(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for kind, value in await self._read(lambda c: c.execute(select(ITEM.c.kind, ITEM.c.value)).all()):
            found.setdefault(kind, set()).add(value)
        return found

    async def _read(self, work: Callable[[Connection], Result]) -> Result:
        with unavailable(self._database.url):
            return await self._database.read(work)

    async def _write(self, work: Callable[[Connection], Any]) -> Any:
        unit = WorkUnit(work)
        await self._writer.submit([unit])
        return unit.result

    # -- rows ------------------------------------------------------------------------------------------------------------

    async def _forget_rows(self, person: finding.Person) -> None:
        """Everything in the database, a piece at a time, until nothing is left to be found."""
        keyring = self._context.keyring
        for _ in range(_ROUNDS):
            tickets = await self._read(lambda c: finding.own_tickets(c, person))
            for some in pieces(tickets, _TICKETS):
                await self._piece(person, partial(rows.forget_tickets, keyring=keyring, ids=some, now=now()))
            messages = await self._read(lambda c: finding.written(c, person))
            for some in pieces(messages, 200):
                await self._piece(person, partial(_others_messages, keyring=keyring, ids=some))
            held = await self._read(lambda c: finding.held(c, person))
            for some in pieces(held, 50):
                await self._piece(person, partial(rows.forget_held, keyring=keyring, ids=some, now=now()))
            others = await self._read(lambda c: finding.took_part(c, person))
            for some in pieces(others, _TICKETS):
                await self._piece(person, partial(rows.leave_others, ticket_ids=some, values=person.values))
            if not (tickets or messages or held or others):
                break
        await self._piece(person, lambda c: rows.forget_contacts(c, person.contacts, person.points, person.values))

    async def _piece(self, person: finding.Person, work: Callable[[Connection], Forgotten]) -> None:
        def piece(connection: Connection) -> None:
            done = work(connection)
            rows.note(connection, person.erasure_id, done)
            _count(connection, person.erasure_id, done.counts)

        await self._write(piece)

    async def _forget_causes(self, items: dict[str, set[str]]) -> None:
        """Under which causes messages were recorded, and what commands about tickets were answered: one walk through all causes."""
        sources, tickets = items.get("source", set()), items.get("ticket", set())
        if not sources and not tickets:
            return
        after = ""
        while True:
            page = await self._read(partial(_causes, after=after))
            renamed = {
                row.id: f"erased:{tombs(self._context.keyring, row.id)[0]}"
                for row in page
                if row.kind == "inbound" and _source_in(row.id, sources)
            }
            answers = [
                (row.id, row.result)
                for row in page
                if row.id not in renamed and row.result and any(str(each) in tickets for each in row.result.values())
            ]
            for some in pieces(renamed.items(), 200):
                await self._write(partial(rows.forget_causes, renamed=dict(some), answers=()))
            for some_answers in pieces(answers, 200):
                await self._write(partial(rows.forget_causes, renamed={}, answers=some_answers))
            if len(page) < _PAGE:
                return
            after = page[-1].id


def _causes(connection: Connection, after: str) -> Sequence[Any]:
    columns = (CAUSE.c.id, CAUSE.c.kind, CAUSE.c.result)
    return connection.execute(select(*columns).where(CAUSE.c.id > after).order_by(CAUSE.c.id).limit(_PAGE)).all()


def _source_in(cause: str, sources: Collection[str]) -> bool:
    """Whether a cause, ``inbound:<source>:<inbox>`` or that and a place in the stream, is one of these sources'."""
    name = cause.removeprefix("inbound:")
    for _ in range(4):
        if name in sources:
            return True
        name, colon, _rest = name.rpartition(":")
        if not colon:
            return False
    return False


def _others_messages(connection: Connection, keyring: Any, ids: Sequence[str]) -> Forgotten:
    done = Forgotten()
    rows.forget_messages(connection, keyring, ids, now(), done)
    blank = {"data": {}, "reason": ""}
    connection.execute(update(EVENT).where(EVENT.c.message_id.in_(ids)).values(blank))
    return done


def _keep(connection: Connection, person: finding.Person) -> None:
    points = [{"kind": kind, "value": value} for kind, value in person.points]
    connection.execute(update(ERASURE).where(ERASURE.c.id == person.erasure_id).values(points=points))


def _count(connection: Connection, erasure_id: str, counts: dict[str, int]) -> None:
    before = connection.execute(select(ERASURE.c.counts).where(ERASURE.c.id == erasure_id)).scalar() or {}
    summed = {name: before.get(name, 0) + counts.get(name, 0) for name in {**before, **counts}}
    connection.execute(update(ERASURE).where(ERASURE.c.id == erasure_id).values(counts=summed))


def _done(connection: Connection, ids: Sequence[str], counts: dict[str, int]) -> None:
    for each in ids:
        _count(connection, each, counts)
    connection.execute(delete(ITEM))
    connection.execute(update(ERASURE).where(ERASURE.c.id.in_(ids)).values(points=[], done_at=now()))
