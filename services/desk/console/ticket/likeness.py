"""Beside a ticket: past tickets that are like it, and how they were solved."""

from functools import partial

from nicegui import ui

from services.desk.console.links import link
from services.desk.console.ticket import doing
from services.desk.console.ticket.pieces import chip, plain, words
from services.desk.console.ticket.sheet import Sheet
from shared.messages.similar import SimilarAnswer, SimilarQuery


async def draw(sheet: Sheet) -> None:
    """The tab."""
    t = sheet.t
    found = await sheet.viewer.ask("similar", SimilarQuery(number=sheet.number), SimilarAnswer)
    plain(t("similar_title"), "tk-panel-title", "h2")
    if not found.items:
        plain(t("no_similar"), "tl-quiet", "p")
    with ui.element("ul").classes("tk-entries"):
        for each in found.items:
            with ui.element("li"):
                link(f"T-{each.number} {each.subject}", f"/console/ticket/T-{each.number}")
                chip(f"{round(each.score * 100)} %")
                if each.solution:
                    words(each.solution, t("rest"))
                plain(" · ".join([t(f"status.{each.status}"), ", ".join(each.why[:6])]), "tl-quiet", "p")
                if sheet.may_change:
                    into = partial(doing.merge, sheet, f"T-{each.number}")
                    ui.button(t("do.merge"), on_click=into).props("flat dense size=sm")
