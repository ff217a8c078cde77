"""The store as a room: the only owner of the database.

It answers ``store.facts``, ``store.commit``, ``store.claim``, ``store.ledger`` and ``store.query.<name>``, records delivery reports,
relays the outbox and wakes what is due. Any number of stores may run on one PostgreSQL; SQLite has one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog
from nats.aio.msg import Msg
from pydantic_core import to_json
from sqlalchemy import Connection

from services.store import metrics
from services.store.engine import Database, database_url, open_database
from services.store.errors import DatabaseUnavailable, Expired, Stopping
from services.store.facts import gather
from services.store.forgetting.task import Forgetter
from services.store.forgetting.tombs import add_erased
from services.store.group import ClaimUnit, CommitUnit, NoteUnit, ReleaseUnit, ReportUnit
from services.store.handing import HandingOut
from services.store.ledger import parts
from services.store.migrations import migrate
from services.store.queries import QUERIES
from services.store.reading import QueryContext, Reader
from services.store.relay import Relay
from services.store.unfinished import look_whole
from services.store.waking import Waker, sweep, tidy
from services.store.writer import Writer
from shared.bus import errors, rpc, subjects
from shared.bus.errors import BusUnavailable, RemoteError
from shared.bus.pull import ContinuousPull
from shared.bus.retry import FailurePolicy, RetryPump, isolating
from shared.clock import now
from shared.ending import end
from shared.messages.base import NewerVersion, Undecodable, Versioned
from shared.messages.changeset import CommitReply, CommitRequest
from shared.messages.facts import Facts, FactsRequest
from shared.messages.outbound import ClaimReply, ClaimRequest, DeliveryReport
from shared.messages.ticket import LedgerNote
from shared.service import Context

log = structlog.get_logger(__name__)

QUEUE = "store"
RELAY_SECONDS = 5.0

Asked = TypeVar("Asked", bound=Versioned)


class StoreService:
    """The room. ``database_url`` is empty for SQLite in the data folder, else ``postgresql://…``."""

    name = "store"

    def __init__(self, context: Context, *, database_url: str) -> None:
        self._context = context
        self._url = database_url
        self._database: Database | None = None
        self._reader: Reader | None = None
        self._waker = Waker()
        self._servers: list[rpc.Server] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._failures = FailurePolicy(context.bus, subjects.STORE_DELIVERY)
        self._pull: ContinuousPull | None = None
        self._retries: RetryPump | None = None
        self._relay: Relay | None = None
        self._writer: Writer | None = None
        self._handing: HandingOut | None = None

    async def start(self) -> None:
        """Open and migrate the database, then begin to serve. Raises `DatabaseUnavailable`."""
        context = self._context
        self._database = open_database(database_url(self._url, context.data))
        try:
            await look_whole(self._database, context.data)
            await migrate(self._database)
        except BaseException:
            await self._database.close()
            self._database = None  # whoever stops this room afterwards finds nothing left to close
            raise
        self._reader = Reader(self._database)
        self._relay = Relay(context.publisher, lambda: self.writer.poke())
        self._writer = Writer(self._database, self._relay, self._waker.tell)
        self._writer.start()
        self._handing = HandingOut(context.bus, self._reader, self._writer)
        self._spawn(self._handing.keep(), "store-handing-out")
        if self._database.dialect == "sqlite":
            # SQLite has one store: whatever lies in the outbox when it starts was left by one that is gone. With the bus in this
            # process, too, so has the sender of whatever was being sent.
            await self._writer.submit([ReleaseUnit(leases=context.embedded)])
        self._spawn(self._waker.run(self._writer), "store-waker")
        self._spawn(sweep(self._writer, self._relay), "store-sweeper")
        self._spawn(tidy(self._writer), "store-tidy")
        self._spawn(Forgetter(context, self._database, self._writer).run(), "store-forgetting")
        reports = isolating(self._reports, self._failures)
        durable = subjects.STORE_DELIVERY
        self._pull = ContinuousPull(context.bus, durable.stream, durable.name, reports, window=500, batch_messages=400)
        self._retries = RetryPump(context.bus, self._failures, self._reports)
        await self._pull.start()
        await self._retries.start()
        await self._serve()

    @property
    def writer(self) -> Writer:
        """The writer; the room has been started."""
        if self._writer is None:
            raise RuntimeError("the store was not started")
        return self._writer

    @property
    def reader(self) -> Reader:
        """Read-only access; the room has been started."""
        if self._reader is None:
            raise RuntimeError("the store was not started")
        return self._reader

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(work, name=name))

    async def _serve(self) -> None:
        context = self._context
        query_context = QueryContext(self.reader, context.bus.jetstream(), context.data, context.settings)
        await self._answer(subjects.STORE_FACTS, FactsRequest, self._facts)
        await self._answer(subjects.STORE_COMMIT, CommitRequest, self._commit)
        await self._answer(subjects.STORE_CLAIM, ClaimRequest, self._claim)
        await self._answer(subjects.STORE_LEDGER, LedgerNote, self._note)
        for name, (model, handler) in QUERIES.items():

            async def ask(
                request: Versioned,
                deadline: float | None,
                handler: Callable[[QueryContext, Any], Awaitable[Versioned]] = handler,
            ) -> bytes:
                return (await handler(query_context, request)).encode()

            await self._answer(subjects.query(name), model, ask)

    async def _answer(
        self, subject: str, model: type[Asked], handler: Callable[[Asked, float | None], Awaitable[bytes]]
    ) -> None:
        """Serve ``subject``: what is asked is decoded, what goes wrong is told to the asker by its kind."""

        async def handle(request: rpc.Request) -> bytes:
            try:
                return await handler(model.decode(request.payload), request.deadline)
            except NewerVersion as error:
                raise RemoteError("newer-version", str(error)) from error
            except (Undecodable, ValueError) as error:
                raise RemoteError("invalid", str(error)) from error
            except (DatabaseUnavailable, Stopping) as error:
                raise RemoteError("unavailable", str(error)) from error
            except Expired as error:
                raise RemoteError("expired", str(error)) from error

        self._servers.append(await rpc.serve(self._context.bus, subject, QUEUE, handle))

    # -- requests --------------------------------------------------------------------------------------------------------

    async def _facts(self, request: FactsRequest, deadline: float | None) -> bytes:
        return (await self.facts(request)).encode()

    async def facts(self, request: FactsRequest) -> Facts:
        """All that a batch needs to know, of one moment. Raises `DatabaseUnavailable`."""
        with metrics.FACTS_SECONDS.time():
            return await self.reader.read(lambda connection: self._gather(connection, request))

    def _gather(self, connection: Connection, request: FactsRequest) -> Facts:
        facts = gather(connection, request, now())
        add_erased(connection, request, facts, self._context.keyring)
        return facts

    async def _commit(self, request: CommitRequest, deadline: float | None) -> bytes:
        return (await self.commit(request, deadline)).encode()

    async def commit(self, request: CommitRequest, deadline: float | None = None) -> CommitReply:
        """Write changesets, in order; see `Writer.submit` for what is raised. ``deadline``: seconds since the epoch."""
        broken: set[str] = set()
        units = [CommitUnit(changeset, broken=broken) for changeset in request.changesets]
        await self.writer.submit(units, deadline)
        if self._handing is not None:
            await self._handing.after(request.changesets)
        return CommitReply.model_construct(
            version=CommitReply.VERSION, results=[unit.answer for unit in units if unit.answer]
        )

    async def _claim(self, request: ClaimRequest, deadline: float | None) -> bytes:
        return (await self.claim(request, deadline)).encode()

    async def claim(self, request: ClaimRequest, deadline: float | None = None) -> ClaimReply:
        """Decide who may send; see `Writer.submit` for what is raised."""
        units = [ClaimUnit(request.owner, claim) for claim in request.claims]
        await self.writer.submit(units, deadline)
        return ClaimReply.model_construct(
            version=ClaimReply.VERSION, grants=[unit.answer for unit in units if unit.answer]
        )

    async def _note(self, note: LedgerNote, deadline: float | None) -> bytes:
        for key in note.counts:
            parts(key)
        await self.writer.submit([NoteUnit(note)], deadline)
        return to_json({"note_id": note.note_id})

    async def commit_configuration(self, effective: dict[str, Any], version: str) -> None:
        """Record the effective configuration of the file with what was made at the desk, and hand it to everybody: bucket ``config``, key
        ``effective``, as ``{"version": …, "effective": …}``. ``version`` is the file's. Raises `DatabaseUnavailable`, and the client's
        errors while the bus is away."""
        if self._handing is None:
            raise RuntimeError("the store was not started")
        await self._handing.use(effective, version)

    # -- delivery reports ------------------------------------------------------------------------------------------------

    async def _reports(self, messages: list[Msg]) -> None:
        """Record a batch of reports, then acknowledge them. Raises BusUnavailable while the database is away: they all come back."""
        units: list[ReportUnit] = []
        kept: list[Msg] = []
        for message in messages:
            try:
                units.append(ReportUnit(DeliveryReport.decode(message.data)))
                kept.append(message)
            except NewerVersion as error:
                await self._failures.fail(message, errors.NewerVersion(str(error)))
            except Undecodable as error:
                await self._failures.fail(message, error)
        if not units:
            return
        try:
            await self.writer.submit(units)
        except (DatabaseUnavailable, Stopping) as error:
            raise BusUnavailable(f"reports cannot be recorded: {error}") from error
        for message in kept:
            await message.ack()

    # -- life ------------------------------------------------------------------------------------------------------------

    async def stop(self) -> None:
        """Finish what is in flight, publish what can be published, close the database."""
        for server in self._servers:
            await server.stop()
        for pull in (self._pull, self._retries):
            if pull is not None:
                await pull.stop()
        await end(self._tasks)
        if self._writer is not None and self._relay is not None:
            await self._relay.stop(RELAY_SECONDS)
            self._writer.poke()  # what was published last is removed
            await self._writer.stop()
        if self._database is not None:
            await self._database.close()

    def ready(self) -> dict[str, bool]:
        """The database answers, requests are served, reports are pulled, what is due is woken."""
        return {
            "database": self._writer is not None and self._writer.alive,
            "requests": bool(self._servers) and self._context.bus.is_connected,
            "store-delivery": self._pull is not None and self._pull.healthy,
            "store-delivery-retries": self._retries is not None and self._retries.healthy,
            "waking": bool(self._tasks) and not any(task.done() for task in self._tasks),
        }
