"""The column beside the conversation: tabs that are read and drawn when somebody looks at them."""

from collections.abc import Awaitable, Callable
from typing import Final

from nicegui import ui

from services.desk.console.ticket import audit, customer, likeness, record, why
from services.desk.console.ticket.pieces import plain
from services.desk.console.ticket.sheet import Sheet
from services.desk.errors import DeskError

Drawer = Callable[[Sheet], Awaitable[None]]
TABS: Final[tuple[tuple[str, Drawer], ...]] = (
    ("customer", customer.draw),
    ("record", record.draw),
    ("why", why.draw),
    ("similar", likeness.draw),
    ("audit", audit.draw),
)


class Side:
    """The column; what is open is drawn again when the ticket has changed."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet, self._open, self._drawn = sheet, "customer", ""
        self._tabs: dict[str, ui.element] = {}
        with ui.element("aside").classes("tk-side") as aside:
            aside.props["aria-label"] = sheet.t("aside")
            with ui.element("div").classes("tk-tabs").props("role=tablist"):
                for name, _ in TABS:
                    button = ui.element("button").classes("tk-tab").props("type=button role=tab")
                    with button.on("click", lambda name=name: self.turn(name)):
                        plain(sheet.t(f"tab.{name}"))
                    self._tabs[name] = button
            self._box = ui.element("div").classes("tk-panel").props("role=tabpanel")
        sheet.shown.append(self.show)

    async def turn(self, name: str) -> None:
        """Open this tab."""
        self._open, self._drawn = name, ""
        await self.show()

    async def show(self) -> None:
        """Draw what is open, if there is anything new."""
        look = f"{self._open}{self._sheet.view.updated_at}{len(self._sheet.view.events or ())}"
        if look == self._drawn:
            return
        self._drawn = look
        for name, button in self._tabs.items():
            button.props["aria-selected"] = "true" if name == self._open else "false"
        draw = dict(TABS)[self._open]
        self._box.clear()
        with self._box:
            try:
                await draw(self._sheet)
            except DeskError as error:
                plain(str(error) or self._sheet.viewer.t("error.away"), "tl-quiet", "p")
