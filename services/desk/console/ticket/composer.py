"""The composer: an answer or a note, on a channel that reaches the customer, kept as a draft while it is written.

What is sent, and what stops it, is in `sending`; what is known beforehand in `composing`.
"""

import asyncio
from itertools import count
from typing import Any, Final

from nicegui import ui
from nicegui.events import UploadEventArguments

from services.desk.attachments import MAX_BYTES
from services.desk.console.ticket import composing, drafts, inserting
from services.desk.console.ticket.composing import Way
from services.desk.console.ticket.pieces import plain, size
from services.desk.console.ticket.sending import Sending
from services.desk.console.ticket.sheet import Sheet
from services.desk.schemas import MAX_ATTACHMENTS
from shared.bus.errors import BusFull, BusUnavailable
from shared.clock import now
from shared.documents.working import Draft, draft_id
from shared.messages.parts import Attachment
from shared.messages.ticket import MessageView
from shared.messages.waiting import WaitingView
from shared.texts.register import channel_name

_STATUSES: Final = ("", "pending", "solved")


class Composer:
    """One page's composer. Everything typed is in ``draft``, which `drafts` keeps."""

    def __init__(self, sheet: Sheet, draft: Draft) -> None:
        self.sheet, self.draft = sheet, draft
        self.sending = Sending(self)
        self.dirty = False
        self.keeping = asyncio.Lock()
        self._times_kept = count(1)
        self.typed_at = 0.0
        self._drawn = ""
        self._way: Way | None = None
        self._came: ui.element | None = None
        self._build()
        sheet.shown.append(self.show)

    # -- building -------------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        t = self.sheet.t
        with ui.element("section").classes("tk-composer") as self.box:
            self.box.props["aria-label"] = t("composer")
            self.warning = ui.element("div").classes("tk-warning").props("role=status aria-live=polite")
            self._tabs()
            self._line = ui.element("div").classes("tk-ways")
            self.field = ui.textarea(value=self.draft.text, on_change=self._typed)
            self.field.props("outlined autogrow dense input-class=tk-input").classes("tk-text")
            self.field.on("keydown.ctrl.enter", lambda: self.sending.send())
            self.field.on("keydown.ctrl.shift.enter", lambda: self.sending.send("solved"))
            self.field.on("blur", lambda: drafts.keep(self))
            # Under this name the browser has what was typed and is not kept here yet (`look/ticket.js`).
            name = draft_id(self.sheet.number, self.sheet.viewer.principal.agent_id)
            self.field.props["data-keep"] = f"{name}"
            inserting.offer(self.sheet, self.field)
            self._files = ui.element("ul").classes("tk-files tk-chosen")
            self._tools()
        self._fit()
        self._show_files()

    def _tabs(self) -> None:
        with ui.element("div").classes("tk-tabs").props("role=tablist"):
            self._tab = {}
            for mode in ("reply", "note"):
                button = ui.element("button").props("type=button role=tab").classes("tk-tab")
                button.on("click", lambda mode=mode: self.turn(mode))
                with button:
                    plain(self.sheet.t(f"tab.{mode}"))
                self._tab[mode] = button

    def _tools(self) -> None:
        t = self.sheet.t
        with ui.element("div").classes("tk-tools"):
            self.upload = ui.upload(
                multiple=True,
                auto_upload=True,
                max_file_size=MAX_BYTES,
                on_upload=self._uploaded,
                on_rejected=self._refused,
            ).classes("tk-upload")
            self._tool("attach_file", t("do.attach"), lambda: self.upload.run_method("pickFiles"))
            self._tool("bolt", t("do.macro"), lambda: inserting.macros(self))
            self._tool("menu_book", t("do.article"), lambda: inserting.articles(self))
            self._tool("terminal", t("do.commands"), lambda: inserting.commands(self.sheet))
            self.said = plain("", "tl-quiet tk-said").props("role=status")
            self.kept = plain("", "tl-quiet tk-kept")
            self.buttons = {}
            with ui.element("div").classes("tk-sends"):
                for status in _STATUSES:
                    button = ui.button(
                        t(f"send.{status or 'plain'}"), on_click=lambda status=status: self.sending.send(status)
                    )
                    button.props("dense" if not status else "dense flat")
                    self.buttons[status] = button

    @staticmethod
    def _tool(icon: str, label: str, done: Any) -> None:
        button = ui.button(icon=icon, on_click=done).props("flat round dense")
        button.props["aria-label"], button.props["title"] = label, label

    # -- what it is ----------------------------------------------------------------------------------------------------------

    @property
    def way(self) -> Way | None:
        """How an answer goes; null: in no way."""
        return self._way

    @property
    def commands(self) -> bool:
        """Whether what is written has commands in it."""
        return inserting.has_commands(self.draft.text)

    def turn(self, mode: Any) -> None:
        """Write an answer, or a note."""
        self.draft.mode = mode
        self._fit()
        self.focus()
        self.changed()

    def focus(self) -> None:
        """Put the cursor there."""
        self.field.run_method("focus")

    async def show(self) -> None:
        """What can be said of the ways has changed."""
        self._fit()

    def _fit(self) -> None:
        sheet, note = self.sheet, self.draft.mode == "note"
        found = composing.ways(sheet.view, sheet.person, sorted({each.channel for each in sheet.settings.inbox}))
        if note is False and all(each.why_not for each in found) and not self.draft.text:
            note, self.draft.mode = True, "note"
        look = f"{note}{found}{self.draft.channel}"
        wanted = next((each for each in found if each.channel == self.draft.channel and not each.why_not), None)
        self._way = None if note else wanted or next((each for each in found if not each.why_not), None)
        if look != self._drawn:
            self._drawn = look
            self.box.classes(**{"add" if note else "remove": "tk-noting"})
            for mode, button in self._tab.items():
                button.props["aria-selected"] = "true" if mode == self.draft.mode else "false"
            placeholder = sheet.t("write.note" if note else "write.reply")
            self.field.props["placeholder"] = self.field.props["aria-label"] = placeholder
            for status, button in self.buttons.items():
                button.set_visibility(not note or not status)
            self.buttons[""].set_text(sheet.t("send.note" if note else "send.plain"))
            self._line.clear()
            with self._line:
                (self._note_line if note else self._ways_line)(found)
        self._measure()

    def _note_line(self, _: list[Way]) -> None:
        plain(self.sheet.t("note_about"), "tl-quiet")

    def _ways_line(self, found: list[Way]) -> None:
        sheet, way = self.sheet, self._way
        language = sheet.viewer.language
        with ui.element("div").classes("tk-channels").props("role=group") as group:
            group.props["aria-label"] = sheet.t("field.channel")
            for each in found:
                if each.why_not in ("no_inbox", "no_point") and not each.usual:
                    continue
                button = ui.element("button").classes("tk-channel").props("type=button")
                button.props["aria-pressed"] = "true" if each == way else "false"
                with button:
                    plain(channel_name(each.channel, language))
                if each.why_not:
                    why = sheet.t(f"why_not.{each.why_not}")
                    button.props("disabled")
                    button.props["title"] = why
                    plain(why, "tl-quiet tk-why-not")
                else:
                    button.on("click", lambda each=each: self._go_by(each))
        if way is None:
            return
        if len(way.to) > 1:
            chosen = self.draft.to[0] if self.draft.to and self.draft.to[0] in way.to else way.to[0]
            pick = ui.select(list(way.to), value=chosen, on_change=lambda event: self._to([event.value])).props(
                "dense outlined"
            )
            pick.props["aria-label"] = sheet.t("field.address")
        else:
            plain(way.to[0] if way.to else "", "tl-quiet")
        if way.channel == "email":
            self._copies()

    def _copies(self) -> None:
        draft, t = self.draft, self.sheet.t
        with ui.element("details").classes("tk-copies") as details:
            if draft.cc or draft.bcc:
                details.props("open")
            with ui.element("summary"):
                plain(t("copies"))
            for name in ("cc", "bcc"):
                made = ui.input(self.sheet.t(f"field.{name}"), value=", ".join(getattr(draft, name))).props(
                    "dense outlined"
                )
                made.on_value_change(lambda event, name=name: self._copy(name, event.value))

    def _copy(self, name: str, written: str) -> None:
        setattr(self.draft, name, composing.addresses(written or "")[:50])
        self.changed()

    def _to(self, to: list[str]) -> None:
        self.draft.to = to
        self.changed()

    def _go_by(self, way: Way) -> None:
        self.draft.channel, self.draft.to = way.channel, []
        self._fit()
        self.changed()

    # -- writing -------------------------------------------------------------------------------------------------------------

    def _typed(self, event: Any) -> None:
        self.draft.text = event.value or ""
        self.typed_at = now().timestamp()
        self.changed()
        self._measure()

    def changed(self) -> None:
        """There is something to be kept."""
        self.dirty = True

    def write(self, text: str) -> None:
        """This is what stands there now."""
        self.field.set_value(text)

    def insert(self, text: str) -> None:
        """Put this below what stands there."""
        before = self.draft.text
        self.write(f"{before.rstrip()}\n\n{text}" if before.strip() else text)
        self.focus()

    def take(self, answer: WaitingView) -> None:
        """Have an answer here again that was not sent, in front of what was begun since."""
        draft = self.draft
        draft.mode, draft.channel, draft.to = "reply", answer.channel, list(answer.to)
        draft.cc, draft.bcc = list(answer.cc), list(answer.bcc)
        draft.files = [*(each.model_dump(mode="json") for each in answer.attachments), *draft.files][:MAX_ATTACHMENTS]
        since = draft.text.strip()
        self.write(f"{answer.text}\n\n{since}" if since else answer.text)
        self._drawn = ""
        self._fit()
        self._show_files()
        self.changed()
        self.focus()

    def kept_as(self, said: str, text: str | None) -> None:
        """Say how the draft stands; ``text`` is what was kept (null: it was not)."""
        self.kept.text = said
        if text is not None:
            # The browser forgets its own copy of what is as long as this, in its own units.
            units = len(text.encode("utf-16-le", "surrogatepass")) // 2
            self.kept.props["data-kept"] = f"{units}:{next(self._times_kept)}"
            self.kept.update()

    def quote(self, message: MessageView) -> None:
        """Answer with what a message says quoted."""
        wrote = self.sheet.t("wrote", who=message.author, at=self.sheet.viewer.moment(message.created_at))
        self.insert(composing.quotation(message, wrote))

    def notice(self) -> None:
        """Somebody wrote while something is being written here: it is held until its writer says that they have seen it."""
        sheet = self.sheet
        if self._came is not None:
            return
        with self.warning:
            bar = self._came = ui.element("div").classes("tk-notice tk-came")

        def seen() -> None:
            sheet.seen_at = sheet.view.last_message_at
            self.forget_notice()

        with bar:
            plain(sheet.t("came"))
            ui.button(sheet.t("do.seen"), on_click=seen).props("flat dense size=sm")

    def forget_notice(self) -> None:
        """It was seen."""
        if self._came is not None:
            self._came.delete()
            self._came = None

    def empty(self) -> None:
        """Begin anew."""
        mode = self.draft.mode
        self.draft.text, self.draft.files, self.draft.cc, self.draft.bcc, self.draft.to = "", [], [], [], []
        self.draft.mode = mode
        self.field.set_value("")
        self.dirty = False
        self.kept.text = ""
        self.forget_notice()
        self._drawn = ""
        self._fit()
        self._show_files()

    def _measure(self) -> None:
        """What is to be said about its length, its commands, and how long anything may be sent."""
        sheet, said = self.sheet, []
        way = self._way
        if self.commands:
            said.append(sheet.t("has_commands"))
        if way is not None:
            if (counted := composing.segments(way.channel, self.draft.text)) is not None:
                said.append(sheet.t("segments", count=counted.count, units=counted.units, encoding=counted.encoding))
            if way.channel in composing.WINDOWED:
                until = composing.window(sheet.view, way.channel)
                shut = composing.is_shut(sheet.view, way.channel, now())
                said.append(
                    sheet.t("window_shut")
                    if shut or until is None
                    else sheet.t("window", left=composing.left(until - now()))
                )
        self.said.text = " · ".join(said)

    # -- files ---------------------------------------------------------------------------------------------------------------

    @property
    def attachments(self) -> list[Attachment]:
        """What goes along."""
        return [Attachment.model_validate(each) for each in self.draft.files]

    async def _uploaded(self, event: UploadEventArguments) -> None:
        sheet = self.sheet
        content = await event.file.read()
        together = sum(each.size for each in self.attachments) + len(content)
        if together > MAX_BYTES or len(self.draft.files) >= MAX_ATTACHMENTS:
            sheet.viewer.say(sheet.t("too_large", most=size(MAX_BYTES)), "negative")
            return
        try:
            key = await sheet.viewer.parts.backend.blobs.put(content)
        except (BusFull, BusUnavailable):
            sheet.viewer.say(sheet.viewer.t("error.away"), "negative")
            return
        name = "".join(each for each in event.file.name if each.isprintable())[:255] or "file"
        kind = event.file.content_type or "application/octet-stream"
        made = Attachment(filename=name, media_type=kind, size=len(content), sha256=key, blob=key)
        self.draft.files.append(made.model_dump(mode="json"))
        self.changed()
        with sheet.viewer.client:
            self.upload.reset()
            self._show_files()

    def _refused(self) -> None:
        self.sheet.viewer.say(self.sheet.t("too_large", most=size(MAX_BYTES)), "negative")

    def _show_files(self) -> None:
        self._files.clear()
        with self._files:
            for place, each in enumerate(self.attachments):
                with ui.element("li"):
                    plain(f"{each.filename} · {size(each.size)}")
                    away = ui.button(icon="close", on_click=lambda place=place: self._without(place)).props(
                        "flat round dense size=xs"
                    )
                    away.props["aria-label"] = self.sheet.t("without", name=each.filename)

    def _without(self, place: int) -> None:
        del self.draft.files[place]
        self.changed()
        self._show_files()
