"""``store.query.list`` and ``store.query.counts``: tickets as the console lists them, in lean lines."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, func, literal, literal_column, or_, select
from sqlalchemy.dialects import postgresql

from services.store.models import OVER, Contact, Held, Ticket, table
from services.store.queries.finding import candidates
from services.store.queries.search import parse_search
from services.store.reading import QueryContext
from shared.messages.listing import (
    LIVING,
    MOST_COUNTED,
    Conditions,
    Counts,
    CountsQuery,
    ListPage,
    ListQuery,
    TicketLine,
)

PER_PAGE: Final = 200
_MOST_PAGES: Final = 10_000
_MOST_VIEWS: Final = 40
_SOON: Final = timedelta(hours=2)
_PREVIEW: Final = 160
_OVER: Final = frozenset(("solved", "closed", "spam"))
_RANK: Final = {"urgent": 0, "high": 1, "normal": 2, "low": 3}

ticket, contact, held = table(Ticket), table(Contact), table(Held)
_first = case((ticket.c.first_responded_at.is_(None), ticket.c.first_response_due), else_=None)
_LEAN = (
    *("id", "number", "subject", "status", "priority", "category", "tags", "channel", "language", "team", "assignee"),
    *("contact_id", "internal", "created_at", "updated_at", "snoozed_until"),
    *("first_responded_at", "first_response_due", "next_response_due", "resolution_due"),
)


async def list_tickets(context: QueryContext, query: ListQuery) -> ListPage:
    """A page of them; numbers that were searched for come first. Raises DatabaseUnavailable."""
    size = max(1, min(query.per_page, PER_PAGE))
    wanted = query.conditions
    dialect = context.reader.dialect
    search = parse_search(wanted.q) if wanted.q.strip() else None
    async with context.reader.snapshot() as connection:
        asked = conditions(wanted, query.now, dialect)
        if search is not None:
            asked.append(ticket.c.id.in_(await candidates(connection, dialect, search)))
        total = await connection.scalar(select(_counted(asked)))
        order = _order(query)
        if search is not None and search.numbers:
            order.insert(0, case((ticket.c.number.in_(search.numbers), 0), else_=1))
        skipped = (max(1, min(query.page, _MOST_PAGES)) - 1) * size
        # Only numbers are sorted: whole rows, with their long texts, would take five times as long, and numbers stand in the indexes.
        numbers = select(ticket.c.number).where(*asked).order_by(*order).limit(size).offset(skipped)
        lines = (
            select(
                *(ticket.c[name] for name in _LEAN),
                func.coalesce(func.nullif(contact.c.name, ""), ticket.c.customer).label("customer"),
                func.substr(ticket.c.problem, 1, _PREVIEW).label("preview"),
            )
            .outerjoin_from(ticket, contact, contact.c.id == ticket.c.contact_id)
            .where(ticket.c.number.in_(numbers))
            .order_by(*order)
        )
        rows = (await connection.execute(lines)).mappings().all()
    return ListPage(items=[_line(dict(row)) for row in rows], total=total or 0)


async def count_tickets(context: QueryContext, query: CountsQuery) -> Counts:
    """How many there are of each. Raises DatabaseUnavailable."""
    counted = {
        name: _counted(conditions(wanted, query.now, context.reader.dialect))
        for name, wanted in list(query.views.items())[:_MOST_VIEWS]
    }
    if query.held:
        waiting = select(held.c.id).where(held.c.released_at.is_(None), held.c.discarded_at.is_(None))
        counted["quarantine"] = _bounded(waiting)
    if not counted:
        return Counts(counts={})
    # One statement: fifty open consoles ask this all day, and the ways there and back took longer than the counting.
    async with context.reader.snapshot() as connection:
        row = (await connection.execute(select(*counted.values()))).one()
    return Counts(counts={name: number or 0 for name, number in zip(counted, row, strict=True)})


def conditions(wanted: Conditions, now: datetime, dialect: str) -> list[ColumnElement[bool]]:
    """What the database is asked, but for the words of a search."""
    asked: list[ColumnElement[bool]] = []
    if wanted.statuses:
        asked.append(ticket.c.status.in_([_storable(each) for each in wanted.statuses]))
        if _OVER.issuperset(wanted.statuses):
            # Says nothing new, but by it the databases see that the index of what is over will do.
            asked.append(literal_column(f"ticket.{OVER}"))
    if wanted.assignee:
        nobody = wanted.assignee == "none"
        asked.append(ticket.c.assignee.is_(None) if nobody else ticket.c.assignee == _storable(wanted.assignee))
    if wanted.mine:
        mine = _storable(wanted.mine)
        asked.append(or_(ticket.c.assignee == mine, _among(ticket.c.collaborators, mine, dialect)))
    if wanted.teams:
        asked.append(ticket.c.team.in_([_storable(each) for each in wanted.teams]))
    for name in ("channel", "inbox", "priority", "category", "language", "contact_id"):
        asked += [ticket.c[name] == _storable(value)] if (value := getattr(wanted, name)) else []
    if wanted.tag:
        asked.append(_among(ticket.c.tags, _storable(wanted.tag), dialect))
    if wanted.due:
        asked.append(_due(now, wanted.due))
    if wanted.snoozed is not None:
        asleep = ticket.c.snoozed_until.is_not(None)
        asked.append(asleep if wanted.snoozed else ticket.c.snoozed_until.is_(None))
    return asked


def _due(now: datetime, which: str) -> ColumnElement[bool]:
    """The next of its deadlines has passed, or will soon."""
    deadlines = (_first, ticket.c.next_response_due, ticket.c.resolution_due)
    passed = or_(*(each < now for each in deadlines))
    if which == "soon":
        near = or_(*(and_(each >= now, each < now + _SOON) for each in deadlines))
        return and_(ticket.c.status.in_(LIVING), near)
    return and_(ticket.c.status.in_(LIVING), passed)


def _among(column: ColumnElement[Any], value: str, dialect: str) -> ColumnElement[bool]:
    if dialect == "postgresql":
        return column.cast(postgresql.JSONB).contains(literal([value], postgresql.JSONB))
    each = func.json_each(column).table_valued("value")
    return select(literal(1)).select_from(each).where(each.c.value == value).exists()


def _counted(asked: list[ColumnElement[bool]]) -> ScalarSelect[int]:
    return _bounded(select(ticket.c.number).where(*asked))


def _bounded(rows: Select[Any]) -> ScalarSelect[int]:
    return select(func.count()).select_from(rows.limit(MOST_COUNTED).subquery()).scalar_subquery()


def _order(query: ListQuery) -> list[ColumnElement[Any]]:
    newest: list[ColumnElement[Any]] = [ticket.c.created_at.desc(), ticket.c.number.desc()]
    match query.order:
        case "updated":
            return [ticket.c.updated_at.desc(), ticket.c.number.desc()]
        case "oldest":
            return [ticket.c.created_at, ticket.c.number]
        case "priority":
            return [case(_RANK, value=ticket.c.priority, else_=4), *newest]
        case "due":
            far = datetime(9999, 1, 1, tzinfo=query.now.tzinfo)
            each = [
                func.coalesce(column, far) for column in (_first, ticket.c.next_response_due, ticket.c.resolution_due)
            ]
            living = ticket.c.status.in_(LIVING)
            first: ColumnElement[Any] = case(
                (~living, far),
                (and_(each[0] <= each[1], each[0] <= each[2]), each[0]),
                (each[1] <= each[2], each[1]),
                else_=each[2],
            )
            return [first, *newest]
    return newest


def _line(row: dict[str, Any]) -> TicketLine:
    answered = row.pop("first_responded_at")
    deadlines = (
        None if answered else row.pop("first_response_due"),
        row.pop("next_response_due"),
        row.pop("resolution_due"),
    )
    row.pop("first_response_due", None)
    due = min((each for each in deadlines if each), default=None) if row["status"] in LIVING else None
    return TicketLine(**row, due=due)


def _storable(value: str) -> str:
    # PostgreSQL refuses a NUL in a comparison; no stored text has one, so what it is replaced by is not found either.
    return value.replace("\0", "\ufffd")
