"""Answers that wait before they are sent, shown below the conversation: how long still, and the way to take them back.

What waits is the ticket's (`shared.messages.waiting`): it is there again whoever opens the page, and goes out whatever becomes of this one.
"""

from functools import partial

from nicegui import ui

from services.desk.console.ticket import telling
from services.desk.console.ticket.asking import refusal
from services.desk.console.ticket.composer import Composer
from services.desk.console.ticket.pieces import plain, words
from services.desk.console.ticket.sheet import Sheet
from services.desk.console.ticket.undoing import Back, counting, take_back
from services.desk.errors import DeskError
from shared.messages.waiting import WaitingView
from shared.texts.whynot import why_not

_MOST = 2_000
"""Characters of an answer that are shown; the rest comes back with it."""


class GoingOut:
    """The place for them; empty as long as nothing waits. ``before`` takes back what was sent on the page before, if anything."""

    def __init__(self, sheet: Sheet, composer: Composer | None, before: Back | None) -> None:
        self._sheet, self._composer, self._drawn = sheet, composer, ""
        self._before = before
        self._under_way: set[str] = set()
        self._box = ui.element("div").classes("tk-going").props("role=status aria-live=polite")
        sheet.shown.append(self.show)
        if composer is not None:
            sheet.frame.keys.bind("Z", sheet.t("do.take_back"), self._newest)

    async def show(self) -> None:
        """Draw them, if there is anything new."""
        waiting = self._sheet.view.waiting
        look = "".join(f"{each.id}{each.stopped}" for each in waiting)
        if look == self._drawn:
            return
        self._drawn = look
        self._box.clear()
        with self._box:
            for each in waiting:
                self._draw(each)

    def _draw(self, answer: WaitingView) -> None:
        sheet = self._sheet
        with ui.element("article").classes("tk-message tk-out tk-waits" + (" tk-failed" if answer.stopped else "")):
            with ui.element("div").classes("tk-row"):
                if answer.stopped:
                    why = why_not(answer.why, sheet.viewer.language) or answer.stopped
                    plain(sheet.t("not_gone", why=telling.cut(why, 300)))
                else:
                    counting(sheet.t("sending_in", seconds="{seconds}"), sheet.t("sending_now"), answer.send_at)
                plain(sheet.called(answer.by), "tl-quiet")
                if self._composer is not None:
                    back = ui.button(sheet.t("do.take_back"), icon="undo", on_click=partial(self._back, answer))
                    back.props("dense").classes("tk-back")
            words(telling.cut_lines(answer.text, _MOST), sheet.t("rest"))

    async def _newest(self) -> None:
        """Take back what was sent last, here or on the page before."""
        mine = [each for each in self._sheet.view.waiting if each.by == self._sheet.viewer.actor]
        if mine:
            await self._back(mine[-1])
        elif self._before is not None:
            await self._before()

    async def _back(self, answer: WaitingView) -> None:
        """It is not sent; what it said stands in the composer again, once however often it is pressed."""
        sheet, composer = self._sheet, self._composer
        if composer is None or answer.id in self._under_way:
            return
        self._under_way.add(answer.id)
        try:
            done = await take_back(sheet.viewer, sheet.number, answer.id)
        except DeskError as error:
            self._under_way.discard(answer.id)
            sheet.viewer.say(refusal(sheet.viewer, error), "warning")
        else:
            with sheet.viewer.client:
                composer.take(WaitingView.model_validate(done["answer"]))
        await sheet.reload()
