"""Writing what is published of the knowledge base, in the transaction that writes the articles; and what decisions ask about it."""

from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import Connection, Dialect, delete
from sqlalchemy import bindparam as bind

from services.store.models import table
from services.store.queries.articlesearch import folded_words
from services.store.queries.likeness import fold
from services.store.script import Step
from services.store.statements import Statement, inserting, merging
from services.store.tables.knowledge import ArticleText, ArticleVotes
from shared.documents.article import ARTICLE, Article
from shared.messages.articles import CountVote
from shared.messages.documents import DropDocument, PutDocument
from shared.messages.facts import Facts, FactsRequest

Row = dict[str, Any]

TEXT, VOTES = table(ArticleText), table(ArticleVotes)
WORDS: Final = 20_000
"""Characters of different words of a text that it is found by."""

_FORGET = Statement(lambda _: delete(TEXT).where(TEXT.c.article == bind("old_article")), [])
_FORGET_VOTES = Statement(lambda _: delete(VOTES).where(VOTES.c.article == bind("old_article")), [])
_ADD = inserting(TEXT)
_COUNT = merging(
    VOTES,
    lambda new: {
        "helped": VOTES.c.helped + new.helped,
        "not_helped": VOTES.c.not_helped + new.not_helped,
    },
)


class Knowledge:
    """What one transaction writes about articles: of each the last that was said."""

    def __init__(self) -> None:
        self._texts: dict[str, list[Row]] = {}
        self._gone: set[str] = set()
        self._votes: dict[str, Row] = {}

    def put(self, op: PutDocument) -> None:
        """An article that is new or another; any other document is none of this."""
        if op.kind == ARTICLE:
            self._texts[op.id] = rows(op.id, op.body)
            self._gone.discard(op.id)

    def drop(self, op: DropDocument) -> None:
        """One that goes, and what was said of it."""
        if op.kind == ARTICLE:
            self._texts[op.id] = []
            self._gone.add(op.id)

    def vote(self, op: CountVote) -> None:
        """One more vote."""
        row = self._votes.setdefault(op.article, {"article": op.article, "helped": 0, "not_helped": 0})
        row["helped" if op.helped else "not_helped"] += 1

    def steps(self, dialect: Dialect) -> list[Step]:
        """Everything, in the keys' order."""
        if not (self._texts or self._votes):
            return []
        ordered = sorted(self._texts)
        return [
            *_FORGET.steps(dialect, [{"old_article": article} for article in ordered]),
            *_FORGET_VOTES.steps(dialect, [{"old_article": article} for article in sorted(self._gone)]),
            *_ADD.steps(dialect, [row for article in ordered for row in self._texts[article]]),
            *_COUNT.steps(dialect, [self._votes[key] for key in sorted(self._votes) if key not in self._gone]),
        ]


def rows(name: str, body: dict[str, Any]) -> list[Row]:
    """What is published of an article, a row for each language; none where nothing is, or where it is not understood."""
    try:
        published = Article.model_validate(body).published
    except ValidationError:  # of another version, which knew more: it is found again when it is written again
        return []
    if published is None:
        return []
    found = []
    for place, (language, words) in enumerate(published.texts.items()):
        text = "\n".join([words.title, words.summary, " ".join(published.tags), words.body])
        found.append(
            {
                "article": name,
                "language": language,
                "main": place == 0,
                "visibility": published.visibility,
                "category": published.category,
                "tags": published.tags,
                "title": words.title,
                "sorted_by": fold(words.title),
                "summary": words.summary,
                "body": words.body,
                "title_words": " ".join(folded_words(words.title)),
                "words": " ".join(folded_words(text))[:WORDS],
                "published_at": published.at,
            }
        )
    return found


def add_articles(connection: Connection, request: FactsRequest, facts: Facts) -> None:
    """The articles for customers that are like the texts that are asked about."""
    if request.articles:
        # Here, since the queries know these tables.
        from services.store.queries.articles import alike

        facts.articles |= alike(connection, request.articles)
