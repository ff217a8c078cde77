"""An article on the page: its words in each language, beside them what readers will see, and where it goes from here."""

from functools import partial
from typing import Any, Final
from uuid import uuid4

from nicegui import ui

from services.desk.articles import slug_of
from services.desk.console.asking import ask_sure
from services.desk.console.buttons import ask_to_remove
from services.desk.console.frame import Frame
from services.desk.console.knowing import views
from services.desk.console.links import link
from shared.documents.article import ARTICLE, LONGEST
from shared.messages.articles import ArticleView
from shared.messages.documents import DocumentFact, RemoveDocument, SaveDocument
from shared.messages.ticket import AgentsAnswer, AgentsQuery
from shared.texts.languages import LANGUAGES

_STILL: Final = 400
"""Milliseconds without a key after which the preview is made anew."""
_MOST: Final = {"title": 150, "summary": 400, "body": LONGEST}


class Editor:
    """One article; ``fact`` is null for one that is not kept yet. ``number`` is the ticket that it was made of."""

    def __init__(
        self,
        frame: Frame,
        slug: str,
        body: dict[str, Any],
        fact: DocumentFact | None,
        categories: dict[str, str],
        *,
        number: int | None,
    ) -> None:
        self._frame, self._viewer = frame, frame.viewer
        self._slug, self._body, self._fact, self._number = slug, body, fact, number
        self._categories = categories
        self._typed = {language: dict(body["texts"].get(language, {})) for language in LANGUAGES}
        self._first = next(iter(body["texts"]))
        self._shown = self._viewer.language if self._viewer.language in body["texts"] else self._first
        self._writes = self._viewer.may("agent")
        self._status = str(body.get("status", "draft"))
        self._style = views.style(self._viewer.parts.settings.branding.colour)
        self._key = uuid4().hex  # a second click keeps no second article

    async def build(self, readers: ArticleView | None = None) -> None:
        """The page."""
        viewer = self._viewer
        link(f"‹ {viewer.t('articles.title')}", "/console/articles")
        with ui.element("div").classes("tl-heading"):
            with ui.element("h1"):
                ui.label(self._typed[self._shown].get("title") or viewer.t("articles.new"))
            ui.label(viewer.t(f"articles.is.{self._status}")).classes(f"tl-chip ar-{self._status}")
            if self._status != "published" and self._body.get("published"):
                ui.label(viewer.t("articles.still_published")).classes("tl-quiet")
            if self._body.get("published") and self._body["published"].get("visibility") == "public":
                link(viewer.t("articles.read"), f"/kb/a/{self._slug}")
            self._unsaved = ui.label("").classes("tl-quiet").props("role=status")
        if self._number is not None:
            with ui.element("div").classes("tl-row ar-from"):
                ui.label(viewer.t("articles.from", ticket=f"T-{self._number}"))
                link(f"T-{self._number}", f"/console/ticket/{self._number}")
        with ui.element("div").classes("ql-two"):
            with ui.element("section").classes("tl-card ar-edit"):
                self._languages()
                self._words = ui.element("div").classes("ar-fields")
                self._about = ui.element("div").classes("ar-fields")
                await self._show_about()
                self._buttons()
            with ui.element("section").classes("tl-card ar-preview"):
                with ui.element("h2"):
                    ui.label(viewer.t("articles.preview"))
                self._frame_ = ui.element("iframe").classes("ar-frame")
                # No scripts, no forms, no way out, and an origin of its own.
                self._frame_.props["sandbox"] = ""
                self._frame_.props["title"] = viewer.t("articles.preview")
                if self._fact is not None:
                    with ui.element("h2"):
                        ui.label(viewer.t("articles.said"))
                    ui.label(self._said(readers)).classes("tl-quiet")
        self._choose(self._shown)

    def _said(self, readers: ArticleView | None) -> str:
        if readers is None or not (readers.helped or readers.not_helped):
            return self._viewer.t("articles.nobody_said")
        return self._viewer.t("articles.helped", helped=readers.helped, not_helped=readers.not_helped)

    # -- the words ------------------------------------------------------------------------------------------------------------

    def _languages(self) -> None:
        """A button for each language; those that it is in have a sign."""
        with ui.element("div").classes("rp-by ar-languages").props("role=group") as group:
            group.props["aria-label"] = self._viewer.t("articles.languages")
            self._tabs = {}
            for language in LANGUAGES:
                with ui.element("button").props("type=button").classes("ar-tab") as button:
                    there = "" if self._typed[language].get("title") else " +"
                    ui.label(self._viewer.t(f"articles.word.{language}") + there)
                button.on("click", partial(self._choose, language))
                self._tabs[language] = button

    def _choose(self, language: str) -> None:
        self._shown = language
        for name, button in self._tabs.items():
            button.props["aria-pressed"] = "true" if name == language else "false"
            button.update()
        self._words.clear()
        with self._words:
            for part in views.PARTS:
                self._field(language, part)
            ui.label(self._viewer.t("articles.markdown")).classes("tl-quiet ar-hint")
        self._render()

    def _field(self, language: str, part: str) -> None:
        make = ui.textarea if part == "body" else ui.input
        field = make(
            self._viewer.t(f"articles.field.{part}"),
            value=self._typed[language].get(part, ""),
            on_change=lambda event: self._type(language, part, str(event.value or "")),
        ).props(f"outlined debounce={_STILL} maxlength={_MOST[part]}")
        field.props["lang"] = language
        if part == "body":
            field.props("rows=16 input-class=ar-body")
        if not self._writes:
            field.props("readonly")

    def _type(self, language: str, part: str, value: str) -> None:
        self._typed[language][part] = value
        self._touch()
        self._render()

    def _touch(self) -> None:
        self._unsaved.set_text(self._viewer.t("articles.unsaved"))

    def _render(self) -> None:
        self._frame_.props["srcdoc"] = views.preview(self._typed[self._shown], self._shown, self._style)
        self._frame_.update()

    # -- what is about it -----------------------------------------------------------------------------------------------------

    async def _show_about(self) -> None:
        viewer, body = self._viewer, self._body
        t = viewer.t
        chosen = body.get("category", "")
        categories = {"": t("articles.no_category"), **self._categories}
        categories |= {chosen: chosen} if chosen not in categories else {}
        agents = (await viewer.ask("agents", AgentsQuery(), AgentsAnswer)).agents
        reviewer = body.get("reviewer", "")
        people = {
            "": t("articles.no_category"),
            **{each.email: each.name for each in agents if each.blocked_at is None},
        }
        people |= {reviewer: reviewer} if reviewer not in people else {}
        with self._about:
            if self._fact is None:
                self._slug_field = ui.input(t("articles.slug"), value=self._slug).props("outlined dense maxlength=80")
                self._slug_field.props["hint"] = t("articles.slug.about")
            self._category = ui.select(categories, label=t("articles.category"), value=chosen)
            self._tags = ui.input(t("articles.tags"), value=", ".join(body.get("tags", [])))
            seen_by = {each: t(f"articles.visibility.{each}") for each in ("public", "internal")}
            self._visibility = ui.select(
                seen_by, label=t("articles.visibility"), value=body.get("visibility", "public")
            )
            self._reviewer = ui.select(people, label=t("articles.reviewer"), value=reviewer)
            for each in (self._category, self._tags, self._visibility, self._reviewer):
                each.props("outlined dense" if self._writes else "outlined dense readonly")
                each.on_value_change(self._touch)
            self._looked = ui.switch(t("articles.looked"), value=bool(body.get("looked", True)))
            self._looked.set_visibility(not body.get("looked", True) or bool(body.get("from_ticket")))
            if not self._writes:
                self._looked.disable()

    # -- keeping it -----------------------------------------------------------------------------------------------------------

    def _buttons(self) -> None:
        viewer = self._viewer
        if not self._writes:
            return
        with ui.element("div").classes("tl-row ar-buttons"):
            label = {"published": "articles.keep.published", "draft": "articles.keep"}.get(self._status, "save")
            if self._status != "archived" or viewer.may("lead"):
                ui.button(viewer.t(label), on_click=lambda: self._keep("draft" if self._status == "published" else ""))
            for status in views.moves(self._status, viewer.principal.role):
                if status == "draft" and self._status == "published":
                    continue  # saving does that
                if self._fact is None and status == "archived":
                    continue
                done = self._archive if status == "archived" else partial(self._keep, status)
                ui.button(viewer.t(f"articles.to.{status}"), on_click=done).props("outline")
            if self._fact is not None and views.may_remove(self._body, viewer.principal.role):
                ui.button(viewer.t("articles.remove"), on_click=self._remove, color="negative").props("flat")

    async def _keep(self, status: str) -> None:
        """Keep what was typed, and take the article to a status (empty: where it is)."""
        viewer = self._viewer
        texts, lacking = views.texts_of(self._typed, self._first)
        if lacking or not texts:
            viewer.say(viewer.t("articles.title_needed"), "warning")
            self._choose(lacking[0] if lacking else self._shown)
            return
        slug = self._slug if self._fact is not None else str(self._slug_field.value or "").strip()
        if not views.is_slug(slug):
            viewer.say(viewer.t("articles.slug_wrong"), "warning")
            return
        slug = slug or slug_of(next(iter(texts.values()))["title"], self._key)
        body = {
            **self._body,
            "texts": texts,
            "category": self._category.value or "",
            "tags": views.tags_of(str(self._tags.value or "")),
            "visibility": self._visibility.value,
            "reviewer": self._reviewer.value or "",
            "looked": bool(self._looked.value),
            "status": status or self._status,
        }
        seen = self._fact.revision if self._fact is not None else 0
        save = SaveDocument(kind=ARTICLE, id=slug, document_number=self._number, body=body, seen=seen)
        if await viewer.try_to(save, viewer.t("articles.kept")) is not None:
            self._frame.go(f"/articles/{slug}")

    def _archive(self) -> None:
        viewer = self._viewer
        ask_sure(
            viewer, viewer.t("articles.to.archived"), viewer.t("articles.archive_sure"), lambda: self._keep("archived")
        )

    def _remove(self) -> None:
        t, removed = self._viewer.t, RemoveDocument(kind=ARTICLE, id=self._slug)
        ask_to_remove(self._frame, t("articles.remove"), t("articles.remove_sure"), removed, "/articles")
