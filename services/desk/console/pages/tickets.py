"""``/console/tickets``: the list. Views on the left, rows by the dozen, everything with keys, and it changes while one looks."""

import asyncio
import json
import time
from collections.abc import Container
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from nicegui import ui

from services.desk.console.frame import Frame, page
from services.desk.console.list import views
from services.desk.console.list.bulk import BulkBar
from services.desk.console.list.filters import show_filters
from services.desk.console.list.rows import render
from services.desk.console.list.saved import keep_view, saved_views
from services.desk.console.live import News
from services.desk.console.markup import piece, written
from services.desk.console.ticket import undoing
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
    undoing.offer(frame)
    ui.add_head_html('<script defer src="/console/look/order.js"></script>')
    listing = Listing(frame, agents)
    await listing.build()


@dataclass(frozen=True)
class Found:
    """A page of a list as it was at a moment, and what was drawn of it: most of those who look at it are drawn the same."""

    page: ListPage
    at: datetime
    drawn: dict[Any, str] = field(default_factory=dict)


class Listing:
    """One open list."""

    def __init__(self, frame: Frame, agents: list[AgentView]) -> None:
        self._frame, self._viewer, self._agents = frame, frame.viewer, agents
        request = frame.viewer.client.request
        self._query = {name: value[:500] for name, value in request.query_params.items()}
        self._names = {each.email: each.name for each in agents}
        self._renewing = asyncio.Lock()
        self._counted = datetime.min.replace(tzinfo=UTC)
        self._drawn = ""
        self._standing: dict[str, int] = {}

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
            await self._count_views(now(), calmly=False)
            self._show_views(labels, standard)
            with ui.element("div"):
                self._heading(labels[self._name])
                show_filters(viewer, self._query, self._agents, self._name)
                self._bulk = BulkBar(self._frame, [each for each in self._agents if each.blocked_at is None])
                self._rows = ui.html("", sanitize=False).classes("tl-listing")
        await self._renew(calmly=False)
        self._bind()

    def _heading(self, label: str) -> None:
        viewer = self._viewer
        with ui.element("div").classes("tl-heading"):
            with ui.element("h1"):
                ui.label(viewer.t("list.found", words=self._conditions.q) if self._conditions.q else label)
            ui.element("span").classes("tl-grow")
            if len(self._query) > ("view" in self._query):
                ui.button(viewer.t("list.keep"), icon="bookmark_add", on_click=self._keep).props("flat dense")

    def _show_views(self, labels: dict[str, str], standard: Container[str]) -> None:
        saved = [name for name in labels if name not in standard]
        views = [
            {
                "name": name,
                "label": label,
                "href": f"/console/tickets?{urlencode({'view': name})}",
                "here": name == self._name and not self._conditions.q,
                "count": _count(self._standing.get(name, 0)),
                "first_saved": saved[:1] == [name],
            }
            for name, label in labels.items()
        ]
        piece("views", t=self._viewer.t, views=views)

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

    async def _renew(self, since: float | None = None, *, calmly: bool = True) -> None:
        """Rows and counts as they are now, and not as they were before ``since`` (`time.monotonic`; null: before this moment); where they
        cannot be had, what is shown stays. ``calmly``: nobody sits and waits for it."""
        async with self._renewing:
            since, at = time.monotonic() if since is None else since, now()
            try:
                self._show(await self._find(at, since, calmly))
                await self._recount(at)
            except DeskError as error:
                self._viewer.complain(error)

    def _show(self, found: Found) -> None:
        rows = self._draw(found)
        if rows == self._drawn:
            return  # something happened elsewhere: open consoles need not be sent what they show
        self._drawn = rows
        self._rows.set_content(rows)
        ui.run_javascript("window.tlList?.renewed()")

    async def _find(self, at: datetime, since: float, calmly: bool) -> Found:
        viewer = self._viewer
        asked = ListQuery(conditions=self._conditions, order=self._order, now=at, page=self._page, per_page=_PER_PAGE)

        async def ask() -> Found:
            return Found(await viewer.ask("list", asked, ListPage), at)

        return await viewer.parts.answers.get(_key(asked), ask, since, calmly=calmly)

    async def _recount(self, at: datetime) -> None:
        """Show how many there are in each view, when that is due."""
        if at - self._counted < _COUNTED_EVERY:
            return
        before = self._standing
        await self._count_views(at, calmly=True)
        changed = {name: _count(count) for name, count in self._standing.items() if count != before.get(name, 0)}
        if changed:
            ui.run_javascript(f"window.tlList?.counts({json.dumps(changed)})")

    async def _count_views(self, at: datetime, *, calmly: bool) -> None:
        """How many there are in each view; those of everybody are counted once for all who have a list open."""
        viewer = self._viewer
        everybodys = {each: self._views[each] for each in views.EVERYBODYS if each in self._views}
        own = {name: each for name, each in self._views.items() if name not in everybodys}
        found: dict[str, int] = {}
        for some in (everybodys, own):
            counted = CountsQuery(views={name: each for name, (each, _) in some.items()}, now=at)
            ask = partial(viewer.ask, "counts", counted, Counts)
            found |= (await viewer.parts.answers.get(_key(counted), ask, calmly=calmly)).counts
        self._standing = dict.fromkeys(self._views, 0) | found
        self._counted = at

    def _draw(self, found: Found) -> str:
        """The rows and what stands below them; drawn once for all who are shown the same."""
        viewer, back = self._viewer, urlencode(self._query)
        alike = (viewer.language, viewer.zone.key, back, frozenset(self._names.items()))
        if alike not in found.drawn:
            page = found.page
            first = (self._page - 1) * _PER_PAGE + 1
            last = first + len(page.items) - 1
            found.drawn[alike] = render(viewer, page.items, self._names, found.at, back) + written(
                "foot",
                t=viewer.t,
                lines=page.items,
                shown=viewer.t("list.shown", first=first, last=last, total=_count(page.total)),
                newer=self._at(self._page - 1) if self._page > 1 else "",
                older=self._at(self._page + 1) if len(page.items) == _PER_PAGE else "",
            )
        return found.drawn[alike]

    def _at(self, number: int) -> str:
        return f"/console/tickets?{urlencode(self._query | {'page': str(number)})}"

    def _keep(self) -> None:
        keep_view(self._viewer, self._query, self._name)


def _key(query: ListQuery | CountsQuery) -> str:
    """What says everything about a question but the moment at which it is asked."""
    return query.model_dump_json(exclude={"now"})


def _count(number: int) -> str:
    return f"{MOST_COUNTED - 1}+" if number >= MOST_COUNTED else str(number) if number else ""
