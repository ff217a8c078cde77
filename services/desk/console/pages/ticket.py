"""One ticket: its head, the conversation, the composer, and what is known beside it."""

from datetime import datetime

from nicegui import ui

from services.desk.console.frame import Frame, page
from services.desk.console.live import News
from services.desk.console.mount import PREFIX
from services.desk.console.ticket import drafts, files, keyboard, undoing
from services.desk.console.ticket.company import Company
from services.desk.console.ticket.composer import Composer
from services.desk.console.ticket.conversation import Conversation
from services.desk.console.ticket.doing import number_of
from services.desk.console.ticket.goingout import GoingOut
from services.desk.console.ticket.head import Head
from services.desk.console.ticket.pieces import upright
from services.desk.console.ticket.sheet import Sheet
from services.desk.console.ticket.side import Side
from services.desk.errors import NotFound
from shared.messages.presence import EDITED, WRITTEN
from shared.messages.ticket import TicketView

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
    ui.page_title(upright(f"{sheet.view.number} {sheet.view.subject}"))
    draft = await drafts.find(viewer, wanted) if sheet.may_change else None
    undoing.load()
    before = undoing.offer(frame)
    with ui.element("div").classes("tk-page"):
        with ui.element("div").classes("tk-main"):
            Head(sheet)
            here = ui.element("div").classes("tk-here").props("role=status aria-live=polite")
            line = ui.element("div")
            going = ui.element("div")
            composer = Composer(sheet, draft) if draft is not None else None
            with line:
                Conversation(sheet, composer)
            with going:
                GoingOut(sheet, composer, before)
        Side(sheet)
    company = Company(sheet, composer, here)
    keyboard.bind(sheet, composer)
    for show in sheet.shown:
        await show()

    async def told(news: News) -> None:
        await company.hear(news)
        if news.everything or wanted in news.tickets:
            until = sheet.view.last_message_at
            await sheet.reload()
            if composer is None or not composer.draft.text.strip():
                sheet.seen_at = sheet.view.last_message_at
            elif by_others(sheet.view, until, viewer.actor):
                composer.notice()

    frame.listen(told, {wanted})


def by_others(view: TicketView, since: datetime | None, actor: str) -> bool:
    """Whether anybody else has written in the ticket since then: what oneself sent some seconds ago is no news."""
    written = (each for each in view.events or () if each.what in (*WRITTEN, *EDITED) and each.actor != actor)
    return any(since is None or each.at > since for each in written)
