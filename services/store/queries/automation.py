"""``store.query.webhooks``, ``past`` and ``corrections``: what webhooks were not told, past tickets for rehearsing rules, and what people
corrected."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, text, true
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.models import (
    CORRECTED,
    FAILED_HOOKS,
    HOOKED,
    AuditEvent,
    ContactPoint,
    Delivery,
    Message,
    Ticket,
    table,
)
from services.store.reading import QueryContext
from shared.bus.errors import RemoteError
from shared.identity import OF_DESK
from shared.messages.automation import (
    Correction,
    Corrections,
    CorrectionsQuery,
    FailedHook,
    FailedHooks,
    FailedHooksQuery,
    PastMoment,
    PastPage,
    PastQuery,
    PastTicket,
)
from shared.messages.outbound import Outbound
from shared.settings.made import hook_name

MOST = 200
_TICKETS = 50
_MOMENTS = 200
"""Of one ticket, the oldest so many."""
_TEXT = 1_000
_PROBLEM = 4_000
_MOMENT = ("ticket_opened", "message_received", "message_sent", "status_changed", "ticket_changed")

_delivery, _ticket, _event = table(Delivery), table(Ticket), table(AuditEvent)
_message, _point = table(Message), table(ContactPoint)


# -- webhooks -----------------------------------------------------------------------------------------------------------


async def list_failed_hooks(context: QueryContext, query: FailedHooksQuery) -> FailedHooks:
    """A page, newest first. Raises DatabaseUnavailable."""
    wanted: ColumnElement[bool] = text(FAILED_HOOKS)  # type: ignore[assignment]
    if query.waiting:
        tried = and_(_delivery.c.channel == "api", _delivery.c.state == "queued", _delivery.c.attempt > 0)
        wanted = or_(text(FAILED_HOOKS), tried)
    if query.every:
        wanted = text(HOOKED)  # type: ignore[assignment]
    if query.webhook:
        name = query.webhook.replace("\0", "\ufffd")
        wanted = and_(wanted, _delivery.c.inbox.in_([name, f"{OF_DESK}{name}"]))
    per_page, page = max(1, min(query.per_page, MOST)), max(1, min(query.page, 100_000))
    statement = (
        select(_delivery, _ticket.c.number)
        .select_from(_delivery.outerjoin(_ticket, _ticket.c.id == _delivery.c.ticket_id))
        .where(wanted)
        .order_by(_delivery.c.updated_at.desc(), _delivery.c.id)
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    async with context.reader.snapshot() as connection:
        total = await connection.scalar(select(func.count()).select_from(_delivery).where(wanted))
        rows = (await connection.execute(statement)).mappings().all()
    return FailedHooks(items=[_failed(row) for row in rows], total=total or 0)


def _failed(row: RowMapping) -> FailedHook:
    return FailedHook(
        id=row["id"],
        webhook=hook_name(row["inbox"]),
        event=Outbound.decode(bytes(row["outbound"])).subject,
        ticket=f"T-{row['number']}" if row["number"] is not None else None,
        state=row["state"],
        attempts=row["attempt"],
        error=row["error"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        next_attempt_at=row["next_attempt_at"],
    )


# -- past tickets -------------------------------------------------------------------------------------------------------


async def read_past(context: QueryContext, query: PastQuery) -> PastPage:
    """A page, newest tickets first. Raises DatabaseUnavailable, and RemoteError ``invalid`` for a ``before`` that no page gave."""
    before = _before(query.before) if query.before is not None else true()
    since = _ticket.c.created_at >= query.since if query.since is not None else true()
    limit = max(1, min(query.limit, _TICKETS))
    only = _ticket.c.number == query.number if query.number is not None else true()
    statement = (
        select(_ticket)
        .where(since, before, only, _ticket.c.status != "merged")
        .order_by(_ticket.c.created_at.desc(), _ticket.c.number.desc())
        .limit(limit + 1)
    )
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(statement)).mappings().all()
        shown = rows[:limit]
        ids = [row["id"] for row in shown]
        points = await _points(connection, {row["contact_id"] for row in shown if row["contact_id"]})
        moments = await _moments(connection, ids, texts=query.texts)
    last = f"{shown[-1]['created_at'].isoformat()}/{shown[-1]['number']}" if len(rows) > limit else None
    return PastPage(tickets=[_past(row, points, moments[row["id"]]) for row in shown], next=last)


def _before(place: str) -> ColumnElement[bool]:
    written, _, number = place.rpartition("/")
    try:
        at, below = datetime.fromisoformat(written), int(number)
    except ValueError:
        raise RemoteError("invalid", f"before: {place[:100]!r} is no place among past tickets") from None
    if not 0 <= below < 2**31 or at.tzinfo is None:
        raise RemoteError("invalid", f"before: {place[:100]!r} is no place among past tickets")
    at = at.astimezone(UTC)
    return or_(_ticket.c.created_at < at, and_(_ticket.c.created_at == at, _ticket.c.number < below))


async def _points(connection: AsyncConnection, contacts: set[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    if contacts:
        chosen = select(_point.c.contact_id, _point.c.value).where(_point.c.contact_id.in_(contacts))
        for row in await connection.execute(chosen):
            found[row.contact_id].append(row.value.lower())
    return found


async def _moments(connection: AsyncConnection, ids: Sequence[str], *, texts: bool) -> Mapping[str, list[PastMoment]]:
    found: dict[str, list[PastMoment]] = defaultdict(list)
    place = func.row_number().over(partition_by=_event.c.ticket_id, order_by=_event.c.seq).label("place")
    columns = (_event.c.ticket_id, _event.c.seq, _event.c.what, _event.c.at, _event.c.actor, _event.c.data)
    numbered = (
        select(*columns, _event.c.message_id, place)
        .where(_event.c.ticket_id.in_(ids), _event.c.what.in_(_MOMENT))
        .subquery()
    )
    rows = (
        (await connection.execute(select(numbered).where(numbered.c.place <= _MOMENTS).order_by(numbered.c.seq)))
        .mappings()
        .all()
    )
    words = await _texts(connection, {row["message_id"] for row in rows if row["message_id"]}) if texts else {}
    for row in rows:
        found[row["ticket_id"]].append(
            PastMoment(
                what=row["what"],
                at=row["at"],
                actor=row["actor"],
                data=row["data"] or {},
                text=words.get(row["message_id"], ""),
            )
        )
    return found


async def _texts(connection: AsyncConnection, ids: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    every = sorted(ids)
    for start in range(0, len(every), 500):
        chosen = select(
            _message.c.id,
            _message.c.subject,
            func.substr(_message.c.reply_text, 1, _TEXT).label("said"),
        ).where(_message.c.id.in_(every[start : start + 500]))
        for row in await connection.execute(chosen):
            found[row.id] = f"{row.subject[:200]}\n{row.said or ''}"
    return found


def _past(row: RowMapping, points: Mapping[str, list[str]], moments: list[PastMoment]) -> PastTicket:
    same: dict[str, Any] = {name: row[name] for name in PastTicket.model_fields if name in row}
    theirs = dict.fromkeys([*points.get(row["contact_id"], ()), row["customer"].lower()])
    return PastTicket.model_validate(
        {**same, "problem": (row["problem"] or "")[:_PROBLEM], "points": list(filter(None, theirs)), "moments": moments}
    )


# -- corrections --------------------------------------------------------------------------------------------------------


async def list_corrections(context: QueryContext, query: CorrectionsQuery) -> Corrections:
    """A page, newest first. Raises DatabaseUnavailable."""
    limit = max(1, min(query.limit, MOST))
    before = _event.c.seq < query.before if query.before is not None else true()
    columns = (_ticket.c.number, _ticket.c.subject, _ticket.c.problem, _ticket.c.language, _ticket.c.customer)
    statement = (
        select(_event.c.seq, _event.c.data, _event.c.at, *columns, _ticket.c.channel)
        .join(_ticket, _ticket.c.id == _event.c.ticket_id)
        .where(text(CORRECTED), _event.c.what == f"{query.field}_corrected", before)
        .order_by(_event.c.seq.desc())
        .limit(limit + 1)
    )
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(statement)).mappings().all()
    items = [
        Correction(
            ticket=f"T-{row['number']}",
            was=row["data"].get("from"),
            became=row["data"].get("to"),
            by=row["data"].get("by", ""),
            at=row["at"],
            subject=row["subject"],
            text=(row["problem"] or "")[:_PROBLEM],
            language=row["language"],
            channel=row["channel"],
            customer=row["customer"],
        )
        for row in rows[:limit]
    ]
    return Corrections(items=items, next=rows[limit - 1]["seq"] if len(rows) > limit else None)
