"""Sending what was composed: held for a moment so that it can be taken back, and held when somebody else has written meanwhile.

The store has no command that takes back what is queued, so the moment to do so is before anything is queued: it is waited here. A page
that is closed meanwhile sends all the same; a process that dies leaves the draft, and nothing was sent.
"""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from nicegui import background_tasks, ui

from services.desk.console.ticket import drafts
from services.desk.console.ticket.asking import refusal
from services.desk.console.ticket.pieces import plain, words
from services.desk.errors import Away, DeskError, Refused
from shared.documents.working import Draft
from shared.messages.agents import Say
from shared.messages.command import Action, Change, Note, Reply

if TYPE_CHECKING:
    from services.desk.console.ticket.composer import Composer


class Sending:
    """The way out of one composer."""

    def __init__(self, composer: "Composer") -> None:
        self._composer = composer
        self._waiting: asyncio.Event | None = None
        self._busy = False

    async def send(self, status: str = "") -> None:
        """Send it, and let the ticket be in this status (empty: as it is)."""
        composer, sheet = self._composer, self._composer.sheet
        draft = composer.draft
        if self._busy or not (draft.text.strip() or draft.files):
            return
        if draft.mode == "reply" and not composer.commands and composer.way is None:
            sheet.viewer.say(sheet.t("no_way"), "negative")
            return
        action = self._action(status)
        if action is None:
            sheet.viewer.say(sheet.t("commands_usual"), "negative")
            return
        self._busy = True
        try:
            seconds = sheet.viewer.preferences.undo_seconds
            if draft.mode == "note" or not seconds or await self._not_taken_back(seconds):
                await self._go(action, status)
        finally:
            self._busy = False

    def _action(self, status: str) -> Action | None:
        """What is to be done; null: commands are written, and they cannot go along with what else was chosen."""
        composer = self._composer
        draft, number, seen = composer.draft, composer.sheet.number, composer.sheet.seen_at
        if composer.commands:
            way = composer.way
            if draft.cc or draft.bcc or (way is not None and not (way.usual and draft.to in ([], [way.to[0]]))):
                return None
            note = draft.mode == "note"
            return Say(number=number, text=draft.text, internal=note, attachments=composer.attachments, seen_at=seen)
        if draft.mode == "note":
            return Note(number=number, text=draft.text, attachments=composer.attachments)
        way = composer.way
        assert way is not None
        # The usual way is left to whoever decides it; a choice is told.
        chosen = draft.to if draft.to and draft.to[0] in way.to else []
        return Reply(
            number=number,
            text=draft.text,
            channel=None if way.usual else way.channel,
            to=chosen or ([] if way.usual else list(way.to[:1])),
            cc=draft.cc,
            bcc=draft.bcc,
            attachments=composer.attachments,
            status=status or None,
            seen_at=seen,
        )

    async def _not_taken_back(self, seconds: int) -> bool:
        composer, sheet = self._composer, self._composer.sheet
        taken_back = asyncio.Event()
        with sheet.viewer.client:
            composer.field.disable()
            with composer.warning, ui.element("div").classes("tk-undo") as bar:
                left = plain(sheet.t("sending_in", seconds=seconds))
                ui.button(sheet.viewer.t("undo"), on_click=taken_back.set).props("dense")
        try:
            for second in range(seconds, 0, -1):
                left.text = sheet.t("sending_in", seconds=second)
                try:
                    await asyncio.wait_for(taken_back.wait(), 1)
                    return False
                except TimeoutError:
                    continue
            return True
        finally:
            with sheet.viewer.client:
                bar.delete()
                composer.field.enable()

    async def _go(self, action: Action, status: str, key: str = "") -> None:
        """Do it. The same key makes it safe to try again where nobody knows whether it was done."""
        sheet = self._composer.sheet
        viewer, key = sheet.viewer, key or uuid4().hex
        try:
            try:
                result = await viewer.do(action, key)
            except Away as error:
                if not error.unsure:
                    raise
                result = await viewer.do(action, key)
        except Refused as error:
            if error.kind == "moved-on":
                self._hold(action, status, error)
                return
            viewer.say(refused(error, sheet.t), "negative")
            return
        except DeskError as error:
            viewer.say(refusal(viewer, error), "negative")
            return
        await self._done(action, status, result)

    async def _done(self, action: Action, status: str, result: dict[str, Any]) -> None:
        composer, sheet = self._composer, self._composer.sheet
        viewer = sheet.viewer
        for each in result.get("results", ()):
            if each.get("detail"):
                viewer.say(str(each["detail"]), "positive" if each.get("ok") else "negative")
        for warning in result.get("warnings", ()):
            viewer.say(str(warning), "warning")
        if isinstance(action, Say):
            if status:
                await viewer.try_to(Change(number=sheet.number, fields={"status": status}))
        else:
            viewer.say(sheet.t("done.noted" if isinstance(action, Note) else "done.sent"))
        with viewer.client:
            composer.empty()
        background_tasks.create(drafts.drop(composer))
        await sheet.reload()
        sheet.seen_at = sheet.view.last_message_at
        viewer.client.run_javascript("window.tkNewest?.()")
        await self._after(action)

    async def _after(self, action: Action) -> None:
        """Where whoever answered wants to be then."""
        sheet = self._composer.sheet
        wanted = sheet.viewer.preferences.after_answer
        if isinstance(action, Note) or wanted == "stay":
            return
        if wanted == "list":
            sheet.frame.go("/tickets")
            return
        from services.desk.console.ticket.neighbours import step

        await step(sheet, 1)

    def _hold(self, action: Action, status: str, error: Refused) -> None:
        """Show what somebody else wrote meanwhile, before anything goes out."""
        composer, sheet = self._composer, self._composer.sheet
        since = error.extra.get("since") or []

        async def anyway() -> None:
            dialog.close()
            seen = max((datetime.fromisoformat(each["at"]) for each in since), default=sheet.seen_at)
            sheet.seen_at = seen
            await self._go(action.model_copy(update={"seen_at": seen}), status)

        async def edit() -> None:
            dialog.close()
            await sheet.reload()
            sheet.seen_at = sheet.view.last_message_at
            composer.forget_notice()
            composer.focus()

        with sheet.viewer.client, ui.dialog().props("role=alertdialog") as dialog, ui.card().classes("tk-form"):
            dialog.props["aria-label"] = sheet.t("moved_on")
            plain(sheet.t("moved_on"), "tk-window-title", "div")
            for each in since[-5:]:
                with ui.element("blockquote").classes("tk-since"):
                    plain(
                        f"{each.get('who', '')} · {sheet.viewer.moment(datetime.fromisoformat(each['at']))}", "tl-quiet"
                    )
                    words(str(each.get("text") or ""), sheet.t("rest"))
            with ui.element("div").classes("tl-row"):
                ui.button(sheet.t("do.edit_again"), on_click=edit)
                ui.button(sheet.t("do.send_anyway"), on_click=anyway).props("flat")
        dialog.on("hide", dialog.delete)
        dialog.open()


def refused(error: Refused, t: Any) -> str:
    """Why nothing was sent: the mistakes in commands, or the words of the refusal."""
    mistakes = [str(each.get("detail", "")) for each in error.extra.get("mistakes") or ()]
    return "\n".join(mistakes) if mistakes else str(error) or t("not_sent")


__all__ = ["Draft", "Sending", "refused"]
