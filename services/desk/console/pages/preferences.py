"""How the desk is for whoever looks: language, time zone, light or dark, keys."""

from typing import Any
from zoneinfo import available_timezones

from nicegui import ui

from services.desk.console.admin import people
from services.desk.console.frame import Frame, page
from services.desk.console.links import link
from shared.documents.preferences import Preferences
from shared.messages.documents import SaveDocument
from shared.texts.languages import LANGUAGES, OWN_NAMES

UNDO = (0, 5, 8, 15, 30)
"""Seconds to choose from."""


@page("/preferences", "preferences.title")
async def preferences(frame: Frame) -> None:
    """The page."""
    viewer = frame.viewer
    chosen = viewer.preferences.model_dump()

    def choose(name: str, options: dict[Any, str]) -> None:
        ui.select(options, label=viewer.t(f"preferences.{name}"), value=chosen[name]).on_value_change(
            lambda event: chosen.update({name: event.value})
        ).props("outlined dense").classes("tl-field")

    def switch(name: str) -> None:
        ui.switch(viewer.t(f"preferences.{name}"), value=chosen[name]).on_value_change(
            lambda event: chosen.update({name: bool(event.value)})
        )

    async def keep() -> None:
        body = Preferences.model_validate(chosen).model_dump()
        if await viewer.try_to(SaveDocument(kind="preferences", id=viewer.principal.agent_id, body=body)) is not None:
            ui.navigate.reload()

    with ui.element("h1"):
        ui.label(viewer.t("preferences.title"))
    with ui.element("section").classes("tl-card tl-form"):
        choose("language", {"": viewer.t("preferences.as_known"), **{each: OWN_NAMES[each] for each in LANGUAGES}})
        zones = {"": viewer.t("preferences.as_known"), **{each: each for each in sorted(available_timezones())}}
        choose("timezone", zones)
        choose("theme", {each: viewer.t(f"preferences.theme.{each}") for each in ("auto", "light", "dark")})
        choose("after_answer", {each: viewer.t(f"preferences.after.{each}") for each in ("stay", "next", "list")})
        seconds = sorted({*UNDO, chosen["undo_seconds"]})
        undo = {
            each: viewer.t("preferences.undo" if each else "preferences.undo_off", seconds=each) for each in seconds
        }
        choose("undo_seconds", undo)
        switch("dense")
        switch("keys")
        ui.button(viewer.t("preferences.keep"), on_click=keep)
    with ui.element("section").classes("tl-card"):
        link(viewer.t("preferences.account"), "/account")
    await _own(frame)


async def _own(frame: Frame) -> None:
    """How they work, are reached and told, and what stands below their mails; an auditor answers nobody, and has none of it."""
    if not frame.viewer.may("agent"):
        return
    ui.add_head_html('<link rel="stylesheet" href="/console/look/admin.css">')
    known = await people.agents_of(frame.viewer)
    agent = next((each for each in known if each.id == frame.viewer.principal.agent_id), None)
    if agent is not None:
        people.own_work(frame, agent)
        people.own_part(frame, agent)
