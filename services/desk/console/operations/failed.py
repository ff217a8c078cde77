"""What did not arrive, on the operations page: deliveries over all tickets, and what webhooks were not told; both can be tried again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, get_args

from nicegui import ui

from services.desk.console.buttons import button_of
from services.desk.console.links import link
from services.desk.console.operations.drawing import Part, choice, listed
from services.desk.console.viewer import Viewer
from services.desk.errors import DeskError
from services.desk.operating import again
from shared.clock import now
from shared.messages.automation import FailedHook, FailedHooks, FailedHooksQuery, ReplayDelivery
from shared.messages.operations import FailedDeliveries, FailedDeliveriesQuery, FailedDelivery
from shared.messages.parts import Channel

SHOWN: Final = 25
_DAYS: Final = ("1", "7", "30")
_ERROR: Final = 400


class FailedParts:
    """Two parts. They are asked for anew when their numbers have changed, or somebody has done or chosen something here."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer, t = viewer, viewer.t
        self._channel, self._days = "", "7"
        self._known: object = None
        self._deliveries = Part(t("operations.failed"), "failed")
        with self._deliveries.beside:
            channels = {each: t(f"channel.{each}") for each in get_args(Channel) if each != "api"}
            choice(
                t("operations.failed.channel"), {"": t("operations.failed.all"), **channels}, "", self._choose_channel
            )
            days = {
                each: t("operations.failed.day") if each == "1" else t("operations.failed.days", days=each)
                for each in _DAYS
            }
            choice(t("operations.span"), days, self._days, self._choose_days)
        # Whoever may not see what webhooks were told does not see what they were not (`services.desk.rights`).
        self._hooks = Part(t("operations.webhooks"), "webhooks") if viewer.principal.role != "agent" else None

    async def refresh(self, failed: int | None, hooks: int | None) -> None:
        """Show them; the numbers are what the overview saw. Raises `services.desk.errors.DeskError`."""
        known = (failed, hooks)
        if known == self._known:
            return
        await self._ask()
        self._known = known

    async def _ask(self) -> None:
        viewer = self._viewer
        since = now() - timedelta(days=int(self._days))
        query = FailedDeliveriesQuery(channel=self._channel, since=since, per_page=SHOWN)
        found = await viewer.ask("failed_deliveries", query, FailedDeliveries)
        self._show(self._deliveries, found, self._delivery)
        if self._hooks is not None:
            hooks = await viewer.ask("webhooks", FailedHooksQuery(per_page=SHOWN), FailedHooks)
            self._show(self._hooks, hooks, self._hook)

    def _show(self, part: Part, found: Any, draw: Callable[[Any], None]) -> None:
        said = (found.items, found.total)
        part.show(said, lambda: listed(self._viewer, *said, "operations.failed.none", draw))

    async def _choose_channel(self, channel: str) -> None:
        self._channel = channel
        await self._again()

    async def _choose_days(self, days: str) -> None:
        self._days = days
        await self._again()

    async def _again(self) -> None:
        try:
            await self._ask()
        except DeskError as error:
            self._viewer.complain(error)

    def _delivery(self, each: FailedDelivery) -> None:
        viewer, t = self._viewer, self._viewer.t
        with ui.element("article").classes("tl-ops-letter"):
            with ui.element("div").classes("tl-row"):
                if each.number is not None:
                    link(f"T-{each.number}", f"/console/ticket/{each.number}")
                ui.label(each.subject).classes("tl-ops-subject")
                ui.label(t(f"operations.failed.state.{each.state}")).classes("tl-chip")
                if each.instead:
                    ui.label(t("operations.failed.instead")).classes("tl-chip")
            ui.label(
                f"{t(f'channel.{each.channel}')} · {each.inbox} · {each.to} · {viewer.moment(each.updated_at)}"
            ).classes("tl-quiet tl-ops-line")
            ui.label(each.error[:_ERROR]).classes("tl-ops-error")
            if self._can_be_sent(each):
                button_of(each.to, t("operations.resend"), lambda: self._send(each)).props("no-caps")

    def _can_be_sent(self, each: FailedDelivery) -> bool:
        if each.instead or not self._viewer.may("lead"):
            return False
        return each.number is not None or (each.state == "unknown" and self._viewer.may("admin"))

    async def _send(self, each: FailedDelivery) -> None:
        try:
            action = again(each)
        except DeskError as error:
            self._viewer.complain(error)
            return
        if await self._viewer.try_to(action, self._viewer.t("operations.resent")) is not None:
            await self._again()

    def _hook(self, each: FailedHook) -> None:
        viewer, t = self._viewer, self._viewer.t
        with ui.element("article").classes("tl-ops-letter"):
            ui.label(f"{each.webhook} · {each.event} · {each.ticket or '–'}").classes("tl-ops-subject")
            ui.label(viewer.moment(each.updated_at)).classes("tl-quiet")
            ui.label(each.error[:_ERROR]).classes("tl-ops-error")
            if viewer.may("lead"):
                name = f"{each.webhook} {each.event}"
                button_of(name, t("operations.replay"), lambda: self._replay(each)).props("no-caps")

    async def _replay(self, each: FailedHook) -> None:
        if (
            await self._viewer.try_to(ReplayDelivery(delivery_id=each.id), self._viewer.t("operations.replayed"))
            is not None
        ):
            await self._again()
