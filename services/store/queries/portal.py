"""``store.query.portal``: whose session it is, and which tickets they may see.

Theirs are the tickets of the contact who has the proven point: those in the name of this very point, and, where the point is known to be
the contact's own (``verified``), also those in the name of other points that are. What somebody merely wrote down for the contact opens
nothing but what is in its own name, and nothing of what is in its name is shown to others. A ticket of theirs that became part of one in
another name stays in their list, and stands as that one does; which words of it are theirs is said in the desk.
"""

import unicodedata
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.models import Contact, ContactPoint, Ticket, table
from services.store.portal import SESSION
from services.store.reading import QueryContext
from shared.clock import now
from shared.messages.facts import point_key
from shared.messages.parts import Point
from shared.messages.portal import PortalAnswer, PortalQuery, PortalTicket, PortalWho

MOST: Final = 50
"""Tickets of a page."""
SEARCHED: Final = 500
"""Words are looked for in so many of the newest tickets."""
_POINTS: Final = 100
_WORDS: Final = 8
_LARGEST: Final = 2**31 - 1
_LONGEST: Final = 4_000

_ticket, _contact, _point = table(Ticket), table(Contact), table(ContactPoint)
_whole = _ticket.alias("whole")
_OWN = ("number", "subject", "created_at")
_STANDING = ("status", "updated_at", "customer_confirmed_at")
_SHOWN = (*_OWN, "status", "updated_at")


async def read_portal(context: QueryContext, query: PortalQuery) -> PortalAnswer:
    """Who is signed in, and a page of their tickets. Raises DatabaseUnavailable."""
    async with context.reader.snapshot() as connection:
        found = await _who(connection, query.session_id, now())
        if found is None:
            return PortalAnswer()
        who, contact_id = found
        if query.per_page < 1:
            return PortalAnswer(who=who)
        names = await _names(connection, who, contact_id)
        return await _tickets(connection, query, who, contact_id, names)


async def _who(connection: AsyncConnection, session_id: str, at: datetime) -> tuple[PortalWho, str] | None:
    """Whose session it is, and the contact who has the point now; null where it is over, or the point nobody's or blocked."""
    wanted = select(SESSION).where(SESSION.c.id == session_id.replace("\0", ""), SESSION.c.ended_at.is_(None))
    session = (await connection.execute(wanted)).mappings().one_or_none()
    if session is None or session["expires_at"] <= at:
        return None
    point = Point(kind=session["kind"], value=session["value"])
    owner = (
        select(_contact.c.id, _contact.c.name, _contact.c.language, _contact.c.timezone, _point.c.verified)
        .join(_contact, _contact.c.id == _point.c.contact_id)
        .where(_point.c.key == point_key(point.kind, point.value), _point.c.blocked.is_(False))
    )
    row = (await connection.execute(owner)).mappings().one_or_none()
    if row is None:
        return None
    who = PortalWho(
        point=point,
        name=row["name"],
        language=row["language"],
        timezone=row["timezone"],
        alone=not row["verified"],
        expires_at=session["expires_at"],
    )
    return who, row["id"]


async def _names(connection: AsyncConnection, who: PortalWho, contact_id: str) -> list[str]:
    """In whose names tickets are shown."""
    names = {who.point.value}
    if not who.alone:
        wanted = select(_point.c.value).where(_point.c.contact_id == contact_id, _point.c.verified)
        names |= {value for (value,) in await connection.execute(wanted.limit(_POINTS))}
    return sorted(names)


async def _tickets(
    connection: AsyncConnection, query: PortalQuery, who: PortalWho, contact_id: str, names: list[str]
) -> PortalAnswer:
    elsewhere = and_(_ticket.c.status == "merged", _whole.c.internal.is_(False), _whole.c.customer.not_in(names))
    conditions: list[ColumnElement[bool]] = [
        _ticket.c.contact_id == contact_id,
        _ticket.c.customer.in_(names),
        _ticket.c.internal.is_(False),
        or_(_ticket.c.status != "merged", elsewhere),
        _now("status") != "spam",
    ]
    if query.wanted is not None:
        conditions.append(_ticket.c.number == min(max(query.wanted, 0), _LARGEST))
    if query.statuses:
        conditions.append(_now("status").in_(query.statuses))
    columns: list[Any] = [*(_ticket.c[name] for name in _OWN), *(_now(name).label(name) for name in _STANDING)]
    words = _folded(query.words).split()[:_WORDS]
    if words:
        columns += [func.substr(_ticket.c[name], 1, _LONGEST).label(name) for name in ("problem", "solution")]
    per_page = min(query.per_page, MOST)
    start = (min(max(query.page, 1), 10_000) - 1) * per_page
    both = _ticket.outerjoin(_whole, and_(_ticket.c.status == "merged", _whole.c.id == _ticket.c.merged_into))
    wanted = (
        select(*columns)
        .select_from(both)
        .where(*conditions)
        .order_by(_ticket.c.created_at.desc(), _ticket.c.number.desc())
    )
    wanted = wanted.limit(SEARCHED) if words else wanted.limit(per_page + 1).offset(start)
    rows = list((await connection.execute(wanted)).mappings())
    if words:
        rows = [row for row in rows if _fits(row, words)][start:]
    return PortalAnswer(who=who, tickets=[_view(row) for row in rows[:per_page]], more=len(rows) > per_page)


def _now(name: str) -> ColumnElement[Any]:
    """How a ticket stands; one that became part of another one stands as that one does."""
    return case((_ticket.c.status == "merged", _whole.c[name]), else_=_ticket.c[name])


def _view(row: RowMapping) -> PortalTicket:
    # Part of a part: how the innermost one stands would take another look for each; it is under way somewhere.
    status = "open" if row["status"] == "merged" else row["status"]
    return PortalTicket(
        **{name: row[name] for name in _SHOWN} | {"status": status}, confirmed=row["customer_confirmed_at"] is not None
    )


def _fits(row: RowMapping, words: list[str]) -> bool:
    """Whether all words stand in it, as beginnings or parts of words; a number counts with or without ``T-``."""
    text = _folded(f"t-{row['number']} {row['subject']} {row['problem'] or ''} {row['solution'] or ''}")
    return all(word in text for word in words)


def _folded(text: str) -> str:
    """Without case and diacritics; Polish and Croatian letters that do not come apart are replaced."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))
    return bare.translate(str.maketrans("łđ", "ld"))
