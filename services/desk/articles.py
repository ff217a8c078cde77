"""``/api/v1/articles``: writing articles of the knowledge base, having them reviewed and published, and finding those that are published.

What readers see is what was published last: whoever changes a published article makes a new draft of it. The rules of that are the
router's (`shared.documents.article`).
"""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from services.desk.anonymous import without_people
from services.desk.commanding import BEARER, Caller, Changing, Reading
from services.desk.errors import NotFound, Refused
from services.desk.problems import responses
from services.desk.schemas import Body
from services.desk.tickets import Number
from shared.documents.article import ARTICLE, CATEGORY, LONGEST, SLUG, Status, Visibility
from shared.identity import derive
from shared.messages.articles import ArticlesAnswer, ArticlesQuery, ArticleView, address
from shared.messages.documents import DocumentFact, DocumentsAnswer, DocumentsQuery, RemoveDocument, SaveDocument
from shared.messages.ticket import TicketView
from shared.texts import text
from shared.texts.languages import LANGUAGES

router = APIRouter(prefix="/api/v1/articles", tags=["articles"], dependencies=[BEARER])
tickets = APIRouter(prefix="/api/v1/tickets", tags=["articles"], dependencies=[BEARER])
categories = APIRouter(prefix="/api/v1/article-categories", tags=["articles"], dependencies=[BEARER])

Slug = Annotated[str, Path(max_length=120, description="What stands in its address")]
Language = Literal["en", "pl", "hr"]
_LETTERS: Final = str.maketrans("łđøß", "ldos")


class ArticleText(Body):
    """An article in one language; `body` is Markdown without HTML and pictures. `[words](article:its-slug)` leads to another article."""

    title: str = Field(min_length=1, max_length=150)
    summary: str = Field("", max_length=400)
    body: str = Field("", max_length=LONGEST)


Texts = Annotated[dict[Language, ArticleText], Field(min_length=1)]
Tags = Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=20)]


class NewArticle(Body):
    """An article, which begins as a draft. Without a `slug` one is made of the first title."""

    slug: str = Field("", pattern=r"^([a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?)?$")
    texts: Texts
    category: str = Field("", max_length=80)
    tags: Tags = Field(default_factory=list)
    visibility: Visibility = "public"
    reviewer: str = Field("", max_length=120)


class ArticlePatch(Body):
    """New values; what is left out stays. Of `texts` the languages that are named change (null: that one goes). A published article becomes
    a draft by it, and what was published stays to be read. `looked`: somebody has looked through what was made from a ticket. `seen` is
    the `revision` that was looked at; if somebody has changed it since, the answer is 409."""

    texts: dict[Language, ArticleText | None] | None = None
    category: str | None = Field(None, max_length=80)
    tags: Tags | None = None
    visibility: Visibility | None = None
    reviewer: str | None = Field(None, max_length=120)
    looked: bool | None = None
    seen: int | None = Field(None, ge=1)


class NewStatus(Body):
    """Where an article goes: agents write and send to review, leads and admins publish and archive. `seen` as in a change."""

    status: Status
    seen: int | None = Field(None, ge=1)


class ArticleDocument(BaseModel):
    """An article as it is being written; `published` is what readers see, with the same parts, or null. `ticket`: what it was made from.
    `looked` false: nobody has looked through what was made by itself yet."""

    slug: str
    status: Status
    texts: dict[str, ArticleText]
    category: str
    tags: list[str]
    visibility: Visibility
    reviewer: str
    looked: bool
    ticket: str | None
    published: dict[str, Any] | None
    revision: int
    made_by: str
    made_at: datetime
    changed_by: str
    changed_at: datetime
    helped: int = 0
    not_helped: int = 0


class ArticleItem(BaseModel):
    """An article in a list, in one language. Of published ones `score` from 0 to 1 is how well it fits what was asked, and `why` are words
    in common; `url` is its page for customers (empty: it has none)."""

    slug: str
    status: Status
    language: str
    title: str
    summary: str
    category: str
    visibility: Visibility
    languages: list[str]
    url: str
    score: float = 0.0
    why: list[str] = Field(default_factory=list)
    helped: int = 0
    not_helped: int = 0
    changed_at: datetime


class ArticlePage(BaseModel):
    """A page of articles; `total` is how many there are."""

    items: list[ArticleItem]
    page: int
    per_page: int
    total: int


class Names(Body):
    """A category's `names` and what it is `about`, by language; small `order` first."""

    names: dict[Language, str] = Field(min_length=1)
    about: dict[Language, str] = Field(default_factory=dict)
    order: int = Field(0, ge=-1000, le=1000)


class CategoryView(Names):
    """A category."""

    slug: str


class CategoryList(BaseModel):
    """All categories, in their order."""

    items: list[CategoryView]


# -- finding ------------------------------------------------------------------------------------------------------------------


@router.get("", responses=responses())
async def list_articles(
    who: Reading,
    q: Annotated[str, Query(max_length=500, description="Words")] = "",
    status: Annotated[
        Status | Literal["any"], Query(description="Of others than published ones the drafts are listed")
    ] = "published",
    language: Annotated[str, Query(pattern=r"^([a-z]{2})?$", description="The language they are wanted in")] = "",
    category: Annotated[str | None, Query(max_length=80)] = None,
    page: Annotated[int, Query(ge=1, le=1_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=100)] = 50,
) -> ArticlePage:
    """Articles: published ones, for agents' eyes, too, best first where words are given; or what is being written, newest change first."""
    if status == "published":
        query = ArticlesQuery(text=q, language=language, category=category, internal=True, page=page, per_page=per_page)
        found = await who.backend.gate.query("articles", query, ArticlesAnswer)
        items = [_item(each, who) for each in found.items]
        return ArticlePage(items=items, page=page, per_page=per_page, total=found.total)
    states = None if status == "any" else [status]
    asked = DocumentsQuery(kind=ARTICLE, states=states, words=q, page=page, per_page=per_page)
    listed = await who.backend.gate.query("documents", asked, DocumentsAnswer)
    written = [_written(each, language, who) for each in listed.items]
    return ArticlePage(items=written, page=page, per_page=per_page, total=listed.total)


@tickets.get("/{number}/articles", responses=responses(404))
async def fitting_articles(
    number: Number,
    who: Reading,
    language: Annotated[str, Query(pattern=r"^([a-z]{2})?$", description="Only articles in this language")] = "",
) -> ArticlePage:
    """At most five published articles that are like what the ticket's customer wrote, best first."""
    query = ArticlesQuery(number=number, internal=True, language=language, only=bool(language))
    found = await who.backend.gate.query("articles", query, ArticlesAnswer)
    if not found.found:
        raise NotFound(f"there is no ticket T-{number}")
    items = [_item(each, who) for each in found.items]
    return ArticlePage(items=items, page=1, per_page=5, total=len(items))


@router.get("/{slug}", responses=responses(404))
async def show_article(slug: Slug, who: Reading) -> ArticleDocument:
    """An article as it is being written, with what is published of it."""
    return await _shown(who, slug)


# -- writing ------------------------------------------------------------------------------------------------------------------


@router.post("", status_code=201, responses=responses(403, 409))
async def write_article(who: Changing, body: NewArticle) -> ArticleDocument:
    """Begin an article."""
    slug = body.slug or slug_of(next(iter(body.texts.values())).title, who.key)
    written = body.model_dump(mode="json", exclude={"slug"})
    await _save(who, slug, written, seen=0)
    return await _shown(who, slug)


@router.patch("/{slug}", responses=responses(403, 404, 409))
async def change_article(slug: Slug, who: Changing, body: ArticlePatch) -> ArticleDocument:
    """Change an article."""
    before = await _found(who, slug)
    written = dict(before.body)
    given = body.model_dump(mode="json", exclude_unset=True, exclude={"seen", "texts"})
    written |= {name: value for name, value in given.items() if value is not None}
    if body.texts is not None:
        texts = dict(written["texts"])
        for language, words in body.texts.items():
            texts.pop(language, None) if words is None else texts.update({language: words.model_dump()})
        written["texts"] = texts
    if written["status"] == "published":
        written["status"] = "draft"
    await _save(who, slug, written, seen=body.seen or before.revision, number=before.number)
    return await _shown(who, slug)


@router.post("/{slug}/status", responses=responses(403, 404, 409))
async def move_article(slug: Slug, who: Changing, body: NewStatus) -> ArticleDocument:
    """Send it to review, publish it, take it back, archive it."""
    before = await _found(who, slug)
    written = {**before.body, "status": body.status}
    await _save(who, slug, written, seen=body.seen or before.revision, number=before.number)
    return await _shown(who, slug)


@router.delete("/{slug}", status_code=204, responses=responses(403))
async def remove_article(slug: Slug, who: Changing) -> None:
    """Take an article away for good: agents what was never published, leads any."""
    await who.do(RemoveDocument(kind=ARTICLE, id=slug))


@tickets.post("/{number}/article", status_code=201, responses=responses(403, 404, 409))
async def article_of_ticket(number: Number, who: Changing) -> ArticleDocument:
    """A draft made from a solved ticket: its problem, cause and solution, without the customer. Somebody has to look it through before it
    can be reviewed or published (`looked`)."""
    ticket = await who.ticket(number)
    if not (ticket.solution or "").strip():
        raise Refused(409, "conflict", f"T-{number} does not say how it was solved; write its solution first")
    slug = f"{slug_of(_clean(ticket, ticket.subject)[:60], '') or 'ticket'}-{number}"
    existing = await who.backend.gate.query("documents", DocumentsQuery(kind=ARTICLE, ids=[slug]), DocumentsAnswer)
    if not existing.items:
        await _save(who, slug, drafted(ticket), seen=0, number=number)
    return await _shown(who, slug)


# -- categories ---------------------------------------------------------------------------------------------------------------


@categories.get("", responses=responses())
async def list_categories(who: Reading) -> CategoryList:
    """All categories."""
    listed = await who.backend.gate.query("documents", DocumentsQuery(kind=CATEGORY, per_page=200), DocumentsAnswer)
    items = [CategoryView(slug=each.id, **each.body) for each in listed.items]
    return CategoryList(items=sorted(items, key=lambda each: (each.order, each.slug)))


@categories.post("/{slug}", responses=responses(403))
async def put_category(
    slug: Annotated[str, Path(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?$")], who: Changing, body: Names
) -> CategoryView:
    """Describe a category, new or not."""
    await who.do(SaveDocument(kind=CATEGORY, id=slug, body=body.model_dump(mode="json")))
    return CategoryView(slug=slug, **body.model_dump())


@categories.delete("/{slug}", status_code=204, responses=responses(403))
async def remove_category(slug: Slug, who: Changing) -> None:
    """Describe it no longer; its articles stay in it."""
    await who.do(RemoveDocument(kind=CATEGORY, id=slug))


# -- how it is done -----------------------------------------------------------------------------------------------------------


async def _save(who: Caller, slug: str, body: dict[str, Any], *, seen: int | None, number: int | None = None) -> None:
    await who.do(SaveDocument(kind=ARTICLE, id=slug, document_number=number, body=body, seen=seen))


async def _found(who: Caller, slug: str) -> DocumentFact:
    listed = await who.backend.gate.query("documents", DocumentsQuery(kind=ARTICLE, ids=[slug]), DocumentsAnswer)
    if not listed.items:
        raise NotFound(f"there is no article {slug}")
    return listed.items[0]


async def _shown(who: Caller, slug: str) -> ArticleDocument:
    found = await _found(who, slug)
    query = ArticlesQuery(article=slug, internal=True)
    readers = (await who.backend.gate.query("articles", query, ArticlesAnswer)).items
    names = ("revision", "made_by", "made_at", "changed_by", "changed_at")
    body = {name: value for name, value in found.body.items() if name != "from_ticket"}
    return ArticleDocument(
        **body,
        **{name: getattr(found, name) for name in names},
        slug=found.id,
        ticket=f"T-{found.number}" if found.number is not None else None,
        helped=readers[0].helped if readers else 0,
        not_helped=readers[0].not_helped if readers else 0,
    )


def _item(view: ArticleView, who: Caller) -> ArticleItem:
    kept = view.model_dump(exclude={"article", "body", "tags", "published_at"})
    url = address(who.backend.public_url, view.article, view.language) if view.visibility == "public" else ""
    return ArticleItem(**kept, slug=view.article, status="published", url=url, changed_at=view.published_at)


def _written(document: DocumentFact, language: str, who: Caller) -> ArticleItem:
    body = document.body
    texts: dict[str, dict[str, str]] = body["texts"]
    shown = language if language in texts else next(iter(texts))
    published = body.get("published") or {}
    readable = published.get("visibility") == "public"
    return ArticleItem(
        slug=document.id,
        status=body["status"],
        language=shown,
        title=texts[shown]["title"],
        summary=texts[shown]["summary"],
        category=body["category"],
        visibility=body["visibility"],
        languages=list(texts),
        url=address(who.backend.public_url, document.id) if readable else "",
        changed_at=document.changed_at,
    )


def slug_of(title: str, key: str) -> str:
    """A name for the address, of a title; ``key`` makes one where nothing of it can stand there."""
    apart = unicodedata.normalize("NFKD", title.casefold().translate(_LETTERS))
    plain = "".join(each for each in apart if not unicodedata.combining(each))
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
    return slug if SLUG.fullmatch(slug) else f"article-{derive('article', key)[:8]}" if key else ""


def _clean(ticket: TicketView, words: str | None) -> str:
    names = [ticket.contact.name, *(point.value.partition("@")[0] for point in ticket.contact.points)]
    names += [message.author for message in ticket.messages or [] if message.direction == "in"]
    return without_people(words or "", names)


def drafted(ticket: TicketView) -> dict[str, Any]:
    """What an article made from a ticket begins with, in the ticket's language."""
    language = ticket.language if ticket.language in LANGUAGES else LANGUAGES[0]
    parts = (
        ("kb.draft.problem", ticket.problem),
        ("kb.draft.cause", ticket.root_cause),
        ("kb.draft.solution", ticket.solution),
    )
    sections = [(text(key, language), _clean(ticket, words)) for key, words in parts if (words or "").strip()]
    body = "\n\n".join(f"## {heading}\n\n{words}" for heading, words in sections)
    title = _clean(ticket, ticket.subject)[:150].strip() or text("subject.none", language)
    words = {"title": title, "summary": "", "body": body[:LONGEST]}
    return {
        "texts": {language: words},
        "tags": [],
        "status": "draft",
        "from_ticket": True,
        "looked": False,
    }
