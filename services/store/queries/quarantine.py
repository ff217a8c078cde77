"""``store.query.quarantine`` and ``store.query.held``: what is held back, and why."""

from sqlalchemy import Select, func, select
from sqlalchemy.engine import RowMapping

from services.store.models import Held, Ticket, table
from services.store.queries.views import number_text
from services.store.reading import QueryContext
from shared.messages.inbound import Inbound
from shared.messages.parts import Reason
from shared.messages.quarantine import HeldAnswer, HeldContent, HeldQuery, HeldView, QuarantinePage, QuarantineQuery

MOST_PER_PAGE = 200
_SHOWN = 50_000

_held, _ticket = table(Held), table(Ticket)
_COLUMNS = [column for column in _held.c if column.name not in ("message", "source_id", "inboxes")]


def _views() -> Select[tuple[object, ...]]:
    number = _ticket.c.number.label("ticket_number")
    return select(*_COLUMNS, number).outerjoin_from(_held, _ticket, _ticket.c.id == _held.c.ticket_id)


async def list_held(context: QueryContext, query: QuarantineQuery) -> QuarantinePage:
    """A page of held messages, newest first. Raises DatabaseUnavailable."""
    size = max(1, min(query.per_page, MOST_PER_PAGE))
    over = [(query.released, _held.c.released_at), (query.discarded, _held.c.discarded_at)]
    conditions = [column.is_(None) for shown, column in over if not shown]
    count = select(func.count()).select_from(_held).where(*conditions)
    statement = (
        _views()
        .where(*conditions)
        .order_by(_held.c.held_at.desc(), _held.c.id)
        .limit(size)
        .offset((max(1, query.page) - 1) * size)
    )
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(statement)).mappings().all()
        total = int((await connection.execute(count)).scalar_one())
    return QuarantinePage(items=[_view(row) for row in rows], total=total)


async def read_held(context: QueryContext, query: HeldQuery) -> HeldAnswer:
    """One held message with what it says; all null where there is none. Raises DatabaseUnavailable."""
    wanted = _held.c.id == query.id.replace("\0", "")
    async with context.reader.snapshot() as connection:
        row = (await connection.execute(_views().where(wanted))).mappings().one_or_none()
        if row is None:
            return HeldAnswer()
        octets = (await connection.execute(select(_held.c.message).where(wanted))).scalar_one()
    message = Inbound.decode(bytes(octets))
    return HeldAnswer(held=_view(row), content=_content(message), message=message if query.whole else None)


def _view(row: RowMapping) -> HeldView:
    shown = {name: row[name] for name in HeldView.model_fields if name in row}
    number = row["ticket_number"]
    ticket = number_text(number) if number is not None else None
    return HeldView.model_validate({**shown, "reason": Reason.model_validate(row["reason"]), "ticket": ticket})


def _content(message: Inbound) -> HeldContent:
    return HeldContent(
        sender=message.from_,
        to=message.to[:100],
        cc=message.cc[:100],
        date=message.date,
        text=message.text[:_SHOWN],
        attachments=message.attachments,
        defects=message.defects,
    )
