"""Sending what was composed. An answer waits where the ticket is kept as long as its writer wants to be able to take it back
(`shared.messages.waiting`); what somebody else has written meanwhile is shown before anything goes out.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from nicegui import ui

from services.desk.console.ticket import drafts, neighbours
from services.desk.console.ticket.asking import refusal
from services.desk.console.ticket.pieces import plain, words
from services.desk.console.ticket.undoing import Sent
from services.desk.errors import Away, DeskError, Refused
from shared.messages.agents import Say
from shared.messages.command import Action, Change, Note, Reply

if TYPE_CHECKING:
    from services.desk.console.ticket.composer import Composer


@dataclass(frozen=True)
class _Unsure:
    """Something of which nobody knows whether it was done: said again, it is the same command."""

    action: Action
    key: str


class Sending:
    """The way out of one composer."""

    def __init__(self, composer: "Composer") -> None:
        self._composer = composer
        self._unsure: _Unsure | None = None
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
        await self._once(action, status)

    async def _once(self, action: Action, status: str) -> None:
        """Do it, unless something is being done already: a button that was pressed twice sends once."""
        if self._busy:
            return
        self._busy = True
        try:
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
            undo_seconds=composer.sheet.viewer.preferences.undo_seconds,
        )

    async def _go(self, action: Action, status: str) -> None:
        sheet = self._composer.sheet
        viewer, key = sheet.viewer, uuid4().hex
        if self._unsure is not None and _same(self._unsure.action, action):
            action, key = self._unsure.action, self._unsure.key
        self._unsure = None
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
            viewer.say(refused(error, viewer.why_not(error) or sheet.t("not_sent")), "negative")
            return
        except DeskError as error:
            if isinstance(error, Away) and error.unsure:
                self._unsure = _Unsure(action, key)
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
        elif "waiting_id" not in result:
            viewer.say(sheet.t("done.noted" if isinstance(action, Note) else "done.sent"))
        with viewer.client:
            composer.empty()
        await drafts.drop(composer)
        await sheet.reload()
        sheet.seen_at = sheet.view.last_message_at
        viewer.client.run_javascript("window.tkForget?.(); window.tkNewest?.()")
        await self._after(action, result)

    async def _after(self, action: Action, result: dict[str, Any]) -> None:
        """Where whoever answered wants to be then; what waits can be taken back from there."""
        sheet = self._composer.sheet
        wanted = sheet.viewer.preferences.after_answer
        if isinstance(action, Note) or wanted == "stay":
            return
        sent = ""
        with suppress(KeyError):
            sent = Sent(sheet.number, result["waiting_id"], datetime.fromisoformat(result["send_at"])).query()
        if wanted == "list":
            neighbours.back(sheet, sent)
            return
        await neighbours.step(sheet, 1, sent)

    def _hold(self, action: Action, status: str, error: Refused) -> None:
        """Show what somebody else wrote meanwhile, before anything goes out."""
        composer, sheet = self._composer, self._composer.sheet
        since = error.extra.get("since") or []

        async def anyway() -> None:
            dialog.close()
            seen = max((datetime.fromisoformat(each["at"]) for each in since), default=sheet.seen_at)
            sheet.seen_at = seen
            await self._once(action.model_copy(update={"seen_at": seen}), status)

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


def _same(one: Action, other: Action) -> bool:
    """Whether two say the same, whenever the ticket was seen."""
    return one.model_dump(exclude={"seen_at"}) == other.model_dump(exclude={"seen_at"})


def refused(error: Refused, why: str) -> str:
    """Why nothing was sent: the mistakes in commands, or the words of the refusal."""
    mistakes = [str(each.get("detail", "")) for each in error.extra.get("mistakes") or ()]
    return "\n".join(mistakes) if mistakes else why
