"""Beside a ticket: everything that was ever done with it, newest first."""

from typing import Final, get_args

from nicegui import ui

from services.desk.console.ticket import telling
from services.desk.console.ticket.pieces import plain
from services.desk.console.ticket.sheet import Sheet
from shared.messages.parts import Channel
from shared.texts.register import channel_name

MOST: Final = 100
CHANNELS: Final = frozenset(get_args(Channel))
"""Whatever else stands there (the desk, the command line) is no way that anybody wrote by."""


async def draw(sheet: Sheet) -> None:
    """The tab."""
    events = list(reversed(sheet.view.events or ()))
    plain(sheet.t("audit_title"), "tk-panel-title", "h2")
    with ui.element("ol").classes("tk-audit"):
        for each in events[:MOST]:
            with ui.element("li"):
                plain(telling.event(each, sheet.t, sheet.called))
                way = channel_name(each.channel, sheet.viewer.language) if each.channel in CHANNELS else ""
                parts = (sheet.called(each.actor), way, sheet.viewer.short(each.at))
                who = plain(" · ".join(part for part in parts if part), "tl-quiet", "div")
                who.props["title"] = sheet.viewer.moment(each.at)
    if len(events) > MOST:
        plain(sheet.t("audit_more", count=len(events) - MOST), "tl-quiet", "p")
