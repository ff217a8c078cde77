"""Keys of a page: single ones and pairs (``g m``), bound with what they do, so that ``?`` can show them all.

Keys pressed in a field are the field's. Whoever does not want single keys switches them off in their preferences (WCAG 2.1.4); what
keys do can always be done without them.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Final

from nicegui import ui
from nicegui.events import KeyEventArguments

from services.desk.console.viewer import Viewer

Done = Callable[[], Awaitable[object] | object]
_WITHIN: Final = 1.5
"""Seconds within which the second key of a pair must come."""


@dataclass(frozen=True)
class Binding:
    """``keys`` as people read them (``j``, ``g m``, ``?``), ``label`` what they do."""

    keys: str
    label: str
    done: Done


class Keys:
    """All keys of one page."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._bound: dict[str, Binding] = {}
        self._first, self._first_at = "", 0.0
        if viewer.preferences.keys:
            ui.keyboard(on_key=self._pressed, repeating=False)
        self.bind("?", viewer.t("keys.help"), self.show)

    def bind(self, keys: str, label: str, done: Done) -> None:
        """These keys do this. The last binding of the same keys counts."""
        self._bound[keys] = Binding(keys, label, done)

    @property
    def bound(self) -> list[Binding]:
        """All bindings, in the order they were made."""
        return list(self._bound.values())

    def show(self) -> None:
        """Show them all."""
        with self._viewer.client, ui.dialog() as dialog, ui.card().classes("tl-keys"):
            dialog.props["aria-label"] = self._viewer.t("keys.title")
            ui.label(self._viewer.t("keys.title")).classes("text-h6")
            if not self._viewer.preferences.keys:
                ui.label(self._viewer.t("keys.off"))
            with ui.element("dl").classes("tl-keylist"):
                for binding in self._bound.values():
                    with ui.element("dt"):
                        for key in binding.keys.split():
                            ui.element("kbd").props(f'aria-label="{key}"').add_slot("default", _escaped(key))
                    with ui.element("dd"):
                        ui.label(binding.label)
            ui.button(self._viewer.t("close"), on_click=dialog.close).props("flat")
        dialog.open()

    async def _pressed(self, event: KeyEventArguments) -> None:
        if not event.action.keydown or event.modifiers.ctrl or event.modifiers.alt or event.modifiers.meta:
            return
        name, now = str(event.key.name), time.monotonic()
        pair = f"{self._first} {name}" if now - self._first_at < _WITHIN else ""
        binding = self._bound.get(pair) or self._bound.get(name)
        self._first, self._first_at = name, now
        if binding is not None:
            self._first = ""
            result = binding.done()
            if isawaitable(result):
                await result


def _escaped(key: str) -> str:
    return key.replace("&", "&amp;").replace("<", "&lt;")
