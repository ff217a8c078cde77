"""One message of the conversation, with what became of it, its files, and what can be done with it."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final
from urllib.parse import quote

from nicegui import ui

from services.desk.console.markup import piece
from services.desk.console.ticket import contacting, splitting, telling
from services.desk.console.ticket.composer import Composer
from services.desk.console.ticket.line import quoted
from services.desk.console.ticket.pieces import files, fold, plain, upright, words
from services.desk.console.ticket.sheet import Sheet
from services.desk.errors import DeskError
from shared.messages.again import SendAgain
from shared.messages.original import OriginalAnswer, OriginalQuery
from shared.messages.ticket import DeliveryView, MessageView
from shared.texts.register import channel_name

_ICONS: Final = {
    "email": "mail_outline",
    "sms": "sms",
    "whatsapp": "chat",
    "messenger": "forum",
    "telegram": "send",
    "voice": "call",
    "form": "assignment",
    "chat": "question_answer",
    "api": "api",
}
HEAD: Final = 16_000
"""Characters of an original's head that are shown."""


def draw(sheet: Sheet, composer: Composer | None, message: MessageView, deliveries: tuple[DeliveryView, ...]) -> None:
    """The message, into the element that is being filled."""
    kind = kind_of(message)
    with ui.element("article").classes(f"tk-message tk-{kind}") as article:
        article.props["aria-label"] = sheet.t(f"kind.{kind}", who=author(sheet, message))
        _head(sheet, composer, message, kind)
        _body(sheet, message)
        files(sheet.number, message.id, message.attachments, sheet.t("unnamed"))
        for each in deliveries:
            _delivery(sheet, each)


def kind_of(message: MessageView) -> str:
    """What it is to its reader: from the customer (``in``), from us (``out``), a ``note``, or part of a ``side`` conversation."""
    if message.side is not None:
        return "side"
    return {"in": "in", "out": "out"}.get(message.direction, "note")


def author(sheet: Sheet, message: MessageView) -> str:
    """Who wrote it."""
    return upright(message.author) or (sheet.t("customer") if message.direction == "in" else sheet.t("actor.ours"))


def _head(sheet: Sheet, composer: Composer | None, message: MessageView, kind: str) -> None:
    viewer = sheet.viewer
    with ui.element("div").classes("tk-message-head"):
        piece(
            "message_head",
            icon=_ICONS.get(message.channel, "mail_outline") if kind != "note" else "sticky_note_2",
            author=author(sheet, message),
            said=sheet.t(f"chip.{kind}")
            if kind in ("note", "side")
            else channel_name(message.channel, viewer.language),
            chips=_chips(sheet, message),
            when=viewer.short(message.created_at),
            iso=message.created_at.isoformat(),
            moment=viewer.moment(message.created_at),
        ).classes("tk-message-who")
        _more(sheet, composer, message, kind)


def _chips(sheet: Sheet, message: MessageView) -> list[tuple[str, str, str]]:
    """The small marks beside the author: words, style, what they say when one points at them."""
    found: list[tuple[str, str, str]] = []
    if message.automatic:
        found.append((sheet.t("automatic"), "", ""))
    if message.edited_at:
        found.append((sheet.t("edited"), "", sheet.viewer.moment(message.edited_at)))
    if message.deleted_at:
        found.append((sheet.t("taken_back"), "", sheet.viewer.moment(message.deleted_at)))
    if message.routed_by is not None and message.routed_by.confidence < 0.7:
        found.append((sheet.t("unsure_place"), "tk-warn", telling.reason(message.routed_by, sheet.t, sheet.called)))
    return found


def _body(sheet: Sheet, message: MessageView) -> None:
    said, whole = quoted(message)
    with ui.element("div").classes("tk-body") as body:
        if said:
            words(said, sheet.t("rest"))
        elif not message.attachments:
            plain(sheet.t("no_words"), "tl-quiet")
        if whole:
            with fold(sheet.t("whole"), style="tk-quoted"):
                words(whole, sheet.t("rest"))
        for each in message.earlier[-5:]:
            with fold(sheet.t("earlier", at=sheet.viewer.moment(each.at))):
                words(each.text, sheet.t("rest"))
    if message.html is not None or "not-shown-whole" in message.defects:
        shown = ui.element("div")
        button = ui.button(sheet.t("as_sent"), icon="visibility").props("flat dense size=sm")
        button.on_click(lambda: _as_sent(sheet, message, shown, button, body))


def _as_sent(sheet: Sheet, message: MessageView, shown: ui.element, button: ui.button, body: ui.element) -> None:
    """The mail as its sender made it, in a frame where nothing runs; and back."""
    if shown.default_slot.children:
        shown.clear()
        body.set_visibility(True)
        button.set_text(sheet.t("as_sent"))
        return
    source = f"/api/v1/tickets/T-{sheet.number}/messages/{quote(message.id, safe='')}/html"
    body.set_visibility(False)
    button.set_text(sheet.t("as_text"))
    with shown:
        frame = ui.element("iframe").classes("tk-frame")
        frame.props('sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy=no-referrer loading=lazy')
        frame.props["src"], frame.props["title"] = source, sheet.t("as_sent")
        frame.style(f"height: {height(message.text)}rem")

        def with_images() -> None:
            frame.props["src"] = f"{source}?remote=1"

        ui.button(sheet.t("images"), icon="image", on_click=with_images).props("flat dense size=sm").tooltip(
            sheet.t("images_about")
        )


def height(text: str) -> int:
    """How high a frame is at first, in lines: what is in it may not tell us."""
    lines = sum(1 + len(line) // 90 for line in text[:20_000].splitlines()) * 3 // 2
    return max(10, min(lines + 4, 40))


def _delivery(sheet: Sheet, sent: DeliveryView) -> None:
    wrong = sent.state in telling.FAILED
    with ui.element("div").classes("tk-delivery" + (" tk-failed" if wrong else "")):
        ui.icon(
            {"delivered": "done_all", "read": "done_all", "accepted": "done"}.get(
                sent.state, "error" if wrong else "schedule"
            )
        )
        state = plain(f"{telling.delivery(sent, sheet.t)} · {sent.to}")
        state.props["title"] = sheet.viewer.moment(sent.updated_at)
        if sent.error and sent.state not in ("delivered", "read"):
            plain(telling.cut(sent.error, 200), "tl-quiet")
        if sent.next_attempt_at is not None and sent.state == "queued" and sent.attempt:
            plain(sheet.t("again_at", at=sheet.viewer.short(sent.next_attempt_at)), "tl-quiet")
        if sent.instead:
            plain(sheet.t("instead", channel=channel_name(sent.instead, sheet.viewer.language)), "tl-quiet")
        elif wrong and sheet.may_change:
            ui.button(sheet.t("do.again"), on_click=partial(_again, sheet, sent)).props("flat dense size=sm")


async def _again(sheet: Sheet, sent: DeliveryView) -> None:
    await sheet.do(SendAgain(number=sheet.number, delivery_id=sent.id), sheet.t("done.again"))


def _more(sheet: Sheet, composer: Composer | None, message: MessageView, kind: str) -> None:
    """The button for what can be done with this message. Its menu is made when somebody wants it: most are never opened."""
    with ui.element("button").classes("tk-more").props("type=button aria-haspopup=menu") as button:
        button.props["aria-label"] = sheet.t("message_more")
        plain("more_vert", "material-icons", "i").props("aria-hidden=true")
    menus: list[ui.menu] = []

    def fill() -> None:
        if not menus:
            with button:
                menus.append(ui.menu().props("no-parent-event"))
        menu = menus[0]
        menu.clear()
        with menu:
            for label, act in _doings(sheet, composer, message, kind):
                ui.menu_item(label, on_click=act)
        menu.open()

    button.on("click", fill)


def _doings(
    sheet: Sheet, composer: Composer | None, message: MessageView, kind: str
) -> Iterator[tuple[str, Callable[[], object]]]:
    """What can be done with a message."""
    if composer is not None:
        yield sheet.t("do.quote"), partial(composer.quote, message)
    if sheet.may_change:
        side = next((each for each in sheet.view.side_conversations if each.id == message.side), None)
        if side is not None:
            yield sheet.t("do.write_on"), partial(contacting.write_on, sheet, side)
        yield sheet.t("do.forward"), partial(contacting.side, sheet, message)
        said = telling.cut(message.reply_text or message.text, 500)
        yield sheet.t("do.make_action"), partial(contacting.action, sheet, said)
        if kind == "in":
            yield sheet.t("do.split_off"), partial(splitting.split, sheet, [message.id])
            yield sheet.t("do.wrong_ticket"), partial(splitting.wrong_ticket, sheet, message.id)
    yield sheet.t("do.original"), partial(_original, sheet, message)


async def _original(sheet: Sheet, message: MessageView) -> None:
    """Where it came from, who it says it is from, and its head as it came in."""
    viewer = sheet.viewer
    head = ""
    try:
        found = await viewer.ask("original", OriginalQuery(number=sheet.number, message_id=message.id), OriginalAnswer)
        if found.original is not None:
            head = await _head_of(sheet, found)
    except DeskError as error:
        viewer.complain(error)
    with viewer.client, ui.dialog() as dialog, ui.card().classes("tk-original"):
        dialog.props["aria-label"] = sheet.t("do.original")
        plain(sheet.t("do.original"), "tk-window-title", "div")
        with ui.element("dl").classes("tk-facts"):
            for name, value in facts(sheet, message):
                plain(name, tag="dt")
                plain(value, tag="dd")
        if head:
            plain(head, "tk-raw", "pre").props("tabindex=0")
        if head:
            with ui.element("a").props("download") as link:
                link.props["href"] = f"/console/ticket/{sheet.number}/original/{quote(message.id, safe='')}"
                plain(sheet.t("do.download"))
        else:
            plain(sheet.t("no_original"), "tl-quiet", "p")
        ui.button(viewer.t("close"), on_click=dialog.close).props("flat")
    dialog.on("hide", dialog.delete)
    dialog.open()


async def _head_of(sheet: Sheet, found: OriginalAnswer) -> str:
    from services.desk.console.ticket.originals import head_of

    return (await head_of(found, sheet.viewer.parts.backend.blobs))[:HEAD]


def facts(sheet: Sheet, message: MessageView) -> list[tuple[str, str]]:
    """What is known of where a message came from."""
    found = [
        (sheet.t("fact.at"), sheet.viewer.moment(message.created_at)),
        (sheet.t("fact.inbox"), ", ".join(message.inboxes) or message.inbox),
        (sheet.t("fact.to"), ", ".join(each.address for each in message.recipients)),
        (sheet.t("fact.bcc"), ", ".join(each.address for each in message.bcc or ())),
        (sheet.t("fact.id"), message.header_id or ""),
        (sheet.t("fact.forwarded"), message.forwarded_from or ""),
        (sheet.t("fact.defects"), ", ".join(message.defects)),
    ]
    if message.authentication is not None:
        told = message.authentication
        said = f"SPF {told.spf} · DKIM {told.dkim} · DMARC {told.dmarc}"
        found.append((sheet.t("fact.proof"), f"{said} ({told.domain})" if told.domain else said))
    if message.routed_by is not None:
        found.append((sheet.t("fact.why"), telling.reason(message.routed_by, sheet.t, sheet.called)))
    return [(name, value) for name, value in found if value]
