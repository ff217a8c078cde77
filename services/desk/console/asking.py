"""Small questions in a dialog, the same on every page: a text, a choice, a yes."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from services.desk.console.viewer import Viewer


def ask_text(
    viewer: Viewer,
    title: str,
    label: str,
    done: Callable[[str], Awaitable[object]],
    *,
    value: str = "",
    long: bool = False,
) -> None:
    """Ask for a text; an empty one is no answer."""

    async def take() -> None:
        if field.value.strip():
            dialog.close()
            await done(field.value.strip())

    with viewer.client, ui.dialog() as dialog, ui.card().classes("tl-dialog"):
        dialog.props["aria-label"] = title
        ui.label(title).classes("text-h6")
        field = (
            (ui.textarea if long else ui.input)(label, value=value).props("autofocus outlined").classes("full-width")
        )
        if not long:
            field.on("keydown.enter", take)
        _buttons(viewer, take, dialog)
    dialog.open()


def ask_sure(viewer: Viewer, title: str, words: str, done: Callable[[], Awaitable[object]]) -> None:
    """Ask whether they are sure."""

    async def take() -> None:
        dialog.close()
        await done()

    with viewer.client, ui.dialog() as dialog, ui.card().classes("tl-dialog"):
        dialog.props["aria-label"] = title
        ui.label(title).classes("text-h6")
        ui.label(words)
        _buttons(viewer, take, dialog)
    dialog.open()


def _buttons(viewer: Viewer, take: Callable[[], Awaitable[None]], dialog: ui.dialog) -> None:
    with ui.row():
        ui.button(viewer.t("ok"), on_click=take)
        ui.button(viewer.t("cancel"), on_click=dialog.close).props("flat")
