"""The task that forgets: it takes up whatever erasure is not done, and goes on until it is. All of it may be interrupted anywhere.

The database comes first, in pieces of a few tickets, each in a transaction of its own which also notes what is to go elsewhere; then
the streams, then files that nobody refers to any more; last the space on disk where the words stood. Only then is an erasure done.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, delete, select, update

from services.store.engine import Database
from services.store.errors import StoreError, unavailable
from services.store.forgetting import ageing, finding, others, rows
from services.store.forgetting.away import forget_files, forget_messages, forget_waiting
from services.store.forgetting.disk import overwrite
from services.store.forgetting.naming import Names
from services.store.forgetting.rows import CAUSE, ITEM, TICKET, Forgotten
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
# Walking through the streams takes its time: whoever sends an erased mail again and again has it done now and then, not all the time.
AGAIN_SECONDS = 60.0
# The database is written anew at once for a person; for old tickets, which come every hour, once a day.
ANEW_SECONDS = 24 * 3600.0
# A house that stood still for longer than this forgets old tickets so much later, unless something happens.
ASLEEP = timedelta(days=31)
_TICKETS = 20
_MESSAGES = 200
_PAGE = 2_000
_ROUNDS = 50

ERASURE = table(Erasure)
AGAIN = "system"
"""Whose erasures are of messages that were erased and have come again (`services.router.deciding.inbound`)."""
Result = TypeVar("Result")


class Forgetter:
    """Carries out erasures, one after the other."""

    def __init__(self, context: Context, database: Database, writer: Writer) -> None:
        self._context, self._database, self._writer = context, database, writer
        self._again_at = self._anew_at = 0.0
        self._believed: datetime | None = None

    async def run(self) -> None:
        """For ever: look whether somebody is to be forgotten."""
        loop = asyncio.get_running_loop()
        next_look = loop.time() + AGEING_AFTER
        while True:
            try:
                if self._believed is None:
                    await self._today()
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
        loop = asyncio.get_running_loop()
        only_again = all(row["by"] == AGAIN and not row["points"] for row in open_)
        if not open_ or (only_again and loop.time() < self._again_at):
            return 0
        people: list[finding.Person] = []
        for row in open_:
            if row["points"]:
                people.append(await self._read(partial(finding.whole, erasure=row)))
                # Written down whole: once their contacts are gone, an interrupted erasure could not find the rest of it again.
                await self._write(partial(_keep, person=people[-1]))
                await self._forget_rows(people[-1])
        values = {each: person.at for person in people for each in person.values}
        await self._forget_untied(open_[0]["id"], await self._items(), values)
        items = await self._items()
        waiting = await forget_waiting(self._context, values)
        counts = await forget_messages(self._context, self._writer, open_[0]["id"], items, values)
        items = await self._items()
        await self._forget_causes(items, Names(values))
        files = await forget_files(self._context, self._database, items.get("blob", set()))
        if people or (not only_again and loop.time() >= self._anew_at):
            await overwrite(self._database)
            self._anew_at = loop.time() + ANEW_SECONDS
        if only_again:
            self._again_at = loop.time() + AGAIN_SECONDS
        await self._write(lambda c: _done(c, [row["id"] for row in open_], {**counts, "files": files + waiting}))
        return len(open_)

    async def forget_old(self) -> int:
        """Begin to forget the tickets that are over for longer than is kept (``[retention]``); how many. Raises `StoreError`."""
        kept, keyring, total = self._context.settings.retention, self._context.keyring, 0
        if kept.words is None and kept.files is None:
            return 0
        today = await self._today()
        if today + timedelta(days=1) < now():
            log.warning(
                "the clock is ahead of what happened here; old tickets are kept for longer", believed=str(today)
            )
        for keep, words in ((kept.words, True), (kept.files, False)):
            place = ageing.Place()
            while True:
                look = partial(ageing.overdue, now=today, keep=keep, limit=_TICKETS, after=place, words=words)
                ids, place = await self._read(look)
                if not ids:
                    break
                for some in await self._in_pieces(ids):
                    await self._write(partial(ageing.forget, keyring=keyring, ids=some, now=now(), words=words))
                total += len(ids)
        return total

    async def _today(self) -> datetime:
        """The time, as far as it is believed: what is forgotten does not come back, and a machine may wake up in another year. Time goes
        on as it is measured since the first look, from at most `ASLEEP` after the last that had happened before."""
        passed = timedelta(seconds=asyncio.get_running_loop().time())
        if self._believed is None:
            newest = await self._read(ageing.newest)
            self._believed = (min(now(), newest + ASLEEP) if newest is not None else now()) - passed
        latest = self._believed + passed
        return min(now(), latest + timedelta(days=1))

    async def _items(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for kind, value in await self._read(lambda c: c.execute(select(ITEM.c.kind, ITEM.c.value)).all()):
            found.setdefault(kind, set()).add(value)
        return found

    async def _read(self, work: Callable[[Connection], Result]) -> Result:
        with unavailable(self._database.url):
            return await self._database.read_aside(work)

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
            for some in await self._in_pieces(tickets):
                await self._piece(person, partial(rows.forget_tickets, keyring=keyring, ids=some, now=now()))
            messages = await self._read(lambda c: finding.written(c, person))
            for some in pieces(messages, _MESSAGES):
                await self._piece(person, partial(others.forget_written, keyring=keyring, ids=some, now=now()))
            held = await self._read(lambda c: finding.held(c, person))
            for some in pieces(held, 50):
                await self._piece(person, partial(rows.forget_held, keyring=keyring, ids=some, now=now()))
            named = await self._read(lambda c: finding.took_part(c, person))
            left = 0
            for some in await self._in_pieces(named):
                leave = partial(others.leave_others, keyring=keyring, ticket_ids=some, values=person.values, now=now())
                left += sum((await self._piece(person, leave)).values())
            # Not everything in which an address is found names it: it may be a part of another's.
            if not (tickets or messages or held or left):
                break
        await self._piece(person, lambda c: rows.forget_contacts(c, person.contacts, person.points, person.values))
        await self._piece(person, lambda c: others.unname_documents(c, person.values))

    async def _piece(self, person: finding.Person, work: Callable[[Connection], Forgotten]) -> dict[str, int]:
        """Do one, and note with it what is still to be done elsewhere; what went."""

        def piece(connection: Connection) -> dict[str, int]:
            done = work(connection)
            rows.note(connection, person.erasure_id, done)
            _count(connection, person.erasure_id, done.counts)
            return done.counts

        counts: dict[str, int] = await self._write(piece)
        return counts

    async def _in_pieces(self, tickets: Sequence[str]) -> list[list[str]]:
        """The tickets in pieces of a few that have not too many messages together; one alone may have."""
        sizes = await self._read(lambda c: rows.sizes(c, tickets))
        found: list[list[str]] = []
        size = 0
        for each in tickets:
            more = sizes.get(each, 0)
            if not found or len(found[-1]) == _TICKETS or size + more > _MESSAGES:
                found.append([])
                size = 0
            found[-1].append(each)
            size += more
        return found

    async def _forget_untied(self, erasure_id: str, items: dict[str, set[str]], values: Collection[str]) -> None:
        tickets = sorted(items.get("ticket", ()))
        if not tickets and not values:
            return
        numbers: set[int] = set()
        for some in pieces(tickets, _MESSAGES):
            wanted = select(TICKET.c.number).where(TICKET.c.id.in_(some))
            numbers.update(await self._read(lambda c, wanted=wanted: c.execute(wanted).scalars().all()))  # type: ignore[misc]

        def piece(connection: Connection) -> None:
            done = others.forget_untied(connection, self._context.keyring, values, numbers, now())
            rows.note(connection, erasure_id, done)
            _count(connection, erasure_id, done.counts)

        await self._write(piece)

    async def _forget_causes(self, items: dict[str, set[str]], names: Names) -> None:
        """Under which causes messages were recorded, and what commands were answered that are about these tickets or name somebody: one
        walk through all causes."""
        sources, tickets = items.get("source", set()), items.get("ticket", set())
        if not (sources or tickets or names.values):
            return
        after = ""
        while True:
            page = await self._read(partial(_causes, after=after))
            renamed = {
                row.id: f"erased:{tombs(self._context.keyring, row.id)[0]}"
                for row in page
                if row.kind == "inbound" and (_source_in(row.id, sources) or names.are_in(row.id))
            }
            answers = [
                (row.id, row.result)
                for row in page
                if row.id not in renamed and row.result and any(str(each) in tickets for each in row.result.values())
            ]
            unnamed = [
                (row.id, names.without(row.result)) for row in page if row.result and names.are_in(str(row.result))
            ]
            for some in pieces(renamed.items(), 200):
                await self._write(partial(rows.forget_causes, renamed=dict(some), answers=()))
            for some_answers in pieces(answers, 200):
                await self._write(partial(rows.forget_causes, renamed={}, answers=some_answers))
            known = {cause for cause, _ in answers} | renamed.keys()
            for some_named in pieces((each for each in unnamed if each[0] not in known), 200):
                await self._write(partial(rows.rename_in_causes, answers=some_named))
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
    connection.execute(delete(ITEM).where(ITEM.c.erasure_id.in_(ids)))  # others may have been noted meanwhile
    connection.execute(update(ERASURE).where(ERASURE.c.id.in_(ids)).values(points=[], done_at=now()))
