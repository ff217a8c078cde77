"""``/console/operations``: how everything is, what is wrong and what to do about it; kept up to date while it is open."""

from typing import Final

from nicegui import ui

from services.desk.console.frame import Frame, page
from services.desk.console.operations import views
from services.desk.console.operations.dead import DeadLetters
from services.desk.console.operations.drawing import Part, choice, put, table, told
from services.desk.console.operations.failed import FailedParts
from services.desk.console.operations.outgoing import OutgoingPart
from services.desk.console.viewer import Viewer
from services.desk.errors import DeskError
from services.desk.judging import troubles
from services.desk.overview import SPANS, Sight, Span
from shared.messages.ticket import LedgerLine

EVERY: Final = 5.0
"""Seconds between two looks; the ledger and the Maildir are looked at more rarely."""
RARELY: Final = 6


@page("/operations", "operations.title")
async def operations(frame: Frame) -> None:
    """The page."""
    ui.add_head_html('<link rel="stylesheet" href="/console/look/operations.css">')
    board = Board(frame.viewer)
    await board.refresh()
    frame.every(EVERY, board.refresh)
    frame.keys.bind("r", frame.viewer.t("operations.refresh"), board.again)


class Board:
    """Everything on the page."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer, t = viewer, viewer.t
        self._round = 0
        self._span: Span = "today"
        self._lines: list[LedgerLine] = []
        with ui.element("div").classes("tl-heading"):
            with ui.element("h1"):
                ui.label(t("operations.title"))
            self._as_of = ui.label().classes("tl-quiet")
        self._troubles = ui.element("div").props("role=status").classes("tl-ops-troubles")
        self._told: object = None
        with ui.element("div").classes("tl-ops-grid"):
            with ui.element("div"):
                self._channels = Part(t("operations.channels"), "channels")
                self._ledger = Part(t("operations.ledger"), "ledger")
                with self._ledger.beside:
                    spans: dict[str, str] = {each: t(f"operations.span.{each}") for each in SPANS}
                    choice(t("operations.span"), spans, self._span, self._choose_span)
                self._dead = DeadLetters(viewer)
                self._failed = FailedParts(viewer)
                self._outgoing = OutgoingPart(viewer) if viewer.may("admin") else None
            with ui.element("div"):
                self._system = Part(t("operations.system"), "system")
                self._people = Part(t("operations.people"), "people")
                self._queues = Part(t("operations.queues"), "queues")

    async def again(self) -> None:
        """Look at everything again, also at what is looked at more rarely."""
        self._round = 0
        await self.refresh()

    async def refresh(self) -> None:
        """Look again, and draw what has changed."""
        viewer = self._viewer
        overview = viewer.parts.overview
        sight = await overview.look()
        with viewer.client:
            if self._round % RARELY == 0:
                await self._read_ledger()
            self._as_of.set_text(viewer.t("operations.as_of", time=viewer.moment(sight.at)))
            found = troubles(sight, overview.settings, overview.before, self._lines)
            self._tell(views.tellings(viewer, found))
            self._draw(sight)
            try:
                await self._dead.refresh(sight.dead)
                await self._failed.refresh(sight.failed, sight.failed_hooks)
            except DeskError:
                pass  # the store is away: that is told above, and what was shown stays
            if self._outgoing is not None and self._round % RARELY == 0:
                await self._outgoing.refresh()
        self._round += 1

    def _tell(self, tellings: tuple[views.Telling, ...]) -> None:
        if tellings == self._told:
            return
        self._told = tellings
        self._troubles.clear()
        with self._troubles:
            if not tellings:
                put(views.Cell(self._viewer.t("operations.fine"), "good"))
            for each in tellings:
                told(self._viewer, each)

    def _draw(self, sight: Sight) -> None:
        viewer, t = self._viewer, self._viewer.t
        settings = viewer.parts.overview.settings
        unknown = viewer.t("operations.unknown")
        inboxes = views.inboxes(viewer, sight, settings)
        heads = [t(f"operations.{name}") for name in ("inbox", "state", "received", "waiting")]
        self._channels.show(
            inboxes,
            lambda: table(t("operations.channels"), heads, inboxes, frozenset({3})) if inboxes else _quiet(unknown),
        )
        facts = views.facts(viewer, sight, viewer.parts.overview.configuration)
        self._system.show(facts, lambda: _facts(facts))
        people = views.people(viewer, sight)
        self._people.show((sight.agents is None, people), lambda: self._draw_people(sight, people))
        queues, streams = views.queues(viewer, sight), views.streams(viewer, sight)
        self._queues.show((queues, streams), lambda: self._draw_queues(queues, streams))

    def _draw_people(self, sight: Sight, people: tuple[views.Row, ...]) -> None:
        t = self._viewer.t
        if not people:
            _quiet(t("operations.unknown") if sight.agents is None else t("operations.people.none"))
            return
        with ui.element("ul").classes("tl-ops-people"):
            for row in people:
                with ui.element("li"):
                    for cell in row:
                        put(cell)

    def _draw_queues(self, queues: tuple[views.Row, ...], streams: tuple[views.Row, ...]) -> None:
        t = self._viewer.t
        if not queues and not streams:
            _quiet(t("operations.unknown"))
            return
        numbers = frozenset({1, 2, 3})
        heads = [t(f"operations.{name}") for name in ("queue", "queue.waiting", "queue.in_hand", "queue.retrying")]
        table(t("operations.queues"), heads, queues, numbers)
        heads = [t(f"operations.{name}") for name in ("stream", "stream.messages", "stream.filled")]
        table(t("operations.stream"), heads, streams, numbers)

    # -- the ledger -----------------------------------------------------------------------------------------------------------

    async def _choose_span(self, span: str) -> None:
        self._span = next(each for each in SPANS if each == span)
        await self._read_ledger()

    async def _read_ledger(self) -> None:
        viewer, t = self._viewer, self._viewer.t
        try:
            self._lines = (await viewer.parts.overview.ledger(self._span)).lines
        except DeskError as error:
            self._lines, away = [], str(error)
            self._ledger.show(away, lambda: _quiet(t("operations.ledger.away", error=away)))
            return
        rows = views.ledger(viewer, self._lines)
        names = ("inbox", *(f"ledger.{name}" for name in views.LEDGER), "ledger.sum")
        heads = [t(f"operations.{name}") for name in names]
        numbers = frozenset(range(1, len(views.LEDGER) + 1))

        def draw() -> None:
            _quiet(t("operations.ledger.about"))
            if rows:
                table(t("operations.ledger"), heads, rows, numbers)
            else:
                ui.label(t("operations.ledger.empty"))

        self._ledger.show((self._span, rows), draw)


def _quiet(words: str) -> None:
    ui.label(words).classes("tl-quiet")


def _facts(facts: tuple[views.Fact, ...]) -> None:
    with ui.element("dl").classes("tl-ops-facts"):
        for fact in facts:
            with ui.element("dt"):
                ui.label(fact.name)
            with ui.element("dd"):
                put(fact.value)
