"""Small windows of the ticket page: choosing one thing of several, and a form with a few fields.

Each closes by Escape; choices answer to a key of their own (`look/ticket.js`), so that a change takes two keys.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from nicegui import ui

from services.desk.console.viewer import Viewer
from services.desk.errors import DeskError, Refused

_MANY: Final = 9
"""More choices than this get a field to find one by."""
_KEYS: Final = "123456789"


@dataclass(frozen=True)
class Choice:
    """Something to choose; ``key`` chooses it at once, ``detail`` stands small beside it."""

    value: Any
    label: str
    key: str = ""
    detail: str = ""


Chosen = Callable[[Any], Awaitable[object]]
Filled = Callable[[dict[str, Any]], Awaitable[object]]


def choose(viewer: Viewer, title: str, choices: Sequence[Choice], chosen: Chosen, now: object = None) -> None:
    """Ask for one of these; ``now`` is what it is at the moment."""
    with viewer.client, ui.dialog() as dialog, ui.card().classes("tk-picker"):
        dialog.props["aria-label"] = title
        ui.label(title).classes("tk-window-title")
        many = len(choices) > _MANY
        if many:
            field = ui.element("input").classes("tk-find").props("type=search autofocus")
            field.props["aria-label"] = viewer.t("ticket.find")
            field.props["placeholder"] = viewer.t("ticket.find")
        with ui.element("div").classes("tk-choices").props("role=listbox") as listed:
            listed.props["aria-label"] = title
            for place, each in enumerate(choices):
                key = each.key or (_KEYS[place] if not many and place < len(_KEYS) else "")

                async def choosing(value: Any = each.value) -> None:
                    dialog.close()
                    await chosen(value)

                button = (
                    ui.element("button").classes("tk-choice").props("type=button role=option").on("click", choosing)
                )
                button.props["data-key"] = key
                button.props["aria-selected"] = "true" if each.value == now else "false"
                if place == 0 and not many:
                    button.props("autofocus")
                with button:
                    ui.label(each.label).classes("tl-grow")
                    if each.detail:
                        ui.label(each.detail).classes("tl-quiet")
                    if key:
                        with ui.element("kbd"):
                            ui.label(key)
    dialog.on("hide", dialog.delete)
    dialog.open()


@dataclass(frozen=True)
class Field:
    """A field of a form. ``time`` is asked for and given in the reader's zone."""

    name: str
    label: str
    kind: Literal["line", "text", "choice", "time", "check", "some"] = "line"
    value: Any = None
    options: dict[Any, str] | None = None
    needed: bool = False
    hint: str = ""


def ask(viewer: Viewer, title: str, fields: Sequence[Field], filled: Filled, button: str, about: str = "") -> None:
    """Ask for these fields, and have ``filled`` do something with them; what refuses it is said in the window, which then stays."""
    values = {each.name: _shown(each, viewer.zone) for each in fields}
    with viewer.client, ui.dialog() as dialog, ui.card().classes("tk-form") as card:
        dialog.props["aria-label"] = title
        ui.label(title).classes("tk-window-title")
        if about:
            ui.label(about).classes("tl-quiet")
        for place, each in enumerate(fields):
            _field(each, values, first=place == 0)
        wrong = ui.label("").classes("tk-wrong").props("role=alert")

        async def done() -> None:
            if not go.enabled:  # pressed twice: it is under way
                return
            taken = {each.name: _taken(each, values[each.name], viewer.zone) for each in fields}
            missing = [each.label for each in fields if each.needed and not _given(taken[each.name])]
            if missing:
                wrong.set_text(viewer.t("ticket.needed", fields=", ".join(missing)))
                return
            go.disable()
            try:
                await filled(taken)
            except DeskError as error:
                wrong.set_text(refusal(viewer, error))
                return
            finally:
                with viewer.client:
                    go.enable()
            dialog.close()

        with ui.element("div").classes("tl-row"):
            go = ui.button(button, on_click=done)
            ui.button(viewer.t("cancel"), on_click=dialog.close).props("flat")
        card.on("keydown.ctrl.enter", done)
    dialog.on("hide", dialog.delete)
    dialog.open()


def refusal(viewer: Viewer, error: DeskError) -> str:
    """Why something was not done, in their words where the catalogue has some."""
    if isinstance(error, Refused) and error.kind == "moved-on":
        return viewer.t("error.moved_on")
    return viewer.why_not(error) or viewer.t("error.away")


def _field(each: Field, values: dict[str, Any], *, first: bool) -> None:
    made: Any
    label = f"{each.label} *" if each.needed else each.label
    if each.kind == "check":
        made = ui.checkbox(each.label, value=bool(values[each.name]))
    elif each.kind == "choice":
        made = ui.select(each.options or {}, label=label, value=values[each.name])
    elif each.kind == "some":
        made = ui.select(each.options or {}, label=label, value=values[each.name], multiple=True).props("use-chips")
    elif each.kind == "text":
        made = ui.textarea(label, value=values[each.name]).props("autogrow")
    else:
        made = ui.input(label, value=values[each.name])
    if each.kind == "time":
        made.props("type=datetime-local stack-label")
    if each.kind != "check":
        made.props("outlined dense")
        if each.hint:
            made.props["hint"] = each.hint
    if first and each.kind in ("line", "text"):
        made.props("autofocus")
    made.classes("tk-field").on_value_change(lambda event: values.update({each.name: event.value}))


def _shown(each: Field, zone: ZoneInfo) -> Any:
    if each.kind == "time":
        return each.value.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if each.value else ""
    if each.kind == "some":
        return list(each.value or ())
    if each.kind in ("choice", "check"):
        return each.value
    return each.value or ""


def _taken(each: Field, value: Any, zone: ZoneInfo) -> Any:
    if each.kind == "time":
        return local_time(value, zone)
    return value.strip() if isinstance(value, str) else value


def local_time(written: str, zone: ZoneInfo) -> datetime | None:
    """A browser's ``datetime-local`` (HTML, 2.3.5.5) as a time; null for nothing, or what is none."""
    try:
        return datetime.fromisoformat(written).replace(tzinfo=zone) if written else None
    except ValueError:
        return None


def _given(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None and value != []
