"""The register as a file, from the console: which tickets, which columns, which format, and how far it is.

It is written in threads to a file of its own in the data folder; the file can be fetched once, and goes with the page that asked for it.
One is written at a time, whoever asks: writing takes the processor. Who cancels, or leaves the page, lets the next one begin.
"""

import asyncio
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import structlog
from nicegui import app as framework
from nicegui import ui

from services.desk.console.frame import Frame
from services.desk.console.links import link
from services.desk.console.reporting.asked import NONE, Asked
from services.desk.console.viewer import Viewer
from services.desk.errors import DeskError
from services.desk.register import register_folder, style_of
from services.desk.rights import OVERSIGHT
from shared.messages.record import RegisterPage, RegisterQuery
from shared.register.cells import heading, values
from shared.register.errors import TooMuch
from shared.register.formats import MEDIA, Style, begun
from shared.settings.record import COLUMNS

log = structlog.get_logger(__name__)

_LINES: Final = 25
_ONE_AT_A_TIME: Final = asyncio.Semaphore(1)


def show_export(frame: Frame, wish: Asked, zone: ZoneInfo) -> None:
    """The form; only for those who may have the register."""
    if frame.viewer.principal.role in OVERSIGHT:
        _Export(frame.viewer, wish, zone).build()


class _Export:
    """One open form."""

    def __init__(self, viewer: Viewer, wish: Asked, zone: ZoneInfo) -> None:
        self._viewer, self._wish, self._zone = viewer, wish, zone
        self._style = style_of(viewer.parts.settings)
        self._wanted = True
        """Somebody waits for the file that is being written: false when it was cancelled, and when the page is gone."""
        self._gone = False
        self._folders: list[Path] = []
        self._addresses: list[str] = []
        viewer.client.on_delete(self._clean)

    def build(self) -> None:
        """The closed section; what is in it comes when it is opened."""
        t = self._viewer.t
        with ui.element("details").classes("tl-card rp-section").props("id=register") as section:
            with ui.element("summary"):
                with ui.element("h2"):
                    ui.label(t("reports.register"))
                ui.label(t("reports.register.about")).classes("tl-quiet")
            self._body = ui.element("div").classes("tl-form")
        section.on("toggle", self._fill, throttle=0.2)

    def _fill(self) -> None:
        if self._body.default_slot.children:
            return
        t, wish = self._viewer.t, self._wish
        with self._body:
            chosen = [each for name, each in wish.filters.items() if name in ("team", "category") and each != NONE]
            told = t("reports.register.which", since=self._viewer.day(wish.since), until=self._viewer.day(wish.until))
            ui.label(", ".join([told, *chosen])).classes("tl-quiet")
            self._format = ui.select(
                {each: each.upper() for each in MEDIA}, label=t("reports.register.format"), value="xlsx"
            ).props("outlined dense")
            names = dict(zip(COLUMNS, heading(COLUMNS, self._style.wording), strict=True))
            self._columns = ui.select(
                names, label=t("reports.register.columns"), value=list(self._style.columns), multiple=True
            ).props("outlined dense use-chips")
            with ui.element("div").classes("tl-row"):
                self._button = ui.button(t("reports.register.make"), on_click=self._make)
                self._cancel = ui.button(t("cancel"), on_click=self._give_up).props("flat")
            self._cancel.set_visibility(False)
            self._bar = ui.linear_progress(0, show_value=False).props("rounded").classes("rp-bar")
            self._bar.props["aria-label"] = t("reports.register.progress")
            self._bar.set_visibility(False)
            self._said = ui.label("").props("role=status")
            self._ready = ui.element("div")

    async def _make(self) -> None:
        viewer, format = self._viewer, str(self._format.value)
        wanted = set(self._columns.value or ())
        columns = [each for each in COLUMNS if each in wanted]
        if not columns:
            self._said.set_text(viewer.t("reports.register.none"))
            return
        self._wanted = True
        self._busy(True)
        self._ready.clear()
        await asyncio.to_thread(self._drop)
        self._said.set_text(viewer.t("reports.register.waiting") if _ONE_AT_A_TIME.locked() else "")
        said, path = "", None
        try:
            async with _ONE_AT_A_TIME:
                path = await self._write(format, replace(self._style, columns=columns))
        except (DeskError, TooMuch, OSError) as error:
            log.warning("a register could not be written", error=str(error))
            said = str(error) if not isinstance(error, OSError) else viewer.t("error.away")
        if self._gone:
            return
        self._busy(False)
        if path is not None:
            self._offer(path)
        else:
            self._said.set_text(said)

    def _busy(self, busy: bool) -> None:
        self._bar.set_visibility(busy)
        self._cancel.set_visibility(busy)
        self._button.set_enabled(not busy)

    def _give_up(self) -> None:
        self._wanted = False

    async def _write(self, format: str, style: Style) -> Path | None:
        """The file; null where nobody waits for it any more. Raises `DeskError`, `TooMuch`, `OSError`."""
        viewer = self._viewer
        if not self._wanted:
            return None
        span = self._wish.span(self._zone)
        chosen = {
            name: each for name, each in self._wish.filters.items() if name in ("team", "category") and each != NONE
        }
        query = RegisterQuery(since=span.since, until=span.until, limit=_LINES, **chosen)
        folder = await asyncio.to_thread(register_folder, viewer.parts.settings)
        self._folders.append(folder)
        path = folder / f"register-{self._wish.since:%Y-%m-%d}_{self._wish.until:%Y-%m-%d}.{format}"
        file = await asyncio.to_thread(begun, format, path, style)

        def write(page: RegisterPage) -> None:
            for line in page.lines:
                file.write(values(line, style.columns, style.wording))

        done, total = 0, 0
        whole = False
        try:
            while self._wanted:
                page = await viewer.ask("register", query, RegisterPage)
                await asyncio.to_thread(write, page)
                total = page.total or total
                done += len(page.lines)
                if self._wanted:
                    self._tell(done, total)
                if page.next is None:
                    whole = True
                    break
                query = query.model_copy(update={"after": page.next})
        finally:
            await asyncio.to_thread(file.close)
            if not (whole and self._wanted):
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return path if whole and self._wanted else None

    def _tell(self, done: int, total: int) -> None:
        viewer = self._viewer
        self._bar.set_value(share(done, total))
        self._said.set_text(viewer.t("reports.register.so_far", done=viewer.figure(done), total=viewer.figure(total)))

    def _offer(self, path: Path) -> None:
        address = framework.add_static_file(local_file=path, single_use=True, max_cache_age=0)
        self._addresses.append(unquote(address))
        with self._ready:
            ready = link(self._viewer.t("reports.register.fetch", name=path.name), f"/console{address}")
            ready.props["download"] = path.name
            ready.on("click", partial(self._ready.clear), throttle=5.0)

    def _clean(self) -> None:
        self._wanted, self._gone = False, True
        self._drop()

    def _drop(self) -> None:
        """What was made before, and nobody can fetch any more."""
        while self._addresses:
            framework.remove_route(self._addresses.pop())
        while self._folders:
            shutil.rmtree(self._folders.pop(), ignore_errors=True)


def share(done: int, total: int) -> float:
    """How far it is, from 0 to 1; tickets that come meanwhile do not make it more."""
    return min(done / total, 1.0) if total > 0 else 0.0
