"""``store.query.held_deliveries``: what a restore holds back until somebody releases it."""

from sqlalchemy import select

from services.store.models import Delivery, Ticket, table
from services.store.queries.views import number_text
from services.store.reading import QueryContext
from shared.messages.outbound import Outbound
from shared.messages.people import HELD_BY_RESTORE, HeldDeliveries, HeldDeliveriesQuery, HeldDelivery

MOST = 500
_delivery, _ticket = table(Delivery), table(Ticket)
_NAMES = ("id", "channel", "inbox", "kind", "to", "created_at", "outbound")


async def list_held_deliveries(context: QueryContext, query: HeldDeliveriesQuery) -> HeldDeliveries:
    """A page of them, by id. Raises DatabaseUnavailable."""
    statement = (
        select(*(_delivery.c[name] for name in _NAMES), _ticket.c.number)
        .outerjoin(_ticket, _ticket.c.id == _delivery.c.ticket_id)
        .where(_delivery.c.state == "unknown", _delivery.c.error == HELD_BY_RESTORE, _delivery.c.id > query.after)
        .order_by(_delivery.c.id)
        .limit(max(1, min(query.limit, MOST)))
    )
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(statement)).mappings().all()
    return HeldDeliveries(
        items=[
            HeldDelivery(
                **{name: row[name] for name in _NAMES if name != "outbound"},
                subject=Outbound.decode(row["outbound"]).subject[:200],
                ticket=number_text(row["number"]) if row["number"] is not None else None,
            )
            for row in rows
        ]
    )
