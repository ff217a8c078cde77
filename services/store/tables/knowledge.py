"""The tables of the knowledge base: what is published, by which it is found, and what its readers say."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from services.store.columns import Instant, Json, Serial
from services.store.tables.base import Row


class ArticleText(Row, table=True):
    """A published article in one language. ``main``: its main one. ``title_words`` and ``words`` are what it is found by, without marks on
    letters (`services.store.queries.likeness.fold`); the search index is over both."""

    __tablename__ = "article_text"
    __table_args__ = (
        Index("ix_article_text_article", "article"),
        Index("ix_article_text_category_language", "category", "language"),
    )

    seq: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    article: str
    language: str
    main: bool
    visibility: str
    category: str = ""
    tags: list[str] = Field(sa_type=Json)
    title: str
    sorted_by: str
    summary: str = ""
    body: str = ""
    title_words: str = ""
    words: str = ""
    published_at: datetime = Field(sa_type=Instant)


class ArticleVotes(Row, table=True):
    """How often readers said that an article helped, or not."""

    __tablename__ = "article_votes"

    article: str = Field(primary_key=True)
    helped: int = 0
    not_helped: int = 0
