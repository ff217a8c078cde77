"""``store.query.similar``: past tickets that are like a new one, by the words that they have in common.

Each word is looked up by itself, in a bounded way (`occurring`). The few tickets whose messages have the most of it are then read and
compared as a whole.

What else helps to answer a ticket (articles of a knowledge base) is to be asked and ranked beside this: by a query of its own over a search
index of its own, with the same words and weights (`likeness`).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.models import Contact, ContactPoint, Message, Ticket, table
from services.store.queries.likeness import LEAST, READ, Term, common, score, shown, terms
from services.store.queries.occurring import Occurring, look_up
from services.store.reading import QueryContext
from shared.messages.similar import SimilarAnswer, SimilarQuery, SimilarTicket

CANDIDATES = 120
"""Messages whose tickets are considered."""
COMPARED = 24
"""Tickets that are compared as a whole."""
_LOOKED_AT = 1_500
"""Characters of each of their texts."""
SHOWN = 300
"""Characters of a subject, and of a solution."""
WHY = 8
_LARGEST = 2**31 - 1

_ticket, _message, _contact, _point = table(Ticket), table(Message), table(Contact), table(ContactPoint)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is looked for: ``number`` is the ticket that it is of, which is not like itself."""

    subject: str
    words: str
    names: tuple[str, ...] = ()
    number: int | None = None


@dataclass(frozen=True, slots=True)
class _Alike:
    """A ticket's row, the words it has in common, and how alike it is by that."""

    row: Row[Any]
    shared: set[Term]
    score: float

    @property
    def rank(self) -> tuple[int, float, int]:
        """Those that say how they were solved are what is looked for, then those that are solved."""
        told = (self.row.solution or "").strip()
        use = 0 if told else 1 if self.row.status in ("solved", "closed") else 2
        return use, -self.score, -self.row.number


async def find_similar(context: QueryContext, query: SimilarQuery) -> SimilarAnswer:
    """Tickets like the one that is asked about; never itself, nor what is spam, internal or merged. Raises DatabaseUnavailable."""
    async with context.reader.snapshot() as connection:
        wanted = await _wanted(connection, query)
        if wanted is None:
            return SimilarAnswer(found=False)
        looked_for = terms(wanted.subject, wanted.words, wanted.names)
        if not looked_for:
            return SimilarAnswer()
        occurring = await look_up(connection, context.reader.dialect, looked_for)
        alike = await _candidates(connection, occurring, wanted, query.language)
        return SimilarAnswer(items=await _ranked(connection, alike, occurring.weights, query.most))


async def _wanted(connection: AsyncConnection, query: SimilarQuery) -> _Wanted | None:
    """The words to look for; null where there is no such ticket."""
    if query.number is None:
        return _Wanted("", query.text)
    if not 0 < query.number <= _LARGEST:
        return None
    found = (
        select(_ticket.c.id, _ticket.c.subject, func.substr(_ticket.c.problem, 1, READ).label("problem"))
        .add_columns(_ticket.c.contact_id, _ticket.c.customer)
        .where(_ticket.c.number == query.number)
    )
    row = (await connection.execute(found)).one_or_none()
    if row is None:
        return None
    names = await _names(connection, {row.contact_id} if row.contact_id else set())
    known = (*names.get(row.contact_id, ()), row.customer)
    return _Wanted(row.subject, row.problem or "", known, query.number)


def _best(occurring: Occurring) -> list[int]:
    """The messages that have the most of it, by their places."""
    sums: dict[int, float] = defaultdict(float)
    for term, some in occurring.places.items():
        for place in some:
            sums[place] += occurring.weights[term]
    return sorted(sums, key=lambda place: (-sums[place], -place))[:CANDIDATES]


async def _candidates(
    connection: AsyncConnection, occurring: Occurring, wanted: _Wanted, language: str
) -> list[_Alike]:
    """The tickets whose messages have the most of it, as far as they are alike."""
    weights = occurring.weights
    ids = await _tickets_of(connection, _best(occurring))
    if not ids:
        return []
    columns = ("id", "number", "status", "contact_id", "customer", "solved_at", "subject")
    texts = [func.substr(_ticket.c[name], 1, _LOOKED_AT).label(name) for name in ("problem", "details", "solution")]
    statement = select(*(_ticket.c[name] for name in columns), *texts).where(
        _ticket.c.id.in_(ids),
        _ticket.c.status.not_in(("spam", "merged")),
        _ticket.c.internal.is_(False),
        *([_ticket.c.number != wanted.number] if wanted.number is not None else []),
        *([_ticket.c.language == language] if language else []),
    )
    order = case({each: rank for rank, each in enumerate(ids)}, value=_ticket.c.id)
    found = []
    for row in await connection.execute(statement.order_by(order).limit(COMPARED)):
        shared = common(weights, (row.subject, row.problem or "", row.details or "", row.solution or ""))
        # Of a long talk, what is alike may stand in its messages only.
        shared |= {term for term, some in occurring.places.items() if not ids[row.id].isdisjoint(some)}
        found.append(_Alike(row, shared, score(shared, weights)))
    return [each for each in found if each.score >= LEAST]


async def _tickets_of(connection: AsyncConnection, places: list[int]) -> dict[str, set[int]]:
    """The tickets of those messages in the same order, each with its messages; without those of what machines wrote, and of what was
    written beside the customer's thread."""
    found: dict[str, set[int]] = {}
    whose = select(_message.c.ticket_id, _message.c.seq).where(
        _message.c.seq.in_(places), _message.c.automatic.is_(None), _message.c.side.is_(None)
    )
    order = {place: rank for rank, place in enumerate(places)}
    for row in sorted((await connection.execute(whose)).all(), key=lambda row: order[row.seq]) if places else ():
        found.setdefault(row.ticket_id, set()).add(row.seq)
    return found


async def _ranked(
    connection: AsyncConnection, alike: list[_Alike], weights: Mapping[Term, float], most: int
) -> list[SimilarTicket]:
    """The best of them, solved ones first, as they are shown."""
    best = sorted(alike, key=lambda each: each.rank)[:most]
    names = await _names(connection, {each.row.contact_id for each in best if each.row.contact_id})
    found = []
    for each in best:
        row = each.row
        hidden = (*names.get(row.contact_id, ()), row.customer)
        found.append(
            SimilarTicket(
                number=row.number,
                subject=shown(row.subject, hidden, SHOWN),
                status=row.status,
                solution=shown(row.solution or "", hidden, SHOWN),
                solved_at=row.solved_at,
                score=round(each.score, 3),
                why=[term.shown for term in sorted(each.shared, key=lambda term: (-weights[term], term.folded))[:WHY]],
            )
        )
    return found


async def _names(connection: AsyncConnection, contacts: set[str]) -> dict[str, tuple[str, ...]]:
    """By what each of the contacts is known: name and points."""
    found: dict[str, tuple[str, ...]] = {}
    if not contacts:
        return found
    named = select(_contact.c.id, _contact.c.name).where(_contact.c.id.in_(sorted(contacts)))
    for contact_id, name in await connection.execute(named):
        found[contact_id] = (name,)
    points = select(_point.c.contact_id, _point.c.value).where(_point.c.contact_id.in_(sorted(contacts))).limit(200)
    for contact_id, value in await connection.execute(points):
        found[contact_id] = (*found.get(contact_id, ()), value)
    return found
