"""Articles of the knowledge base on the bus: finding those that are published, and whether they helped. Writing them: `documents`."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from shared.messages.base import Record, Versioned

MOST = 5
"""So many articles are offered for a text."""


class ArticleVote(Record):
    """A reader says whether an article helped. That is no change of it."""

    do: Literal["vote_article"] = "vote_article"
    article: str
    helped: bool


class CountVote(Record):
    """One more vote for or against an article."""

    op: Literal["count_vote"] = "count_vote"
    article: str
    helped: bool


class ArticlesAsk(Record):
    """Which published articles for customers are like a text? ``key`` is how the one who asks finds the answer again."""

    key: str
    subject: str = ""
    text: str = ""


class ArticleFact(Record):
    """A published article as decisions and offers see it, in one language. ``score`` from 0 to 1: how alike it is."""

    article: str
    language: str
    title: str
    score: float = 1.0


class ArticlesQuery(Versioned):
    """``store.query.articles``: published articles. ``internal``: those for agents, too. ``article``: just this one, with ``body``.
    ``text``: what is searched for, best first; with ``alike`` it is a customer's own words, and only what is really like it is found
    (``number``: those of this ticket). Without either: all, by title. ``language`` is the one they are wanted in: each is
    there in it, else (except with ``only``) in its main one. ``page`` counts from 1; ``per_page`` at most 500."""

    VERSION: ClassVar[int] = 1

    article: str = ""
    text: str = ""
    alike: bool = False
    number: int | None = None
    language: str = ""
    only: bool = False
    category: str | None = None
    internal: bool = False
    page: int = 1
    per_page: int = 20


class ArticleView(Record):
    """A published article in one language. ``languages`` are all it is in; ``why`` words in common with what was asked."""

    article: str
    language: str
    title: str
    summary: str = ""
    body: str = ""
    category: str = ""
    tags: list[str] = Field(default_factory=list)
    visibility: str = "public"
    languages: list[str] = Field(default_factory=list)
    published_at: datetime
    score: float = 0.0
    why: list[str] = Field(default_factory=list)
    helped: int = 0
    not_helped: int = 0


class ArticlesAnswer(Versioned):
    """A page of them; ``total`` is how many there are in all (of a search: among those looked at). ``categories``: how many each has,
    where none was asked for. ``found``: there is such a ticket."""

    VERSION: ClassVar[int] = 1

    found: bool = True
    items: list[ArticleView] = Field(default_factory=list)
    total: int = 0
    categories: dict[str, int] = Field(default_factory=dict)


def offer(articles: list[ArticleFact], base: str) -> dict[str, Any]:
    """Variables of the texts that offer articles: ``lines`` has them all with their links, ``line`` the best one. ``base`` is our own
    public address."""
    lines = [f"{each.title}\n{address(base, each.article, each.language)}" for each in articles]
    return {"lines": "\n".join(lines), "line": lines[0].replace("\n", " ") if lines else ""}


def address(base: str, article: str, language: str = "") -> str:
    """Where an article is to be read."""
    return f"{base}/kb/a/{article}" + (f"?lang={language}" if language else "")
