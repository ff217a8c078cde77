"""A database with tickets in it, for tests of the queries: written by the store's own code, without the store around it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from services.store.engine import database_url, open_database
from services.store.group import ClaimUnit, CommitUnit, NoteUnit, Unit, write_group
from services.store.migrations import migrate
from services.store.queries import QUERIES
from services.store.reading import QueryContext, Reader
from shared.bus import topology
from shared.identity import derive
from shared.messages.base import Versioned
from shared.messages.changeset import AddEvent, AddMessage, Changeset, OpenTicket, Operation, PutContact
from shared.messages.outbound import Claim
from shared.messages.parts import Address, Point
from shared.messages.ticket import TicketAnswer, TicketQuery, TicketsPage, TicketsQuery, TicketView
from shared.settings import load
from tests.desk.house import INBOXES
from tests.natsserver import NatsServer
from tests.store import template

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class Archive:
    """``open`` brings the database to its form; ``ticket`` writes one; ``ask`` runs a query's handler."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.database = open_database(database_url(url, folder))
        self.written = 0

    async def open(self, server: NatsServer) -> None:
        if self.database.dialect == "sqlite":
            template.provide(self.folder)
        await migrate(self.database)
        self.server = server
        self.bus = await server.connect("store")
        js = self.bus.jetstream()
        await topology.reconcile(js, replicas=1, inboxes=INBOXES, limits=topology.limits_for(1024**3))
        self.context = QueryContext(Reader(self.database), js, self.folder, load(None, self.folder))

    async def close(self) -> None:
        await self.bus.close()
        await self.database.close()

    async def write(self, units: Sequence[Unit]) -> None:
        async with self.database.writer.begin() as connection:
            await connection.run_sync(write_group, units, [], self.at())
        for unit in units:
            if isinstance(unit, CommitUnit):
                assert unit.answer is not None
                assert unit.answer.outcome == "committed", unit.answer
            assert not isinstance(unit, NoteUnit) or unit.error is None

    async def commit(self, *operations: Operation, **fields: Any) -> None:
        values = {"cause": f"test:{uuid4().hex}", "operations": list(operations), **fields}
        await self.write([CommitUnit(Changeset(**values))])

    async def claim(self, delivery_id: str) -> None:
        """Have the delivery be sent by somebody."""
        unit = ClaimUnit("tests", Claim(delivery_id=delivery_id))
        await self.write([unit])
        assert unit.answer is not None
        assert unit.answer.granted

    def at(self) -> datetime:
        """A minute later each time."""
        self.written += 1
        return START + timedelta(minutes=self.written)

    async def ticket(self, *, text: str = "", author: str = "ana@customer.example", **fields: Any) -> TicketView:
        """A new ticket with one message, as it is shown."""
        at, ticket_id, message_id = self.at(), uuid4().hex, uuid4().hex
        contact_id = derive("contact", "email", author)
        values = {"subject": "Subject", "channel": "email", "inbox": "support", "language": "en", "customer": author}
        await self.commit(
            PutContact(contact_id=contact_id, name="Ana", points=[Point(kind="email", value=author)]),
            OpenTicket(**values | {"ticket_id": ticket_id, "contact_id": contact_id, "created_at": at} | fields),
            self.message(ticket_id, message_id, text=text, author=Address(name="Ana K", address=author), created_at=at),
            AddEvent(what="ticket_opened", ticket_id=ticket_id, actor="router", at=at),
        )
        found = (await self.ask("ticket", TicketQuery(message_id=message_id), TicketAnswer)).ticket
        assert found is not None
        return found

    def message(self, ticket_id: str, message_id: str, **fields: Any) -> AddMessage:
        values: dict[str, Any] = {
            "direction": "in",
            "channel": "email",
            "inbox": "support",
            "author": Address(address="ana@customer.example"),
            "subject": "Subject",
            "created_at": START,
        }
        return AddMessage(**values | {"ticket_id": ticket_id, "message_id": message_id} | fields)

    async def ask(self, name: str, query: Versioned, answer: type[Any]) -> Any:
        """The answer as its asker gets it: through JSON, both ways."""
        model, handler = QUERIES[name]
        reply = await handler(self.context, model.decode(query.encode()))
        return answer.decode(reply.encode())

    async def found(self, **conditions: Any) -> list[str]:
        """The numbers of the tickets that a list or search gives, in its order."""
        page: TicketsPage = await self.ask("tickets", TicketsQuery(**conditions), TicketsPage)
        return [ticket.number for ticket in page.items]
