"""``store.query.blocked``: the points from which everything is quarantined."""

from sqlalchemy import func, select, true

from services.store.models import Contact, ContactPoint, table
from services.store.reading import QueryContext
from shared.messages.gathering import BlockedPage, BlockedQuery, BlockedView

PER_PAGE = 200
_MOST_PAGES = 10_000

_point, _contact = table(ContactPoint), table(Contact)


async def list_blocked(context: QueryContext, query: BlockedQuery) -> BlockedPage:
    """A page of the blocked points, in their order. Raises DatabaseUnavailable."""
    size = max(1, min(query.per_page, PER_PAGE))
    blocked = _point.c.blocked == true()
    statement = (
        select(_point.c.kind, _point.c.value, _point.c.contact_id, _contact.c.name)
        .outerjoin_from(_point, _contact, _contact.c.id == _point.c.contact_id)
        .where(blocked)
        .order_by(_point.c.kind, _point.c.value)
        .limit(size)
        .offset((max(1, min(query.page, _MOST_PAGES)) - 1) * size)
    )
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(statement)).mappings().all()
        total = int((await connection.execute(select(func.count()).select_from(_point).where(blocked))).scalar_one())
    return BlockedPage(items=[BlockedView(**{**row, "name": row["name"] or ""}) for row in rows], total=total)
