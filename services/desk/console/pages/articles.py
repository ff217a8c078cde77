"""``/console/articles``: the knowledge base as it is written. By status and category, with search; each article in its languages beside
what readers will see; and a draft made of a solved ticket (``?from=T-1001``)."""

from functools import partial
from typing import Any, Final
from urllib.parse import quote

from nicegui import ui

from services.desk.articles import drafted, slug_of
from services.desk.console.frame import Frame, page
from services.desk.console.knowing import views
from services.desk.console.knowing.editor import Editor
from services.desk.console.links import link
from services.desk.console.viewer import Viewer
from services.desk.errors import NotFound
from shared.documents.article import ARTICLE, CATEGORY
from shared.messages.articles import ArticlesAnswer, ArticlesQuery, ArticleView
from shared.messages.documents import DocumentFact, DocumentsAnswer, DocumentsQuery

_PER_PAGE: Final = 50
_LOOK: Final = (
    '<link rel="stylesheet" href="/console/look/quality.css"><link rel="stylesheet" href="/console/look/articles.css">'
)


@page("/articles", "articles.title")
async def articles(frame: Frame) -> None:
    """The list."""
    viewer = frame.viewer
    query = {name: value[:200] for name, value in viewer.client.request.query_params.items()}
    if query.get("from"):
        frame.go(f"/articles/new?from={quote(query['from'], safe='')}")
        return
    ui.add_head_html(_LOOK)
    status = query.get("status", "") if query.get("status") in views.STATES else ""
    words, category = query.get("q", "").strip(), query.get("category") or None
    page_number = int(query["page"]) if query.get("page", "").isascii() and query.get("page", "").isdigit() else 1
    asked = DocumentsQuery(
        kind=ARTICLE,
        states=[status] if status else None,
        words=f"{words} {category or ''}".strip(),
        page=min(max(page_number, 1), 10_000),
        per_page=_PER_PAGE,
    )
    found = await viewer.ask("documents", asked, DocumentsAnswer)
    names = await _categories(viewer)
    listed = views.lines(found.items, await _readers(viewer), viewer.language, category)
    with ui.element("div").classes("tl-heading"):
        with ui.element("h1"):
            ui.label(viewer.t("articles.title"))
        ui.element("span").classes("tl-grow")
        if viewer.may("lead"):
            link(viewer.t("categories.title"), "/console/article-categories")
        if viewer.may("agent"):
            link(viewer.t("articles.new"), "/console/articles/new").classes("ql-new")
            frame.keys.bind("n", viewer.t("articles.new"), partial(frame.go, "/articles/new"))
    _states(viewer, query, status)
    _search(viewer, query, status, names)
    with ui.element("section").classes("tl-card ar-list"):
        for line in listed:
            _line(viewer, line, names)
        if not listed:
            ui.label(viewer.t("articles.none")).classes("tl-empty")
        with ui.element("div").classes("tl-row"):
            if asked.page > 1:
                link(viewer.t("articles.newer"), views.address(query, page=asked.page - 1))
            if len(found.items) == _PER_PAGE and found.total > asked.page * _PER_PAGE:
                link(viewer.t("articles.older"), views.address(query, page=asked.page + 1))


def _states(viewer: Viewer, query: dict[str, str], status: str) -> None:
    with ui.element("nav").classes("ar-states") as nav:
        nav.props["aria-label"] = viewer.t("articles.state")
        for each in ("", *views.STATES):
            made = link(viewer.t(f"articles.state.{each or 'all'}"), views.address(query, status=each, page=""))
            made.classes("ar-state")
            if each == status:
                made.props["aria-current"] = "page"


def _search(viewer: Viewer, query: dict[str, str], status: str, names: dict[str, str]) -> None:
    with ui.element("form").props("action=/console/articles method=get role=search").classes("ql-search"):
        if status:
            hidden = ui.element("input").props("type=hidden name=status")
            hidden.props["value"] = status
        with ui.element("label"):
            ui.label(viewer.t("articles.search"))
            field = ui.element("input").props("type=search name=q maxlength=200")
            field.props["value"] = query.get("q", "")
        with ui.element("label"):
            ui.label(viewer.t("articles.category"))
            with ui.element("select").props("name=category onchange=this.form.requestSubmit()"):
                chosen = query.get("category", "")
                options = {"": viewer.t("articles.any_category"), **names}
                for value, shown in (options if chosen in options else options | {chosen: chosen}).items():
                    with ui.element("option") as option:
                        option.props["value"] = value
                        if value == chosen:
                            option.props["selected"] = True
                        ui.label(shown)
        with ui.element("button").props("type=submit"):
            ui.label(viewer.t("articles.find"))


def _line(viewer: Viewer, line: views.Line, names: dict[str, str]) -> None:
    with ui.element("article").classes("ar-line"):
        with link(target=f"/console/articles/{line.slug}").classes("ql-what"):
            ui.label(line.title)
        if line.summary:
            ui.label(line.summary).classes("tl-quiet ar-summary")
        with ui.element("div").classes("ql-facts"):
            ui.label(viewer.t(f"articles.is.{line.status}")).classes(f"tl-chip ar-{line.status}")
            if line.earlier:
                ui.label(viewer.t("articles.still_published")).classes("tl-quiet")
            if line.category:
                ui.label(names.get(line.category, line.category)).classes("tl-chip")
            if line.internal:
                ui.label(viewer.t("articles.visibility.internal")).classes("tl-chip")
            ui.label(" ".join(each.upper() for each in line.languages)).classes("tl-quiet")
            ui.label(f"{viewer.t('articles.changed')}: {viewer.short(line.changed)}").classes("tl-quiet")
            if line.helped or line.not_helped:
                said = viewer.t("articles.helped", helped=line.helped, not_helped=line.not_helped)
                ui.label(said).classes("tl-quiet")


@page("/articles/new", "articles.new", least="agent")
async def new_article(frame: Frame) -> None:
    """A new one, of nothing or of a solved ticket. Nothing is written before somebody saves it."""
    viewer = frame.viewer
    ui.add_head_html(_LOOK)
    written = viewer.client.request.query_params.get("from", "").strip().upper().removeprefix("T-")
    body: dict[str, Any] = {"texts": {viewer.language: {}}, "status": "draft"}
    slug, number = "", None
    if written.isascii() and written.isdigit() and len(written) < 10:
        ticket = await viewer.gate.ticket(int(written))
        if ticket is None:
            raise NotFound(f"T-{written}?")
        number = int(written)
        if not (ticket.solution or "").strip():
            ui.label(viewer.t("articles.from.unsolved", ticket=ticket.number)).classes("tl-empty").props("role=alert")
            link(ticket.number, f"/console/ticket/{number}")
            return
        body = drafted(ticket)
        slug = f"{slug_of(next(iter(body['texts'].values()))['title'][:60], '') or 'ticket'}-{number}"
        if await _found(viewer, slug) is not None:
            frame.go(f"/articles/{slug}")
            return
    await Editor(frame, slug, body, None, await _categories(viewer), number=number).build()


@page("/articles/{slug}", "articles.one")
async def one_article(frame: Frame, slug: str) -> None:
    """An article as it is being written."""
    viewer = frame.viewer
    ui.add_head_html(_LOOK)
    fact = await _found(viewer, slug[:120])
    if fact is None:
        raise NotFound(viewer.t("articles.none"))
    readers = (await viewer.ask("articles", ArticlesQuery(article=fact.id, internal=True), ArticlesAnswer)).items
    editor = Editor(frame, fact.id, fact.body, fact, await _categories(viewer), number=fact.number)
    await editor.build(readers[0] if readers else None)


async def _found(viewer: Viewer, slug: str) -> DocumentFact | None:
    items = (await viewer.ask("documents", DocumentsQuery(kind=ARTICLE, ids=[slug]), DocumentsAnswer)).items
    return items[0] if items else None


async def _categories(viewer: Viewer) -> dict[str, str]:
    """Names of the categories by what stands in their addresses, in their order."""
    found = (await viewer.ask("documents", DocumentsQuery(kind=CATEGORY, per_page=200), DocumentsAnswer)).items
    in_order = sorted(found, key=lambda each: (each.body.get("order", 0), each.id))
    return {
        each.id: each.body["names"].get(viewer.language) or next(iter(each.body["names"].values())) for each in in_order
    }


async def _readers(viewer: Viewer) -> dict[str, ArticleView]:
    """What readers said, by article."""
    found = await viewer.ask("articles", ArticlesQuery(internal=True, per_page=500), ArticlesAnswer)
    return {each.article: each for each in found.items}
