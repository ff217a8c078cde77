"""What stands in the configuration file: inboxes, categories, hours, SLA, rules and escalations; with trying it out where that says
more than reading it."""

import asyncio
import tomllib
from typing import Any, Final

from nicegui import ui

from services.desk.automation import Rehearsal, rehearsal, rehearsed
from services.desk.console.admin import frame as shown
from services.desk.console.admin.views import as_written, closed, week, written
from services.desk.console.frame import Frame
from services.desk.console.links import link
from services.desk.errors import DeskError
from shared.clock import now
from shared.settings import effective
from shared.settings.targets import Hours
from shared.settings.trying import faults_of

KEYS: Final = {"inboxes": "inbox", "categories": "category", "sla": "sla", "rules": "rule", "escalations": "escalation"}
_SHOWN: Final = 100
_EXAMPLE: Final = 'on = "opened"\nif = {words = "urgent"}\nthen = {priority = "high"}\n'


def entries(frame: Frame, place: ui.element, section: str) -> None:
    """The tables of one kind, as they are written, without secrets."""
    viewer = frame.viewer
    found: list[dict[str, Any]] = effective(viewer.parts.settings).get(KEYS[section], [])
    with place:
        if section == "rules":
            _one_ticket(frame)
            _rehearsal(frame)
        if section == "inboxes" and viewer.may("admin"):
            with ui.element("p"):
                link(viewer.t("admin.inboxes.test"), "/set-up/inbox")
        if not found:
            shown.empty(viewer.t("admin.file.none", file=shown.where(viewer)))
        with ui.element("div").classes("tl-ad-grid"):
            for entry in found:
                with ui.element("article").classes("tl-card"):
                    shown.heading(str(entry.get("name", "")))
                    shown.facts(written(entry))


def hours(frame: Frame, place: ui.element) -> None:
    """Each of the working hours as a week, with the next days off."""
    viewer = frame.viewer
    with place:
        if not viewer.parts.settings.hours:
            shown.empty(viewer.t("admin.file.none", file=shown.where(viewer)))
        with ui.element("div").classes("tl-ad-grid"):
            for each in viewer.parts.settings.hours:
                with ui.element("article").classes("tl-card"):
                    shown.heading(each.name)
                    _week(frame, each)


def _week(frame: Frame, given: Hours) -> None:
    viewer, t = frame.viewer, frame.viewer.t
    calendar = viewer.parts.backend.calendars.get(given.name)
    if calendar is not None:
        is_open = calendar.is_open(now())
        after = None if is_open else calendar.next_open(now())
        state = t("admin.hours.open") if is_open else t("admin.hours.closed", at=viewer.moment(after) or "–")
        ui.label(f"{given.timezone} · {state}").classes("tl-quiet")
    with ui.element("div").classes("tl-ad-week"):
        for day, stretches in week(given):
            with ui.element("div").classes("tl-ad-day"):
                ui.label(t(f"admin.day.{day}"))
                with ui.element("div").classes("tl-ad-bar").props("aria-hidden=true"):
                    for stretch in stretches:
                        ui.element("div").style(f"left: {stretch.left}%; width: {stretch.width}%")
                ui.label(", ".join(stretch.words for stretch in stretches) or t("admin.hours.off"))
    off = closed(given, now().astimezone(viewer.zone).date())
    if off:
        ui.label(t("admin.hours.holidays", days=", ".join(viewer.day(each) for each in off)))


# -- trying -------------------------------------------------------------------------------------------------------------------


def _one_ticket(frame: Frame) -> None:
    """All rules of the file, tried on one ticket."""
    viewer, t = frame.viewer, frame.viewer.t
    with ui.element("section").classes("tl-card tl-ad-rule"):
        shown.heading(t("admin.rules.one"))
        ui.label(t("admin.rules.one.about")).classes("tl-quiet")
        ticket = ui.input(t("admin.rules.one.ticket")).props("outlined dense maxlength=20").classes("tl-ad-short")

        async def attempt() -> None:
            settings, asked = viewer.parts.settings, (ticket.value or "").strip()
            try:
                done = await rehearsed(viewer.parts.backend, settings, settings.rule, asked)
            except DeskError as error:
                viewer.complain(error)
                return
            result.clear()
            with result:
                if done is None:
                    ui.label(t("admin.rules.one.gone")).props("role=alert")
                elif not done.runs:
                    ui.label(t("admin.rules.one.none", ticket=asked.upper()))
                else:
                    _runs(frame, done, by_name=True)

        ticket.on("keydown.enter", attempt)
        ui.button(t("admin.rules.go"), on_click=attempt)
        result = ui.element("div").props("role=status")


def _rehearsal(frame: Frame) -> None:
    """A rule, as it would stand in the file, tried on past tickets."""
    viewer, t = frame.viewer, frame.viewer.t
    with ui.element("section").classes("tl-card tl-ad-rule"):
        shown.heading(t("admin.rules.try"))
        ui.label(t("admin.rules.try.about")).classes("tl-quiet")
        rules = {each.name: each for each in viewer.parts.settings.rule}
        field = (
            ui.textarea(t("admin.rules.rule"), value=_EXAMPLE)
            .props("outlined autogrow")
            .classes("tl-ad-code full-width")
        )
        if rules:
            ui.select(list(rules), label=t("admin.rules.take")).props("outlined dense").classes(
                "tl-field"
            ).on_value_change(lambda event: field.set_value(as_written(rules[event.value])))
        result = ui.element("div").props("role=status")

        async def attempt() -> None:
            result.clear()
            try:
                given = tomllib.loads(field.value or "")
                done = await rehearsal(viewer.parts.backend, viewer.parts.settings, given)
            except (tomllib.TOMLDecodeError, RecursionError, DeskError) as error:
                where = getattr(error, "field", "")
                with result:
                    ui.label(f"{where}: {error}" if where else str(error)).props("role=alert")
                return
            with result:
                _ran(frame, done)

        ui.button(t("admin.rules.go"), on_click=attempt)


def _ran(frame: Frame, done: Rehearsal) -> None:
    viewer, t = frame.viewer, frame.viewer.t
    ui.label(t("admin.rules.ran", tickets=viewer.figure(done.tickets), runs=viewer.figure(len(done.runs))))
    if done.more:
        ui.label(t("admin.rules.more")).classes("tl-quiet")
    _runs(frame, done)


def _runs(frame: Frame, done: Rehearsal, *, by_name: bool = False) -> None:
    """What would have run: by its ticket, or by the rule's name."""
    viewer, t = frame.viewer, frame.viewer.t
    heads = [t(f"admin.rules.{each}") for each in ("name" if by_name else "ticket", "when", "why", "did")]
    rows = [
        (
            run.rule
            if by_name
            else lambda run=run: link(run.ticket, f"/console/ticket/{run.ticket.removeprefix('T-')}"),
            f"{viewer.short(run.at)} · {run.on}",
            "; ".join(run.why),
            "; ".join(
                f"{key} = {', '.join(value) if isinstance(value, list) else value}" for key, value in run.did.items()
            ),
        )
        for run in done.runs[:_SHOWN]
    ]
    if rows:
        shown.table(t("admin.rules.try"), heads, rows)


def configuration(frame: Frame, place: ui.element) -> None:
    """A new configuration, tried before it stands in the file."""
    viewer, t = frame.viewer, frame.viewer.t
    with place, ui.element("section").classes("tl-card"):
        shown.heading(t("admin.configuration.try"))
        field = ui.textarea(t("admin.configuration.text")).props("outlined input-style=min-height:18rem")
        field.classes("tl-ad-code full-width")
        result = ui.element("div").props("role=status")

        async def attempt() -> None:
            faults = await asyncio.to_thread(faults_of, field.value or "", viewer.parts.settings)
            result.clear()
            with result:
                if not faults:
                    ui.label(t("admin.configuration.good"))
                    return
                ui.label(t("admin.configuration.faults", count=len(faults)))
                with ui.element("ul").classes("tl-ad-fault"):
                    for fault in faults[:_SHOWN]:
                        with ui.element("li"):
                            ui.label(fault)

        ui.button(t("admin.configuration.check"), on_click=attempt)
