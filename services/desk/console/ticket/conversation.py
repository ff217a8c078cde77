"""The ticket's line of time on the page: first and newest shown, what is older on demand, what is new put below without a stir."""

from dataclasses import dataclass

from nicegui import ui

from services.desk.console.ticket import message, telling
from services.desk.console.ticket.composer import Composer
from services.desk.console.ticket.line import MORE, NEWEST, Item, folded, line_of
from services.desk.console.ticket.pieces import fold, plain, words
from services.desk.console.ticket.sheet import Sheet


@dataclass
class _Drawn:
    signature: str
    place: ui.element


class Conversation:
    """The line. Places that have not changed are left alone, so that nothing jumps and nothing that is open closes."""

    def __init__(self, sheet: Sheet, composer: Composer | None) -> None:
        self._sheet, self._composer = sheet, composer
        self._newest = NEWEST
        self._drawn: dict[str, _Drawn] = {}
        self._folded = -1
        self._told = False
        with ui.element("section").classes("tk-line") as section:
            section.props["aria-label"] = sheet.t("conversation")
            self._first = ui.element("ol").classes("tk-places")
            self._gap = ui.element("div").classes("tk-gap")
            self._rest = ui.element("ol").classes("tk-places")
        self._aloud = plain("", "tk-aloud").props("role=status aria-live=polite")
        sheet.shown.append(self.show)

    async def show(self) -> None:
        """Show what there is to show now."""
        items = line_of(self._sheet.view)
        line = folded(items, self._newest)
        if line.folded != self._folded and self._folded > 0 and not self._told:
            # Something new came while older messages are folded: they stay folded, and nothing that is shown goes.
            self._newest += max(0, line.folded - self._folded)
            line = folded(items, self._newest)
        self._told = False
        wanted = [item.key for item in (*line.first, *line.newest)]
        if [key for key in self._drawn if key in wanted] != wanted[: len(self._drawn)] or line.folded != self._folded:
            self._clear()
        self._fold(line.folded)
        fresh = bool(self._drawn)
        for places, parent in ((line.first, self._first), (line.newest, self._rest)):
            for item in places:
                self._put(item, parent, say=fresh)

    def _clear(self) -> None:
        self._first.clear()
        self._rest.clear()
        self._drawn.clear()

    def _fold(self, count: int) -> None:
        if count == self._folded:
            return
        self._folded = count
        self._gap.clear()
        if count:
            with self._gap:
                ui.button(self._sheet.t("older", count=count), icon="unfold_more", on_click=self._older).props(
                    "flat dense"
                )

    async def _older(self) -> None:
        self._newest += MORE
        self._told = True
        await self.show()

    def _put(self, item: Item, parent: ui.element, *, say: bool) -> None:
        drawn = self._drawn.get(item.key)
        signature = item.signature
        if drawn is not None and drawn.signature == signature:
            return
        if drawn is None:
            with parent:
                drawn = self._drawn[item.key] = _Drawn("", ui.element("li"))
            if say and item.message is not None:
                drawn.place.classes("tk-fresh")
                self._aloud.text = self._sheet.t("new_message", who=message.author(self._sheet, item.message))
        drawn.signature = signature
        drawn.place.clear()
        with drawn.place:
            self._draw(item)

    def _draw(self, item: Item) -> None:
        sheet = self._sheet
        if item.message is not None:
            message.draw(sheet, self._composer, item.message, item.deliveries)
        elif item.noted is not None:
            self._draw_noted(item)
        else:
            self._draw_happened(item)

    def _draw_noted(self, item: Item) -> None:
        sheet, entry = self._sheet, item.noted
        assert entry is not None
        data = entry.data
        with ui.element("article").classes("tk-message tk-noted"):
            with ui.element("div").classes("tk-message-head"):
                ui.icon("call" if entry.kind == "call" else "handshake").props("aria-hidden=true")
                way = sheet.t("chip.call") if entry.kind == "call" else str(data.get("way") or "")
                plain(way, "tk-author")
                plain(
                    f"{sheet.t('direction.' + str(data.get('direction') or 'in'))} · {data.get('who') or ''}",
                    "tl-quiet",
                )
                if isinstance(data.get("seconds"), int):
                    plain(sheet.t("minutes", count=max(1, round(data["seconds"] / 60))), "tl-quiet")
                plain(sheet.viewer.short(item.at), "tl-quiet tk-when").props["title"] = sheet.viewer.moment(item.at)
            words(str(data.get("what") or ""), sheet.t("rest"))

    def _draw_happened(self, item: Item) -> None:
        sheet = self._sheet

        def told(place: int) -> str:
            happened = item.happened[place]
            return telling.event(happened, sheet.t, sheet.called)

        count = len(item.happened)
        if count == 1:
            with ui.element("div").classes("tk-happened"):
                self._line(item, 0, told(0))
            return
        with fold(sheet.t("happened", count=count, last=told(count - 1)), style="tk-happened"):
            for place in range(count)[-50:]:
                with ui.element("div"):
                    self._line(item, place, told(place))

    def _line(self, item: Item, place: int, told: str) -> None:
        happened = item.happened[place]
        plain(f"{told} · {self._sheet.called(happened.actor)} · ")
        when = plain(self._sheet.viewer.short(happened.at), tag="time")
        when.props["title"] = self._sheet.viewer.moment(happened.at)
