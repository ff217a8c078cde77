"""``store.query.documents``: what people made in the desk."""

from typing import Any

from sqlalchemy import ColumnElement, func, select

from services.store.documents import DOCUMENT, FACT
from services.store.reading import QueryContext
from shared.messages.documents import DocumentFact, DocumentsAnswer, DocumentsQuery

PER_PAGE = 200
_MOST_PAGES = 10_000
_MOST_WORDS = 8
_MOST_IDS = 500


async def list_documents(context: QueryContext, query: DocumentsQuery) -> DocumentsAnswer:
    """A page of them. Raises DatabaseUnavailable."""
    size = max(1, min(query.per_page, PER_PAGE))
    asked = _asked(query)
    by_title = (func.lower(DOCUMENT.c.title), DOCUMENT.c.id)
    by_change = (DOCUMENT.c.changed_at.desc(), DOCUMENT.c.id)
    listed = (
        select(*FACT)
        .where(*asked)
        .order_by(*(by_title if query.order == "title" else by_change))
        .limit(size)
        .offset((max(1, min(query.page, _MOST_PAGES)) - 1) * size)
    )
    counted = select(func.count()).select_from(DOCUMENT).where(*asked)
    async with context.reader.snapshot() as connection:
        rows = (await connection.execute(listed)).mappings().all()
        total = (await connection.execute(counted)).scalar_one()
    return DocumentsAnswer(items=[DocumentFact(**row) for row in rows], total=total)


def _asked(query: DocumentsQuery) -> list[ColumnElement[bool]]:
    asked: list[Any] = [DOCUMENT.c.kind == query.kind]
    if query.ids is not None:
        asked.append(DOCUMENT.c.id.in_(query.ids[:_MOST_IDS]))
    if query.owner is not None:
        asked.append(DOCUMENT.c.owner == query.owner)
    if query.number is not None:
        asked.append(DOCUMENT.c.number == query.number)
    if query.states is not None:
        asked.append(DOCUMENT.c.state.in_(query.states[:50]))
    # Whatever stands in the words stands for itself: there are no wildcards in what people type.
    asked += [DOCUMENT.c.words.contains(word, autoescape=True) for word in query.words.lower().split()[:_MOST_WORDS]]
    return asked
