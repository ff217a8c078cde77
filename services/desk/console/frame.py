"""What every page of the console has: who looks, the bar, the ways to the other pages, keys, live updates, and errors that say what to do.

A page is a function ``async def page(frame: Frame, …) -> None`` below ``@page(path, title)``; it builds its elements and is done.
"""

import inspect
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
from fastapi import Request
from nicegui import Client, ui

from services.desk.console.keys import Keys
from services.desk.console.links import open_path
from services.desk.console.live import Told
from services.desk.console.markup import piece
from services.desk.console.mount import PREFIX
from services.desk.console.parts import Parts
from services.desk.console.viewer import Viewer
from services.desk.errors import DeskError
from services.desk.tokens import Principal
from shared.documents.preferences import Preferences
from shared.messages.documents import DocumentsAnswer, DocumentsQuery
from shared.messages.ticket import AgentsAnswer, AgentsQuery
from shared.texts.languages import LANGUAGES, agents_language

log = structlog.get_logger(__name__)

STILL_SECONDS: Final = 20.0
"""How often an open page asks whether its session still holds."""


@dataclass(frozen=True)
class Way:
    """A way to a page in the menu: ``label`` is a text's key, ``least`` the role that sees it, ``keys`` go there."""

    path: str
    label: str
    icon: str
    least: str = "auditor"
    keys: str = ""


WAYS: Final = (
    Way("/tickets", "nav.tickets", "inbox", keys="g t"),
    Way("/new", "nav.new", "add_circle_outline", "agent", keys="c"),
    Way("/quarantine", "nav.quarantine", "gpp_maybe", keys="g q"),
    Way("/contacts", "nav.contacts", "people_outline", keys="g c"),
    Way("/articles", "nav.articles", "menu_book", keys="g k"),
    Way("/reports", "nav.reports", "insights", keys="g r"),
    Way("/reviews", "nav.reviews", "fact_check", keys="g u"),
    Way("/improvements", "nav.improvements", "trending_up", keys="g i"),
    Way("/operations", "nav.operations", "monitor_heart", keys="g o"),
    Way("/admin", "nav.admin", "tune", "lead", keys="g a"),
    Way("/preferences", "nav.preferences", "manage_accounts", keys="g p"),
)

_parts: list[Parts] = []


def use(parts: Parts) -> None:
    """From now on pages are built from these. (NiceGUI's pages are the process's, so there is one console in a process.)"""
    _parts[:] = [parts]


def parts() -> Parts:
    """What pages are built from, for routes beside them."""
    return _parts[0]


@dataclass
class Frame:
    """A page in the making."""

    viewer: Viewer
    keys: Keys
    _timers: list[tuple[float, Callable[[], Any], bool]] = field(default_factory=list)

    def every(self, seconds: float, done: Callable[[], Any], *, once: bool = False) -> None:
        """Have something done again and again (or ``once``) while the page is open. Not with `ui.timer`: whoever makes one while a page is
        built has the page sent out as far as it is then."""
        self._timers.append((seconds, done, once))

    def begin(self) -> None:
        """The page is built: timers may run."""
        for seconds, done, once in self._timers:
            ui.timer(seconds, done, once=once)
        self._timers.clear()

    def listen(self, told: Told, numbers: set[int] | None = None) -> None:
        """Have ``told`` called with what happens (`services.desk.console.live.News`), in the page's context, until the page is closed."""
        viewer = self.viewer

        async def in_place(news: Any) -> None:
            with viewer.client:
                await told(news)

        listener = viewer.parts.live.listen(in_place, numbers)
        viewer.client.on_delete(lambda: viewer.parts.live.leave(listener))

    def go(self, path: str) -> None:
        """Open another page of the console."""
        with self.viewer.client:
            open_path(PREFIX + path)


Build = Callable[..., Awaitable[None]]


def page(path: str, title: str, *, least: str = "auditor") -> Callable[[Build], Build]:
    """Registers a page of the console below ``/console``; ``title`` is a text's key, ``least`` the role that may open it. Further
    parameters of the function are taken from path and query as FastAPI does."""

    def decorate(build: Build) -> Build:
        further = [each for each in inspect.signature(build).parameters.values() if each.name != "frame"]

        async def shown(request: Request, client: Client, **given: Any) -> None:
            try:
                viewer = await _viewer(request, client)
            except DeskError as error:
                log.warning("a page of the console cannot be shown", path=path, error=str(error))
                _away(str(error))
                return
            frame = Frame(viewer, Keys(viewer))
            ui.page_title(f"{viewer.t(title)} · {viewer.parts.settings.company.name}")
            with _bones(frame, path):
                if not viewer.may(least):
                    ui.label(viewer.t("error.forbidden")).classes("tl-empty")
                    return
                try:
                    await build(frame, **given)
                except DeskError as error:
                    ui.label(str(error) or viewer.t("error.away")).classes("tl-empty").props("role=alert")
            frame.begin()

        first = [
            inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request),
            inspect.Parameter("client", inspect.Parameter.KEYWORD_ONLY, annotation=Client),
        ]
        keyword = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in further]
        shown.__signature__ = inspect.Signature([*first, *keyword])  # type: ignore[attr-defined]
        shown.__name__ = build.__name__
        ui.page(path, response_timeout=15)(shown)
        return build

    return decorate


async def _viewer(request: Request, client: Client) -> Viewer:
    """Who opens the page. Raises `services.desk.errors.DeskError`."""
    parts = _parts[0]
    principal: Principal = request.scope["state"]["principal"]
    gate = parts.backend.gate
    kept = await gate.query("documents", DocumentsQuery(kind="preferences", ids=[principal.agent_id]), DocumentsAnswer)
    preferences = Preferences.model_validate(kept.items[0].body) if kept.items else Preferences()
    agents = (await gate.query("agents", AgentsQuery(), AgentsAnswer)).agents
    agent = next((each for each in agents if each.id == principal.agent_id), None)
    spoken = agent.languages if agent else []
    language = preferences.language or agents_language(spoken, parts.settings.company.languages)
    hours = next((each.timezone for each in parts.settings.hours if agent and each.name == agent.hours), "")
    return Viewer(
        parts=parts,
        principal=principal,
        preferences=preferences,
        client=client,
        language=language if language in LANGUAGES else LANGUAGES[0],
        zone=ZoneInfo(preferences.timezone or hours or parts.settings.timezone),
        signature=(agent.signatures.get(language, "") if agent else ""),
        public_name=(agent.public_name or agent.name) if agent else "",
    )


def _bones(frame: Frame, path: str) -> AbstractContextManager[Any]:
    """Bar, menu and the place for the page itself."""
    viewer = frame.viewer
    _look(viewer)
    with ui.header(elevated=False).classes("tl-bar"):
        piece(
            "bar",
            t=viewer.t,
            start=f"{PREFIX}/tickets",
            preferences=f"{PREFIX}/preferences",
            company=viewer.parts.settings.company.name,
            name=viewer.principal.name,
        ).classes("tl-bar-parts")
    with (
        ui.left_drawer(value=False, elevated=False)
        .classes("tl-drawer")
        .props("show-if-above width=220 breakpoint=900") as drawer
    ):
        _ways(frame, path)
    pressed = {"menu": drawer.toggle, "keys": frame.keys.show}
    ui.on("tl-do", lambda event: pressed[event.args]() if event.args in pressed else None)
    frame.keys.bind(
        "/", viewer.t("keys.search"), lambda: ui.run_javascript("document.querySelector('.tl-search-field').focus()")
    )
    frame.every(STILL_SECONDS, lambda: _still(viewer))
    return ui.element("div").classes("tl-page")


def _ways(frame: Frame, path: str) -> None:
    viewer = frame.viewer
    shown = [way for way in WAYS if viewer.may(way.least)]
    piece(
        "ways",
        t=viewer.t,
        ways=[
            {
                "href": PREFIX + way.path,
                "icon": way.icon,
                "label": viewer.t(way.label),
                "here": path == way.path or (way.path == "/tickets" and path.startswith("/ticket")),
            }
            for way in shown
        ],
    ).classes("tl-wide")
    for way in shown:
        if way.keys:
            frame.keys.bind(way.keys, viewer.t(way.label), partial(frame.go, way.path))


def _look(viewer: Viewer) -> None:
    """Language, light or dark, and the console's own styles."""
    theme = {"auto": None, "light": False, "dark": True}[viewer.preferences.theme]
    ui.dark_mode(value=theme)
    ui.colors(
        primary="#1d4ed8",
        secondary="#475467",
        accent="#6941c6",
        positive="#067647",
        negative="#b42318",
        warning="#b54708",
    )
    ui.add_head_html(
        f'<link rel="stylesheet" href="{PREFIX}/look/console.css"><script defer src="{PREFIX}/look/console.js"></script>'
    )
    # A page of NiceGUI has one language for all; this is this reader's.
    ui.add_head_html(f'<script>document.documentElement.lang = "{viewer.language}"</script>')
    if viewer.preferences.dense:
        ui.query("body").classes("tl-dense")


async def _still(viewer: Viewer) -> None:
    """Whether the session still holds; where it does not, the page goes to the sign-in."""
    try:
        principal = await viewer.parts.who(viewer.client.request)
    except DeskError:
        return  # it cannot be told now; whatever is done is judged by itself
    if principal is None or principal.agent_id != viewer.principal.agent_id:
        with viewer.client:
            open_path("/sign-in")
    else:
        viewer.principal = principal


def _away(detail: str) -> None:
    with ui.element("div").classes("tl-page"):
        ui.label(detail).props("role=alert")
        ui.button("↻", on_click=ui.navigate.reload)
