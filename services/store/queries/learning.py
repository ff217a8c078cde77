"""``store.query.examples``, ``suggested``, ``learnt`` and ``learnt_models``: what there is to learn from, how suggestions fared, and the
models that are kept."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, select, true
from sqlalchemy.engine import RowMapping

from services.store.learning import IN_USE, MODEL
from services.store.models import Message, Ticket, table
from services.store.reading import QueryContext
from shared.messages.learning import (
    SUGGESTED,
    ExamplesPage,
    ExamplesQuery,
    LearntExample,
    LearntInUse,
    LearntModel,
    LearntModels,
    LearntModelsQuery,
    LearntQuery,
    SuggestedCount,
    SuggestedCounts,
    SuggestedQuery,
)

_MOST, _STRETCH = 200, 1_000
_TEXT, _SUBJECT = 4_000, 1_000
_IMPORTED = "imported"
_TARGETS = ("category", "team", "priority")

_ticket, _message = table(Ticket), table(Message)
_COLUMNS = tuple(
    _ticket.c[name]
    for name in (
        "id",
        "number",
        "category",
        "team",
        "priority",
        "language",
        "tags",
        "state",
        "first_responded_at",
        "solved_at",
    )
)


async def list_examples(context: QueryContext, query: ExamplesQuery) -> ExamplesPage:
    """A page: of the next so many tickets those that can be learnt from. Raises DatabaseUnavailable."""
    limit = max(1, min(query.limit, _MOST))
    before = _ticket.c.number < query.before if query.before is not None else true()
    statement = (
        select(*_COLUMNS)
        .where(before, _ticket.c.status.not_in(("spam", "merged")), _ticket.c.internal.is_(False))
        .order_by(_ticket.c.number.desc())
        .limit(limit + 1)
    )
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(statement)).mappings().all()
        useful = {row["id"]: row for row in rows[:limit] if _teaches(row, imported=query.imported)}
        place = func.row_number().over(partition_by=_message.c.ticket_id, order_by=_message.c.seq).label("place")
        numbered = (
            select(
                *(_message.c.ticket_id, _message.c.subject, place),
                func.substr(_message.c.reply_text, 1, _TEXT).label("said"),
                func.substr(_message.c.text, 1, _TEXT).label("text"),
            )
            .where(_message.c.ticket_id.in_(list(useful)), _message.c.direction == "in", _message.c.automatic.is_(None))
            .subquery()
        )
        first = (await connection.execute(select(numbered).where(numbered.c.place == 1))).mappings().all()
    said = {row["ticket_id"]: row for row in first}
    items = [_example(row, said[ticket_id]) for ticket_id, row in useful.items() if ticket_id in said]
    return ExamplesPage(items=items, next=rows[limit - 1]["number"] if len(rows) > limit else None)


def _teaches(row: RowMapping, *, imported: bool) -> bool:
    """Whether somebody has dealt with the ticket, so that what it is can be taken for true."""
    if "spam?" in row["tags"] or (_IMPORTED in row["tags"] and not imported):
        return False
    return bool(row["first_responded_at"] or row["solved_at"] or _corrected(row) or _IMPORTED in row["tags"])


def _judged(row: RowMapping) -> bool:
    """Whether somebody has said of a suggestion that it is wrong: it counts, though nothing else was done with the ticket yet."""
    suggested = (row["state"] or {}).get(SUGGESTED) or {}
    return "spam?" not in row["tags"] and any(one.get("dismissed_by") for one in suggested.values())


def _corrected(row: RowMapping) -> list[str]:
    return [name for name in (row["state"] or {}).get("corrected") or {} if name in _TARGETS]


def _example(row: RowMapping, said: RowMapping) -> LearntExample:
    return LearntExample(
        number=row["number"],
        subject=said["subject"][:_SUBJECT],
        text=said["said"] or said["text"],
        language=row["language"],
        category=row["category"],
        team=row["team"],
        priority=row["priority"],
        corrected=_corrected(row),
    )


async def count_suggested(context: QueryContext, query: SuggestedQuery) -> SuggestedCounts:
    """A stretch. Raises DatabaseUnavailable."""
    before = _ticket.c.number < query.before if query.before is not None else true()
    since = _ticket.c.created_at >= query.since if query.since is not None else true()
    statement = (
        select(*_COLUMNS)
        .where(before, since, _ticket.c.status.not_in(("spam", "merged")))
        .order_by(_ticket.c.number.desc())
        .limit(_STRETCH + 1)
    )
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(statement)).mappings().all()
    counted = _counted(row for row in rows[:_STRETCH] if _teaches(row, imported=False) or _judged(row))
    return SuggestedCounts(counts=counted, next=rows[_STRETCH - 1]["number"] if len(rows) > _STRETCH else None)


def _counted(rows: Iterable[RowMapping]) -> list[SuggestedCount]:
    counts: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        suggested: Mapping[str, Mapping[str, Any]] = (row["state"] or {}).get(SUGGESTED) or {}
        for target, one in suggested.items():
            if target not in _TARGETS:
                continue
            counter = counts.setdefault((str(one.get("model", "")), target), Counter())
            right = row[target] == one.get("value") and not one.get("dismissed_by")
            decided = bool(one.get("decided"))
            counter.update(suggested=1, right=int(right), decided=int(decided), decided_right=int(right and decided))
    return [
        SuggestedCount(version=version, target=target, **counts[version, target]) for version, target in sorted(counts)
    ]


async def find_learnt(context: QueryContext, query: LearntQuery) -> LearntInUse:
    """The model in use. Raises DatabaseUnavailable."""
    async with context.reader.snapshot() as connection:
        version = await connection.scalar(IN_USE) or ""
        if not version or version == query.have:
            return LearntInUse(model=version)
        body = await connection.scalar(select(MODEL.c.body).where(MODEL.c.version == version))
    return LearntInUse(model=version, body=bytes(body)) if body is not None else LearntInUse()


async def list_models(context: QueryContext, _query: LearntModelsQuery) -> LearntModels:
    """All that are kept. Raises DatabaseUnavailable."""
    columns = (MODEL.c[name] for name in ("version", "at", "by", "size", "tickets", "measured"))
    async with context.reader.snapshot() as connection:
        in_use = await connection.scalar(IN_USE)
        rows = (
            (await connection.execute(select(*columns).order_by(MODEL.c.at.desc(), MODEL.c.version))).mappings().all()
        )
    return LearntModels(
        models=[
            LearntModel(
                model=row["version"],
                in_use=row["version"] == in_use,
                **{k: v for k, v in row.items() if k != "version"},
            )
            for row in rows
        ]
    )
