"""Dead letters on the operations page: listed, looked into, and handled again, one by one or all."""

from typing import Final

from nicegui import ui

from services.desk.console.asking import ask_sure
from services.desk.console.buttons import button_of
from services.desk.console.operations.drawing import Part, listed
from services.desk.console.viewer import Viewer
from services.desk.errors import DeskError, Refused
from shared.messages.operations import DeadAnswer, DeadQuery, DeadView, ReplayDead

SHOWN: Final = 50
_PAGE: Final = 500
_ERROR: Final = 400


class DeadLetters:
    """The part. It is asked for anew only when their number has changed, or somebody has done something here."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._part = Part(viewer.t("operations.dead"), "dead")
        self._count: int | None = None
        self._busy = False
        with self._part.beside:
            self._all = ui.button(viewer.t("operations.replay_all"), on_click=self._ask_all).props(
                "outline dense no-caps"
            )
        self._all.set_visibility(False)

    async def refresh(self, count: int | None) -> None:
        """Show them; ``count`` is how many the bus says there are. Raises `services.desk.errors.DeskError`."""
        if count == self._count and count is not None:
            return
        found = await self._viewer.ask("dead", DeadQuery(limit=SHOWN), DeadAnswer)
        self._count = found.total
        self._all.set_visibility(found.total > 1 and self._viewer.may("admin"))
        said = (found.items, found.total)
        self._part.show(said, lambda: listed(self._viewer, *said, "operations.dead.none", self._letter))

    def _letter(self, letter: DeadView) -> None:
        viewer, t = self._viewer, self._viewer.t
        with ui.element("article").classes("tl-ops-letter"):
            with ui.element("h3"):
                ui.label(f"{t('operations.dead.number', number=letter.id)} · {letter.subject}")
            gave_up = t("operations.dead.gave_up", durable=letter.durable, attempts=letter.attempts)
            ui.label(f"{gave_up} · {viewer.moment(letter.died_at)}").classes("tl-quiet")
            ui.label(letter.error[:_ERROR]).classes("tl-ops-error")
            if letter.first_error and letter.first_error != letter.error:
                ui.label(t("operations.dead.first_error", error=letter.first_error[:_ERROR])).classes("tl-quiet")
            if not viewer.may("admin"):
                return
            with ui.element("div").classes("tl-row"):
                for key, done in (("dead.look", self._look), ("replay", self._replay)):
                    made = button_of(str(letter.id), t(f"operations.{key}"), lambda _, do=done: do(letter))
                    made.props("no-caps")

    async def _look(self, letter: DeadView) -> None:
        viewer, t = self._viewer, self._viewer.t
        try:
            found = await viewer.ask("dead", DeadQuery(id=letter.id), DeadAnswer)
        except DeskError as error:
            viewer.complain(error)
            return
        with viewer.client, ui.dialog() as dialog, ui.card().classes("tl-ops-dialog"):
            dialog.props["aria-label"] = t("operations.dead.number", number=letter.id)
            with ui.element("h2"):
                ui.label(t("operations.dead.number", number=letter.id))
            if found.content is None:
                ui.label(t("operations.dead.gone"))
            else:
                with ui.element("h3"):
                    ui.label(t("operations.dead.headers"))
                ui.label("\n".join(f"{name}: {value}" for name, value in found.content.headers.items())).classes(
                    "tl-plain tl-ops-code"
                )
                with ui.element("h3"):
                    ui.label(t("operations.dead.content"))
                ui.label(found.content.payload).classes("tl-plain tl-ops-code").props("tabindex=0")
                if found.content.cut:
                    ui.label(t("operations.dead.cut")).classes("tl-quiet")
            ui.button(t("close"), on_click=dialog.close).props("flat no-caps")
        dialog.on("hide", dialog.delete)
        dialog.open()

    async def _replay(self, letter: DeadView) -> None:
        done = await self._viewer.try_to(ReplayDead(dead_id=letter.id), self._viewer.t("operations.replayed"))
        if done is not None:
            await self._again()

    def _ask_all(self) -> None:
        t = self._viewer.t
        words = t("operations.replay_all.ask", number=self._count or 0)
        ask_sure(self._viewer, t("operations.replay_all"), words, self._replay_all)

    async def _replay_all(self) -> None:
        """Those that there are now: what fails again meanwhile has a higher number, and is left."""
        if self._busy:
            return
        self._busy = True
        try:
            done = await self._each()
        except DeskError as error:
            self._viewer.complain(error)
        else:
            self._viewer.say(self._viewer.t("operations.replayed_all", number=done))
        finally:
            self._busy = False
        await self._again()

    async def _each(self) -> int:
        """Have them replayed, oldest first; gives how many. Raises `DeskError` with the first that cannot be."""
        numbers: list[int] = []
        while True:
            after = numbers[-1] if numbers else 0
            page = await self._viewer.ask("dead", DeadQuery(after=after, limit=_PAGE), DeadAnswer)
            numbers += [each.id for each in page.items]
            if len(page.items) < _PAGE:
                break
        done = 0
        for number in numbers:
            try:
                await self._viewer.do(ReplayDead(dead_id=number))
            except Refused as refused:
                if refused.kind != "not-found":  # a colleague was faster
                    raise
            else:
                done += 1
        return done

    async def _again(self) -> None:
        self._count = None
        try:
            await self.refresh(None)
        except DeskError as error:
            self._viewer.complain(error)
