"""``/kb``: articles for customers, by category and by search; whether they helped; and ``/sitemap.xml``. For everybody, without cookies.

Looking changes nothing. A vote is a command, of which each network has a bounded number; beyond it, thanks are said and nothing is
counted. What cannot be asked of the store is a page that says so.
"""

import time
from collections.abc import Awaitable
from typing import Final
from uuid import uuid4

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from prometheus_client import Counter
from starlette.exceptions import HTTPException

from services.desk.customers import accepted
from services.desk.errors import DeskError
from services.desk.gate import Gate
from services.desk.pages import knowledge as pages
from services.desk.pages.branding import Brand
from services.desk.pages.knowledge import Category, Place
from services.desk.pages.status import Look
from services.desk.tokens import Counts, Expiring, network_of
from shared.clock import now
from shared.documents.article import CATEGORY
from shared.messages.articles import ArticlesAnswer, ArticlesQuery, ArticleVote
from shared.messages.command import Command
from shared.messages.documents import DocumentsAnswer, DocumentsQuery
from shared.peers import caller
from shared.service import Context
from shared.settings.inbox import FormInbox
from shared.web import is_from_here, typed

log = structlog.get_logger(__name__)

PER_PAGE: Final = 20
VOTES: Final = 20
"""What a network may say within an hour, and of one article..."""
VOTES_EACH: Final = 3
"""...within a day."""
_MOST_PAGES: Final = 500
_OTHERS: Final = 50
_SITEMAP_SECONDS: Final = 600.0
_SITEMAP_PAGE, _SITEMAP_PAGES = 500, 20

_votes = Counter("trunkline_desk_article_votes_total", "What readers said of articles.", ["result"])


class KnowledgePages:
    """The pages."""

    def __init__(self, context: Context, gate: Gate, brand: Brand, portal: str = "") -> None:
        self._settings, self._gate, self._brand, self._portal = context.settings, gate, brand, portal
        self._voted = Counts(3_600.0, time.monotonic)
        self._voted_each = Counts(86_400.0, time.monotonic)
        self._sitemap: Expiring[Response] = Expiring(_SITEMAP_SECONDS, time.monotonic, 1)
        forms = [each.name for each in self._settings.inbox if isinstance(each, FormInbox)]
        self._form = forms[0] if forms else ""

    async def home(self, request: Request) -> Response:
        """What there is to read about."""
        place = self._place(request, ".", "kb")
        there = await self._ask(ArticlesQuery(language=place.look.language, per_page=1))
        categories = await self._categories(place.look.language, there.categories)
        described = {each.slug for each in categories}
        unnamed = sorted(slug for slug in there.categories if slug and slug not in described)
        categories += [_unnamed(slug, there.categories[slug]) for slug in unnamed]
        # What stands in no category is listed itself.
        others = ArticlesQuery(language=place.look.language, category="", per_page=_OTHERS)
        rest = (await self._ask(others)).items if there.categories.get("") else []
        return pages.home(place, categories, rest)

    async def category(self, slug: str, request: Request) -> Response:
        """The articles of a category."""
        place = self._place(request, "..", f"kb/{slug}")
        page = _page_of(request)
        found = await self._ask(
            ArticlesQuery(language=place.look.language, category=slug, page=page, per_page=PER_PAGE)
        )
        about = (await self._categories(place.look.language, {slug: found.total}, all_of_them=True)).get(slug)
        if about is None and not found.total:
            return pages.gone(place)
        return pages.category(place, about or _unnamed(slug, found.total), found.items, page, _pages(found.total))

    async def search(self, request: Request) -> Response:
        """What a search finds."""
        q = " ".join(typed(request.query_params.get("q", ""))[:200].split())
        place = self._place(request, "..", "kb/search", {"q": q} if q else {})
        page = _page_of(request)
        query = ArticlesQuery(text=q, language=place.look.language, page=page, per_page=PER_PAGE)
        found = await self._ask(query) if q else ArticlesAnswer()
        return pages.found(place, q, found.items, page, _pages(found.total))

    async def article(self, slug: str, request: Request) -> Response:
        """An article."""
        place = self._place(request, "../..", f"kb/a/{slug}")
        found = await self._ask(ArticlesQuery(article=slug, language=place.look.language))
        if not found.items:
            return pages.gone(place)
        view = found.items[0]
        about = None
        if view.category:
            known = await self._categories(place.look.language, {view.category: 1}, all_of_them=True)
            about = known.get(view.category) or _unnamed(view.category, 1)
        said = request.query_params.get("said", "")
        return pages.article(place, view, about, said if said in pages.SAID else "")

    async def vote(self, slug: str, request: Request) -> Response:
        """Whether an article helped; then the article again, by a redirect."""
        async with request.form(max_files=0, max_fields=4, max_part_size=1024) as form:
            helped = form.get("helped")
        place = self._place(request, "../..", f"kb/a/{slug}")
        if helped not in pages.SAID or not is_from_here(request.headers, self._settings.company.public_url):
            return RedirectResponse(place.to(f"kb/a/{slug}"), 303)
        found = await self._ask(ArticlesQuery(article=slug, language=place.look.language))
        if not found.items:
            return pages.gone(place)
        if self._may_vote(request, slug):
            action = ArticleVote(article=slug, helped=helped == "yes")
            done = await self._gate.command(
                Command(
                    command_id=uuid4().hex,
                    actor="customer",
                    channel="page",
                    at=now(),
                    action=action,
                    correlation_id=request.state.correlation_id,
                )
            )
            _votes.labels("counted" if done.error is None else "failed").inc()
        else:
            _votes.labels("too many").inc()
        return RedirectResponse(
            place.to(f"kb/a/{slug}", said=str(helped)) + "#vote", 303, {"Cache-Control": "no-store"}
        )

    async def sitemap(self) -> Response:
        """All articles, for search engines; made anew every ten minutes at most."""
        kept = self._sitemap.get("")
        if kept is not None:
            return kept
        listed = []
        for page in range(1, _SITEMAP_PAGES + 1):
            found = await self._ask(ArticlesQuery(page=page, per_page=_SITEMAP_PAGE))
            listed += [(each.article, each.languages, each.published_at) for each in found.items]
            if len(found.items) < _SITEMAP_PAGE:
                break
        made = pages.sitemap(self._settings.company.public_url, listed)
        self._sitemap.put("", made)
        return made

    def away(self, request: Request) -> Response:
        """The page for when the store cannot be asked."""
        up = "../.." if request.url.path.startswith("/kb/a/") else ".." if request.url.path.startswith("/kb/") else "."
        return pages.gone(self._place(request, up, "kb"), 503)

    # -- what they have in common ----------------------------------------------------------------------------------------

    async def _ask(self, query: ArticlesQuery) -> ArticlesAnswer:
        return await self._gate.query("articles", query, ArticlesAnswer)

    async def _categories(self, language: str, counts: dict[str, int], *, all_of_them: bool = False) -> "Categories":
        """Those that are described and have articles; with ``all_of_them`` empty ones, too."""
        listed = await self._gate.query("documents", DocumentsQuery(kind=CATEGORY, per_page=200), DocumentsAnswer)
        found = []
        for each in sorted(listed.items, key=lambda item: (item.body.get("order", 0), item.title.lower())):
            count = counts.get(each.id, 0)
            if count or all_of_them:
                names, about = each.body.get("names", {}), each.body.get("about", {})
                name = self._said(names, language) or each.id
                found.append(Category(each.id, name, self._said(about, language), count))
        return Categories(found)

    def _said(self, texts: dict[str, str], language: str) -> str:
        default = self._settings.company.languages[0]
        return texts.get(language) or texts.get(default) or next(iter(texts.values()), "")

    def _may_vote(self, request: Request, slug: str) -> bool:
        network = network_of(caller(request))
        for budget, key, most in ((self._voted, network, VOTES), (self._voted_each, f"{network} {slug}", VOTES_EACH)):
            if budget.of(key) >= most:
                return False
            budget.more(key)
        return True

    def _place(self, request: Request, up: str, path: str, asked: dict[str, str] | None = None) -> Place:
        company, web = self._settings.company, self._settings.web
        languages = company.languages
        wanted = request.query_params.get("lang", "")
        language = wanted if wanted in languages else accepted(request, languages)
        look = Look(company.name, language, languages, asked=wanted in languages, brand=self._brand)
        base = company.public_url if web.intake_listen else up
        write = f"{base}/form/{self._form}?lang={language}" if self._form else ""
        return Place(
            look,
            up,
            path,
            company.public_url,
            write=write,
            portal=f"{up}{self._portal}" if self._portal else "",
            timezone=self._settings.timezone,
            asked=asked or {},
        )


class Categories(list[Category]):
    """Categories in their order."""

    def get(self, slug: str) -> Category | None:
        """The one of that name."""
        return next((each for each in self if each.slug == slug), None)


def _unnamed(slug: str, count: int) -> Category:
    """A category that nobody has described."""
    return Category(slug, slug.replace("-", " ").capitalize(), "", count)


def _page_of(request: Request) -> int:
    asked = request.query_params.get("page", "1")
    return min(max(int(asked), 1), _MOST_PAGES) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1


def _pages(total: int) -> int:
    return max(1, -(-total // PER_PAGE))


def routes(context: Context, gate: Gate, brand: Brand, portal: str = "") -> APIRouter:
    """The routes of the pages. ``portal`` is where customers sign in; empty: nowhere."""
    router = APIRouter(include_in_schema=False)
    here = KnowledgePages(context, gate, brand, portal)

    @router.api_route("/kb", methods=["GET", "HEAD"])
    async def home(request: Request) -> Response:
        return await _shown(here, here.home(request), request)

    @router.api_route("/kb/search", methods=["GET", "HEAD"])
    async def search(request: Request) -> Response:
        return await _shown(here, here.search(request), request)

    @router.api_route("/kb/a/{slug}", methods=["GET", "HEAD"])
    async def article(slug: str, request: Request) -> Response:
        return await _shown(here, here.article(slug[:120], request), request)

    @router.post("/kb/a/{slug}")
    async def vote(slug: str, request: Request) -> Response:
        return await _shown(here, here.vote(slug[:120], request), request)

    @router.api_route("/kb/{category}", methods=["GET", "HEAD"])
    async def category(category: str, request: Request) -> Response:
        return await _shown(here, here.category(category[:120], request), request)

    @router.get("/sitemap.xml")
    async def sitemap() -> Response:
        try:
            return await here.sitemap()
        except DeskError as error:
            raise HTTPException(503, headers={"Retry-After": "60"}) from error

    @router.get("/robots.txt")
    async def robots() -> Response:
        lines = (
            "User-agent: *",
            "Allow: /kb",
            "Disallow: /",
            f"Sitemap: {context.settings.company.public_url}/sitemap.xml",
        )
        return PlainTextResponse("\n".join(lines) + "\n", headers={"Cache-Control": "public, max-age=3600"})

    @router.get("/static/desk/knowledge.css")
    async def style() -> Response:
        return pages.style()

    return router


async def _shown(here: KnowledgePages, made: Awaitable[Response], request: Request) -> Response:
    try:
        return await made
    except DeskError as error:
        log.warning("a page of the knowledge base could not be shown", error=str(error))
        return here.away(request)
