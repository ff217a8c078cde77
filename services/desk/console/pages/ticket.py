"""One ticket: its head, the conversation, the composer, and what is known beside it."""

from nicegui import ui

from services.desk.console.frame import Frame, page
from services.desk.console.live import News
from services.desk.console.mount import PREFIX
from services.desk.console.ticket import drafts, files, keyboard
from services.desk.console.ticket.company import Company
from services.desk.console.ticket.composer import Composer
from services.desk.console.ticket.conversation import Conversation
from services.desk.console.ticket.doing import number_of
from services.desk.console.ticket.head import Head
from services.desk.console.ticket.sheet import Sheet
from services.desk.console.ticket.side import Side
from services.desk.errors import NotFound

__all__ = ["files", "ticket"]  # the first for its routes


@page("/ticket/{number}", "ticket.title")
async def ticket(frame: Frame, number: str) -> None:
    """The page."""
    viewer = frame.viewer
    wanted = number_of(number)
    if wanted is None:
        raise NotFound(viewer.t("ticket.none", number=number[:20]))
    sheet = await Sheet.open(frame, wanted)
    ui.add_head_html(f'<link rel="stylesheet" href="{PREFIX}/look/ticket.css">')
    ui.add_head_html(f'<script defer src="{PREFIX}/look/ticket.js"></script>')
    ui.page_title(f"{sheet.view.number} {sheet.view.subject}")
    draft = await drafts.find(viewer, wanted) if sheet.may_change else None
    with ui.element("div").classes("tk-page"):
        with ui.element("div").classes("tk-main"):
            Head(sheet)
            here = ui.element("div").classes("tk-here").props("role=status aria-live=polite")
            line = ui.element("div")
            composer = Composer(sheet, draft) if draft is not None else None
            with line:
                Conversation(sheet, composer)
        Side(sheet)
    company = Company(sheet, composer, here)
    keyboard.bind(sheet, composer)
    for show in sheet.shown:
        await show()

    async def told(news: News) -> None:
        await company.hear(news)
        if news.everything or wanted in news.tickets:
            before = sheet.view.last_message_at
            await sheet.reload()
            if composer is None or not composer.draft.text.strip():
                sheet.seen_at = sheet.view.last_message_at
            elif sheet.view.last_message_at != before:
                composer.notice()

    frame.listen(told, {wanted})
