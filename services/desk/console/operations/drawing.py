"""Drawing the operations page's parts: each is drawn again only when what it says has changed."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from nicegui import ui

from services.desk.console.links import link
from services.desk.console.markup import piece
from services.desk.console.operations.views import Cell, Row, Telling
from services.desk.console.viewer import Viewer

Item = TypeVar("Item")
SIGNS: Final = {"good": "check_circle", "warning": "error_outline", "wrong": "cancel"}


class Part:
    """A card of the page with a heading; `show` draws what is in it, unless it says what it said before."""

    def __init__(self, title: str, anchor: str) -> None:
        self._said: object = object()
        with ui.element("section").classes("tl-card tl-ops-part").props(f"id={anchor} aria-labelledby={anchor}-title"):
            with ui.element("div").classes("tl-heading"):
                with ui.element("h2").props(f"id={anchor}-title"):
                    ui.label(title)
                self.beside = ui.element("div").classes("tl-row tl-grow tl-ops-beside")
            self.body = ui.element("div")

    def show(self, said: object, draw: Callable[[], None]) -> bool:
        """Draw it, if it says something else than before; gives whether it did."""
        if said == self._said:
            return False
        self._said = said
        self.body.clear()
        with self.body:
            draw()
        return True


def table(label: str, heads: Sequence[str], rows: Sequence[Row], numbers: frozenset[int] = frozenset()) -> None:
    """A table that can be moved sideways where it is too wide, also by keys; ``numbers`` are the columns set to the right. It is one
    element: a hundred cells of their own would cost each open page many times as much."""
    piece("table", label=label, heads=heads, rows=rows, numbers=numbers, signs=SIGNS)


def listed(viewer: Viewer, items: Sequence[Item], total: int, none: str, draw: Callable[[Item], None]) -> None:
    """The first of ``total``, drawn one by one, and how many there are; or that there are none, by a text's key."""
    if not items:
        ui.label(viewer.t(none)).classes("tl-quiet")
        return
    for each in items:
        draw(each)
    if total > len(items):
        ui.label(viewer.t("operations.dead.more", shown=len(items), total=total)).classes("tl-quiet")


def put(cell: Cell) -> None:
    """What a cell says; a state has a sign and its words, never a colour alone."""
    if cell.link:
        link(cell.text, cell.link)
        return
    if cell.kind in SIGNS:
        with ui.element("span").classes(f"tl-ops-state tl-ops-{cell.kind}"):
            ui.icon(SIGNS[cell.kind]).props("aria-hidden=true")
            ui.label(cell.text)
        return
    ui.label(cell.text).classes("tl-quiet" if cell.kind == "quiet" else "")


def told(viewer: Viewer, telling: Telling) -> None:
    """A trouble, and what to do about it."""
    with ui.element("article").classes(f"tl-ops-trouble tl-ops-trouble-{telling.level}"):
        with ui.element("div").classes(f"tl-ops-state tl-ops-{telling.level}"):
            ui.icon(SIGNS[telling.level]).props("aria-hidden=true")
            ui.label(f"{viewer.t(f'operations.{telling.level}')}: {telling.text}").classes("tl-ops-said")
        ui.label(telling.advice)
        ui.label(viewer.t("operations.more", section=telling.section)).classes("tl-quiet tl-ops-more")


def choice(label: str, options: dict[str, str], value: str, done: Callable[[str], Any]) -> ui.select:
    """A small choice beside a heading."""

    async def changed(event: Any) -> None:
        answer = done(str(event.value))
        if hasattr(answer, "__await__"):
            await answer

    field = ui.select(options, label=label, value=value).props("outlined dense options-dense").classes("tl-ops-choice")
    field.on_value_change(changed)
    return field
