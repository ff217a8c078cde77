"""``store.query.register``: the customer ticket tracking register, in pages, oldest ticket first.

A page is found by where the one before it ended, never by counting, so that the last page of very many costs what the first does; and
what is read at a time is bounded in tickets and in characters, so that memory is, too. Internal tickets have no customer and do not
stand in the register, nor does spam where nobody asks for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.models import AuditEvent, Contact, ContactPoint, Entry, Ticket, table
from services.store.reading import QueryContext
from shared.bus.errors import RemoteError
from shared.messages.parts import Point
from shared.messages.record import LONGEST, EnquiryMade, HandOver, RegisterLine, RegisterPage, RegisterQuery
from shared.messages.ticket import EntryView, Evidence, Satisfaction

MOST = 100
"""Lines of a page."""
_TOGETHER = 50
"""Tickets whose entries and events are in memory at a time."""
_EACH = 200
"""Entries, and as many events, of one ticket."""
_PAGE_BYTES = 3 * 1024 * 1024
_ENTRY_TEXT = 2_000
_LARGEST = 2**31 - 1

_ticket, _entry, _event = table(Ticket), table(Entry), table(AuditEvent)
_contact, _point = table(Contact), table(ContactPoint)

_TEXTS = ("problem", "details", "impact", "solution", "tested", "root_cause", "preventive_action", "subject", "product")
_PLAIN = (
    *("id", "number", "kind", "category", "priority", "status", "team", "assignee", "customer", "channel"),
    *("contact_id", "created_at", "received_at", "received_by", "received_via", "evidence", "satisfaction"),
    *("solved_at", "solved_by", "tested_by", "closed_at", "customer_confirmed_at", "preventive_owner"),
    *("preventive_due", "preventive_verified_at", "preventive_verified_by"),
)
_TOLD = ("status_asked", "ticket_changed", "handed_over", "hand_over_imported", "enquiry_imported")


async def read_register(context: QueryContext, query: RegisterQuery) -> RegisterPage:
    """A page of the register. Raises DatabaseUnavailable, and RemoteError ``invalid`` for an ``after`` that no page gave."""
    conditions = _conditions(query)
    begin = _after(query.after) if query.after is not None else true()
    limit = max(1, min(query.limit, MOST))
    page = RegisterPage(lines=[])
    async with context.reader.snapshot() as connection:
        if query.after is None:
            counted = await connection.execute(select(func.count()).select_from(_ticket).where(*conditions))
            page.total = counted.scalar_one()
        statement = (
            select(
                *(_ticket.c[name] for name in _PLAIN),
                *(func.substr(_ticket.c[name], 1, LONGEST + 1).label(name) for name in _TEXTS),
            )
            .where(*conditions, begin)
            .order_by(_ticket.c.created_at, _ticket.c.number)
            .limit(limit + 1)
        )
        rows = (await connection.execute(statement)).mappings().all()
        shown, size = rows[:limit], 0
        for start in range(0, len(shown), _TOGETHER):
            for row, line in await _lines(connection, shown[start : start + _TOGETHER]):
                size += len(line.model_dump_json())
                page.lines.append(line)
                last = row is rows[-1]
                if size > _PAGE_BYTES or last:
                    page.next = None if last else _place(row)
                    return page
        if len(rows) > limit:
            page.next = _place(shown[-1])
    return page


def _conditions(query: RegisterQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_ticket.c.internal.is_(False)]
    if query.number is not None:
        found.append(_ticket.c.number == min(query.number, _LARGEST))
    if query.status:
        found.append(_ticket.c.status.in_([each.strip() for each in _storable(query.status).split(",")]))
    elif query.number is None:
        found.append(_ticket.c.status != "spam")
    if query.since is not None:
        found.append(_ticket.c.created_at >= query.since)
    if query.until is not None:
        found.append(_ticket.c.created_at < query.until)
    for column, value in ((_ticket.c.team, query.team), (_ticket.c.category, query.category)):
        if value:
            found.append(column == _storable(value))
    return found


def _storable(value: str) -> str:
    # PostgreSQL refuses a NUL in a comparison; no stored text has one.
    return value.replace("\0", "\ufffd")


def _place(row: RowMapping) -> str:
    return f"{row['created_at'].isoformat()}/{row['number']}"


def _after(place: str) -> ColumnElement[bool]:
    """The tickets behind this place. The first condition says nothing that the second does not: by it the index is entered."""
    written, _, number = place.rpartition("/")
    try:
        at = datetime.fromisoformat(written)
        after = int(number)
    except ValueError:
        raise RemoteError("invalid", f"after: {place[:100]!r} is no place in the register") from None
    if not 0 <= after <= _LARGEST or at.tzinfo is None:
        raise RemoteError("invalid", f"after: {place[:100]!r} is no place in the register")
    at = at.astimezone(UTC)
    behind = or_(_ticket.c.created_at > at, and_(_ticket.c.created_at == at, _ticket.c.number > after))
    return and_(_ticket.c.created_at >= at, behind)


async def _lines(connection: AsyncConnection, rows: Sequence[RowMapping]) -> list[tuple[RowMapping, RegisterLine]]:
    ids = [row["id"] for row in rows]
    names, points = await _people(connection, {row["contact_id"] for row in rows if row["contact_id"]})
    entries, events = await _entries(connection, ids), await _events(connection, ids)
    found = []
    for row in rows:
        line = _line(row)
        line.customer = names.get(row["contact_id"], "")
        line.points = points[row["contact_id"]] or _written(row["customer"])
        line.entries = entries[row["id"]]
        line.hand_overs, line.enquiries = _hand_overs(events[row["id"]]), _enquiries(events[row["id"]])
        found.append((row, line))
    return found


def _line(row: RowMapping) -> RegisterLine:
    """What the ticket's own columns say."""
    same = {name: row[name] for name in RegisterLine.model_fields if name in row}
    texts = {name: _cut(row[name] or "", LONGEST) for name in _TEXTS}
    empty = ("received_by", "solved_by", "tested_by", "preventive_owner", "preventive_verified_by")
    return RegisterLine.model_validate(
        {
            **same,
            **texts,
            **{name: row[name] or "" for name in empty},
            "received_at": row["received_at"] or row["created_at"],
            "received_via": row["received_via"] or row["channel"],
            "evidence": _evidence(row["evidence"]),
            "satisfaction": Satisfaction.model_validate(row["satisfaction"]) if row["satisfaction"] else None,
        }
    )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _evidence(pieces: Iterable[Any]) -> list[Evidence]:
    found = [Evidence.model_validate(piece) for piece in list(pieces or ())[:_EACH]]
    for each in found:
        each.note = _cut(each.note, _ENTRY_TEXT)
    return found


def _written(customer: str) -> list[Point]:
    """The customer of a ticket that belongs to no contact."""
    return [Point(kind="email" if "@" in customer else "other", value=customer)] if customer else []


async def _people(connection: AsyncConnection, ids: set[str]) -> tuple[Mapping[str, str], Mapping[str, list[Point]]]:
    points: dict[str, list[Point]] = defaultdict(list)
    if not ids:
        return {}, points
    names = await connection.execute(select(_contact.c.id, _contact.c.name).where(_contact.c.id.in_(ids)))
    found = {row.id: row.name for row in names}
    chosen = select(_point.c.contact_id, _point.c.kind, _point.c.value).where(_point.c.contact_id.in_(ids))
    for row in await connection.execute(chosen.order_by(_point.c.kind, _point.c.value)):
        if len(points[row.contact_id]) < _EACH:
            points[row.contact_id].append(Point(kind=row.kind, value=row.value))
    return found, points


async def _entries(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, list[EntryView]]:
    found: dict[str, list[EntryView]] = defaultdict(list)
    for row in await _first(connection, _entry, _entry.c.ticket_id.in_(ids)):
        entry = EntryView.model_validate({name: row[name] for name in EntryView.model_fields})
        for name, value in entry.data.items():
            if isinstance(value, str):
                entry.data[name] = _cut(value, _ENTRY_TEXT)
        if entry.data.get("evidence"):
            pieces = _evidence(entry.data["evidence"])
            entry.data["evidence"] = [each.model_dump(mode="json") for each in pieces]
        found[row["ticket_id"]].append(entry)
    return found


async def _events(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, list[RowMapping]]:
    found: dict[str, list[RowMapping]] = defaultdict(list)
    for row in await _first(connection, _event, and_(_event.c.ticket_id.in_(ids), _event.c.what.in_(_TOLD))):
        found[row["ticket_id"]].append(row)
    return found


async def _first(connection: AsyncConnection, source: Any, condition: ColumnElement[bool]) -> Sequence[RowMapping]:
    """The first rows of each ticket that meet a condition, in the order of storing."""
    place = func.row_number().over(partition_by=source.c.ticket_id, order_by=source.c.seq).label("place")
    numbered = select(*source.c, place).where(condition).subquery()
    statement = select(numbered).where(numbered.c.place <= _EACH).order_by(numbered.c.seq)
    return (await connection.execute(statement)).mappings().all()


def _hand_overs(events: Sequence[RowMapping]) -> list[HandOver]:
    """When the ticket went to whom: each team it came to, each agent it was taken from. What a hand-over says counts more than the changes
    that it made."""
    handed = {event["at"] for event in events if event["what"] == "handed_over"}
    found = []
    for event in events:
        data = event["data"] or {}
        if event["what"] in ("handed_over", "hand_over_imported"):
            pairs = [(_names(data.get("from")), _names(data.get("to")))]
        elif event["what"] == "ticket_changed" and event["at"] not in handed:
            pairs = _moves(data)
        else:
            continue
        reason = str(data.get("reason") or event["reason"] or "")
        found += [
            HandOver(at=event["at"], was=was, to=to, reason=_cut(reason, _ENTRY_TEXT), by=event["actor"])
            for was, to in pairs
        ]
    return found


def _moves(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    changes = data.get("changes") or {}
    if "team" in data and "team" not in changes and data["team"]:
        changes = {**changes, "team": [None, data["team"]]}
    team, agent = changes.get("team"), changes.get("assignee")
    pairs = [team] if team else []
    if agent and agent[0]:
        pairs.append(agent)
    return [(_names(was), _names(to)) for was, to in pairs]


def _names(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _enquiries(events: Sequence[RowMapping]) -> list[EnquiryMade]:
    return [
        EnquiryMade(at=event["at"], channel=event["channel"])
        for event in events
        if event["what"] in ("status_asked", "enquiry_imported")
    ]
