"""``store.query.articles``: published articles: all, those that somebody searches for, and those that are like what a customer writes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, func, not_, or_, select

from services.store.models import Ticket, table
from services.store.queries.articlesearch import FEW, Found, folded_words, look_up, typed_terms
from services.store.queries.likeness import READ, Term, terms
from services.store.reading import QueryContext
from services.store.tables.knowledge import ArticleText, ArticleVotes
from shared.messages.articles import MOST, ArticleFact, ArticlesAnswer, ArticlesAsk, ArticlesQuery, ArticleView

CANDIDATES: Final = 200
"""Texts that are looked at of a search."""
COMPARED: Final = 40
"""Texts whose titles are compared with what a customer writes."""
ASKED: Final = 16
"""So many texts are compared for one request of facts; the rest gets no offer."""
LEAST: Final = 0.3
"""The score below which an article is not offered."""
PER_PAGE: Final = 500
WHY: Final = 8
_TITLE, _TEXT = 0.6, 0.4
"""How much it counts that the title's words, and that what is looked for, are there."""
_SINGLE: Final = 0.4
_TELLS: Final = 4  # letters of a word of a title that says what it is about; shorter ones only in capitals (PIN, VPN) or with digits
_MOST_PAGES: Final = 1_000
_LARGEST: Final = 2**31 - 1

_text, _votes, _ticket = table(ArticleText), table(ArticleVotes), table(Ticket)
_SHOWN = tuple(
    _text.c[name]
    for name in ("article", "language", "title", "summary", "category", "tags", "visibility", "published_at")
)


async def find_articles(context: QueryContext, query: ArticlesQuery) -> ArticlesAnswer:
    """A page of them. Raises DatabaseUnavailable."""
    async with context.reader.snapshot() as connection:
        return await connection.run_sync(_find, query)


def _find(connection: Connection, query: ArticlesQuery) -> ArticlesAnswer:
    if query.number is not None or query.alike:
        return _like(connection, query)
    if query.article:
        return _one(connection, query)
    return _search(connection, query) if query.text.strip() else _list(connection, query)


# -- one, and all -------------------------------------------------------------------------------------------------------------


def _one(connection: Connection, query: ArticlesQuery) -> ArticlesAnswer:
    wanted = [_text.c.article == query.article, *_visible(query)]
    found = select(*_SHOWN, _text.c.body, _text.c.main).where(*wanted)
    rows = {row.language: row for row in connection.execute(found)}
    row = rows.get(query.language) or next((each for each in rows.values() if each.main and not query.only), None)
    if row is None:
        return ArticlesAnswer()
    view = _view(row, _languages(connection, [row.article]), _counted(connection, [row.article]))
    view.body = row.body
    return ArticlesAnswer(items=[view], total=1)


def _list(connection: Connection, query: ArticlesQuery) -> ArticlesAnswer:
    asked = [*_visible(query), _in_language(query)]
    counted = select(_text.c.category, func.count()).where(*asked).group_by(_text.c.category)
    categories: dict[str, int] = dict(map(tuple, connection.execute(counted)))
    if query.category is not None:
        asked.append(_text.c.category == query.category)
    size, page = _paged(query)
    listed = select(*_SHOWN).where(*asked).order_by(_text.c.sorted_by, _text.c.article).limit(size).offset(page * size)
    total = sum(categories.values()) if query.category is None else categories.get(query.category, 0)
    items = _views(connection, connection.execute(listed).all())
    return ArticlesAnswer(items=items, total=total, categories=categories if query.category is None else {})


def _in_language(query: ArticlesQuery) -> Any:
    """The texts in a language, and the main one of each article that is not in it."""
    if query.only:
        return _text.c.language == query.language
    theirs = select(_text.c.article).where(_text.c.language == query.language)
    return or_(_text.c.language == query.language, and_(_text.c.main, _text.c.article.not_in(theirs)))


def _visible(query: ArticlesQuery) -> list[Any]:
    return [] if query.internal else [_text.c.visibility == "public"]


# -- searching ----------------------------------------------------------------------------------------------------------------


def _search(connection: Connection, query: ArticlesQuery) -> ArticlesAnswer:
    looked_for = typed_terms(query.text)
    found = look_up(connection, looked_for)
    rows = _candidates(connection, found, CANDIDATES, query)
    best: dict[str, tuple[float, Row[Any]]] = {}
    for row in rows:
        score = found.share(row.seq) + (0.05 if row.language == query.language else 0.0)
        # Of an article in several languages the one that is read is shown, if it has the words, too.
        mine = row.language == query.language
        known = best.get(row.article)
        if known is None or (mine, score) > (known[1].language == query.language, known[0]):
            best[row.article] = (score, row)
    ranked = sorted(best.values(), key=lambda each: (-each[0], each[1].title, each[1].article))
    size, page = _paged(query)
    shown = ranked[page * size : (page + 1) * size]
    items = _views(connection, [row for _, row in shown])
    for item, (score, row) in zip(items, shown, strict=True):
        item.score, item.why = round(min(score, 1.0), 3), _why(found.shared(row.seq), found.weights)
    return ArticlesAnswer(items=items, total=len(ranked))


def _candidates(connection: Connection, found: Found, most: int, query: ArticlesQuery) -> list[Row[Any]]:
    seqs = found.best(most)
    if not seqs:
        return []
    asked = [_text.c.seq.in_(seqs), *_visible(query)]
    if query.only:
        asked.append(_text.c.language == query.language)
    if query.category is not None:
        asked.append(_text.c.category == query.category)
    rows = connection.execute(select(_text.c.seq, *_SHOWN).where(*asked)).all()
    order = {seq: rank for rank, seq in enumerate(seqs)}
    return sorted(rows, key=lambda row: order[row.seq])


# -- what is like what somebody writes ----------------------------------------------------------------------------------------


def _like(connection: Connection, query: ArticlesQuery) -> ArticlesAnswer:
    subject, written = "", query.text
    if query.number is not None:
        if not 0 < query.number <= _LARGEST:
            return ArticlesAnswer(found=False)
        wanted = select(_ticket.c.subject, func.substr(_ticket.c.problem, 1, READ).label("problem"))
        row = connection.execute(wanted.where(_ticket.c.number == query.number)).one_or_none()
        if row is None:
            return ArticlesAnswer(found=False)
        subject, written = row.subject, row.problem or ""
    scored = _compared(connection, subject, written, query)
    size = min(_paged(query)[0], MOST)
    items = _views(connection, [row for _, row, _ in scored[:size]])
    for item, (score, _, why) in zip(items, scored, strict=False):
        item.score, item.why = round(score, 3), why
    return ArticlesAnswer(items=items, total=len(scored))


def alike(connection: Connection, asks: Sequence[ArticlesAsk]) -> dict[str, list[ArticleFact]]:
    """The public articles that are like each text, best first, in whatever language; for the first `ASKED` of them."""
    there = connection.execute(select(_text.c.seq).where(_text.c.visibility == "public").limit(1)).first()
    if there is None:
        return {}
    found = {}
    for ask in asks[:ASKED]:
        scored = _compared(connection, ask.subject, ask.text, ArticlesQuery())
        found[ask.key] = [
            ArticleFact(article=row.article, language=row.language, title=row.title, score=round(score, 3))
            for score, row, _ in scored[: 3 * MOST]
        ]
    return {key: facts for key, facts in found.items() if facts}


def _compared(
    connection: Connection, subject: str, written: str, query: ArticlesQuery
) -> list[tuple[float, Row[Any], list[str]]]:
    """The articles that are alike enough, best first, each with its score and the words in common."""
    looked_for = terms(subject, written)
    found = look_up(connection, looked_for, FEW)
    said = folded_words(f"{subject}\n{written[:READ]}")
    scored = []
    for row in _candidates(connection, found, COMPARED, query):
        shared = found.shared(row.seq)
        title = _title_said(row.title, said)
        if not title and len(shared) < 2 < len(looked_for):
            continue
        covered = sum(found.weights[term] for term in shared) / (sum(found.weights.values()) or 1.0)
        score = _TITLE * title + _TEXT * covered
        if score >= LEAST:
            scored.append((score, row, _why(shared, found.weights)))
    return sorted(scored, key=lambda each: (-each[0], each[1].article, each[1].language))


def _title_said(title: str, said: Sequence[str]) -> float:
    """How much of what a title tells was said, from 0 to 1. One word of a longer title is nothing, and a single one is not all."""
    telling = [term for term in typed_terms(title) if _tells(term.shown)]
    if not telling:
        return 0.0
    there = [term for term in telling if any(_is(word, term) for word in said)]
    if len(there) < 2 <= len(telling):
        return 0.0
    return len(there) / len(telling) if len(telling) > 1 else _SINGLE * len(there)


def _tells(word: str) -> bool:
    return len(word) >= _TELLS or word.isupper() or not word.isalpha()


def _is(word: str, term: Term) -> bool:
    # A short word stands for itself: not every word that begins like it.
    return word.startswith(term.folded) if term.open and len(term.folded) >= _TELLS else word == term.folded


def _why(shared: set[Term], weights: Mapping[Term, float]) -> list[str]:
    return [term.shown for term in sorted(shared, key=lambda term: (-weights[term], term.folded))[:WHY]]


# -- as they are shown --------------------------------------------------------------------------------------------------------


def _paged(query: ArticlesQuery) -> tuple[int, int]:
    """How many stand on a page, and which page it is, from 0."""
    return max(1, min(query.per_page, PER_PAGE)), max(0, min(query.page, _MOST_PAGES) - 1)


def _views(connection: Connection, rows: Sequence[Row[Any]]) -> list[ArticleView]:
    names = [row.article for row in rows]
    languages, votes = _languages(connection, names), _counted(connection, names)
    return [_view(row, languages, votes) for row in rows]


def _view(row: Any, languages: Mapping[str, list[str]], votes: Mapping[str, tuple[int, int]]) -> ArticleView:
    helped, not_helped = votes.get(row.article, (0, 0))
    return ArticleView(
        article=row.article,
        language=row.language,
        title=row.title,
        summary=row.summary,
        category=row.category,
        tags=row.tags,
        visibility=row.visibility,
        languages=languages.get(row.article, []),
        published_at=row.published_at,
        helped=helped,
        not_helped=not_helped,
    )


def _languages(connection: Connection, articles: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    listed = select(_text.c.article, _text.c.language).where(_text.c.article.in_(articles))
    for article, language in connection.execute(listed.order_by(not_(_text.c.main), _text.c.language)):
        found.setdefault(article, []).append(language)
    return found


def _counted(connection: Connection, articles: Sequence[str]) -> dict[str, tuple[int, int]]:
    listed = select(_votes.c.article, _votes.c.helped, _votes.c.not_helped).where(_votes.c.article.in_(articles))
    return {article: (helped, not_helped) for article, helped, not_helped in connection.execute(listed)}
