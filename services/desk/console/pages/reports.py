"""``/console/reports``: the figures of a period beside those of the one before, as charts and tables, and the register as a file.

What is chosen stands in the address, so that it can be sent to a colleague. The page is there at once; figures come as they are reckoned.
"""

from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from nicegui import ui

from services.desk.console.frame import Frame, page
from services.desk.console.reporting.asked import Asked, asked
from services.desk.console.reporting.choosing import choose
from services.desk.console.reporting.exporting import show_export
from services.desk.console.reporting.sections import REPORTS, Section, asked_for
from services.desk.console.reporting.telling import Words, headlines, names_of
from services.desk.console.reporting.writing import show_headlines
from services.desk.console.viewer import Viewer
from services.desk.errors import DeskError
from services.desk.reporting import Span
from shared.clock import now
from shared.messages.ticket import AgentsAnswer, AgentsQuery

_FIRST: Final = REPORTS[0]
"""The section that is open from the beginning; its figures come with the headlines."""


@page("/reports", "reports.title")
async def reports(frame: Frame) -> None:
    """The page."""
    viewer = frame.viewer
    ui.add_head_html('<link rel="stylesheet" href="/console/look/reports.css">')
    zone = ZoneInfo(viewer.parts.settings.timezone)
    today = now().astimezone(zone).date()
    wish = asked(viewer.client.request.query_params, today)
    span, words = wish.span(zone), Words(viewer.language, zone)
    agents = (await viewer.ask("agents", AgentsQuery(), AgentsAnswer)).agents
    with ui.element("div").classes("tl-heading"):
        with ui.element("h1"):
            ui.label(viewer.t("reports.title"))
        ui.label(_told(viewer, wish, span, zone)).classes("tl-quiet")
    choose(viewer, wish, agents)
    if wish.unfinished(today):
        ui.label(viewer.t("reports.unfinished")).classes("tl-quiet rp-note")
    first = ui.element("section").classes("rp-first").props("aria-live=polite")
    first.props["aria-label"] = viewer.t("reports.headlines")
    with first:
        ui.label(viewer.t("reports.reckoning")).classes("tl-quiet").props("role=status")
    names = names_of(agents)
    sections = {name: Section(viewer, name, wish, span, words, names) for name in REPORTS}
    for section in sections.values():
        section.build()
    show_export(frame, wish, zone)
    frame.every(0.05, partial(_fill, viewer, wish, span, words, first, sections[_FIRST]), once=True)


async def _fill(viewer: Viewer, wish: Asked, span: Span, words: Words, first: ui.element, section: Section) -> None:
    """Headlines and the first section, when they are reckoned."""
    try:
        answer = await asked_for(viewer, ["summary", _FIRST], wish, span)
    except DeskError as error:
        first.clear()
        with first:
            ui.label(str(error) or viewer.t("error.away")).classes("tl-empty").props("role=alert")
        return
    first.clear()
    with first:
        show_headlines(headlines(answer.tables, answer.previous, words))
        if answer.more:
            ui.label(viewer.t("reports.too_many", count=viewer.figure(answer.looked_at))).classes("tl-quiet")
    section.open(answer)


def _told(viewer: Viewer, wish: Asked, span: Span, zone: ZoneInfo) -> str:
    """Which days, and with which they are compared."""
    before = span.before.astimezone(zone).date()
    return viewer.t(
        "reports.days", since=viewer.day(wish.since), until=viewer.day(wish.until), before=viewer.day(before)
    )
