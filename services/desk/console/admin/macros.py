"""Macros: those of the configuration, and those that are made here."""

import tomllib
from typing import Any, Final

from nicegui import ui

from services.desk.administering import not_of_the_file
from services.desk.console.admin import frame as shown
from services.desk.console.admin.views import toml, written
from services.desk.console.buttons import change_button, remove_button
from services.desk.console.frame import Frame
from services.desk.errors import DeskError
from shared.documents.macro import MACRO, MOST, macro_of
from shared.messages.documents import DocumentFact, DocumentsAnswer, DocumentsQuery, RemoveDocument, SaveDocument
from shared.settings.macros import VARIABLES, Macro
from shared.texts.languages import LANGUAGES, OWN_NAMES

STATES: Final = ("open", "pending", "on_hold", "solved", "closed", "spam")
PRIORITIES: Final = ("low", "normal", "high", "urgent")
_ASKED: Final = ("status", "priority", "category", "team", "tags", "note")


async def overview(frame: Frame, place: ui.element, chosen: str) -> None:
    """All of them, and the one that is ``chosen`` (``new``: none yet) to be changed."""
    viewer, t = frame.viewer, frame.viewer.t
    query = DocumentsQuery(kind=MACRO, order="title", per_page=MOST)
    kept = (await viewer.ask("documents", query, DocumentsAnswer)).items
    configured = viewer.parts.settings.macro
    with place:
        if chosen:
            fact = next((each for each in kept if each.id == chosen), None)
            if fact is not None or chosen == "new":
                _form(frame, fact)
        if not kept and not configured:
            shown.empty(t("admin.macros.none"))
        with ui.element("div").classes("tl-ad-grid"):
            for fact in kept:
                _card(frame, macro_of(fact), fact, any(each.name == fact.id for each in configured))
            for macro in configured:
                _card(frame, macro, None, False)


def _card(frame: Frame, macro: Macro | None, fact: DocumentFact | None, hidden: bool) -> None:
    t = frame.viewer.t
    name = fact.id if fact is not None else macro.name if macro is not None else ""
    with ui.element("article").classes("tl-card"):
        shown.heading((macro.title if macro is not None else "") or name)
        with ui.element("div").classes("tl-row"):
            ui.label(f"#macro {name}").classes("tl-chip")
            ui.label(t("admin.from.desk" if fact is not None else "admin.from.file")).classes("tl-chip")
        if hidden:
            ui.label(t("admin.macros.hidden")).classes("tl-quiet")
        if macro is None:
            ui.label(t("admin.macros.broken"))
        else:
            for language, words in macro.text.items():
                ui.label(f"{language}: {words}").classes("tl-plain")
            done = macro.actions.model_dump(mode="json", exclude_defaults=True)
            shown.facts(written(done))
        if fact is not None:
            with ui.element("div").classes("tl-row"):
                change_button(frame, name, f"/admin/macros?name={name}")
                removed = RemoveDocument(kind=MACRO, id=name)
                remove_button(frame, name, t("admin.macros.sure", name=name), removed, "/admin/macros")


def _form(frame: Frame, fact: DocumentFact | None) -> None:
    """A macro's words and what it does. What is done beyond the usual is written as in the file."""
    viewer, t, settings = frame.viewer, frame.viewer.t, frame.viewer.parts.settings
    body: dict[str, Any] = fact.body if fact is not None else {}
    then: dict[str, Any] = dict(body.get("then") or {})
    more = {key: value for key, value in then.items() if key not in _ASKED}
    none = {"": "–"}
    with ui.element("section").classes("tl-card"):
        shown.heading(fact.id if fact is not None else t("admin.macros.new"))
        with ui.element("div").classes("tl-ad-form"):
            name = ui.input(t("admin.macros.name"), value=fact.id if fact is not None else "").props("outlined dense")
            if fact is not None:
                name.props("readonly")
            title = ui.input(t("admin.macros.title"), value=body.get("title", "")).props("outlined dense")
            ui.label(t("admin.macros.variables", names=", ".join(f"{{{each}}}" for each in VARIABLES))).classes(
                "tl-quiet"
            )
            texts = {
                each: ui.textarea(OWN_NAMES[each], value=(body.get("text") or {}).get(each, "")).props(
                    "outlined autogrow"
                )
                for each in LANGUAGES
            }
            choices = {
                "status": {each: t(f"status.{each}") for each in STATES},
                "priority": {each: t(f"priority.{each}") for each in PRIORITIES},
                "category": {each.name: each.name for each in settings.category},
                "team": {each.name: each.name for each in settings.team},
            }
            fields: dict[str, Any] = {}
            for key, options in choices.items():
                value = then.get(key) or ""
                known = none | options | ({value: value} if value else {})
                fields[key] = ui.select(known, label=t(f"admin.then.{key}"), value=value).props("outlined dense")
            tags = then.get("tags") or []
            fields["tags"] = ui.input(t("admin.then.tags"), value=tags if isinstance(tags, str) else ", ".join(tags))
            fields["tags"].props("outlined dense")
            fields["note"] = ui.textarea(t("admin.then.note"), value=then.get("note", "")).props("outlined autogrow")
            lines = "\n".join(f"{key} = {toml(value)}" for key, value in more.items())
            further = ui.textarea(t("admin.then.more"), value=lines).props("outlined autogrow").classes("tl-ad-code")

            async def keep() -> None:
                done = {key: field.value.strip() for key, field in fields.items() if (field.value or "").strip()}
                if "tags" in done:
                    done["tags"] = [each.strip() for each in done["tags"].split(",") if each.strip()]
                try:
                    done |= tomllib.loads(further.value or "")
                except tomllib.TOMLDecodeError as error:
                    viewer.say(t("admin.then.wrong", error=str(error)), "negative")
                    return
                saved = SaveDocument(
                    kind=MACRO,
                    id=name.value.strip(),
                    body={"title": title.value, "text": {k: f.value or "" for k, f in texts.items()}, "then": done},
                    seen=fact.revision if fact is not None else 0,
                )
                try:
                    not_of_the_file(settings, saved.id)
                except DeskError as error:
                    viewer.complain(error)
                    return
                if await viewer.try_to(saved, t("admin.kept")) is not None:
                    frame.go("/admin/macros")

            with ui.element("div").classes("tl-row"):
                shown.keep_buttons(frame, keep, "/admin/macros")
