"""What the administration's pages have in common: their heading, the ways from one to another, tables, and lists of what is written."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from nicegui import ui
from pydantic import ValidationError

from services.desk.console.frame import Frame
from services.desk.console.links import link
from services.desk.console.viewer import Viewer
from shared.texts import text

ROLES: Final = ("admin", "lead", "agent", "auditor")


@dataclass(frozen=True)
class Section:
    """A page of the administration, for whom, and in which group."""

    name: str
    least: str
    group: str


SECTIONS: Final = (
    Section("agents", "lead", "people"),
    Section("teams", "lead", "people"),
    Section("macros", "lead", "writing"),
    Section("texts", "lead", "writing"),
    Section("inboxes", "lead", "file"),
    Section("categories", "lead", "file"),
    Section("hours", "lead", "file"),
    Section("sla", "lead", "file"),
    Section("rules", "lead", "file"),
    Section("escalations", "lead", "file"),
    Section("configuration", "admin", "file"),
    Section("tokens", "admin", "systems"),
    Section("webhooks", "lead", "systems"),
    Section("audit", "lead", "systems"),
)
GROUPS: Final = ("people", "writing", "file", "systems")


def begin(frame: Frame, here: str, *, about: str = "") -> ui.element:
    """Heading and ways; gives the place beside the heading for what can be done."""
    viewer = frame.viewer
    ui.add_head_html('<link rel="stylesheet" href="/console/look/admin.css">')
    ways(viewer, here)
    with ui.element("div").classes("tl-heading"):
        heading(viewer.t(f"admin.{here}"), 1)
        beside = ui.element("div").classes("tl-row")
    said = about or f"admin.{here}.about"
    ui.label(viewer.t(said)).classes("tl-quiet tl-ad-about")
    return beside


def ways(viewer: Viewer, here: str) -> None:
    """Links to all pages of the administration that this role may open."""
    with ui.element("nav").classes("tl-ad-ways").props(f'aria-label="{viewer.t("nav.admin")}"'):
        for each in SECTIONS:
            if viewer.may(each.least):
                made = link(viewer.t(f"admin.{each.name}"), f"/console/admin/{each.name}")
                if each.name == here:
                    made.props("aria-current=page")


def heading(words: str, level: int = 2) -> None:
    """A heading; its words may come from outside."""
    with ui.element(f"h{level}"):
        ui.label(words)


def table(label: str, heads: Sequence[str], rows: Sequence[Sequence[str | Callable[[], object]]]) -> ui.element:
    """A table; a cell is a text, or draws itself. It can be moved sideways where it is too wide, also by keys."""
    around = ui.element("div").classes("tl-ad-scroll").props("tabindex=0 role=region")
    around.props["aria-label"] = label
    with around, ui.element("table").classes("tl-table"):
        with ui.element("thead"), ui.element("tr"):
            for head in heads:
                with ui.element("th").props("scope=col"):
                    ui.label(head)
        with ui.element("tbody"):
            for row in rows:
                with ui.element("tr"):
                    for cell in row:
                        with ui.element("td"):
                            cell() if callable(cell) else ui.label(cell)
    return around


def facts(pairs: Sequence[tuple[str, str]]) -> None:
    """What is written, key by key."""
    with ui.element("dl").classes("tl-ad-facts"):
        for key, value in pairs:
            with ui.element("dt"):
                ui.label(key)
            with ui.element("dd"):
                ui.label(value)


def empty(words: str) -> None:
    """There is nothing to show."""
    ui.label(words).classes("tl-empty")


def keep_buttons(frame: Frame, keep: Callable[[], Awaitable[None]], back: str) -> None:
    """Below a form: keep what is in it, or go ``back`` without."""
    ui.button(frame.viewer.t("save"), on_click=keep)
    ui.button(frame.viewer.t("cancel"), on_click=lambda: frame.go(back)).props("flat")


def said_of(error: ValidationError) -> str:
    """What is wrong with what was typed: where, and why."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def role_name(viewer: Viewer, role: str) -> str:
    """A role, in the reader's language."""
    return text(f"signin.page.role.{role}", viewer.language) if role in ROLES else role


def where(viewer: Viewer) -> str:
    """The configuration file, for whoever is to change it there."""
    source = viewer.parts.settings.source
    return str(source) if source else "trunkline.toml"
