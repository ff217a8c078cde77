"""``/console/article-categories``: the categories that articles of the knowledge base stand in."""

from typing import Any, Final

from nicegui import ui

from services.desk.console.admin import frame as shown
from services.desk.console.buttons import change_button, remove_button
from services.desk.console.frame import Frame, page
from services.desk.console.links import link
from shared.documents.article import CATEGORY
from shared.messages.documents import DocumentFact, DocumentsAnswer, DocumentsQuery, RemoveDocument, SaveDocument
from shared.texts.languages import LANGUAGES, OWN_NAMES

_MOST: Final = 200
NEW: Final = "new"


@page("/article-categories", "categories.title", least="lead")
async def categories(frame: Frame, slug: str = "") -> None:
    """All of them; ``slug`` is the one to change (``new``: none yet)."""
    viewer, t = frame.viewer, frame.viewer.t
    ui.add_head_html('<link rel="stylesheet" href="/console/look/admin.css">')
    answer = await viewer.ask("documents", DocumentsQuery(kind=CATEGORY, per_page=_MOST), DocumentsAnswer)
    found = sorted(answer.items, key=lambda each: (each.body.get("order", 0), each.id))
    with ui.element("div").classes("tl-heading"):
        shown.heading(t("categories.title"), 1)
        with ui.element("div").classes("tl-row"):
            link(t("articles.title"), "/console/articles")
            ui.button(t("categories.new"), on_click=lambda: frame.go("/article-categories?slug=new"))
    ui.label(t("categories.about")).classes("tl-quiet tl-ad-about")
    picked = next((each for each in found if each.id == slug), None)
    if picked is not None or slug == NEW:
        _form(frame, picked, len(found))
    if not found:
        shown.empty(t("categories.none"))
    with ui.element("div").classes("tl-ad-grid"):
        for each in found:
            _card(frame, each)


def _card(frame: Frame, fact: DocumentFact) -> None:
    viewer, t = frame.viewer, frame.viewer.t
    names: dict[str, str] = fact.body.get("names") or {}
    name = names.get(viewer.language) or next(iter(names.values()), fact.id)
    with ui.element("article").classes("tl-card"):
        shown.heading(name)
        with ui.element("div").classes("tl-row"):
            ui.label(fact.id).classes("tl-chip")
            link(t("categories.articles"), f"/console/articles?category={fact.id}")
        about = fact.body.get("about") or {}
        shown.facts([(each, _both(names.get(each, ""), about.get(each, ""))) for each in LANGUAGES if each in names])
        with ui.element("div").classes("tl-row"):
            change_button(frame, name, f"/article-categories?slug={fact.id}")
            removed = RemoveDocument(kind=CATEGORY, id=fact.id)
            remove_button(frame, name, t("categories.sure", name=name), removed, "/article-categories")


def _both(name: str, about: str) -> str:
    return f"{name}: {about}" if about else name


def _form(frame: Frame, fact: DocumentFact | None, there: int) -> None:
    viewer, t = frame.viewer, frame.viewer.t
    body: dict[str, Any] = fact.body if fact is not None else {}
    with ui.element("section").classes("tl-card"):
        shown.heading(fact.id if fact is not None else t("categories.new"))
        with ui.element("div").classes("tl-ad-form"):
            slug = ui.input(t("articles.slug"), value=fact.id if fact is not None else "")
            slug.props("outlined dense maxlength=80" + (" readonly" if fact is not None else ""))
            names, about = ({}, {})  # type: dict[str, ui.input], dict[str, ui.input]
            for each in LANGUAGES:
                kept = (body.get("names") or {}).get(each, "")
                names[each] = ui.input(t("categories.name", language=OWN_NAMES[each]), value=kept)
                kept = (body.get("about") or {}).get(each, "")
                about[each] = ui.input(t("categories.says", language=OWN_NAMES[each]), value=kept)
                for field in (names[each], about[each]):
                    field.props("outlined dense maxlength=300")
            order = ui.number(t("categories.order"), value=body.get("order", 10 * (there + 1)), precision=0)
            order.props("outlined dense")

            async def keep() -> None:
                written = {
                    "names": {
                        each: field.value.strip() for each, field in names.items() if (field.value or "").strip()
                    },
                    "about": {
                        each: field.value.strip() for each, field in about.items() if (field.value or "").strip()
                    },
                    "order": int(order.value or 0),
                }
                if not written["names"]:
                    viewer.say(t("categories.needed"), "negative")
                    return
                saved = SaveDocument(
                    kind=CATEGORY,
                    id=(slug.value or "").strip(),
                    body=written,
                    seen=fact.revision if fact is not None else 0,
                )
                if await viewer.try_to(saved, t("admin.kept")) is not None:
                    frame.go("/article-categories")

            with ui.element("div").classes("tl-row"):
                shown.keep_buttons(frame, keep, "/article-categories")
