"""``/console/tickets``: the list. Views on the left, rows by the dozen, everything with keys, and it changes while one looks."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from urllib.parse import urlencode

from nicegui import ui

from services.desk.console.frame import Frame, page
from services.desk.console.links import link
from services.desk.console.list import views
from services.desk.console.list.bulk import BulkBar
from services.desk.console.list.filters import show_filters
from services.desk.console.list.rows import render
from services.desk.console.list.saved import keep_view, saved_views
from services.desk.console.live import News
from services.desk.errors import DeskError
from shared.clock import now
from shared.messages.listing import MOST_COUNTED, Counts, CountsQuery, ListPage, ListQuery
from shared.messages.ticket import AgentsAnswer, AgentsQuery, AgentView

_PER_PAGE: Final = 50
_CALM: Final = 2.0
"""Seconds between two renewals of a list that changes all the time."""
_COUNTED_EVERY: Final = timedelta(seconds=8)


@page("/", "nav.tickets")
async def start(frame: Frame) -> None:
    """Whoever comes sees their list."""
    frame.go("/tickets")


@page("/tickets", "nav.tickets")
async def tickets(frame: Frame) -> None:
    """The page."""
    agents = (await frame.viewer.ask("agents", AgentsQuery(), AgentsAnswer)).agents
    listing = Listing(frame, agents)
    await listing.build()


class Listing:
    """One open list."""

    def __init__(self, frame: Frame, agents: list[AgentView]) -> None:
        self._frame, self._viewer, self._agents = frame, frame.viewer, agents
        request = frame.viewer.client.request
        self._query = {name: value[:500] for name, value in request.query_params.items()}
        self._names = {each.email: each.name for each in agents}
        self._renewing = asyncio.Lock()
        self._counted = datetime.min.replace(tzinfo=UTC)
        self._drawn = ("", 0)

    async def build(self) -> None:
        """Everything on the page."""
        viewer = self._viewer
        ui.add_head_html(
            '<link rel="stylesheet" href="/console/look/list.css"><script src="/console/look/list.js" defer></script>'
        )
        me = viewer.principal.email
        teams = [each.name for each in viewer.parts.settings.team if me in each.members]
        standard = views.standard(me, teams)
        saved = await saved_views(viewer)
        self._views = dict(standard) | {view.name: (view.conditions, view.order) for view in saved}
        self._name = self._query.get("view") or ("all" if self._query.get("q") else viewer.preferences.view)
        if self._name not in self._views:
            self._name = views.DEFAULT
        base, order = self._views[self._name]
        self._conditions = views.asked(self._query, base)
        if self._conditions.q and "view" not in self._query:
            self._conditions = views.searching(self._conditions)
        self._order, self._page = views.order_of(self._query, order), views.page_of(self._query)
        labels = {name: viewer.t(f"list.view.{name}") for name in standard} | {view.name: view.label for view in saved}
        with ui.element("div").classes("tl-lists"):
            self._counts = self._show_views(labels, list(standard))
            with ui.element("div"):
                self._heading(labels[self._name])
                show_filters(viewer, self._query, self._agents, self._name)
                self._bulk = BulkBar(self._frame, self._agents)
                with ui.element("div").classes("tl-listing"):
                    self._rows = ui.html("", sanitize=False)
                    self._foot = ui.element("div").classes("tl-foot")
        await self._renew()
        self._bind()

    def _heading(self, label: str) -> None:
        viewer = self._viewer
        with ui.element("div").classes("tl-heading"):
            with ui.element("h1"):
                ui.label(viewer.t("list.found", words=self._conditions.q) if self._conditions.q else label)
            ui.element("span").classes("tl-grow")
            if len(self._query) > ("view" in self._query):
                ui.button(viewer.t("list.keep"), icon="bookmark_add", on_click=self._keep).props("flat dense")

    def _show_views(self, labels: dict[str, str], standard: list[str]) -> dict[str, ui.label]:
        counts: dict[str, ui.label] = {}
        with ui.element("nav").classes("tl-views") as nav:
            nav.props["aria-label"] = self._viewer.t("list.views")
            for name, label in labels.items():
                if name not in standard and not any(each not in standard for each in counts):
                    ui.label(self._viewer.t("list.saved")).classes("tl-views-title")
                with link(target=f"/console/tickets?{urlencode({'view': name})}").classes("tl-view") as anchor:
                    anchor.props["data-view"] = name
                    if name == self._name and not self._conditions.q:
                        anchor.props["aria-current"] = "page"
                    ui.label(label)
                    counts[name] = ui.label("").classes("tl-count")
        return counts

    def _bind(self) -> None:
        viewer = self._viewer
        ui.on(
            "tl-picked",
            lambda event: self._bulk.picked([int(each) for each in event.args if isinstance(each, int)][:200]),
        )
        on = "true" if viewer.preferences.keys else "false"
        self._frame.every(0.2, lambda: ui.run_javascript(f"window.tlList?.keys({on})"), once=True)
        for key, name in (
            ("j", "down"),
            ("k", "up"),
            ("o", "open"),
            ("x", "pick"),
            ("*", "pick_all"),
            ("Escape", "unpick"),
        ):
            self._frame.keys.bind(key, viewer.t(f"list.key.{name}"), lambda: None)
        for key, name in (
            ("1", "mine"),
            ("2", "unassigned"),
            ("3", "teams"),
            ("4", "soon"),
            ("5", "breached"),
            ("6", "all"),
        ):
            self._frame.keys.bind(key, viewer.t(f"list.view.{name}"), partial(self._frame.go, f"/tickets?view={name}"))
        self._frame.listen(self._told)
        self._frame.every(60.0, self._renew)

    async def _told(self, news: News) -> None:
        if news.tickets or news.everything:
            await self._renew(news.heard_at)
            await asyncio.sleep(_CALM)

    async def _renew(self, since: float = 0.0) -> None:
        """Rows and counts as they are now, and not as they were before ``since``; where they cannot be had, what is shown stays."""
        async with self._renewing:
            viewer, at = self._viewer, now()
            asked = ListQuery(
                conditions=self._conditions, order=self._order, now=at, page=self._page, per_page=_PER_PAGE
            )
            counted = CountsQuery(views={name: each for name, (each, _) in self._views.items()}, now=at)
            answers = viewer.parts.answers
            try:
                found = await answers.get(_key(asked), lambda: viewer.ask("list", asked, ListPage), since)
                if at - self._counted >= _COUNTED_EVERY:
                    counts = (await answers.get(_key(counted), lambda: viewer.ask("counts", counted, Counts))).counts
                    self._counted = at
                    for name, label in self._counts.items():
                        label.set_text(_count(counts.get(name, 0)))
            except DeskError as error:
                viewer.complain(error)
                return
            rows = render(viewer, found.items, self._names, at, urlencode(self._query))
            if (rows, found.total) == self._drawn:
                return  # something happened elsewhere: open consoles need not be sent what they show
            self._drawn = rows, found.total
            self._rows.set_content(rows)
            self._show_foot(found)
            ui.run_javascript("window.tlList?.renewed()")

    def _show_foot(self, found: ListPage) -> None:
        viewer = self._viewer
        self._foot.clear()
        with self._foot:
            if not found.items:
                ui.label(viewer.t("list.empty")).classes("tl-empty")
                return
            first = (self._page - 1) * _PER_PAGE + 1
            shown = viewer.t("list.shown", first=first, last=first + len(found.items) - 1, total=_count(found.total))
            ui.label(shown).classes("tl-quiet")
            with ui.element("div").classes("tl-row"):
                if self._page > 1:
                    link(viewer.t("list.newer"), self._at(self._page - 1))
                if len(found.items) == _PER_PAGE:
                    link(viewer.t("list.older"), self._at(self._page + 1))

    def _at(self, number: int) -> str:
        return f"/console/tickets?{urlencode(self._query | {'page': str(number)})}"

    def _keep(self) -> None:
        keep_view(self._viewer, self._query, self._name)


def _key(query: ListQuery | CountsQuery) -> str:
    """What says everything about a question but the moment at which it is asked."""
    return query.model_dump_json(exclude={"now"})


def _count(number: int) -> str:
    return f"{MOST_COUNTED - 1}+" if number >= MOST_COUNTED else str(number) if number else ""
