"""Who else has the ticket open, and who is writing in it: told to others, shown here, with a warning above the composer."""

import time
from contextlib import suppress
from typing import Final

from nicegui import background_tasks, ui

from services.desk.console.live import News
from services.desk.console.ticket import drafts
from services.desk.console.ticket.composer import Composer
from services.desk.console.ticket.pieces import plain
from services.desk.console.ticket.sheet import Sheet
from services.desk.errors import DeskError
from shared.bus import subjects
from shared.bus.errors import BusUnavailable
from shared.clock import now
from shared.messages.after import AgentTyping, TalkAnswer, TalkQuery
from shared.messages.chat import ChatTyping
from shared.messages.presence import Present, State
from shared.presence import still

BEAT: Final = 2.0
"""Seconds between looks at what is to be kept and told."""
AGAIN: Final = 25.0
WRITING: Final = 20.0
"""Somebody who typed within so many seconds is writing."""


class Company:
    """One page's part in it. Its beat also keeps the draft: one clock for a page is enough."""

    def __init__(self, sheet: Sheet, composer: Composer | None, box: ui.element) -> None:
        self._sheet, self._composer, self._box = sheet, composer, box
        self._told: tuple[State | None, float] = (None, 0.0)
        self._present: list[Present] = []
        self._shown: list[tuple[str, State]] = []
        viewer = sheet.viewer
        self._warning: ui.element | None = None
        if composer is not None:
            with composer.warning:
                self._warning = ui.element("div")
        sheet.frame.every(BEAT, self._beat)
        viewer.client.on_delete(lambda: background_tasks.create(self._leave()))

    async def hear(self, news: News) -> None:
        """Somebody came or went."""
        if self._sheet.number in news.present:
            self._present = news.present[self._sheet.number].present
            self._show()

    async def _beat(self) -> None:
        if self._composer is not None:
            await drafts.keep(self._composer)
        if self._sheet.viewer.may("agent"):
            await self._tell()
        self._show()

    async def _tell(self) -> None:
        composer = self._composer
        writing = composer is not None and now().timestamp() - composer.typed_at < WRITING and bool(composer.draft.text)
        state: State = "writing" if writing else "looking"
        if composer is not None and writing:
            await self._show_customer(composer)
        before, at = self._told
        if state == before and time.monotonic() - at < AGAIN:
            return
        self._told = (state, time.monotonic())
        viewer = self._sheet.viewer
        try:
            self._present = await viewer.parts.presence.note(
                self._sheet.number, viewer.actor, viewer.principal.name, "desk", state
            )
        except BusUnavailable:
            self._told = (None, 0.0)  # told with the next beat

    async def _show_customer(self, composer: Composer) -> None:
        """Where the customer's channel can show that somebody writes, it does; it goes away there by itself."""
        way, viewer = composer.way, self._sheet.viewer
        if way is None or not way.usual or way.channel not in ("chat", "telegram"):
            return
        with suppress(DeskError):  # they see a little less, that is all
            talk = await viewer.ask("talk", TalkQuery(number=self._sheet.number), TalkAnswer)
            if talk.to and talk.channel == "chat":
                await viewer.gate.tell(subjects.chat(talk.to), ChatTyping(name=viewer.public_name))
            elif talk.to and talk.inbox and talk.channel == "telegram":
                await viewer.gate.tell(subjects.typing(talk.channel, talk.inbox), AgentTyping(to=talk.to))

    async def _leave(self) -> None:
        viewer = self._sheet.viewer
        if self._composer is not None and self._composer.dirty:
            await self._keep_last()
        if not viewer.may("agent"):
            return
        try:
            await viewer.parts.presence.note(self._sheet.number, viewer.actor, viewer.principal.name, "desk", "gone")
        except BusUnavailable:
            return  # it is forgotten within a minute anyway

    async def _keep_last(self) -> None:
        assert self._composer is not None
        try:
            await drafts.keep_quietly(self._composer)
        except DeskError:
            return  # what was kept seconds ago is there

    def _show(self) -> None:
        """Draw who is here, if that is another picture than before."""
        sheet = self._sheet
        others: list[tuple[str, State]] = [
            (each.who, each.state) for each in still(self._present, now()) if each.actor != sheet.viewer.actor
        ]
        if others == self._shown:
            return
        self._shown = others
        self._box.clear()
        with self._box:
            for who, state in others:
                chip = plain(sheet.t(f"present.{state}", who=who), f"tl-chip tk-present tk-{state}")
                chip.props["title"] = who
        if self._warning is not None:
            self._warning.clear()
            writers = [who for who, state in others if state == "writing"]
            if writers:
                with self._warning:
                    plain(sheet.t("writes", who=", ".join(writers)), "tk-notice", "p")
