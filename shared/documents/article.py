"""Articles of the knowledge base, and the categories they stand in.

An article is written as a draft, looked through by somebody else and published; what was published stays to be read while a new draft of
it is written. What a reader sees is only ever ``published``.
"""

import re
from datetime import datetime
from typing import Final, Literal

from pydantic import Field, field_validator

from shared.documents.kind import Body, Change, Kind, Summary
from shared.texts.languages import LANGUAGES

ARTICLE: Final = "article"
CATEGORY: Final = "article-category"
SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?")
RESERVED: Final = ("a", "search")
"""Names of categories that would hide pages of the knowledge base."""
LONGEST: Final = 30_000
"""Characters of an article in one language."""

Visibility = Literal["public", "internal"]
Status = Literal["draft", "in_review", "published", "archived"]


_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Signs that no text is written with: the database takes no NUL, and marks of direction make a text look like another."""


def _clean(value: str) -> str:
    return _CONTROL.sub("", value.replace("\r\n", "\n"))


class Words(Body):
    """An article in one language. ``summary`` stands in lists; ``body`` is Markdown (`services.desk.markdown` says how much of it)."""

    title: str = Field(min_length=1, max_length=150)
    summary: str = Field(default="", max_length=400)
    body: str = Field(default="", max_length=LONGEST)

    @field_validator("title", "summary")
    @classmethod
    def _one_line(cls, value: str) -> str:
        return " ".join(_clean(value).split())

    @field_validator("title")
    @classmethod
    def _there(cls, value: str) -> str:
        if not value:
            raise ValueError("must not be empty")
        return value

    @field_validator("body")
    @classmethod
    def _lines(cls, value: str) -> str:
        return _clean(value)


def _known(texts: dict[str, Words]) -> dict[str, Words]:
    for language in texts:
        if language not in LANGUAGES:
            raise ValueError(f"there are no pages in {language!r}; known are {', '.join(LANGUAGES)}")
    return texts


class Published(Body):
    """What readers see of an article; ``at`` is when it was published so, ``by`` whose agent's id that was (empty: a program)."""

    texts: dict[str, Words]
    category: str = ""
    tags: list[str] = Field(default_factory=list)
    visibility: Visibility = "public"
    at: datetime
    by: str = ""


class Article(Body):
    """An article as it is being written; its id is what stands in its address. ``texts`` by language, the first one is its main one.
    ``reviewer`` is the agent who is to look it through. ``looked``: a person has looked through what was made from a ticket by itself.
    ``published`` nobody writes: it is what ``status`` "published" makes of the rest."""

    texts: dict[str, Words] = Field(min_length=1)
    category: str = Field(default="", max_length=80)
    tags: list[str] = Field(default_factory=list, max_length=20)
    visibility: Visibility = "public"
    status: Status = "draft"
    reviewer: str = Field(default="", max_length=120)
    from_ticket: bool = False
    looked: bool = True
    published: Published | None = None

    @field_validator("texts")
    @classmethod
    def _languages(cls, texts: dict[str, Words]) -> dict[str, Words]:
        return _known(texts)

    @field_validator("category")
    @classmethod
    def _slug(cls, category: str) -> str:
        if category and (not SLUG.fullmatch(category) or category in RESERVED):
            raise ValueError('small letters, digits and "-", and not one of ' + ", ".join(RESERVED))
        return category

    @field_validator("tags")
    @classmethod
    def _tags(cls, tags: list[str]) -> list[str]:
        clean = (" ".join(_clean(tag).split())[:60].lower() for tag in tags)
        return list(dict.fromkeys(tag for tag in clean if tag))

    @field_validator("reviewer")
    @classmethod
    def _reviewer(cls, reviewer: str) -> str:
        return _clean(reviewer)

    @property
    def main(self) -> Words:
        """Its words in its main language."""
        return next(iter(self.texts.values()))


class Category(Body):
    """A category; its id is what stands in its address. ``order``: small ones first."""

    names: dict[str, str] = Field(min_length=1)
    about: dict[str, str] = Field(default_factory=dict)
    order: int = Field(default=0, ge=-1000, le=1000)

    @field_validator("names", "about")
    @classmethod
    def _short(cls, texts: dict[str, str]) -> dict[str, str]:
        if any(language not in LANGUAGES or not 1 <= len(words) <= 300 for language, words in texts.items()):
            raise ValueError(f"at most 300 characters in each of {', '.join(LANGUAGES)}")
        return {language: " ".join(_clean(words).split()) for language, words in texts.items()}


MOVES: Final[dict[Status | None, dict[Status, bool]]] = {
    None: {"draft": False, "in_review": False, "published": True},
    "draft": {"draft": False, "in_review": False, "published": True, "archived": True},
    "in_review": {"in_review": False, "draft": False, "published": True, "archived": True},
    "published": {"published": True, "draft": False, "archived": True},
    "archived": {"archived": True, "draft": True},
}
"""From which status to which an article may go; true: only a lead or an admin takes it there."""
_LEADS: Final = ("lead", "admin", "operator")


def _check(change: Change) -> str | None:
    """Why an article may not be changed so: drafts are everybody's, what readers see is the leads'."""
    before, after = change.before, change.after
    leads = change.role in _LEADS
    if after is None:
        removable = before is None or (before.published is None and before.status != "archived")
        return None if leads or removable else "only a lead or an admin removes what was published; archive it"
    was = before.status if before is not None else None
    led = MOVES[was].get(after.status)
    if led is None:
        return f"status: an article that is {was or 'new'} cannot become {after.status}"
    if led and not leads:
        return f"status: only a lead or an admin may do that ({was or 'new'} to {after.status}); send it to review"
    if after.status in ("in_review", "published") and not after.looked:
        return "looked: it was made from a ticket by itself; look it through first, nothing in it may name a customer"
    return None


def _settle(change: Change) -> Article:
    """What readers see follows from the status, whatever was sent."""
    before: Article | None = change.before
    after = Article.model_validate(change.after)
    shown = before.published if before is not None else None
    if after.status == "published" and (before is None or before.status != "published" or _differs(shown, after)):
        shown = Published(
            texts=after.texts,
            category=after.category,
            tags=after.tags,
            visibility=after.visibility,
            at=change.now,
            by=change.agent_id,
        )
    if after.status == "archived":
        shown = None  # or a draft made of it later would show it again
    from_ticket = before.from_ticket if before is not None else after.from_ticket
    return after.model_copy(update={"published": shown, "from_ticket": from_ticket})


def _differs(shown: Published | None, after: Article) -> bool:
    if shown is None:
        return True
    now = (after.texts, after.category, after.tags, after.visibility)
    return now != (shown.texts, shown.category, shown.tags, shown.visibility)


def _summary(article: Article) -> Summary:
    words = [f"{each.title}\n{each.summary}\n{each.body}" for each in article.texts.values()]
    return Summary(article.status, article.main.title, "\n".join([article.category, *article.tags, *words]))


def _check_category(change: Change) -> str | None:
    """A category's id stands in an address."""
    if change.after is not None and (not SLUG.fullmatch(change.id) or change.id in RESERVED):
        return 'id: small letters, digits and "-", and not one of ' + ", ".join(RESERVED)
    return None


KINDS = (
    Kind(ARTICLE, Article, writes="agent", summary=_summary, check=_check, settle=_settle, largest=300_000),
    Kind(
        CATEGORY,
        Category,
        writes="lead",
        summary=lambda body: Summary("", next(iter(body.names.values())), "\n".join(body.names.values())),
        check=_check_category,
        largest=8_192,
    ),
)
