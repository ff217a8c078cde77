"""What is done with many tickets at once, and taken back."""

from datetime import timedelta

from nicegui import ui

from services.desk.console.frame import Frame
from shared.clock import now
from shared.messages.gathering import Bulk, BulkDo, Unmerge
from shared.messages.ticket import AgentView

_SLEEP = {"3h": timedelta(hours=3), "1d": timedelta(days=1), "1w": timedelta(days=7)}


class BulkBar:
    """The bar that appears when tickets are picked. ``done`` is called after something was done."""

    def __init__(self, frame: Frame, agents: list[AgentView]) -> None:
        self._frame, self._viewer, self._agents = frame, frame.viewer, agents
        self.numbers: list[int] = []
        with ui.element("div").classes("tl-bulk").props("role=region") as self._bar:
            self._bar.props["aria-label"] = self._viewer.t("list.bulk")
            self._count = ui.label().props("aria-live=polite")
        self._bar.set_visibility(False)
        self._built = False

    def picked(self, numbers: list[int]) -> None:
        """These are picked now. The buttons are made when the first is: most lists are only looked at."""
        self.numbers = numbers
        if not self._built:
            self._built = True
            with self._bar:
                self._buttons()
        self._count.set_text(self._viewer.t("list.picked", count=len(numbers)))
        self._bar.set_visibility(bool(numbers) and self._viewer.may("agent"))

    def _buttons(self) -> None:
        t, me = self._viewer.t, self._viewer.principal.email
        ui.button(t("list.take"), on_click=lambda: self._do(BulkDo(action="assign", to={"agent": me}))).props(
            "dense flat"
        )
        self._menu("list.give", {each.email: each.name for each in self._agents}, self._give)
        teams = [each.name for each in self._viewer.parts.settings.team]
        if teams:
            self._menu("list.to_team", {each: each for each in teams}, self._to_team)
        self._menu(
            "list.priority", {each: t(f"priority.{each}") for each in ("low", "normal", "high", "urgent")}, self._raise
        )
        self._menu(
            "list.status", {each: t(f"status.{each}") for each in ("open", "pending", "on_hold", "closed")}, self._turn
        )
        self._menu("list.sleep", {each: t(f"list.sleep.{each}") for each in _SLEEP}, self._sleep)
        ui.button(t("list.tag"), on_click=self._ask_tag).props("dense flat")
        ui.button(t("list.merge"), on_click=self._ask_merge).props("dense flat")
        ui.button(t("list.spam"), on_click=lambda: self._do(BulkDo(action="spam"))).props("dense flat")
        ui.button(t("list.unpick"), icon="close", on_click=self._clear).props("dense flat")

    def _menu(self, label: str, options: dict[str, str], chosen: object) -> None:
        with ui.button(self._viewer.t(label), icon="arrow_drop_down").props("dense flat"), ui.menu():
            for value, shown in options.items():
                ui.menu_item(shown, on_click=lambda value=value: chosen(value))  # type: ignore[operator]

    async def _give(self, email: str) -> None:
        await self._do(BulkDo(action="assign", to={"agent": email}))

    async def _to_team(self, team: str) -> None:
        await self._do(BulkDo(action="assign", to={"team": team}))

    async def _raise(self, priority: str) -> None:
        await self._do(BulkDo(action="priority", priority=priority))

    async def _turn(self, status: str) -> None:
        await self._do(BulkDo(action="status", status=status))

    async def _sleep(self, how_long: str) -> None:
        await self._do(BulkDo(action="snooze", until=now() + _SLEEP[how_long]))

    def _ask_tag(self) -> None:
        async def tag() -> None:
            dialog.close()
            words = [each.strip().lstrip("#") for each in field.value.split(",") if each.strip()]
            if words:
                await self._do(BulkDo(action="tag", add=words))

        with ui.dialog() as dialog, ui.card():
            dialog.props["aria-label"] = self._viewer.t("list.tag")
            ui.label(self._viewer.t("list.tag")).classes("text-h6")
            field = ui.input(self._viewer.t("list.tags")).props("autofocus").on("keydown.enter", tag)
            with ui.row():
                ui.button(self._viewer.t("save"), on_click=tag)
                ui.button(self._viewer.t("cancel"), on_click=dialog.close).props("flat")
        dialog.open()

    def _ask_merge(self) -> None:
        if len(self.numbers) < 2:
            self._viewer.say(self._viewer.t("list.merge_two"), "warning")
            return
        options = {number: f"T-{number}" for number in sorted(self.numbers)}

        async def merge() -> None:
            dialog.close()
            into = int(target.value)
            parts = [number for number in self.numbers if number != into]
            result = await self._viewer.try_to(Bulk(numbers=parts, each=BulkDo(action="merge", into=into)))
            if result is not None:
                done = {str(each.get("number")) for each in result.get("results", []) if not each.get("error")}
                merged = [number for number in parts if f"T-{number}" in done or str(number) in done]
                self._told(result, (lambda: self._unmerge(merged)) if merged else None)

        with ui.dialog() as dialog, ui.card():
            dialog.props["aria-label"] = self._viewer.t("list.merge_into")
            ui.label(self._viewer.t("list.merge_into")).classes("text-h6")
            target = ui.radio(options, value=min(options))
            with ui.row():
                ui.button(self._viewer.t("list.merge"), on_click=merge)
                ui.button(self._viewer.t("cancel"), on_click=dialog.close).props("flat")
        dialog.open()

    async def _unmerge(self, numbers: list[int]) -> None:
        for number in numbers:
            if await self._viewer.try_to(Unmerge(number=number)) is None:
                return
        self._viewer.say(self._viewer.t("list.undone"))

    async def _do(self, each: BulkDo) -> None:
        result = await self._viewer.try_to(Bulk(numbers=self.numbers, each=each))
        if result is not None:
            self._told(result, None)

    def _told(self, result: dict[str, object], undo: object) -> None:
        """Say how many were done and, for those that were not, why; with a way back where there is one."""
        viewer = self._viewer
        results = [each for each in result.get("results", []) if isinstance(each, dict)]  # type: ignore[attr-defined]
        failed = [each for each in results if each.get("error")]
        viewer.say(viewer.t("list.done", count=len(results) - len(failed)))
        for each in failed[:3]:
            viewer.say(f"{each.get('number')}: {each.get('detail') or each.get('error')}", "warning")
        if undo is not None:
            with viewer.client, ui.dialog().props("seamless position=bottom") as ask, ui.card(), ui.row():
                ask.props["aria-label"] = viewer.t("list.done", count=len(results) - len(failed))
                ui.label(viewer.t("list.done", count=len(results) - len(failed)))
                ui.button(viewer.t("undo"), on_click=lambda: (ask.close(), undo())[1])  # type: ignore[operator]
                ui.button(icon="close", on_click=ask.close).props(f'flat round dense aria-label="{viewer.t("close")}"')
            ask.open()
        self._clear()

    def _clear(self) -> None:
        with self._viewer.client:
            ui.run_javascript("window.tlList?.clear()")
