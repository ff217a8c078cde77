"""The ticket's head: what it is, whose it is, how long there is, and what can be done with it as a whole."""

from collections.abc import Callable
from datetime import datetime

from nicegui import ui

from services.desk.console.links import link
from services.desk.console.ticket import doing
from services.desk.console.ticket.pieces import chip, plain
from services.desk.console.ticket.sheet import OVER, Sheet
from shared.clock import now
from shared.messages.sla import SlaCycle

CLOCKS = ("first_response", "next_response", "resolution")


class Head:
    """The head, drawn again when anything in it has changed."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet, self._drawn = sheet, ""
        self._box = ui.element("header").classes("tk-head")
        sheet.shown.append(self.show)

    async def show(self) -> None:
        """Draw it, if there is anything new."""
        sheet = self._sheet
        look = sheet.view.model_dump_json(
            exclude={"messages", "events", "deliveries", "entries", "actions", "promises"}
        )
        if look != self._drawn:
            self._drawn = look
            self._box.clear()
            with self._box:
                self._draw()

    def _draw(self) -> None:
        sheet, view, t = self._sheet, self._sheet.view, self._sheet.t
        with ui.element("div").classes("tk-title"):
            plain(view.number, "tk-number")
            plain(view.subject or t("no_subject"), "tk-subject", "h1").props("dir=auto")
            if sheet.may_change:
                edit = ui.button(icon="edit", on_click=lambda: doing.subject(sheet)).props("flat round dense size=sm")
                edit.props["aria-label"] = t("do.subject")
        self._notices()
        with ui.element("div").classes("tk-values"):
            self._values()
            self._clocks()
        with ui.element("div").classes("tk-tags"):
            self._tags()
        if sheet.may_change:
            with ui.element("div").classes("tk-doings"):
                self._doings()

    def _values(self) -> None:
        sheet, view, t = self._sheet, self._sheet.view, self._sheet.t
        status = f"{t(f'status.{view.status}')}"
        self._value("status", status, lambda: doing.status(sheet), f"tk-status-{view.status}")
        self._value(
            "priority", t(f"priority.{view.priority}"), lambda: doing.priority(sheet), f"tk-priority-{view.priority}"
        )
        self._value("category", view.category or t("none_set"), lambda: doing.category(sheet))
        self._value("team", view.team or t("none_set"), lambda: doing.team(sheet))
        self._value("assignee", sheet.called(view.assignee) or t("nobody"), lambda: doing.assignee(sheet))

    def _value(self, name: str, value: str, change: Callable[[], object], style: str = "") -> None:
        label = self._sheet.t(f"field.{name}")
        if self._sheet.may_change:
            made = (
                ui.element("button")
                .classes(f"tk-value {style}")
                .props("type=button aria-haspopup=dialog")
                .on("click", change)
            )
        else:
            made = ui.element("div").classes(f"tk-value {style}")
        with made:
            plain(label, "tk-label")
            plain(value, "tk-what")

    def _clocks(self) -> None:
        sheet = self._sheet
        for cycle in running(sheet.view.sla):
            style = "tk-clock" + (" tk-late" if cycle.breached_at else "")
            with ui.element("div").classes(style).props("role=timer") as clock:
                plain(sheet.t(f"clock.{cycle.clock}"), "tk-label")
                left = plain(sheet.t("clock.paused") if cycle.due is None else sheet.viewer.ago(cycle.due), "tk-what")
                if cycle.due is not None:
                    left.props["data-due"] = cycle.due.isoformat()
                    left.props["data-late"] = sheet.t("clock.late")
                    clock.props["title"] = sheet.viewer.moment(cycle.due)

    def _tags(self) -> None:
        sheet, view = self._sheet, self._sheet.view
        for tag in view.tags[:30]:
            chip(f"#{tag}")
        if sheet.may_change:
            add = ui.button(sheet.t("do.tags"), icon="sell", on_click=lambda: doing.tags(sheet)).props(
                "flat dense size=sm"
            )
            add.props["aria-label"] = sheet.t("do.tags")

    def _notices(self) -> None:
        sheet, view, t = self._sheet, self._sheet.view, self._sheet.t
        if view.merged_into:
            with ui.element("p").classes("tk-notice"):
                plain(t("merged_into") + " ")
                link(view.merged_into, f"/console/ticket/{view.merged_into}")
                if sheet.viewer.may("agent"):
                    ui.button(t("do.unmerge"), on_click=lambda: doing.unmerge(sheet)).props("flat dense size=sm")
        if view.snoozed_until:
            plain(t("snoozed_until", until=sheet.viewer.moment(view.snoozed_until)), "tk-notice", "p")
        if view.internal:
            plain(t("internal"), "tk-notice", "p")
        if view.request is not None and view.request.of:
            with ui.element("p").classes("tk-notice"):
                plain(t("request_of", who=view.request.from_) + " ")
                link(view.request.of, f"/console/ticket/{view.request.of}")

    def _doings(self) -> None:
        sheet, view, t = self._sheet, self._sheet.view, self._sheet.t
        if view.assignee != sheet.me:
            self._do("take", "pan_tool_alt", lambda: doing.take(sheet))
        if view.status not in OVER:
            self._do("solve", "task_alt", lambda: doing.solve(sheet), main=True)
            self._do("snooze", "snooze", lambda: doing.snooze(sheet))
            self._do("escalate", "priority_high", lambda: doing.escalate(sheet))
        if view.status in ("solved", "closed"):
            self._do("reopen", "replay", lambda: doing.reopen(sheet))
        if view.status == "solved":
            self._do("close", "check_circle", lambda: doing.close(sheet))
        if view.status == "spam":
            self._do("not_spam", "report_off", lambda: doing.not_spam(sheet))
        with ui.button(t("do.more"), icon="more_horiz").props("flat dense"), ui.menu():
            for name, act in doing.further(sheet):
                ui.menu_item(t(f"do.{name}"), on_click=act)

    def _do(self, name: str, icon: str, act: Callable[[], object], *, main: bool = False) -> None:
        ui.button(self._sheet.t(f"do.{name}"), icon=icon, on_click=act).props("dense" if main else "flat dense")


def running(cycles: list[SlaCycle], at: datetime | None = None) -> list[SlaCycle]:
    """The clocks that somebody looks at: those that still run or are paused, the one that ends first before the others."""
    at = at or now()
    open_ = [each for each in cycles if each.met_at is None and each.ended_at is None and (each.due or each.paused_at)]
    return sorted(open_, key=lambda each: (each.due is None, each.due or at))
