"""Beside a ticket: its record. Problem, impact, cause, solution; actions, promises, tasks, requests; what the customer thought of it."""

from functools import partial
from typing import Any, Final

from nicegui import ui

from services.desk.console.links import link
from services.desk.console.ticket import contacting
from services.desk.console.ticket.asking import Field, ask
from services.desk.console.ticket.pieces import plain, words
from services.desk.console.ticket.sheet import Sheet
from shared.clock import now
from shared.messages.command import Change
from shared.messages.record import AddTask, ChangeEntry, VerifyPrevention
from shared.messages.ticket import EntryView, Evidence

KINDS: Final = ("question", "complaint", "suggestion", "order", "offer", "service")
_LONG: Final = ("problem", "details", "impact", "root_cause", "preventive_action", "solution", "tested")


async def draw(sheet: Sheet) -> None:
    """The tab."""
    view, t, viewer = sheet.view, sheet.t, sheet.viewer
    plain(t("tab.record"), "tk-panel-title", "h2")
    with ui.element("dl").classes("tk-facts tk-record"):
        _value(sheet, "kind", t(f"matter.{view.kind}") if view.kind else "", partial(_kind, sheet))
        _value(sheet, "product", view.product or "", partial(_text, sheet, "product", long=False))
        for name in _LONG:
            _value(sheet, name, getattr(view, name) or "", partial(_text, sheet, name))
        for name, at in (
            ("solved_at", view.solved_at),
            ("closed_at", view.closed_at),
            ("confirmed_at", view.customer_confirmed_at),
        ):
            if at is not None:
                plain(t(f"field.{name}"), tag="dt")
                plain(viewer.moment(at), tag="dd")
        if view.satisfaction is not None and view.satisfaction.score is not None:
            plain(t("field.satisfaction"), tag="dt")
            with ui.element("dd"):
                plain(t("score", score=view.satisfaction.score))
                words(view.satisfaction.words, t("rest"))
    if view.preventive_action and view.preventive_verified_at is None and sheet.may_change:
        ui.button(t("do.verify"), on_click=partial(sheet.do, VerifyPrevention(number=sheet.number))).props(
            "flat dense size=sm"
        )
    _evidence(sheet, view.evidence)
    for kind, add in (("action", contacting.action), ("promise", contacting.promise), ("task", _task)):
        _entries(sheet, kind, add)
    _entries(sheet, "contact", contacting.log_contact)
    _requests(sheet)


def _value(sheet: Sheet, name: str, value: str, change: Any) -> None:
    plain(sheet.t(f"field.{name}"), tag="dt")
    with ui.element("dd"):
        if value:
            words(value, sheet.t("rest"))
        else:
            plain("–", "tl-quiet")
        if sheet.may_change:
            button = ui.button(icon="edit", on_click=change).props("flat round dense size=xs").classes("tk-edit")
            button.props["aria-label"] = sheet.t("do.edit", what=sheet.t(f"field.{name}"))


def _text(sheet: Sheet, name: str, *, long: bool = True) -> None:
    async def filled(values: dict[str, Any]) -> None:
        await sheet.viewer.do(
            Change(number=sheet.number, fields={name: values[name] or (None if name != "problem" else "")})
        )
        await sheet.reload()

    field = Field(name, sheet.t(f"field.{name}"), "text" if long else "line", getattr(sheet.view, name) or "")
    ask(sheet.viewer, sheet.t(f"field.{name}"), [field], filled, sheet.viewer.t("save"))


def _kind(sheet: Sheet) -> None:
    from services.desk.console.ticket.asking import Choice, choose

    async def chosen(value: str) -> None:
        await sheet.do(Change(number=sheet.number, fields={"kind": value}))

    options = [Choice(each, sheet.t(f"matter.{each}")) for each in KINDS]
    choose(sheet.viewer, sheet.t("field.kind"), options, chosen, sheet.view.kind)


def _evidence(sheet: Sheet, evidence: list[Evidence]) -> None:
    if evidence:
        plain(sheet.t("evidence"), tag="h3")
        with ui.element("ul"):
            for each in evidence[:50]:
                with ui.element("li"):
                    plain(" · ".join([each.note, *(file.filename for file in each.files)]).strip(" ·"))


def _entries(sheet: Sheet, kind: str, add: Any) -> None:
    t = sheet.t
    with ui.element("div").classes("tl-heading"):
        plain(t(f"entries.{kind}"), tag="h3")
        if sheet.may_change:
            button = ui.button(icon="add", on_click=partial(add, sheet)).props("flat round dense size=sm")
            button.props["aria-label"] = t(f"do.{kind}")
    with ui.element("ul").classes("tk-entries"):
        for each in sheet.view.entries or ():
            if each.kind == kind:
                _entry(sheet, each)


def _entry(sheet: Sheet, entry: EntryView) -> None:
    t, viewer, data = sheet.t, sheet.viewer, entry.data
    late = entry.done_at is None and entry.due_at is not None and entry.due_at < now()
    with ui.element("li").classes("tk-late" if late else ""):
        words(str(data.get("what") or ""), t("rest"))
        said = [str(data.get("department") or data.get("owner") or data.get("way") or "")]
        if entry.done_at is not None:
            said.append(t("done_on", at=viewer.moment(entry.done_at)))
        elif entry.due_at is not None:
            said.append(t("late_since" if late else "due_on", at=viewer.moment(entry.due_at)))
        elif data.get("requested_at"):
            said.append(t("asked_on", at=_when(sheet, data["requested_at"])))
        if data.get("evidence"):
            said.append(t("with_evidence", count=len(data["evidence"])))
        plain(" · ".join(each for each in said if each), "tl-quiet")
        if entry.done_at is None and sheet.may_change:
            ui.button(t("do.done"), on_click=partial(_done, sheet, entry)).props("flat dense size=sm")


def _when(sheet: Sheet, written: Any) -> str:
    from datetime import datetime

    try:
        return sheet.viewer.moment(datetime.fromisoformat(str(written)))
    except ValueError:
        return ""


def _done(sheet: Sheet, entry: EntryView) -> None:
    """It was done: when, and what shows it."""

    async def filled(values: dict[str, Any]) -> None:
        fields: dict[str, Any] = {"done_at": values["done_at"].isoformat()}
        if entry.kind == "promise":
            fields["kept"] = bool(values["kept"])
        evidence = [Evidence(note=values["evidence"])] if values["evidence"] else []
        await sheet.viewer.do(ChangeEntry(number=sheet.number, entry_id=entry.id, fields=fields, add_evidence=evidence))
        await sheet.reload()

    fields = [Field("done_at", sheet.t("field.done_at"), "time", now(), needed=True)]
    if entry.kind == "promise":
        fields.append(Field("kept", sheet.t("field.kept"), "check", True))
    fields.append(Field("evidence", sheet.t("field.evidence"), "text"))
    ask(
        sheet.viewer,
        sheet.t("do.done"),
        fields,
        filled,
        sheet.viewer.t("save"),
        str(entry.data.get("what") or "")[:300],
    )


def _task(sheet: Sheet) -> None:
    owners = {
        "": sheet.t("whoever"),
        **{each: each for each in sheet.teams},
        **{each.email: each.name for each in sheet.colleagues},
    }

    async def filled(values: dict[str, Any]) -> None:
        await sheet.viewer.do(AddTask(number=sheet.number, **values))
        await sheet.reload()

    fields = [
        Field("what", sheet.t("field.what"), "text", needed=True),
        Field("owner", sheet.t("field.to"), "choice", "", owners),
        Field("due", sheet.t("field.due"), "time"),
    ]
    ask(sheet.viewer, sheet.t("do.task"), fields, filled, sheet.viewer.t("save"))


def _requests(sheet: Sheet) -> None:
    asked = [each for each in sheet.view.related if each.kind == "request"]
    with ui.element("div").classes("tl-heading"):
        plain(sheet.t("requests"), tag="h3")
        if sheet.may_change:
            button = ui.button(icon="add", on_click=partial(contacting.request, sheet)).props(
                "flat round dense size=sm"
            )
            button.props["aria-label"] = sheet.t("do.request")
    with ui.element("ul"):
        for each in asked:
            with ui.element("li"):
                link(each.number, f"/console/ticket/{each.number}")
                plain(f" {each.reason}", "tl-quiet")
