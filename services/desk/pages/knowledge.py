"""The pages of the knowledge base as HTML: no script, nothing from elsewhere, every value escaped. Not here: what is shown to whom
(`services.desk.knowledge`).

They are for everybody and may be found by search engines, unlike all other customers' pages; every link in them is relative, so that they
work behind any proxy.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Response
from fastapi.responses import HTMLResponse

from services.desk import markdown
from services.desk.pages.status import HEADERS, Look
from shared.messages.articles import ArticleView, address
from shared.pages import NAMES, Pages
from shared.texts import text

SAID: Final = ("yes", "no")
STYLE: Final = "knowledge.css"
_PAGES: Final = Pages("services.desk", "pages", trim=True)
_LOCALES: Final = {"en": "en_GB"}

OPEN_HEADERS: Final = {
    "Content-Security-Policy": HEADERS["Content-Security-Policy"],
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=60",
    "Vary": "Accept-Language",
}
_HIDDEN: Final = {"X-Robots-Tag": "noindex", "Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is. ``up``: from its address to the root; ``path``: from there to itself; ``asked``: what stands in its address beside
    the language. ``write`` is where one writes to us, ``portal`` where one's requests are; empty: nowhere."""

    look: Look
    up: str
    path: str
    public_url: str
    write: str = ""
    portal: str = ""
    timezone: str = "UTC"
    asked: Mapping[str, str] = field(default_factory=dict)

    def to(self, path: str, **asked: str) -> str:
        """The address of another page, in the language that was asked for."""
        language = {"lang": self.look.language} if self.look.asked else {}
        query = urlencode({**asked, **language})
        return f"{self.up}/{path}" + (f"?{query}" if query else "")

    def in_language(self, language: str) -> str:
        """This page in a language."""
        return "?" + urlencode({**self.asked, "lang": language})

    def public(self, language: str) -> str:
        """The whole address of this page in a language."""
        return f"{self.public_url}/{self.path}?" + urlencode({**self.asked, "lang": language})


@dataclass(frozen=True, slots=True)
class Category:
    """A category as readers see it."""

    slug: str
    name: str
    about: str = ""
    count: int = 0


def home(place: Place, categories: Sequence[Category], articles: Sequence[ArticleView]) -> HTMLResponse:
    """The first page: what there is to read about, and articles of no category."""
    return _page(
        "kb-home.html",
        place,
        title=text("kb.title", place.look.language),
        categories=[(place.to(f"kb/{quote(each.slug)}"), each) for each in categories],
        articles=_listed(place, articles),
        q="",
    )


def category(place: Place, about: Category, articles: Sequence[ArticleView], page: int, pages: int) -> HTMLResponse:
    """The articles of a category, a page of them."""
    return _page(
        "kb-category.html",
        place,
        title=about.name,
        about=about.about,
        articles=_listed(place, articles),
        turns=_turns(place, f"kb/{quote(about.slug)}", page, pages),
        page=page,
        pages=pages,
        hidden=not articles,
    )


def found(place: Place, q: str, articles: Sequence[ArticleView], page: int, pages: int) -> HTMLResponse:
    """What a search has found."""
    return _page(
        "kb-search.html",
        place,
        title=text("kb.search.title", place.look.language, q=q) if q else text("kb.search", place.look.language),
        q=q,
        articles=_listed(place, articles),
        turns=_turns(place, "kb/search", page, pages, q=q),
        page=page,
        pages=pages,
        hidden=True,
    )


def article(place: Place, view: ArticleView, about: Category | None, said: str) -> HTMLResponse:
    """An article. ``said``: whether it helped, where that was just said."""
    look = place.look
    body = markdown.rendered(view.body, lambda name: place.to(f"kb/a/{quote(name)}"))
    others = [code for code in view.languages if code != view.language]
    return _page(
        "kb-article.html",
        place,
        title=view.title,
        article=view,
        body=body,
        category=about,
        category_link=place.to(f"kb/{quote(about.slug)}") if about else "",
        elsewhere=view.language != look.language,
        others=[(code, NAMES.get(code, code), place.in_language(code)) for code in others if code in look.languages],
        alternates=[(code, place.public(code)) for code in view.languages],
        canonical=place.public(view.language),
        day=view.published_at.date().isoformat(),
        date=_date(view.published_at, look.language, place.timezone),
        about=view.summary or _cut(markdown.plain(view.body)),
        said=said,
        hidden=bool(said),
        vote=place.to(f"kb/a/{quote(view.article)}"),
    )


def gone(place: Place, status: int = 404) -> HTMLResponse:
    """The page for what there is not (or, 503, cannot be shown now)."""
    words = "kb.away" if status == 503 else "kb.gone"
    title = text("page.away.title" if status == 503 else "kb.gone.title", place.look.language)
    made = _page("kb-gone.html", place, status, title=title, words=text(words, place.look.language), q="", hidden=True)
    if status == 503:
        made.headers["Retry-After"] = "60"
    return made


def sitemap(public_url: str, articles: Sequence[tuple[str, Sequence[str], datetime]]) -> Response:
    """All articles in all their languages, as https://www.sitemaps.org/protocol.html has it."""
    entries = [
        f"<url><loc>{escape(address(public_url, quote(name), language))}</loc><lastmod>{at.date().isoformat()}</lastmod></url>"
        for name, languages, at in articles
        for language in languages
    ][:50_000]
    body = "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
            f"<url><loc>{escape(public_url)}/kb</loc></url>",
            *entries,
            "</urlset>\n",
        )
    )
    headers = {"Cache-Control": "public, max-age=600", "X-Content-Type-Options": "nosniff"}
    return Response(body, headers=headers, media_type="application/xml; charset=utf-8")


def style() -> Response:
    """The style of these pages, beside brand.css."""
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(_style(), headers=headers, media_type="text/css; charset=utf-8")


def _listed(place: Place, articles: Sequence[ArticleView]) -> list[tuple[str, ArticleView]]:
    return [(place.to(f"kb/a/{quote(each.article)}"), each) for each in articles]


def _turns(place: Place, path: str, page: int, pages: int, **asked: str) -> dict[str, str]:
    """Links to the pages before and after."""
    turns = {}
    if page > 1:
        turns["previous"] = place.to(path, **asked, page=str(page - 1))
    if page < pages:
        turns["next"] = place.to(path, **asked, page=str(page + 1))
    return turns


def _page(template: str, place: Place, status: int = 200, *, hidden: bool = False, **values: object) -> HTMLResponse:
    look = place.look
    values.setdefault("canonical", place.public(look.language))
    values.setdefault("alternates", [(code, place.public(code)) for code in look.languages])
    html = _PAGES.render(
        template,
        look.language,
        look=look,
        up=place.up,
        languages=[(code, NAMES.get(code, code), place.in_language(code)) for code in look.languages],
        version=_version(),
        hidden=hidden,
        home=place.to("kb"),
        search=place.to("kb/search"),
        language_asked=look.language if look.asked else "",
        write=place.write,
        portal=place.portal,
        **values,
    )
    return HTMLResponse(html, status, {**OPEN_HEADERS, **(_HIDDEN if hidden or status != 200 else {})})


def _date(at: datetime, language: str, timezone: str) -> str:
    from babel.dates import format_date  # only when somebody reads an article

    return format_date(at.astimezone(ZoneInfo(timezone)).date(), format="long", locale=_LOCALES.get(language, language))


def _cut(words: str, most: int = 160) -> str:
    return words if len(words) <= most else f"{words[: most - 1].rsplit(' ', 1)[0]}…"


@cache
def _style() -> bytes:
    return (files("services.desk.pages") / STYLE).read_bytes()


@cache
def _version() -> str:
    return hashlib.sha256(_style()).hexdigest()[:10]
