"""``/console/checklists``: what is looked at in a quality review. A review keeps the criteria with which its ticket was drawn."""

from typing import Any, Final

from nicegui import ui
from pydantic import ValidationError

from services.desk import reviewing
from services.desk.console.admin import frame as shown
from services.desk.console.buttons import button_of, change_button, remove_button
from services.desk.console.frame import Frame, page
from services.desk.console.links import link
from shared.documents.reviewing import CHECKLIST, DEFAULT, Checklist
from shared.messages.documents import DocumentFact, DocumentsAnswer, DocumentsQuery, RemoveDocument, SaveDocument
from shared.texts.languages import LANGUAGES, OWN_NAMES

NEW: Final = "new"
_MOST: Final = 200


@page("/checklists", "checklists.title", least="lead")
async def checklists(frame: Frame, name: str = "") -> None:
    """All of them; ``name`` is the id of the one to change (``new``: none yet)."""
    viewer, t = frame.viewer, frame.viewer.t
    ui.add_head_html('<link rel="stylesheet" href="/console/look/admin.css">')
    kept = await viewer.ask("documents", DocumentsQuery(kind=CHECKLIST, per_page=_MOST), DocumentsAnswer)
    facts = {each.id: each for each in kept.items}
    found = await reviewing.checklists(viewer.gate)
    with ui.element("div").classes("tl-heading"):
        shown.heading(t("checklists.title"), 1)
        with ui.element("div").classes("tl-row"):
            link(t("reviews.title"), "/console/reviews")
            ui.button(t("checklists.new"), on_click=lambda: frame.go("/checklists?name=new"))
    ui.label(t("checklists.about")).classes("tl-quiet tl-ad-about")
    if name in found:
        _Form(frame, name, found[name], facts.get(name)).build()
    elif name == NEW:
        _Form(frame, "", None, None).build()
    with ui.element("div").classes("tl-ad-grid"):
        for each, checklist in found.items():
            _card(frame, each, checklist, facts.get(each))


def _card(frame: Frame, name: str, checklist: Checklist, fact: DocumentFact | None) -> None:
    viewer, t = frame.viewer, frame.viewer.t
    with ui.element("article").classes("tl-card"):
        shown.heading(checklist.name)
        with ui.element("div").classes("tl-row"):
            ui.label(name).classes("tl-chip")
            ui.label(t("checklists.scale", scale=checklist.scale)).classes("tl-quiet")
            if name == DEFAULT:
                ui.label(t("checklists.standard")).classes("tl-chip")
        with ui.element("ul").classes("tl-ad-fault"):
            for each in checklist.criteria:
                with ui.element("li"):
                    words = each.text.get(viewer.language) or next(iter(each.text.values()), each.name)
                    ui.label(f"{words} ({viewer.figure(each.weight)})")
        with ui.element("div").classes("tl-row"):
            change_button(frame, checklist.name, f"/checklists?name={name}")
            if fact is not None:
                sure = t("checklists.sure.standard" if name == DEFAULT else "checklists.sure", name=checklist.name)
                remove_button(frame, checklist.name, sure, RemoveDocument(kind=CHECKLIST, id=name), "/checklists")


class _Form:
    """A checklist in the making: its criteria in their order."""

    def __init__(self, frame: Frame, name: str, checklist: Checklist | None, fact: DocumentFact | None) -> None:
        self._frame, self._id, self._fact = frame, name, fact
        self._checklist = checklist
        self._criteria: list[dict[str, Any]] = (
            [each.model_dump() for each in checklist.criteria] if checklist is not None else [_fresh(1)]
        )

    def build(self) -> None:
        """Draw it."""
        t, checklist = self._frame.viewer.t, self._checklist
        with ui.element("section").classes("tl-card"):
            shown.heading(checklist.name if checklist is not None else t("checklists.new"))
            with ui.element("div").classes("tl-ad-form"):
                self._name = ui.input(t("checklists.id"), value=self._id)
                self._name.props("outlined dense maxlength=60" + (" readonly" if self._id else ""))
                self._title = ui.input(t("checklists.name"), value=checklist.name if checklist is not None else "")
                self._title.props("outlined dense maxlength=120")
                scale = checklist.scale if checklist is not None else 2
                self._scale = ui.number(t("checklists.highest"), value=scale, min=1, max=10, precision=0)
                self._scale.props("outlined dense")
                self._listed = ui.element("div").classes("tl-ad-form")
                self._draw()
                ui.button(t("checklists.add"), on_click=self._add).props("outline dense")
                with ui.element("div").classes("tl-row"):
                    shown.keep_buttons(self._frame, self._keep, "/checklists")

    def _draw(self) -> None:
        self._listed.clear()
        with self._listed:
            for place, criterion in enumerate(self._criteria):
                self._criterion(place, criterion)

    def _criterion(self, place: int, criterion: dict[str, Any]) -> None:
        t = self._frame.viewer.t
        named = t("checklists.criterion", number=place + 1)
        with ui.element("fieldset").classes("tl-ad-onerule"):
            with ui.element("legend"):
                ui.label(named)
            name = ui.input(t("checklists.criterion.name"), value=criterion["name"]).props(
                "outlined dense maxlength=40"
            )
            name.on_value_change(lambda event: criterion.update(name=(event.value or "").strip()))
            for language in LANGUAGES:
                words = ui.input(
                    t("checklists.criterion.text", language=OWN_NAMES[language]),
                    value=criterion["text"].get(language, ""),
                )
                words.props("outlined dense maxlength=500")
                words.on_value_change(
                    lambda event, language=language: criterion["text"].update({language: (event.value or "").strip()})
                )
            weight = ui.number(t("checklists.weight"), value=criterion["weight"], min=0.1, max=100, step=0.5)
            weight.props("outlined dense")
            weight.on_value_change(lambda event: criterion.update(weight=event.value or 1.0))
            with ui.element("div").classes("tl-row"):
                button_of(named, t("admin.notify.own.up"), lambda: self._move(place)).set_enabled(place > 0)
                gone = button_of(named, t("admin.remove"), lambda: self._drop(place))
                gone.set_enabled(len(self._criteria) > 1)

    def _add(self) -> None:
        self._criteria.append(_fresh(len(self._criteria) + 1))
        self._draw()

    def _drop(self, place: int) -> None:
        del self._criteria[place]
        self._draw()

    def _move(self, place: int) -> None:
        self._criteria[place - 1], self._criteria[place] = self._criteria[place], self._criteria[place - 1]
        self._draw()

    async def _keep(self) -> None:
        viewer = self._frame.viewer
        criteria = [
            each | {"text": {language: words for language, words in each["text"].items() if words}}
            for each in self._criteria
        ]
        body = {"name": self._title.value or "", "scale": int(self._scale.value or 2), "criteria": criteria}
        try:
            written = Checklist.model_validate(body).model_dump(mode="json")
        except ValidationError as error:
            viewer.say(shown.said_of(error), "negative")
            return
        saved = SaveDocument(
            kind=CHECKLIST,
            id=(self._name.value or "").strip(),
            body=written,
            seen=self._fact.revision if self._fact is not None else 0,
        )
        if await viewer.try_to(saved, viewer.t("admin.kept")) is not None:
            self._frame.go("/checklists")


def _fresh(number: int) -> dict[str, Any]:
    return {"name": f"criterion-{number}", "text": {}, "weight": 1.0}
